"""One file a writing folder."""

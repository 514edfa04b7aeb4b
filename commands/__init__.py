"""The lanshou command line."""

"""A second opinion on what is stored: a reader of its own that shares only schema and rulebook with what wrote it."""

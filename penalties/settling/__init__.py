"""Settling a month: dry run, postings, what was settled."""

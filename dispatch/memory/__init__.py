"""Routing memory, in the open: votes, proposals, and how much is routed wrongly."""

"""I-22: the audit only grows, and its chain is whole (decision 14)."""

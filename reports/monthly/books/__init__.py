"""Reads the ledger and the settlements for reports."""

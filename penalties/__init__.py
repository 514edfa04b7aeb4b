"""Cases, ledger, notices."""

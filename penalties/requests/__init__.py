"""What people ask of the ledger, each decided by another one (ROLE-3)."""

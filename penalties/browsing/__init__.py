"""The ledger as a list: filtered, newest first or from the beginning."""

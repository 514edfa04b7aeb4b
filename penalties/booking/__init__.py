"""The ledger: postings, their chain, closed months."""

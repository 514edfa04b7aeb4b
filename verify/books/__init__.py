"""The ledger read a second time: chain, causes, months, what settlements and requests say of it."""

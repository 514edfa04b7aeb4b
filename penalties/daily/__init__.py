"""The ledger's day: its report, and the head of the chain that is written down."""

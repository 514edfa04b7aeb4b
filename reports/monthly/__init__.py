"""The month's report: its settlement, rewards, refund chains and statements beside its compliance; and the year."""

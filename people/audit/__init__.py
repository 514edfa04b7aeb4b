"""The audit: who did what and who looked at what, chained (I-22, decision 14)."""

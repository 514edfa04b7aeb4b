"""What is kept of one suspicion beside its order: its case, scans, messages and notices."""

"""What came of a batch, into the tables."""

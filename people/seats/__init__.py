"""Sessions as their owner sees them: which there are, ending them, and what each has proved."""

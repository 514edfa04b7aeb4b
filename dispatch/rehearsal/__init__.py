"""A draft of the rulebook on a period that is over: what it would have cost and paid."""

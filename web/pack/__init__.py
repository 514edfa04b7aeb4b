"""The evidence pack: one suspicion with all that speaks for it and against it, on a page, on paper and as data."""

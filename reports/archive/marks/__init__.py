"""What a month looks like in the database, in a few sums: an archived month whose mark differs is not read."""

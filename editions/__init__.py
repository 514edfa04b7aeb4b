"""Later editions of the rulebook: proposed by one, approved by another (ROLE-3, DAY-1), and never edited."""

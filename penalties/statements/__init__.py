"""Statements: a house's account month by month, each entry with what it is and who decided it (STATEMENT-1)."""

"""Appeals and their decisions (APPEAL-1, APPEAL-2, APPEAL-3)."""

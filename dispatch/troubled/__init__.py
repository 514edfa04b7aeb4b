"""Orders that the machine failed to judge, for people to look at (RELIABILITY F-15)."""

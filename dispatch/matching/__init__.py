"""Orders beside a list from outside."""

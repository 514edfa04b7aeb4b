"""Who looks at its desk, and who does not (DUTY-3)."""

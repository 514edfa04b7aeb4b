"""Ask: a table that an HQ user composes from a fixed vocabulary; there is no SQL to type."""

"""What is known of attempts to log in is let go (docs/security.md)."""

"""Publishing notices, and who has read them (NOTICE-1)."""

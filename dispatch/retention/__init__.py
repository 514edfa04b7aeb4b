"""Orders that are old enough lose their people (RELIABILITY 11.3)."""

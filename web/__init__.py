"""Where channels knock and people look."""

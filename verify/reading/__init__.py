"""Values that cannot be read: which row holds them."""

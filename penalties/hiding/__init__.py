"""What of a customer the reasons that people give must not repeat."""

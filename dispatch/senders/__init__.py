"""What else is known of the sender of an order."""

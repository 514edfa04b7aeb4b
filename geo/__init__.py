"""Where an order is and whose area that is."""

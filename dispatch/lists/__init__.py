"""Lists of orders and the order page."""

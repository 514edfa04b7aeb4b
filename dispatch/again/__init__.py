"""The same sender ordered again: news for orders that a station failed as cancelled by the customer (VIO-2)."""

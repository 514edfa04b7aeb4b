"""Which open orders are late."""

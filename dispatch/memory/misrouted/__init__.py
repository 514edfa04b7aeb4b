"""How much is routed wrongly, by district and week."""

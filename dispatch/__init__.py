"""The life of an order: intake, routing, acts."""

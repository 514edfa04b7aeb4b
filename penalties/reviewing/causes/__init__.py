"""Open suspicions with what their causes are made of."""

"""How the running month stands, house by house, as counted last."""

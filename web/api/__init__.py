"""JSON for programs of the network."""

"""History on a virtual clock."""

"""The network's numbers as dated data."""

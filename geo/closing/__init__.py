"""Closures: a station asks, HQ grants beforehand or declines (ROUTE-6)."""

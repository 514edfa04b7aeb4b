"""Couriers of a station, and which of them goes for which order."""

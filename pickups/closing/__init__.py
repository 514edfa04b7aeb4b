"""The day of a station, closed and signed (DAY-1)."""

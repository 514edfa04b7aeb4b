"""How channels do: their traffic, their secrets' ages, and the requests that were turned away (issue 3, point 4)."""

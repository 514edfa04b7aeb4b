"""A second, deliberately naive calculation of a replay: shares no line with the product (REPLAY.md, fine print)."""

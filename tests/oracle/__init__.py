"""A second, deliberately naive calculation of a replay (REPLAY.md): shares no line with the product."""

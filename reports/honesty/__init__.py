"""The reason honesty map: which reasons a station uses, and what contradicts them (DO-2, VIO-2)."""

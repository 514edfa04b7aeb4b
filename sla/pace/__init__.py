"""How fast each station takes its orders: what a forecast rests on (DO-8)."""

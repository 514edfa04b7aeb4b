"""A simulated quarter of 60 level-1 stations. Its author imports nothing of the product."""

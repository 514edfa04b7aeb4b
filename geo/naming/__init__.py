"""Named places: a person's acts, written and read."""

"""How a person reads the console: the language chosen, and whether the first-run tour was seen."""

"""The change number of each station's desk: what open consoles ask for, instead of the orders (DO-8, decision 17)."""

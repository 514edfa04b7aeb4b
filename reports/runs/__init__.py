"""Reports being made, by a process of their own: asked, taken, how far they are, and what came of them."""

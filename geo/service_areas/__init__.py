"""Service areas and their versions, as people look at them."""

"""The review desk: decisions of people, and the blind second look at a sample of them."""

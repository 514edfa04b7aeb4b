"""The clocks of one order and whose minutes they used, as of any instant."""

"""When we, or a channel, were away."""

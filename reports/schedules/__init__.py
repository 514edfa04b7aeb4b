"""Who is sent which report when, in which form; what was sent is kept with its delivery (decision 18)."""

"""Orders whose suspicions an outage concerns that was recorded after them."""

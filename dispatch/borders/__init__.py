"""The border register: what HQ decided about places that stations had passed on to one another (ROUTE-4, ROUTE-5)."""

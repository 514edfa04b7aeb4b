"""Which decisions get a second look (VIO-4). Pure, the same on every installation and in every replay."""

from hashlib import sha256

SALT = "lanshou second review"
FEW = 20  # a share of fewer says little, and is marked so


def sampled(violation_id: int, percent: int) -> bool:
    """Whether this one is of the `percent` in a hundred."""
    digest = sha256(f"{SALT} {violation_id}".encode()).digest()
    return int.from_bytes(digest[:8]) % 10_000 < percent * 100

"""What a change of areas would have done to the orders of the last 30 days, as the map shows it: numbers and points, no
names, telephones or addresses (ROLE-2)."""

from collections.abc import Mapping
from typing import Any

from geo.stations import Station

MOST_ORDERS = 500


def effect(seen: Any, stations: Mapping[str, Station]) -> dict[str, Any]:
    return {"looked_at": 0, "moved": 0, "pairs": [], "orders": []}


def preview(*a):
    return None

"""What a change of areas would have done to the orders of the last 30 days, as the map shows it: numbers and points, no
names, telephones or addresses (ROLE-2)."""

from collections.abc import Mapping
from typing import Any

from basics.words import DATA_CENTRE
from dispatch.preview.queries import Preview
from geo.stations import Station
from web.words import word

MOST_PAIRS = 50
DECIMALS = 3  # of degrees: about 100 m, where it was and not at whose door

NOTHING: dict[str, Any] = {"looked_at": 0, "moved": 0, "pairs": [], "orders": []}


def effect(seen: Preview, stations: Mapping[str, Station], orders: bool) -> dict[str, Any]:
    """How many orders were looked at and how many move, between whom; for who may see `orders` the newest of them."""

    def name(code: str) -> str:
        return word("state", "at_data_centre").chinese if code == DATA_CENTRE else stations[code].name

    return {
        "looked_at": seen.looked_at,
        "moved": seen.pairs.total(),
        "pairs": [
            {"from": name(before), "to": name(after), "count": count}
            for (before, after), count in seen.pairs.most_common(MOST_PAIRS)
        ],
        "orders": [
            {
                "number": one.logistics_no,
                "point": [round(one.lng, DECIMALS), round(one.lat, DECIMALS)],
                "told": f"{name(one.station_before)} → {name(one.station_after)}",
            }
            for one in (seen.moved if orders else ())
        ],
    }

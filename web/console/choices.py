"""Which stations an order may be sent to, the likely ones first."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from geo.network import Network
from geo.stations import Station

MOST_FOUND = 30


@dataclass(frozen=True, slots=True)
class Choices:
    """`likely`: their area holds the point, or they serve the district (ROUTE-1). `others`: the same province."""

    likely: list[Station]
    others: list[Station]


def choices(network: Network, order: Any, province: str, at: datetime) -> Choices:
    """Accepting stations but the present holder (ROUTE-4). `order` is a row of orders."""
    codes = dict.fromkeys(order.candidates)
    if order.lng is not None and order.lat is not None:
        hits = network.areas.hits(np.array([[order.lng, order.lat]], dtype=np.float64), [at])[0]
        codes |= dict.fromkeys(station for station, _ in sorted(hits, key=lambda hit: hit[1]))
    if order.adcode:
        codes |= dict.fromkeys(network.serves.get(order.adcode, ()))
    likely = [network.stations[code] for code in codes if _open(network, code, order)]
    known = {station.code for station in likely}
    others = [
        station
        for code, station in network.stations.items()
        if station.province == province and code not in known and _open(network, code, order)
    ]
    return Choices(likely, others)


def find(network: Network, words: str) -> list[Station]:
    """Accepting stations whose code, name or province holds `words`, for a box that suggests."""
    wanted = words.strip().casefold()
    if not wanted:
        return []
    hits = (
        station
        for station in network.stations.values()
        if station.accepts and wanted in f"{station.code} {station.name} {station.province}".casefold()
    )
    return [station for station, _ in zip(hits, range(MOST_FOUND), strict=False)]


def _open(network: Network, code: str, order: Any) -> bool:
    station = network.stations.get(code)
    return station is not None and station.accepts and code != order.station

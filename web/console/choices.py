"""Which stations an order may be sent to, by distance to their border."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from geo.areas import Near
from geo.network import Network
from geo.stations import Station

MOST_FOUND = 30
MOST_NEAR = 9
# When the network knows by now what it did not know at arrival, or the order was told to be elsewhere since.
CERTAIN = frozenset({"area", "district", "named_place", "no_district"})
NEIGHBOURHOOD = 50_000.0  # metres: what is farther is nobody's neighbour


@dataclass(frozen=True, slots=True)
class Choices:
    """`likely`: their area holds the point, or they serve the district (ROUTE-1). `others`: near ones, then those of
    the same province. Both by distance where that is known; `near` has it by code."""

    likely: list[Station]
    others: list[Station]
    near: dict[str, Near] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A station that HQ may choose; `metres` None without a point, or without an area."""

    station: Station
    likely: bool
    metres: float | None
    inside: bool
    closed: bool


def choices(network: Network, order: Any, province: str, at: datetime) -> Choices:
    """Accepting stations but the present holder (ROUTE-4). `order` is a row of orders."""
    likely, near = _likely(network, order, at), _near(network, order, at)
    known = {station.code for station in likely}
    around = [network.stations[code] for code in near if code not in known and _open(network, code, order)]
    others = known | {station.code for station in around}
    rest = [
        station
        for code, station in network.stations.items()
        if station.province == province and code not in others and _open(network, code, order)
    ]
    return Choices(likely, around + rest, near | _distances(network, order, known - near.keys(), at))


def candidates(network: Network, order: Any, at: datetime, most: int = MOST_NEAR) -> list[Candidate]:
    """The nearest stations, with at least some of those that cover the place or serve its district; nearest first."""
    likely, near = _likely(network, order, at), _near(network, order, at)
    sure = [station.code for station in likely][: max(most // 2, most - len(near))]
    codes = dict.fromkeys([*sure, *(code for code in near if _open(network, code, order))])
    chosen = list(codes)[:most]
    known = near | _distances(network, order, set(chosen) - near.keys(), at)
    likely_codes = {station.code for station in likely}
    found = [_candidate(network.stations[code], code in likely_codes, known.get(code), network, at) for code in chosen]
    return sorted(found, key=lambda one: (one.metres is None, one.metres or 0.0))


def sure(order: Any, found: Collection[Candidate], far: float) -> str:
    """The code of the one station that a waiting order can only be for; "" when a person has to choose, as nearly
    always: what came here by a transfer or by a doubt is for a person (ROUTE-2). `far` in metres."""
    likely = [one for one in found if one.likely]
    if order.sent_cause == "transfer" or order.routing_cause not in CERTAIN or len(likely) != 1:
        return ""
    [one] = likely
    return "" if one.closed or (one.metres or 0.0) > far else one.station.code


def _candidate(station: Station, likely: bool, near: Near | None, network: Network, at: datetime) -> Candidate:
    metres, inside = (near.metres, near.inside) if near else (None, False)
    return Candidate(station, likely, metres, inside, network.closed(station.code, at))


def _likely(network: Network, order: Any, at: datetime) -> list[Station]:
    """Those that routing named, that cover the point or serve the district; by distance, without a point as named."""
    codes = dict.fromkeys(order.candidates)
    if _located(order):
        codes |= dict.fromkeys(one.station for one in network.areas.found(order.lng, order.lat, at))
    if order.adcode:
        codes |= dict.fromkeys(network.serves.get(order.adcode, ()))
    open_ones = [code for code in codes if _open(network, code, order)]
    metres = {code: near.metres for code, near in _distances(network, order, open_ones, at).items()}
    by_distance = sorted(open_ones, key=lambda code: (code not in metres, metres.get(code, 0.0)))
    return [network.stations[code] for code in by_distance]


def _near(network: Network, order: Any, at: datetime) -> dict[str, Near]:
    """The nearest stations, whether they accept or not, the nearest first."""
    if not _located(order):
        return {}
    found = network.areas.nearest(order.lng, order.lat, at, 2 * MOST_NEAR)
    return {one.station: one for one in found if one.metres <= NEIGHBOURHOOD}


def _distances(network: Network, order: Any, codes: Collection[str], at: datetime) -> dict[str, Near]:
    if not _located(order) or not codes:
        return {}
    return {one.station: one for one in network.areas.nearest(order.lng, order.lat, at, len(codes), codes)}


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


def _located(order: Any) -> bool:
    return order.lng is not None and order.lat is not None


def _open(network: Network, code: str, order: Any) -> bool:
    station = network.stations.get(code)
    return station is not None and station.accepts and code != order.station

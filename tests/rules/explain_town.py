"""A few stations around a lake, and what is explained of a place among them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from shapely import box

from dispatch.explain import Facts, facts
from dispatch.explain_words import steps
from dispatch.places import read_place
from dispatch.routing import choose
from geo.addresses import packaged as gazetteer
from geo.areas import Area
from geo.districts import DistrictShapes
from geo.named_places import NamedPlace
from geo.network import Network
from geo.stations import Closure, Station
from rulebook.book import packaged

EDITION = packaged().editions[0]
NOON = datetime(2026, 5, 4, 4, tzinfo=UTC)
HOUR = timedelta(hours=1)


def station(code: str, parent: str | None = None, accepts: bool = True) -> Station:
    return Station(code, f"{code}网点", 2 if parent else 1, parent, "浙江省", "standard", accepts)


# P with its contracted area PA, S smaller than P, T as small as S, Q accepts nothing, Z is closed at noon.
STATIONS = [station(code) for code in ("P", "S", "T", "Z")] + [station("PA", "P"), station("Q", accepts=False)]
AREAS = [
    Area("P", box(120.0, 30.0, 120.4, 30.4)),
    Area("PA", box(120.0, 30.0, 120.1, 30.1)),
    Area("S", box(120.2, 30.2, 120.3, 30.3), valid_from=NOON - HOUR, change=7),
    Area("T", box(120.2, 30.2, 120.3, 30.3)),
    Area("Q", box(120.25, 30.25, 120.28, 30.28)),
    Area("Z", box(120.6, 30.0, 120.7, 30.1), valid_until=NOON + HOUR),
    Area("Z", box(120.62, 30.02, 120.64, 30.04)),
]
DISTRICTS = [("330106", "P"), ("330108", "S"), ("330108", "T"), ("330108", "Q"), ("330110", "Z")]
CLOSED = [Closure("Z", NOON, NOON + HOUR)]
NAMED = [
    NamedPlace("330106", name, code, NOON - HOUR)
    for name, code in (("翡翠城", "T"), ("古荡新村", "Q"), ("文三路", "Z"))
]
NETWORK = Network(STATIONS, AREAS, DISTRICTS, CLOSED, NAMED)
DRAWN = DistrictShapes(
    {"330106": "西湖区", "330108": "滨江区"},
    {"330106": box(120.0, 30.0, 120.2, 30.4), "330108": box(120.2, 30.0, 120.4, 30.4)},
)
SHAPED = Network(STATIONS, AREAS, DISTRICTS, CLOSED, NAMED, DRAWN)


def told(network: Network = NETWORK, at: datetime = NOON, exact: bool = True, **content: Any) -> Facts:
    place = read_place(content, EDITION, gazetteer(), network)
    known = facts(content, place, network, at, EDITION, gazetteer(), exact=exact)
    assert known.route == choose([place], network, [at])[0], "the very route, not a second decision"
    return known


def point(lng: float, lat: float, datum: str = "GCJ-02") -> dict[str, Any]:
    return {"lng": lng, "lat": lat, "datum": datum}


def chinese(known: Facts) -> str:
    return "\n".join(step.zh for step in steps(known))


def english(known: Facts) -> str:
    return "\n".join(step.en for step in steps(known))


def passed(known: Facts) -> list[tuple[str, str]]:
    return [(one.station, one.passed) for one in known.polygons]

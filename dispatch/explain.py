"""Why an order goes where it goes: the facts beside the very `Route` that `choose` returned, and the steps in words.

Nothing is decided here. For whoever may not see the point, all points of a hundredth of a degree are the same one.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Literal

from basics.days import iso
from basics.words import DATA_CENTRE
from dispatch.places import point_of
from dispatch.routing import Place, Route, choose
from geo.addresses import Gazetteer
from geo.areas import Found
from geo.datum import from_gcj02, metres_of_degree
from geo.network import Network
from geo.winners import SAME_SIZE
from rulebook.book import Edition

# Why a polygon or a station did not get the order. "" it decided nothing: something else did.
Passed = Literal["chosen", "closed", "not_accepting", "parent", "larger", "higher_code", "same_station", ""]
NEAREST = 3
BLUR = 2  # digits of a degree behind the point that anybody may see, a kilometre
RULES = {"closed": "ROUTE-6", "prefix": "CHAN-1", "area": "ROUTE-1", "district": "ROUTE-1", "named_place": "ROUTE-1"}


@dataclass(frozen=True, slots=True)
class Step:
    """One step: which rule decided it, zh-CN and English."""

    rule: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Told:
    """A point as it was told."""

    lng: float
    lat: float
    datum: str


@dataclass(frozen=True, slots=True)
class Polygon:
    """A polygon that holds the point. `change` 0: it came with the network; `valid_from` "": since ever."""

    station: str
    name: str
    level: int
    square_km: float
    metres_to_border: float
    change: int
    valid_from: str
    passed: Passed


@dataclass(frozen=True, slots=True)
class Candidate:
    """A station of the district, or one near the point (`metres` to its border)."""

    station: str
    name: str
    metres: float | None = None
    passed: Passed = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the words of an explanation are made from. Degrees and metres exact, kilometres square.

    `route` is by the data as they are now; `decided` is what the log says, where that is something else. `exact`: the
    reader may see all of it (ROLE-2).
    """

    at: datetime
    told: Told | None
    place: Place
    route: Route
    named: Mapping[str, str]  # names of the stations and districts in question, by code
    adcode_told: str
    passed_name: tuple[str, str] | None  # a named place and its station, which does not accept
    limit_km: int
    metres_to_district: float | None
    lies_in: tuple[str, ...]
    polygons: tuple[Polygon, ...]
    serving: tuple[Candidate, ...]
    nearest: tuple[Candidate, ...]
    decided: Route | None
    exact: bool


def rule_of(route: Route) -> str:
    """The rule that decided in the end."""
    return RULES.get(route.cause, "ROUTE-2")


def alike(one: Route, other: Route) -> bool:
    """Whether both say the same; of two closures, that the same station is closed."""
    shut = [route.candidates[:1] if route.cause == "closed" else () for route in (one, other)]
    return (one.station, one.cause, shut[0]) == (other.station, other.cause, shut[1])


def facts(
    content: Mapping[str, Any],
    place: Place,
    network: Network,
    at: datetime,
    edition: Edition,
    gazetteer: Gazetteer | None = None,
    stored: Route | None = None,
    exact: bool = True,
) -> Facts:
    """Everything that bears on the route of `place` at an instant, `content` being what was told.

    `stored`: what the log says. A number that contradicts its channel sent the order to a person whatever the place
    (CHAN-1). `exact` False: only what holds the point is asked of the point itself, all else of its blurred one.
    """
    by_prefix = stored is not None and stored.cause == "prefix"
    [route] = [Route(DATA_CENTRE, "prefix", ())] if by_prefix else choose([place], network, [at])
    decided = None if stored is None or alike(stored, route) else stored
    known = place.lng is not None and place.lat is not None
    lng, lat = place.lng or 0.0, place.lat or 0.0
    found = network.areas.found(lng, lat, at) if known else []
    if not exact:
        lng, lat = round(lng, BLUR), round(lat, BLUR)
    shapes = network.shapes
    lies_in = tuple(shapes.holding([(lng, lat)])[0]) if shapes is not None and known else ()
    codes = place.candidates or ((place.adcode,) if place.adcode else ())
    distance = shapes.metres(place.adcode, lng, lat) if shapes is not None and known and place.adcode else None
    return Facts(
        at=at,
        told=_told(content),
        place=place,
        route=route,
        named=_names((*codes, *lies_in), gazetteer, network) | _stations([route, decided or route], network),
        adcode_told=content.get("adcode") or "",
        passed_name=_passed_name(place, route, network, at),
        limit_km=edition.far_from_district,
        metres_to_district=distance,
        lies_in=lies_in,
        polygons=tuple(_polygons(found, lat, route, network)),
        serving=_serving(codes, route, network),
        nearest=_nearest(lng, lat, found, network, at) if known else (),
        decided=decided,
        exact=exact,
    )


def _serving(adcodes: Sequence[str], route: Route, network: Network) -> tuple[Candidate, ...]:
    codes = dict.fromkeys(code for adcode in adcodes for code in network.serves.get(adcode, ()))
    return tuple(Candidate(code, network.stations[code].name, None, _served(code, route, network)) for code in codes)


def _nearest(lng: float, lat: float, found: Sequence[Found], network: Network, at: datetime) -> tuple[Candidate, ...]:
    """Stations near by, without those whose areas hold the point."""
    holders = {one.station for one in found}
    near = network.areas.nearest(lng, lat, at, NEAREST + len(holders))
    others = [one for one in near if one.station not in holders][:NEAREST]
    return tuple(Candidate(one.station, network.stations[one.station].name, one.metres) for one in others)


def _passed_name(place: Place, route: Route, network: Network, at: datetime) -> tuple[str, str] | None:
    places = network.named.all(place.adcode, place.fragments, at) if route.passed else []
    return (places[0].fragment, places[0].station) if places else None


def _told(content: Mapping[str, Any]) -> Told | None:
    lng, lat = content.get("lng"), content.get("lat")
    return None if lng is None or lat is None else Told(lng, lat, content.get("datum") or "GCJ-02")


def _names(codes: Sequence[str], gazetteer: Gazetteer | None, network: Network) -> dict[str, str]:
    drawn = network.shapes.names if network.shapes is not None else {}
    return {code: (gazetteer.name(code) if gazetteer else "") or drawn.get(code, "") for code in codes}


def _stations(routes: Sequence[Route], network: Network) -> dict[str, str]:
    codes = [code for route in routes for code in (*route.candidates, route.station)]
    return {code: network.stations[code].name for code in codes if code in network.stations}


def _polygons(found: Sequence[Found], lat: float, route: Route, network: Network) -> list[Polygon]:
    """What holds the point, the deciding one first, then as ROUTE-1 ranks them."""
    east, north = metres_of_degree(lat)
    passed = _passed(found, route, network)
    result = []
    for one in found:
        station = network.stations[one.station]
        change, since = network.areas.versions[one.area]
        square_km = one.size * east * north / 1e6
        result.append(
            Polygon(
                one.station, station.name, station.level, square_km, one.metres, change, iso(since), passed[id(one)]
            )
        )
    return sorted(result, key=lambda one: (_RANK[one.passed], one.square_km, one.station))


_RANK: dict[str, int] = {
    "chosen": 0, "closed": 0, "": 1, "same_station": 2, "higher_code": 2, "larger": 3, "parent": 4, "not_accepting": 5,
}  # fmt: skip


def _passed(found: Sequence[Found], route: Route, network: Network) -> dict[int, Passed]:
    """Of each polygon why its station did not get the order, by its id. `route` says who did."""
    least: dict[str, float] = {}
    for one in found:
        if network.stations[one.station].accepts:
            least[one.station] = min(one.size, least.get(one.station, one.size))
    parents = {network.stations[code].parent for code in least}
    by_area = route.cause == "area" or (route.cause == "closed" and not route.fragment)
    winner = route.candidates[0] if by_area and route.candidates else None
    smallest = min((size for code, size in least.items() if code not in parents), default=0.0)

    def why(one: Found) -> Passed:
        if one.station not in least:
            return "not_accepting"
        if winner is None:
            return ""
        if one.station == winner:
            if one.size > least[winner]:
                return "same_station"
            return "closed" if route.cause == "closed" else "chosen"
        if one.station in parents:
            return "parent"
        return "higher_code" if least[one.station] - smallest < SAME_SIZE * least[one.station] else "larger"

    return {id(one): why(one) for one in found}


def _served(code: str, route: Route, network: Network) -> Passed:
    if not network.stations[code].accepts:
        return "not_accepting"
    if code == route.station and route.cause == "district":
        return "chosen"
    closed = route.cause == "closed" and not route.fragment and route.candidates == (code,)
    return "closed" if closed else ""


def as_json(known: Facts, steps: Sequence[Step]) -> dict[str, Any]:
    """The whole explanation as plain JSON values, exact; the point in all three datums."""
    place, route = known.place, known.route
    point: dict[str, Any] = {"told": asdict(known.told) if known.told else None, "ignored": place.ignored}
    if place.lng is not None and place.lat is not None:
        degrees = {datum: from_gcj02(place.lng, place.lat, datum) for datum in ("GCJ-02", "WGS-84", "BD-09")}
        point |= {datum: [round(lng, 8), round(lat, 8)] for datum, (lng, lat) in degrees.items()}
    district = {
        "told": known.adcode_told, "adcode": place.adcode, "name": known.named.get(place.adcode or "", ""),
        "source": place.source, "why": place.why, "metres": known.metres_to_district, "lies_in": list(known.lies_in),
        "candidates": [{"adcode": code, "name": known.named.get(code, "")} for code in place.candidates],
    }  # fmt: skip
    return {
        "at": iso(known.at),
        "point": point,
        "district": district,
        "fragments": list(place.fragments),
        "polygons": [asdict(one) for one in known.polygons],
        "stations_of_district": [asdict(one) for one in known.serving],
        "nearest": [asdict(one) for one in known.nearest],
        "station": route.station,
        "cause": route.cause,
        "candidates": list(route.candidates),
        "fragment": route.fragment,
        "passed": route.passed,
        "rule": rule_of(route),
        "steps": [asdict(step) for step in steps],
    }


def remembered(
    content: Mapping[str, Any],
    kept: Mapping[str, Any],
    fragment: str,
    edition: Edition,
    listed: Callable[[str], bool] = lambda _: True,
) -> Place:
    """The place as the log kept it: `content` told then, `kept` of how it was understood, the named place in question.

    The lists of districts may say something else by now. `why` is "not_read" for an address of before any was read,
    "unknown_code" for a code of then which is not `listed`.
    """
    place = point_of(content, edition)
    why, address = kept.get("why", ""), content.get("address")
    if not place.adcode and not kept.keys() & {"adcode", "candidates", "why"}:
        why = "not_read" if isinstance(address, str) and address.strip() else ""
    elif place.adcode and not kept and not listed(place.adcode):
        why = "unknown_code"
    return replace(
        place,
        adcode=kept.get("adcode", place.adcode or None),
        candidates=tuple(kept.get("candidates", ())),
        far=kept.get("far"),
        source=kept.get("source", ""),
        why=why,
        fragments=(fragment,) if fragment else (),
    )

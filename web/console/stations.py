"""网点: every station with its place in the network, as routing knows it now. Imports change it, this page does not."""

from collections.abc import Iterator

from flask import Blueprint

from geo.network import Network
from geo.stations import Station
from people.access import Action
from web.auth import current_scope, needs
from web.console.acting import page as shown
from web.console.fields import argument, choice
from web.services import now, services
from web.transactions import seeing

pages = Blueprint("stations", __name__)
PAGE = 100
LEVELS, ACCEPTING = ("1", "2"), ("1", "0")


@pages.get("/stations")
@needs(Action.SEE_AREAS)
def page() -> str:
    """In the order of their codes; a province sees its own."""
    wanted, province, after = argument("q", 40), argument("province", 100), argument("after", 32)
    level, accepts = choice("level", LEVELS), choice("accepts", ACCEPTING)
    scope = current_scope()
    with seeing() as conn:
        network = services().networks.get(conn)
    inside = [one for one in network.stations.values() if scope.holds(one.code, one.province)]
    found = [
        one
        for one in inside
        if _named(one, wanted)
        and (not province or one.province == province)
        and (not level or one.level == int(level))
        and (not accepts or one.accepts == (accepts == "1"))
    ]
    rest = [one for one in found if one.code > after]
    rows = rest[:PAGE]
    return shown(
        "stations.html", rows=rows, count=len(found), following=rows[-1].code if len(rest) > PAGE else "",
        network=network, provinces=sorted({one.province for one in inside}), wanted=wanted, province=province,
        level=level, accepts=accepts, closed=dict(_closed(network, rows)),
    )  # fmt: skip


def _named(station: Station, wanted: str) -> bool:
    return not wanted or wanted.casefold() in station.code.casefold() or wanted in station.name


def _closed(network: Network, rows: list[Station]) -> Iterator[tuple[str, object]]:
    """The closure of each that has one now or ahead (ROUTE-6)."""
    at = now()
    for station in rows:
        ahead = [one for one in network.closures_of(station.code) if one.end > at]
        if ahead:
            yield station.code, ahead[0]

"""版本: every change of service areas, newest first, planned ones on top; each leads to the map as of then."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, request, url_for

from basics.days import shanghai
from geo.network import Network
from geo.service_areas.queries import Change, Version, changes, planned, versions_of
from geo.stations import CODE_LIMIT
from people.access import Action, Scope
from web.auth import needs
from web.console.acting import page as shown
from web.console.areas import scope
from web.console.areas_between import TICK
from web.console.fields import argument, invalid
from web.errors import Problem
from web.services import now, services
from web.transactions import seeing

pages = Blueprint("area_versions", __name__)

PAGE = 50
MOST_READ = 4  # pages of others' changes that are passed over for one page of one's own
MOST_NAMED = 8
MOST_LATER = 1_000  # changes among which those are looked for that took a station out of a plan


@dataclass(frozen=True, slots=True)
class Line:
    """A change, and those of its stations that one sees: the first few as (code, name, whether a later change took it
    out of the plan that this was), and how many in all."""

    change: Change
    stations: list[tuple[str, str, bool]]
    count: int
    at: str


@pages.get("/areas/versions")
@needs(Action.SEE_AREAS)
def page() -> str:
    """All stations of one's scope, or `station` alone."""
    station, before = argument("station", CODE_LIMIT), _before()
    with seeing() as conn:
        network, seen = services().networks.get(conn), scope()
        if station and not (station in network.stations and seen.holds(station, network.stations[station].province)):
            raise Problem("not_found")
        ahead = [] if station else planned(conn, now())
        versions = versions_of(conn, station) if station else []
        found, following = ([], None) if station else own_changes(conn, network, seen, before)
        later = changes(conn, _first(ahead + found) + MOST_LATER, MOST_LATER) if _plans(ahead + found) else []
    known, plans = {one.id: one for one in later}, {one.id for one in ahead}
    found = [one for one in found if one.id not in plans]
    ahead = [] if before else [known.get(one.id, one) for one in ahead]  # as planned, with what fell out since
    return shown(
        "area_versions.html", station=network.stations.get(station), following=following,
        versions=[(one, _map_of(one, station)) for one in versions],
        planned=_lines(ahead, network, seen, later), lines=_lines(found, network, seen, later),
    )  # fmt: skip


def own_changes(conn: Any, network: Network, seen: Scope, before: int | None) -> tuple[list[Change], int | None]:
    """A page of changes that touch what one sees; most of them do for who sees all."""
    found = changes(conn, before, PAGE if seen.everywhere else PAGE * MOST_READ)
    own = [one for one in found if _seen(one, network, seen)]
    if len(own) > PAGE:
        own = own[:PAGE]
        return own, own[-1].id
    full = len(found) == (PAGE if seen.everywhere else PAGE * MOST_READ)
    return own, found[-1].id if full else None


def _seen(change: Change, network: Network, seen: Scope) -> list[str]:
    known = network.stations
    return [one for one in change.stations if one in known and seen.holds(one, known[one].province)]


def _plans(found: list[Change]) -> bool:
    return any(one.effective_at is not None and one.effective_at > one.recorded_at for one in found)


def _first(found: list[Change]) -> int:
    return min((one.id for one in found), default=0)


def _fallen(plan: Change, later: list[Change]) -> set[str]:
    """Its stations that a later change took, which held no later than this one would have."""
    at = plan.effective_at
    return {
        station
        for other in later
        if other.id > plan.id and at is not None and (other.effective_at is None or other.effective_at <= at)
        for station in other.stations
    }


def _lines(found: list[Change], network: Network, seen: Scope, later: list[Change]) -> list[Line]:
    result = []
    for one in found:
        codes = _seen(one, network, seen)
        if codes:
            fallen = _fallen(one, later)
            named = [(code, network.stations[code].name, code in fallen) for code in codes[:MOST_NAMED]]
            result.append(Line(one, named, len(codes), map_at(one.effective_at, codes[0])))
    return result


def map_at(at: datetime | None, station: str) -> str:
    """The map at the instant that a version began; those that hold since ever are on the map of today."""
    # In full: cut to the second it would be the map before it.
    return url_for("areas.page", at=shanghai(at).isoformat() if at else None, station=station)


def _map_of(version: Version, station: str) -> str:
    """The map while this version held: when it began, or just before it ended when it held since ever."""
    at = version.valid_from
    if at is None and version.valid_until is not None:
        at = version.valid_until - TICK
    return map_at(at, station)


def _before() -> int | None:
    given = request.args.get("before", "")
    if not given:
        return None
    if not (given.isascii() and given.isdigit() and len(given) <= 18):
        raise invalid("before", "cursor_invalid")
    return int(given)

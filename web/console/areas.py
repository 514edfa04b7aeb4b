"""服务范围: the map of service areas; who may manage them edits them on it (areas_edit.py). Looking changes nothing."""

from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, make_response, request
from sqlalchemy import Connection

from basics.days import SHANGHAI, parse_instant
from geo.network import Network
from geo.service_areas.queries import areas_at, changes
from people.access import EVERYWHERE, Action, Scope, may
from web.auth import current_actor, current_scope, needs
from web.console import areas_data as data
from web.console.acting import page as shown
from web.console.areas_body import FURTHEST
from web.console.fields import argument, invalid
from web.console.findings import OnMap, on_map
from web.gate import CSP
from web.services import now, services
from web.transactions import seeing

pages = Blueprint("areas", __name__)

LONGEST_WORDS = 40
MOST_AREAS = 200_000
READING = (
    "areas_geometry.js", "areas_state.js", "areas_view.js", "areas_ask.js", "areas_list.js",
)  # fmt: skip
LAST = "areas.js"  # puts the others together
EDITING = ("areas_line.js", "areas_vertices.js", "areas_tools.js", "areas_proposal.js")


def manages() -> bool:
    """Whether the person asking may change areas."""
    return may(current_actor(), Action.MANAGE_AREAS)


def scope() -> Scope:
    """Whose areas one sees: who manages them sees all."""
    return EVERYWHERE if manages() else current_scope()


@pages.get("/areas")
@needs(Action.SEE_AREAS)
def page() -> Response:
    """The map; `at` as it was or will be, `station` begins there, `finding` shows the place in question."""
    at, edits, tiles = moment(), manages(), services().settings.tile_url
    scripts = (*READING, *(EDITING if edits else ()), LAST)
    response = make_response(
        shown(
            "areas.html", at=at, station=argument("station", LONGEST_WORDS), edits=edits and at is None,
            finding=_finding() if edits else None, tile_url=tiles, scripts=scripts, furthest=now() + FURTHEST,
        )
    )  # fmt: skip
    if tiles:
        response.headers["Content-Security-Policy"] = CSP.replace("img-src", f"img-src {_host(tiles)}")
    return response


def _finding() -> OnMap | None:
    wanted = request.args.get("finding", "")
    if not wanted:
        return None
    with seeing() as conn:
        return on_map(conn, services().networks.get(conn), wanted)


def _host(tiles: str) -> str:
    """Scheme and host of the tiles' address; `{s}` stands for a few names of one letter."""
    parts = urlsplit(tiles)
    return f"{parts.scheme}://{parts.netloc.replace('{s}', '*')}"


@pages.get("/areas/data")
@needs(Action.SEE_AREAS)
def view() -> dict[str, Any]:
    """The stations of a box of the map, as of `at`; without a box all of one's own, as many as a map can show."""
    box, station = _box(), argument("station", LONGEST_WORDS)
    with seeing() as conn:
        network = services().networks.get(conn)
        version = last_change(conn)  # first: a number too old is cautious, one too new would hide a change
        held = held_at(conn, network, moment() or now())
    own, beside = data.seen_by(scope(), held)
    if station:
        box = next((one.box for one in own if one.station.code == station), None)
    mine = {one.station.code for one in own}
    stations, total = data.in_view([*own, *beside] if box or not station else [], box, data.home(own))
    drawn = [data.drawn(one, one.station.code in mine) for one in stations]
    around = box or data.home(own)
    return {
        "version": version,
        "box": around,
        "stations": drawn,
        "shown": sum(len(one["parts"]) for one in drawn),
        "total": total,
        "districts": data.outlines(network.shapes, around),
    }


@pages.get("/areas/find")
@needs(Action.SEE_AREAS)
def find() -> dict[str, Any]:
    """Stations of one's scope, and districts, by a part of their code or name."""
    words = argument("q", LONGEST_WORDS)
    if not words:
        return {"stations": [], "districts": []}
    seen = scope()
    with seeing() as conn:
        network = services().networks.get(conn)
        mine = (one for one in network.stations.values() if seen.holds(one.code, one.province))
        found = data.stations_like(words, mine)
        rows = areas_at(conn, moment() or now(), None, [one.code for one in found], MOST_AREAS)
    boxes = {one.station.code: one.box for one in data.by_station(network, rows)}
    return {
        "stations": [
            {"code": one.code, "name": one.name, "level": one.level, "parent": one.parent, "box": boxes.get(one.code)}
            for one in found
        ],
        "districts": data.districts_like(words, network.shapes),
    }


def held_at(conn: Connection, network: Network, at: datetime) -> list[data.Held]:
    """Every station that has areas at that instant."""
    return data.by_station(network, areas_at(conn, at, None, None, MOST_AREAS))


def last_change(conn: Connection) -> int:
    """The version that all areas together are at: the number of the last change, 0 before the first."""
    return next((one.id for one in changes(conn, None, 1)), 0)


def moment() -> datetime | None:
    """The instant of the address: ISO 8601, or a Shanghai day with or without a time; None: now."""
    given = request.args.get("at", "")
    if not given:
        return None
    try:
        naive = datetime.fromisoformat(given)
        return parse_instant((naive if naive.tzinfo else naive.replace(tzinfo=SHANGHAI)).isoformat())
    except (ValueError, OverflowError):
        raise invalid("at", "instant_invalid") from None


def _box() -> data.Box | None:
    given = request.args.get("box", "")
    if not given:
        return None
    try:
        west, south, east, north = (float(side) for side in given.split(","))
    except ValueError:
        raise invalid("box", "box_invalid") from None
    if not (-360 <= west < east <= 360 and -90 <= south < north <= 90):  # NaN is refused too
        raise invalid("box", "box_invalid")
    return west, south, east, north

"""问题: what is doubtful in the service areas, by kind and station, each with its place on the map (B-87)."""

import json
from dataclasses import dataclass

import shapely
from flask import Blueprint, request, url_for
from sqlalchemy import Connection

from geo.checks import KINDS
from geo.findings.queries import StoredFinding, checked, findings, is_current
from geo.network import Network
from geo.queries import network_version
from geo.stations import CODE_LIMIT
from people.access import Action
from web.auth import needs
from web.console.acting import page as shown
from web.console.areas_data import grown, rings
from web.console.fields import argument, choice, invalid
from web.errors import Problem
from web.services import now, services
from web.transactions import seeing
from web.words import Word

pages = Blueprint("findings", __name__)

PAGE = 50
ROOM = 0.002  # degrees around the place in question
WORDS = {
    "invalid": Word("图形无效", "invalid", "red"),
    "overlap": Word("重叠", "overlap", "orange"),
    "gap": Word("空白", "gap", "purple"),
    "outside_district": Word("超出区县", "outside its district", "yellow"),
    "no_area": Word("网点无范围", "station without area", "blue"),
    "no_district": Word("网点无区县", "station without district", "secondary"),
    "too_complex": Word("边界过于复杂", "outlines too complex", "red"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """A finding as the list shows it; `map` is where it is seen, empty when it has no place."""

    finding: StoredFinding
    stations: list[tuple[str, str]]
    district: str
    size: str
    map: str


@dataclass(frozen=True, slots=True)
class OnMap:
    """A finding for the map: what the page says, and what its script draws."""

    text: str
    json: str


@pages.get("/areas/findings")
@needs(Action.MANAGE_AREAS)
def page() -> str:
    """The stored findings, in the order of the check."""
    kind, station, after = choice("kind", KINDS), argument("station", CODE_LIMIT), _number("after")
    with seeing() as conn:
        network = services().networks.get(conn)
        last = checked(conn)
        found = findings(conn, kind or None, station or None, after, PAGE + 1)
        current = is_current(conn, network_version(conn), now())
    version = last.version if last else 0
    return shown(
        "findings.html", lines=[_line(one, network, version) for one in found[:PAGE]], last=last, current=current,
        kind=kind, station=station, kinds=WORDS, following=found[PAGE - 1].number if len(found) > PAGE else None,
    )  # fmt: skip


def _line(one: StoredFinding, network: Network, version: int) -> Line:
    codes = [code for code in (one.station, one.other) if code]
    names = network.shapes.names if network.shapes else {}
    district = f"{names.get(one.adcode, '')} {one.adcode}".strip() if one.adcode else ""
    place = url_for("areas.page", finding=f"{version}-{one.number}")
    if one.geometry is None:
        place = url_for("areas.page", station=one.station) if one.station else ""
    return Line(one, [(code, _name(network, code)) for code in codes], district, size(one.square_metres), place)


def _name(network: Network, code: str) -> str:
    return network.stations[code].name if code in network.stations else code


def size(square_metres: float | None) -> str:
    """`350 m²` or `2.41 km²`; empty for none."""
    if square_metres is None:
        return ""
    return f"{square_metres:,.0f} m²" if square_metres < 100_000 else f"{square_metres / 1e6:,.2f} km²"


def on_map(conn: Connection, network: Network, wanted: str) -> OnMap:
    """The finding `<version>-<number>` of the address. Problem `not_found` when there is none, or it was found again
    since under another number."""
    version, _, number = wanted.partition("-")
    last = checked(conn)
    if not (last and version == str(last.version) and number.isascii() and number.isdigit() and len(number) <= 9):
        raise Problem("not_found", "该问题已重新检查,请从问题列表打开 / Checked again since: open it from the list")
    found = findings(conn, None, None, int(number) - 1, 1)
    if not found or found[0].number != int(number):
        raise Problem("not_found")
    one = found[0]
    stations = "、".join(f"{_name(network, code)} {code}" for code in (one.station, one.other) if code)
    text = " · ".join(part for part in (WORDS[one.kind].chinese, stations, size(one.square_metres), one.cause) if part)
    return OnMap(text, json.dumps(_drawn(one, text), ensure_ascii=False))


def _drawn(one: StoredFinding, text: str) -> dict[str, object]:
    if one.geometry is None:
        return {"text": text, "parts": [], "point": None, "box": None}
    point = shapely.get_coordinates(one.geometry)[0].tolist() if shapely.get_dimensions(one.geometry) == 0 else None
    west, south, east, north = shapely.bounds(one.geometry).tolist()
    return {
        "text": text,
        "parts": rings(one.geometry),
        "point": point,
        "box": grown((west, south, east, north), ROOM),
    }


def _number(name: str) -> int:
    given = request.args.get(name, "0")
    if not (given.isascii() and given.isdigit() and len(given) <= 9):
        raise invalid(name, "cursor_invalid")
    return int(given)

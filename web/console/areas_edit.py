"""The map editor's requests: split, merge, check, upload, store. Only `store` writes."""

from collections.abc import Iterable, Sequence
from typing import Any

from flask import Blueprint, request
from shapely import Geometry, LineString
from sqlalchemy import Connection

from dispatch.preview.queries import preview
from geo.actions import change_areas, queue
from geo.addresses import packaged
from geo.area_files import read_areas
from geo.areas import Area
from geo.checks import Finding
from geo.errors import NetworkError
from geo.network import Network
from geo.service_areas.queries import Change, changes, open_orders, planned, present_areas
from people.access import Action, may
from people.actions import AuditEntry, record
from web.auth import current_actor, needs
from web.console import areas_data as data
from web.console import areas_shapes as shapes
from web.console.areas import held_at, last_change
from web.console.areas_between import check_between
from web.console.areas_body import Body, Proposed, by_station, parsed, refused, sent
from web.console.areas_effect import NOTHING, effect
from web.console.fields import invalid
from web.errors import Problem
from web.services import now, services
from web.transactions import seeing, transact

pages = Blueprint("areas_edit", __name__)

NO_BOX = (0.0, 0.0, 0.0, 0.0)
LONGEST_SUBJECT = 200
MOST_LINE = 200  # vertices of a line that splits
MOST_OVERLAPS = 200


@pages.post("/areas/split")
@needs(Action.MANAGE_AREAS)
def split() -> dict[str, Any]:
    """The one polygon cut by `line`, [[lng, lat], …]: its parts."""
    body = sent()
    if len(body.areas) != 1:
        raise invalid("features", "one_expected")
    polygon, line = body.polygons()[0], body.line(MOST_LINE)
    shapes.refuse_tangled([polygon, LineString(line)])
    parts = shapes.split(polygon, line)
    if len(parts) < 2:
        raise Problem(
            "line_does_not_cross", "这条线没有把该块分开,请从边界外画到边界外 / The line does not cross the area"
        )
    return {"parts": [data.rings(one)[0] for one in parts]}


@pages.post("/areas/merge")
@needs(Action.MANAGE_AREAS)
def merge() -> dict[str, Any]:
    """The polygons as one, or as few as they can be."""
    polygons = sent().polygons()
    shapes.refuse_tangled(polygons)
    return {"parts": [data.rings(one)[0] for one in shapes.merged(polygons)]}


@pages.post("/areas/check")
@needs(Action.MANAGE_AREAS)
def check() -> dict[str, Any]:
    """What storing the features as all the areas of `stations` would mean: problems, overlaps, orders that move."""
    try:
        body = parsed()
    except NetworkError as error:
        if error.code != "invalid_geometry":
            raise refused(error) from None
        problem = {"cause": error.cause, "code": error.code, "place": error.place}
        return {"version": 0, "problems": [problem], "overlaps": [], "planned": [], "preview": NOTHING}
    with seeing() as conn:
        version = last_change(conn)  # first: what is stored meanwhile is later than this check
        network = services().networks.get(conn)
        proposed = by_station(body, network)
        present = present_areas(conn, now())
        _refuse_tangled(proposed, present)
        busy = open_orders(conn, {station for station, own in proposed.items() if not own})
        ahead = [one for one in planned(conn, now()) if set(one.stations) & proposed.keys()]
        seen = preview(conn, network, proposed, now(), services().book, gazetteer=packaged())
    over = shapes.new_overlaps(network.stations, proposed, present)
    return {
        "version": version,
        "problems": [_busy(network, code) for code in sorted(busy)],
        "overlaps": [_overlap(network, one) for one in over[:MOST_OVERLAPS]],
        "planned": [_plan(network, one, proposed) for one in ahead],
        "preview": effect(seen, network.stations, may(current_actor(), Action.SEE_ORDER)),
    }


def _refuse_tangled(proposed: Proposed, present: Sequence[Area]) -> None:
    mine: list[Geometry] = [area.geometry for own in proposed.values() for area in own]
    shapes.refuse_tangled(mine, [area.geometry for area in present if area.station not in proposed])


def _busy(network: Network, code: str) -> dict[str, Any]:
    """B-88: it would be refused."""
    cause = f"{network.stations[code].name} {code} 还有未完成的订单,不能没有服务范围 / open orders need its area"
    return {"cause": cause, "code": "has_open_orders", "place": None}


def _overlap(network: Network, one: Finding) -> dict[str, Any]:
    """Which is no mistake by itself: the smaller area wins (ROUTE-1, B-87)."""
    return {
        "stations": [network.stations[code].name for code in (one.station, one.other) if code],
        "km2": (one.square_metres or 0.0) / 1e6,
        "parts": data.rings(one.geometry),
    }


def _plan(network: Network, one: Change, proposed: Proposed) -> dict[str, Any]:
    """A change that is to come: a new one that holds by then takes its stations out of it, and leaves it the others."""

    def named(codes: Iterable[str]) -> list[str]:
        return [f"{network.stations[code].name} {code}" if code in network.stations else code for code in codes]

    return {
        "change": one.id,
        "since": data.since(one.effective_at),
        "falls": named(code for code in one.stations if code in proposed),
        "stays": named(code for code in one.stations if code not in proposed),
    }


@pages.post("/areas/upload")
@needs(Action.MANAGE_AREAS)
def upload() -> dict[str, Any]:
    """The areas in a file, as a proposal for every station that it names; nothing is stored."""
    file = request.files.get("file")
    if file is None or not file.filename:
        raise invalid("file", "missing", "请选择文件 / Pick a file")
    try:
        areas = read_areas(file.filename[-100:], file.read())
    except NetworkError as error:
        raise refused(error) from None
    if not areas:
        raise invalid("file", "empty", "文件里没有区域 / No area in the file")
    with seeing() as conn:
        version = last_change(conn)  # first, as for the view
        network = services().networks.get(conn)
        proposed = by_station(Body(areas, {"stations": list({area.station for area in areas})}), network)
        held = {one.station.code: one for one in held_at(conn, network, now())}
    return {
        "version": version,
        "present": [
            data.drawn(held.get(code) or data.Held(network.stations[code], (), NO_BOX), True) for code in proposed
        ],
        "proposed": [
            {"code": code, "parts": [part for area in own for part in data.rings(area.geometry)]}
            for code, own in proposed.items()
        ],
        "box": data.box_of(areas),
    }


@pages.post("/areas/store")
@needs(Action.MANAGE_AREAS)
def store() -> dict[str, Any]:
    """The features as all the areas of `stations` from `effective` on; the same form, by its `key`, is stored once.

    409 `version_conflict` when somebody changed one of them after version `loaded`; `check_again` when somebody
    changed an area beside them after version `checked`; `has_open_orders` (B-88).
    """
    body, actor = sent(), current_actor()
    effective, note, key = body.effective(now()), body.note(), body.key(actor.user_id)
    loaded, checked = body.number("loaded"), body.number("checked")
    with seeing() as conn:
        proposed = by_station(body, services().networks.get(conn))
        _refuse_tangled(proposed, present_areas(conn, now()))

    def work(conn: Connection) -> Change:
        queue(conn, now())  # whoever was quicker has committed by now
        before, was = last_change(conn), present_areas(conn, now(), proposed.keys())
        done = change_areas(
            conn, proposed, effective_at=effective, now=now(), by=actor.name, source="console", note=note, key=key
        )
        if done > before:
            check_between(conn, done, proposed, was, loaded, checked, now())
            subject = f"#{done} {','.join(proposed)}"[:LONGEST_SUBJECT]
            record(conn, [AuditEntry(actor.user_id, "areas_changed", subject, request.remote_addr or "")], now())
        return changes(conn, done + 1, 1)[0]

    try:
        change = transact(work)
    except NetworkError as error:
        raise refused(error) from None
    return {"change": change.id, "told": f"已保存版本 #{change.id}:{len(change.stations)} 个网点,{_since(change)}"}


def _since(change: Change) -> str:
    """As it is stored: a form sent again holds since it was sent first."""
    if change.effective_at is not None and change.effective_at > now():
        return f"自 {data.since(change.effective_at)} 起生效 / from then on"
    return "已生效 / in force"

"""The map editor's requests: split, merge, check, upload, store. Only `store` writes."""

from datetime import datetime
from typing import Any

from flask import Blueprint, request
from sqlalchemy import Connection

from basics.days import SHANGHAI, shanghai
from dispatch.preview.queries import preview
from geo.actions import change_areas
from geo.addresses import packaged
from geo.area_files import read_areas
from geo.checks import Finding, overlaps
from geo.errors import NetworkError
from geo.network import Network
from geo.service_areas.queries import Change, changes, planned, present_areas
from people.access import Action
from people.actions import AuditEntry, record
from storage.session import reading, run
from web.auth import current_actor, needs
from web.console import areas_data as data
from web.console import areas_shapes as shapes
from web.console.areas import held_at, last_change
from web.console.areas_body import Body, Proposed, by_station, parsed, refused, sent
from web.console.areas_effect import NOTHING, effect
from web.console.fields import invalid
from web.errors import Problem
from web.services import now, services

pages = Blueprint("areas_edit", __name__)

LONGEST_NOTE = 500
NO_BOX = (0.0, 0.0, 0.0, 0.0)
LONGEST_SUBJECT = 200
MOST_LINE = 1_000  # vertices of a line that splits
MOST_OVERLAPS = 200
MOST_BETWEEN = 1_000  # changes since the areas were loaded: more are a page forgotten for a year


@pages.post("/areas/split")
@needs(Action.MANAGE_AREAS)
def split() -> dict[str, Any]:
    """The one polygon cut by `line`, [[lng, lat], …]: its parts."""
    body = sent()
    if len(body.areas) != 1:
        raise invalid("features", "one_expected")
    parts = shapes.split(body.polygons()[0], body.line(MOST_LINE))
    if len(parts) < 2:
        raise Problem(
            "line_does_not_cross", "这条线没有把该块分开,请从边界外画到边界外 / The line does not cross the area"
        )
    return {"parts": [data.rings(one)[0] for one in parts]}


@pages.post("/areas/merge")
@needs(Action.MANAGE_AREAS)
def merge() -> dict[str, Any]:
    """The polygons as one, or as few as they can be."""
    return {"parts": [data.rings(one)[0] for one in shapes.merged(sent().polygons())]}


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
        return {"problems": [problem], "overlaps": [], "planned": [], "preview": NOTHING}
    with reading(services().engine) as conn:
        network = services().networks.get(conn)
        proposed = by_station(body, network)
        present = present_areas(conn, now())
        ahead = [one for one in planned(conn, now()) if set(one.stations) & proposed.keys()]
        seen = preview(conn, network, proposed, now(), services().book, gazetteer=packaged())
    every = [area for own in proposed.values() for area in own]
    every += [area for area in present if area.station not in proposed]
    over = sorted(overlaps(network.stations, every, proposed.keys()), key=lambda one: -(one.square_metres or 0.0))
    return {
        "problems": [],
        "overlaps": [_overlap(network, one) for one in over[:MOST_OVERLAPS]],
        "planned": [_plan(one) for one in ahead],
        "preview": effect(seen, network.stations),
    }


def _overlap(network: Network, one: Finding) -> dict[str, Any]:
    """Which is no mistake by itself: the smaller area wins (ROUTE-1, B-87)."""
    return {
        "stations": [network.stations[code].name for code in (one.station, one.other) if code],
        "km2": (one.square_metres or 0.0) / 1e6,
        "parts": data.rings(one.geometry),
    }


def _plan(one: Change) -> dict[str, Any]:
    """A change that is to come: a new one that holds earlier takes its stations out of it."""
    return {"change": one.id, "since": data.since(one.effective_at), "stations": one.stations}


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
    with reading(services().engine) as conn:
        network = services().networks.get(conn)
        proposed = by_station(Body(areas, {"stations": list({area.station for area in areas})}), network)
        held = {one.station.code: one for one in held_at(conn, network, now())}
        version = last_change(conn)
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
    """The features as all the areas of `stations` from `effective` on; the same `key` is stored once.

    409 `version_conflict` when somebody changed one of them after version `loaded`; `has_open_orders` (B-88).
    """
    body = sent()
    effective, note, key, loaded = _effective(body), _note(body), body.key(), body.number("loaded")

    def work(conn: Connection) -> tuple[int, Proposed]:
        proposed = by_station(body, services().networks.get(conn))
        before, actor = last_change(conn), current_actor()
        done = change_areas(
            conn, proposed, effective_at=effective, now=now(), by=actor.name, source="console", note=note, key=key
        )
        # Asked after the change has taken its lock: whoever was quicker has committed by now.
        _check_unchanged(conn, loaded, done, proposed)
        if done > before:
            subject = f"#{done} {','.join(proposed)}"[:LONGEST_SUBJECT]
            record(conn, [AuditEntry(actor.user_id, "areas_changed", subject, request.remote_addr or "")], now())
        return done, proposed

    try:
        change, proposed = run(services().engine, work)
    except NetworkError as error:
        raise refused(error) from None
    at = f"自 {data.since(effective)} 起生效 / from then on" if effective > now() else "已生效 / in force"
    return {"change": change, "told": f"已保存版本 #{change}:{len(proposed)} 个网点,{at}"}


def _check_unchanged(conn: Connection, loaded: int, done: int, proposed: Proposed) -> None:
    between = done - loaded - 1
    if between > MOST_BETWEEN:
        detail = "页面打开太久,请重新载入 / The page is too old: load again"
        raise Problem("version_conflict", detail, status=409)
    for one in changes(conn, done, max(between, 0)):
        both = sorted(proposed.keys() & set(one.stations))
        if one.id > loaded and both:
            when = shanghai(one.recorded_at).strftime("%Y-%m-%d %H:%M")
            detail = f"{'、'.join(both[:5])} 的范围已由 {one.by} 于 {when} 更改(版本 #{one.id}),请重新载入"
            raise Problem("version_conflict", f"{detail} / Changed meanwhile: load again", status=409)


def _effective(body: Body) -> datetime:
    """A Shanghai clock's date and time; now when it is empty."""
    given = body.text("effective", 32)
    if not given:
        return now()
    try:
        at = datetime.strptime(given[:16], "%Y-%m-%dT%H:%M")  # noqa: DTZ007
    except ValueError:
        raise invalid("effective", "instant_invalid", "生效时间无效 / No such time") from None
    return at.replace(tzinfo=SHANGHAI)


def _note(body: Body) -> str:
    note = body.text("note", LONGEST_NOTE)
    if not note:
        raise invalid("note", "missing", "请填写说明 / A note is required")
    return note

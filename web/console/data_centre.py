"""分件台: what no station is sure to serve, with cause and candidates; HQ dispatches it (ROUTE-2, ROUTE-3, ROUTE-5)."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import shapely
from flask import Blueprint, Response, jsonify, request
from sqlalchemy import Connection, Row
from werkzeug.wrappers import Response as AnyResponse

from basics.words import BUSINESS_TYPES, DATA_CENTRE
from channels.registry import SOURCES
from dispatch.actions import conduct
from dispatch.batch import World
from dispatch.borders.actions import annotate
from dispatch.borders.queries import Course, courses, near, outlines
from dispatch.borders_rules import DIGITS, NOTE_LIMIT
from dispatch.facts import Dispatch, Item, Target
from dispatch.lists import queries as lists
from dispatch.places import read_place
from dispatch.refusals import refuse
from geo.network import Network
from people.access import Action
from people.masking import customer_names, mask_text
from web.auth import current_actor, current_scope, needs
from web.console import acting
from web.console.choices import Candidate, candidates, sure
from web.console.fields import BIGGEST_ID, cursor, cursor_text, invalid, list_filters, picked, text
from web.errors import Problem, wants_json
from web.language import t
from web.notes import say
from web.services import now, services
from web.show import exactly, when
from web.transactions import seeing, transact

pages = Blueprint("data_centre", __name__)

IGNORED = {
    "zero": ("坐标为 (0,0),未采用", "the point (0,0) is not used"),
    "swapped": ("经纬度颠倒,未采用", "longitude and latitude are swapped: not used"),
    "outside_country": ("坐标在国外,未采用", "the point is abroad: not used"),
}
MOST_DISTRICTS = 6
COARSE = 0.0002  # degrees, 20 m: what a shape may lose on the small map


@dataclass(frozen=True, slots=True)
class Line:
    """A waiting order as the desk shows it. `why`: behind the cause, in words; `passed`: each transfer, in words;
    `lay`: how long it has lain here, earlier stays included; `disputed`: a station passed on the place it has now;
    `sure`: the code of the one station it can only be."""

    row: Row[Any]
    why: list[str]
    passed: list[str]
    lay: timedelta
    disputed: bool
    candidates: list[Candidate]
    sure: str


@pages.get("/data-centre")
@needs(Action.DISPATCH)
def page() -> str:
    """Longest waiting first."""
    filters = list_filters(SOURCES, BUSINESS_TYPES)
    with seeing() as conn:
        found = lists.at_data_centre(conn, current_scope(), filters, cursor())
        known = courses(conn, [row.id for row in found.rows])
        world = acting.world(conn)
    return acting.page(
        "data_centre.html", lines=[line_of(row, known[row.id], world) for row in found.rows], network=world.network,
        following=cursor_text(found.following), filters=filters, channels=SOURCES, types=BUSINESS_TYPES,
        far=_far(), note_limit=NOTE_LIMIT, here=acting.address(),
    )  # fmt: skip


@pages.post("/data-centre/dispatch")
@needs(Action.DISPATCH)
def dispatch() -> AnyResponse:
    """The row whose button was pressed to the station beside it; or each ticked one, or all of them to `to`."""
    orders = picked("orders")
    to_all = "" if "one" in request.form else text("to", 32)
    to = {one: to_all or text(f"to-{one}", 32) for one in orders}
    notes = {one: text(f"note-{one}", NOTE_LIMIT) for one in orders}
    ready = [one for one in orders if to[one] and to[one] != DATA_CENTRE]
    results, closed = dispatched(ready, to, notes)
    if closed:
        say(f"所分网点停业中,停业期间时钟不计 / closed now: {'、'.join(sorted(closed))}", "warning")
    if "one" in request.form and orders and wants_json():
        _refuse_one(orders[0], results)
    if not orders:
        say("请先勾选订单 / Pick some orders first", "warning")
    elif len(ready) < len(orders):
        say(f"{len(orders) - len(ready)} 单未选网点 / no station chosen", "warning")
    return acting.back_with(results, "已分件", "dispatched")


@pages.get(f"/data-centre/<int(max={BIGGEST_ID}):order_id>/map")
@needs(Action.DISPATCH)
def map_of(order_id: int) -> Response:
    """What the desk draws of one order. Its point is rounded to 10 m: enough for a border, too coarse for a door."""
    with seeing() as conn:
        found = lists.order_page(conn, order_id, current_scope())
        if found is None:
            raise Problem("not_found")
        world, order = acting.world(conn), found.order
        edition = world.book.at(order.released_at or order.created_at)
        place = read_place(order.content, edition, world.gazetteer, world.network)
        chosen = candidates(world.network, order, now())
        areas = outlines(conn, [one.station.code for one in chosen], now())
        decided = near(conn, order.lng, order.lat, order.adcode, place.fragments)
    districts = dict.fromkeys((*((order.adcode,) if order.adcode else ()), *place.candidates))
    return jsonify(
        number=order.logistics_no,
        point=_point(order),
        districts=_districts(list(districts)[:MOST_DISTRICTS], world.network),
        stations=[_drawn(one, areas.get(one.station.code, [])) for one in chosen],
        decided=[_decided(row, world.network) for row in decided],
    )


def dispatched(
    orders: Sequence[int], to: Mapping[int, str], notes: Mapping[int, str]
) -> tuple[list[acting.Result], set[str]]:
    """`acting.act`, with what HQ noted put into the border register in the same transaction; and those of the stations
    that are closed now."""
    actor, scope = current_actor(), current_scope()
    closed: set[str] = set()

    def work(conn: Connection) -> list[acting.Result]:
        closed.clear()  # it may be tried again
        seen = lists.in_scope(conn, scope, orders)
        mine = [one for one in orders if one in seen]
        items = [Item(now(), Dispatch(Target(order_id=one), to[one], actor.name), actor.name) for one in mine]
        world = acting.world(conn)
        answers = dict(zip(mine, conduct(conn, items, world), strict=True))
        done = [one for one, answer in answers.items() if answer is None]
        annotate(conn, {one: notes[one] for one in done})
        closed.update(to[one] for one in done if world.network.closed(to[one], now()))
        unknown = refuse("order_unknown")
        return [
            acting.Result(one, seen.get(one, ""), answers.get(one, None if one in seen else unknown)) for one in orders
        ]

    return transact(work), closed


def _refuse_one(order: int, results: Sequence[acting.Result]) -> None:
    """What a program that dispatched one order is told when that was refused."""
    if not results:
        raise invalid(f"to-{order}", "required")
    refusal = results[0].refusal
    if refusal is not None:
        status = acting.status_of(refusal)
        raise Problem("not_found") if status == 404 else Problem(refusal.code, refusal.message, status=status)


def line_of(row: Row[Any], course: Course, world: World) -> Line:
    network = world.network
    chosen = candidates(network, row, now())
    lay = course.lay + (now() - row.assigned_at)
    why = _transferred(row, course, network) if row.sent_cause == "transfer" else _why(row, course.place, world)
    passed = _passed(row, course, network)
    return Line(row, why, passed, lay, course.disputed, chosen, sure(row, chosen, _far()))


def _transferred(row: Row[Any], course: Course, network: Network) -> list[str]:
    """ROUTE-5: asked for a station that had it before, it came here instead."""
    last = course.passed[-1] if course.passed else None
    if last is None or last.asked == DATA_CENTRE:
        return []
    asked = _name(last.asked, network)
    return [t(f"原转往{asked},该网点曾持有此单 (ROUTE-5)", f"meant for {asked}, which had held it (ROUTE-5)")]


def _passed(row: Row[Any], course: Course, network: Network) -> list[str]:
    names = customer_names(row.content)
    return [
        f"{_name(one.station, network)} → {_name(one.to, network)}" + (f":{said}" if said else "")
        for one in course.passed
        for said in [mask_text(one.remark, names)]
    ]


def _why(row: Row[Any], place: Mapping[str, Any], world: World) -> list[str]:
    """What the cause rests on (law 11)."""
    words = []
    if place.get("far"):
        far, there = place["far"] / 1000, _district(row.adcode, world)
        words.append(t(f"坐标距所填区县{there} {far:.1f} 公里", f"the point is {far:.1f} km from its district {there}"))
    if place.get("candidates"):
        named = [_district(adcode, world) or adcode for adcode in place["candidates"]]
        more = t(" 等", " and others") if len(named) > MOST_DISTRICTS else ""
        words.append(t("可能是 ", "may be ") + "、".join(named[:MOST_DISTRICTS]) + more)
    if place.get("ignored"):
        words.append(t(*IGNORED[place["ignored"]]))
    if row.routing_cause == "closed" and row.candidates:
        winner = row.candidates[0]
        shut = [c for c in world.network.closures_of(winner) if c.start <= row.assigned_at < c.end]
        words += [
            f"{_name(winner, world.network)} {t('停业至', 'closed until')} {when(closure.end)}" for closure in shut
        ]
    return words


def _name(code: str, network: Network) -> str:
    known = network.stations.get(code)
    return t("数据中心", "data centre") if code == DATA_CENTRE else known.name if known else code


def _district(adcode: str | None, world: World) -> str:
    """Its whole name; "" where no list has it."""
    if not adcode:
        return ""
    name = world.gazetteer.name(adcode) if world.gazetteer else ""
    return name or (world.network.shapes.names.get(adcode, "") if world.network.shapes else "")


def _far() -> float:
    """From how many metres on a candidate is so far away that the desk asks again."""
    return services().book.at(now()).far_from_district * 1000


def _point(row: Any) -> list[float] | None:
    """Latitude first, as the map wants it."""
    return None if row.lng is None or row.lat is None else [round(row.lat, DIGITS), round(row.lng, DIGITS)]


def _drawn(one: Candidate, areas: Sequence[bytes]) -> dict[str, object]:
    return {
        "code": one.station.code, "name": one.station.name, "metres": one.metres, "inside": one.inside,
        "closed": one.closed, "areas": [_shape(shapely.from_wkb(area)) for area in areas],
    }  # fmt: skip


def _districts(codes: Sequence[str], network: Network) -> list[dict[str, object]]:
    shapes = network.shapes
    if shapes is None:
        return []
    return [
        {"name": shapes.names[code], "shape": _shape(shapes.polygons[code])}
        for code in codes
        if code in shapes.polygons
    ]


def _shape(geometry: Any) -> Any:
    return json.loads(shapely.to_geojson(shapely.simplify(geometry, COARSE)))


def _decided(row: Row[Any], network: Network) -> dict[str, object]:
    others = [_name(code, network) for code in row.others]
    return {
        "station": _name(row.station, network), "code": row.station, "others": others, "fragment": row.fragment,
        "at": exactly(row.decided_at)[:16], "note": mask_text(row.note), "point": _point(row),
    }  # fmt: skip

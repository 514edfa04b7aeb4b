"""Where the pickup point lay, by the areas valid when it counted: the holder's and the other station's (VIO-2).

The point is told to about 100 m, and the distance to a border in steps as large: enough to see on which side it lies,
which the exact point decides, and not where the sender lives (ROLE-2).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from basics.days import parse_instant
from basics.words import DATA_CENTRE
from dispatch.batch import World
from dispatch.lists.queries import OrderPage
from dispatch.places import point_of, read_place
from geo.network import Network
from geo.service_areas.queries import areas_at
from rulebook.edition import Edition
from sla.explain_words import moment
from web.pack.exact import exactly
from web.pack.pictures import Shape, map_svg

MOST_OTHERS = 4
MOST_AREAS = 60
NEIGHBOURS = 2  # shown where nobody else is concerned
BLUR = 80.0  # metres: half the diagonal of a cell of a thousandth of a degree
WITH_PLACE = ("created", "updated", "amended")
_WHY_OTHER = {
    "named": ("证据所指网点", "named by the evidence"),
    "target": ("转往网点", "transferred to"),
    "before": ("前一持有网点", "held it before"),
    "holds": ("其服务范围含取件点", "its area holds the point"),
    "house": ("同一网点(一级与承包区),含取件点", "of the same house, holds the point"),
    "near": ("最近的网点", "nearest"),
}


@dataclass(frozen=True, slots=True)
class Ground:
    """The point as it was known `at`, and whose areas are looked at."""

    lng: float
    lat: float
    at: datetime
    network: Network
    holder: str


def when_it_counted(violation: Any, assignments: Iterable[Any]) -> datetime:
    """Of a deed its instant, of a clock the start of the assignment: by the areas of then it was judged.

    The evidence has that start cut to the second, when the order may still have lain elsewhere; it serves only where
    news took the assignment away.
    """
    evidence = violation.evidence
    if "due_at" in evidence and evidence.get("assigned_at"):
        cut = parse_instant(evidence["assigned_at"])
        return next((one.started_at for one in assignments if one.seq == violation.seq), cut)
    return violation.happened_at  # type: ignore[no-any-return]


def ground_of(conn: Connection, world: World, violation: Any, found: OrderPage, edition: Edition) -> dict[str, Any]:
    """`known` False, and why, without a usable point; `inside`: in an area of the holder or of its contracted ones.
    `apart`: something else than areas and that point may have decided: a named place, or a point that changed."""
    at, events = when_it_counted(violation, found.assignments), found.events
    content = _content_at(events, at)
    place = point_of(content, edition) if content else None
    base = {"known": False, "at": exactly(at), "inside": None, "apart": False, "point": None, "stations": [], "svg": ""}
    if place is None or place.lng is None or place.lat is None:
        return base | {"zh": f"{moment(at)} 时没有可用的取件坐标,不能以服务范围判断。",
                       "en": "No usable pickup point was known then: nothing can be said by areas."}  # fmt: skip
    if violation.station not in world.network.stations:
        return base | {"zh": "网络中已没有该网点。", "en": "The network has no such station any more."}
    ground = Ground(place.lng, place.lat, at, world.network, violation.station)
    inside = world.network.covers(ground.holder, ground.lng, ground.lat, at)
    others = _others(ground, violation, events)
    zh, en = _apart(world, ground, content, events, edition)
    return base | {
        "known": True,
        "inside": inside,
        "point": {"lng": f"{ground.lng:.3f}", "lat": f"{ground.lat:.3f}"},
        "zh": f"按 {moment(at)} 有效的服务范围,取件点在持有网点(含承包区)范围{'内' if inside else '外'};"
              f"坐标约至 100 米。{zh}",
        "en": f"By the areas valid then the point lies {'inside' if inside else 'outside'} those of the holder and its"
              f" contracted ones; the point is told to about 100 m.{en}",
        "apart": bool(zh),
        "stations": _stations(ground, others),
        "svg": _drawn(conn, ground, others),
    }  # fmt: skip


def _apart(
    world: World, ground: Ground, content: Mapping[str, Any], events: Sequence[Any], edition: Edition
) -> tuple[str, str]:
    """What may have decided beside the areas and this point; zh-CN and English, "" for nothing."""
    place = read_place(content, edition, world.gazetteer, world.network)
    named = {one.station for one in world.network.named.all(place.adcode, place.fragments, ground.at)}
    if named.intersection(ground.network.with_contracted(ground.holder)):
        return "地址中有归属本网点的地名。", " A named place of the address belongs to this station."
    later = [event for event in events if event.kind in WITH_PLACE and event.happened_at > ground.at]
    points = [point_of(event.data["content"], edition) for event in later]
    if any((one.lng, one.lat) != (ground.lng, ground.lat) for one in points):
        return "此后取件点有变更,此处为变更前的。", " The point was changed later; this is the earlier one."
    return "", ""


def _content_at(events: Sequence[Any], at: datetime) -> Mapping[str, Any]:
    """What was known of the order by then; `events` newest first. Before the first: what the first said."""
    told = [event for event in events if event.kind in WITH_PLACE]
    content: Mapping[str, Any] = next(
        (event.data["content"] for event in told if event.happened_at <= at), told[-1].data["content"] if told else {}
    )
    return content


def _others(ground: Ground, violation: Any, events: Sequence[Any]) -> dict[str, str]:
    """code -> why it is concerned; never the holder's own house's."""
    evidence = violation.evidence
    passed = [event for event in events if event.kind == "transferred" and event.happened_at <= ground.at]
    before = [event.data["station"] for event in passed[:1] if event.data.get("to") == ground.holder]
    holds = [one.station for one in ground.network.areas.found(ground.lng, ground.lat, ground.at)]
    house = ground.network.house_of
    concerned: Iterable[tuple[str, str]] = [
        *((code, "named") for code in evidence.get("elsewhere", ())),
        *((code, "target") for code in (evidence.get("to"),) if code),
        *((code, "house" if house[code] == house[ground.holder] else "holds") for code in holds),
        *((code, "before") for code in before),
    ]
    own = set(ground.network.with_contracted(ground.holder))
    found: dict[str, str] = {}
    for code, why in concerned:
        if code not in own and code != DATA_CENTRE and code in ground.network.stations and len(found) < MOST_OTHERS:
            found.setdefault(code, why)
    if not found:
        near = ground.network.areas.nearest(ground.lng, ground.lat, ground.at, NEIGHBOURS + len(own))
        found = {one.station: "near" for one in [one for one in near if one.station not in own][:NEIGHBOURS]}
    return found


def _stations(ground: Ground, others: Mapping[str, str]) -> list[dict[str, Any]]:
    own = ground.network.with_contracted(ground.holder)
    roles = dict.fromkeys(own[:1], ("holder", "持有网点", "holder"))
    roles |= dict.fromkeys(own[1:], ("contracted", "承包区", "contracted area"))
    roles |= {code: ("other", *_WHY_OTHER[why]) for code, why in others.items()}
    return [_station(ground, code, *role) for code, role in roles.items()]


def _station(ground: Ground, code: str, role: str, zh: str, en: str) -> dict[str, Any]:
    areas = ground.network.areas
    told = {"code": code, "name": ground.network.stations[code].name, "role": role, "role_zh": zh, "role_en": en}
    holding = [one.metres for one in areas.found(ground.lng, ground.lat, ground.at) if one.station == code]
    if holding:
        far, far_en = _far(max(holding))
        return told | {"inside": True, "zh": f"范围内,距边界{far}", "en": f"inside, {far_en} from the border"}
    near = areas.nearest(ground.lng, ground.lat, ground.at, 1, {code})
    if not near:
        return told | {"inside": None, "zh": "当时没有服务范围图形", "en": "had no area drawn then"}
    far, far_en = _far(near[0].metres)
    return told | {"inside": False, "zh": f"范围外,距边界{far}", "en": f"outside, {far_en} from the border"}


def _far(metres: float) -> tuple[str, str]:
    """To 10 m up to 100, to 100 m up to ten kilometres, then to the kilometre."""
    if metres < 10:
        return "不足 10 米", "less than 10 m"
    if metres < 10_000:
        step = 10 if metres < 100 else 100
        return f"约 {round(metres / step) * step:,} 米", f"about {round(metres / step) * step:,} m"
    return f"约 {metres / 1000:,.0f} 公里", f"about {metres / 1000:,.0f} km"


def _drawn(conn: Connection, ground: Ground, others: Mapping[str, str]) -> str:
    """The areas that hold at that instant, the holder's on top."""
    own = ground.network.with_contracted(ground.holder)
    rows = areas_at(conn, ground.at, None, {*own, *others}, MOST_AREAS)
    roles = dict.fromkeys(others, "other") | dict.fromkeys(own[1:], "contracted") | {ground.holder: "holder"}
    order = {"other": 0, "holder": 1, "contracted": 2}
    shapes = [
        Shape(f"{ground.network.stations[row.station].name} {row.station}", roles[row.station], row.geometry)
        for row in rows
    ]
    shapes.sort(key=lambda one: (order[one.role], one.label))
    return map_svg(shapes, (round(ground.lng, 3), round(ground.lat, 3)), BLUR)

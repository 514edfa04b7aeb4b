"""What the map of service areas shows: the stations of a view with all their polygons, and district outlines."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

import numpy as np
import shapely

from basics.days import iso
from geo.areas import Area
from geo.datum import Floats
from geo.districts import DistrictShapes
from geo.network import Network
from geo.service_areas.queries import AreaRow
from geo.stations import Station
from people.access import Scope

MOST_POLYGONS = 500
MOST_VERTICES = 150_000  # what a browser draws without stopping to think
MOST_DISTRICTS = 120
MOST_FOUND = 20
NEAR = 0.03  # degrees around a station's own areas in which its neighbours are shown
OUTLINE_POINTS = 1_200  # district outlines are for looking at: thinned to about this many steps across the view

Box = tuple[float, float, float, float]  # west, south, east, north


@dataclass(frozen=True, slots=True)
class Held:
    """The areas of one station at an instant, and the box around them."""

    station: Station
    areas: Sequence[AreaRow]
    box: Box


def by_station(network: Network, areas: Sequence[AreaRow]) -> list[Held]:
    """Areas put together by station, by code; they come sorted by it."""
    if not areas:
        return []
    bounds = _bounds(areas)
    starts = [k for k, area in enumerate(areas) if k == 0 or areas[k - 1].station != area.station]
    low, high = (np.minimum.reduceat(bounds[:, :2], starts), np.maximum.reduceat(bounds[:, 2:], starts))
    boxes = np.hstack((low, high)).tolist()
    return [
        Held(network.stations[areas[start].station], areas[start:end], (box[0], box[1], box[2], box[3]))
        for start, end, box in zip(starts, [*starts[1:], len(areas)], boxes, strict=True)
    ]


def _bounds(areas: Sequence[AreaRow | Area]) -> Floats:
    bounds: Floats = shapely.bounds(np.array([area.geometry for area in areas], dtype=object))
    return bounds


def box_of(areas: Sequence[AreaRow | Area]) -> Box | None:
    """The box around areas; None of none."""
    return around(_bounds(areas).tolist()) if areas else None


def around(boxes: Sequence[Box]) -> Box | None:
    """The box around boxes; None of none."""
    if not boxes:
        return None
    sides = np.array(boxes)
    west, south = sides[:, :2].min(axis=0).tolist()
    east, north = sides[:, 2:].max(axis=0).tolist()
    return west, south, east, north


def home(own: Sequence[Held]) -> Box | None:
    """Where a map begins: the box around one's own areas, of the province that has most of them when there are more
    provinces; None of none."""
    provinces = Counter(one.station.province for one in own)
    most = max(sorted(provinces), key=lambda one: provinces[one], default=None)
    return around([one.box for one in own if one.station.province == most])


def touch(one: Box, other: Box) -> bool:
    """Whether two boxes have a point in common."""
    return one[0] <= other[2] and other[0] <= one[2] and one[1] <= other[3] and other[1] <= one[3]


def grown(box: Box, by: float) -> Box:
    """The box with so many degrees more on each side."""
    return box[0] - by, box[1] - by, box[2] + by, box[3] + by


def seen_by(scope: Scope, held: Sequence[Held]) -> tuple[list[Held], list[Held]]:
    """(one's own, neighbours shown in outline): a station sees who is beside it, a province its own (ROLE-1)."""
    own = [one for one in held if scope.holds(one.station.code, one.station.province)]
    if not scope.stations or not own:
        return own, []
    near = [grown(one.box, NEAR) for one in own]
    inside = {one.station.code for one in own}
    beside = [one for one in held if one.station.code not in inside and any(touch(one.box, box) for box in near)]
    return own, beside


def in_view(held: Sequence[Held], box: Box | None, begin: Box | None = None) -> tuple[list[Held], int]:
    """What a map of this box draws, nearest to its middle first, and how many polygons there are in all; without a box
    nearest to the middle of `begin`.

    A station comes with all its polygons, those outside the view too: an editor stores a station as a whole.
    """
    wanted = [one for one in held if box is None or touch(one.box, box)]
    total = sum(_polygons(one) for one in wanted)
    middle = box or begin or around([one.box for one in wanted])
    if middle is None:
        return [], 0
    x, y = (middle[0] + middle[2]) / 2, (middle[1] + middle[3]) / 2
    wanted.sort(key=lambda one: (_off(one.box, x, y), one.station.code))
    shown: list[Held] = []
    polygons = vertices = 0
    for one in wanted:
        polygons += _polygons(one)
        vertices += sum(int(shapely.get_num_coordinates(area.geometry)) for area in one.areas)
        if shown and (polygons > MOST_POLYGONS or vertices > MOST_VERTICES):
            break
        shown.append(one)
    return shown, total


def _off(box: Box, x: float, y: float) -> float:
    return (max(box[0] - x, 0.0, x - box[2])) ** 2 + (max(box[1] - y, 0.0, y - box[3])) ** 2


def _polygons(held: Held) -> int:
    return sum(int(shapely.get_num_geometries(area.geometry)) for area in held.areas)


def rings(geometry: Any) -> list[list[list[list[float]]]]:
    """The polygons of a geometry, each a list of rings of [lng, lat], closed; what is no polygon is left out."""
    return [
        [shapely.get_coordinates(ring).tolist() for ring in (one.exterior, *one.interiors)]
        for one in shapely.get_parts(shapely.get_parts(geometry))
        if one.geom_type == "Polygon" and not one.is_empty
    ]


def drawn(held: Held, mine: bool) -> dict[str, Any]:
    """A station as the map wants it. Of a neighbour only where it is and what it is called."""
    station = held.station
    told = {
        "code": station.code,
        "name": station.name,
        "level": station.level,
        "parent": station.parent,
        "mine": mine,
        "parts": [polygon for area in held.areas for polygon in rings(area.geometry)],
    }
    if mine:
        latest = max(held.areas, key=lambda area: area.change_id or 0, default=None)
        told |= {
            "change": latest.change_id or 0 if latest else 0,
            "since": since(latest.valid_from if latest else None),
            "accepts": station.accepts,
        }
    return told


def since(at: datetime | None) -> str:
    """`2026-12-01 00:00` on a Shanghai clock; empty for since ever."""
    return "" if at is None else iso(at)[:16].replace("T", " ")


def outlines(shapes: DistrictShapes | None, box: Box | None) -> list[dict[str, Any]]:
    """District outlines of a view, thinned to what it can show; none when the view is too wide for them."""
    if shapes is None or box is None:
        return []
    codes = list(shapes.polygons)
    bounds: Floats = shapely.bounds(np.array(list(shapes.polygons.values()), dtype=object))
    west, south, east, north = box
    here = np.flatnonzero(
        (bounds[:, 0] <= east) & (bounds[:, 2] >= west) & (bounds[:, 1] <= north) & (bounds[:, 3] >= south)
    ).tolist()
    if len(here) > MOST_DISTRICTS:
        return []
    step = max(east - west, north - south) / OUTLINE_POINTS
    return [
        {
            "adcode": codes[k],
            "name": shapes.names[codes[k]],
            "parts": rings(shapely.simplify(shapes.polygons[codes[k]], step, preserve_topology=False)),
        }
        for k in here
    ]


def stations_like(words: str, stations: Iterable[Station]) -> list[Station]:
    """The first stations with these words in their code or name."""
    wanted = words.casefold()
    hits = (one for one in stations if wanted in one.code.casefold() or wanted in one.name.casefold())
    return list(islice(hits, MOST_FOUND))


def districts_like(words: str, shapes: DistrictShapes | None) -> list[dict[str, Any]]:
    """The first districts with these words in their name, or whose code begins so, with their boxes."""
    if shapes is None:
        return []
    wanted = words.casefold()
    codes = (code for code, name in shapes.names.items() if wanted in name.casefold() or code.startswith(wanted))
    return [
        {"code": code, "name": shapes.names[code], "box": shapes.polygons[code].bounds}
        for code in islice(codes, MOST_FOUND)
    ]

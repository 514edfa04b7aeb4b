"""The order page's map: where the order is, and the service areas around it. Drawn here, so that it prints and needs
nobody else's tiles."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import shapely
from sqlalchemy import Connection, Row

from geo.datum import metres_of_degree
from geo.network import Network
from geo.service_areas.queries import MOST, areas_at

WIDTH, HEIGHT = 640, 400  # of the drawing, in its own units
LEAST_METRES, MOST_METRES = 1_200, 8_000  # from the point to the left and right edge
STATIONS = 6
HIDDEN_METRES = 700  # a masked point is somewhere in a circle this wide: two decimals of a degree


@dataclass(frozen=True, slots=True)
class Drawn:
    """A station's areas as an SVG path; `name_at`: where its name is written."""

    station: str
    name: str
    path: str
    name_at: tuple[float, float]
    holds: bool
    covers: bool


@dataclass(frozen=True, slots=True)
class OrderMap:
    """`radius` of the circle around the point: 0 for an exact one. `bar`: (metres, units) of the scale."""

    areas: Sequence[Drawn]
    point: tuple[float, float]
    radius: float
    bar: tuple[int, float]


@dataclass(frozen=True, slots=True)
class _View:
    lng: float
    lat: float
    metres: float  # to the left and right edge

    @property
    def unit(self) -> float:
        """Units of the drawing a metre."""
        return WIDTH / 2 / self.metres

    def box(self) -> tuple[float, float, float, float]:
        east, north = metres_of_degree(self.lat)
        wide, high = self.metres / east, self.metres * HEIGHT / WIDTH / north
        return self.lng - wide, self.lat - high, self.lng + wide, self.lat + high

    def place(self, lng: float, lat: float) -> tuple[float, float]:
        east, north = metres_of_degree(self.lat)
        x, y = (lng - self.lng) * east * self.unit, (lat - self.lat) * north * self.unit
        return round(WIDTH / 2 + x, 1), round(HEIGHT / 2 - y, 1)


def order_map(conn: Connection, network: Network, order: Row[Any], exact: bool, now: datetime) -> OrderMap | None:
    """Of an order with a point that the reader may see; not `exact`: the point as the masked page tells it (ROLE-2)."""
    if order.lng is None:
        return None
    lng, lat = (order.lng, order.lat) if exact else (round(order.lng, 2), round(order.lat, 2))
    near = network.areas.nearest(lng, lat, now, STATIONS)
    codes = list(
        dict.fromkeys([*([order.station] if order.station in network.stations else []), *(one.station for one in near)])
    )
    farthest = max((one.metres for one in near[:3]), default=0.0)
    view = _View(lng, lat, min(MOST_METRES, max(LEAST_METRES, farthest * 1.6)))
    geometries: dict[str, list[Any]] = {}
    for area in areas_at(conn, now, view.box(), codes, MOST):
        geometries.setdefault(area.station, []).append(area.geometry)
    inside = {one.station for one in near if one.inside}
    drawn = [
        _drawn(view, network.stations[code].name, code, geometries[code], code == order.station, code in inside)
        for code in codes
        if code in geometries
    ]
    bar = max(step for step in (100, 200, 500, 1_000, 2_000) if step * view.unit <= WIDTH / 3)
    return OrderMap(
        [one for one in drawn if one.path], view.place(lng, lat), 0.0 if exact else HIDDEN_METRES * view.unit,
        (bar, bar * view.unit),
    )  # fmt: skip


def _drawn(view: _View, name: str, code: str, geometries: Sequence[Any], holds: bool, covers: bool) -> Drawn:
    """What of the areas lies in the view."""
    seen = shapely.clip_by_rect(geometries, *view.box())
    parts = [part for part in shapely.get_parts(shapely.get_parts(seen)) if part.geom_type == "Polygon"]
    rings = [ring for part in parts for ring in (part.exterior, *part.interiors)]
    path = "".join(f"M{'L'.join(_pairs(view, ring))}Z" for ring in rings)
    middle = shapely.point_on_surface(max(parts, key=shapely.area)) if parts else None
    return Drawn(code, name, path, view.place(middle.x, middle.y) if middle else (0.0, 0.0), holds, covers)


def _pairs(view: _View, ring: Any) -> list[str]:
    places = [view.place(lng, lat) for lng, lat in shapely.get_coordinates(ring).tolist()]
    return [f"{x} {y}" for x, y in dict.fromkeys(places)]

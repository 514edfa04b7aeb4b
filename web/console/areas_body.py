"""What the map editor sends: one GeoJSON FeatureCollection, and what else it says beside the features. Read strictly;
a body that does not fit is refused before anything is computed (B-83 to B-86)."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import request
from shapely import Polygon

from basics.days import SHANGHAI
from basics.text import TextError, clean
from geo.areas import Area
from geo.datum import LAT_RANGE, LNG_RANGE
from geo.errors import NetworkError
from geo.geojson import parse_areas
from geo.network import Network
from web.console.fields import invalid
from web.errors import FieldError, Problem
from web.gate import whole_body

Proposed = Mapping[str, Sequence[Area]]

MOST_BYTES = 10 * 1024 * 1024
MOST_STATIONS = 500
MOST_FEATURES = 2_000
CODE_LIMIT = 32
LONGEST_NOTE = 500
FURTHEST = timedelta(days=731)  # a plan for later is a slip of the keyboard
NAME = "areas.geojson"
STATUS = {"too_many_vertices": 413, "too_many_features": 413, "too_large": 413, "has_open_orders": 409}  # others: 422
_JSON = frozenset({"application/json", "application/geo+json"})
_CLOCK = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}", re.ASCII)
_KEY = re.compile(r"[0-9A-Za-z_-]{8,64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Body:
    """The features, and the members beside them, whose types nobody has looked at."""

    areas: Sequence[Area]
    told: Mapping[str, Any]

    def text(self, name: str, limit: int) -> str:
        """A text without blanks around it; empty when it is not there."""
        given = self.told.get(name, "")
        if not isinstance(given, str):
            raise invalid(name, "text_expected")
        try:
            return clean(given, limit).strip()
        except TextError as error:
            raise invalid(name, error.code) from None

    def number(self, name: str) -> int:
        """A whole number from 0."""
        given = self.told.get(name)
        if type(given) is not int or not 0 <= given < 2**63:
            raise invalid(name, "number_invalid")
        return given

    def key(self, user_id: int) -> str:
        """By which the same form of the same person is stored once. With other content it is another one."""
        given = self.text("key", 64)
        if not _KEY.fullmatch(given):
            raise invalid("key", "key_invalid")
        return hashlib.sha256(f"{user_id} {given} ".encode() + whole_body()).hexdigest()

    def effective(self, now: datetime) -> datetime:
        """A Shanghai clock's date and time; `now` when it is empty."""
        given = self.text("effective", 32)
        if not given:
            return now
        try:
            at = datetime.fromisoformat(given).replace(tzinfo=SHANGHAI) if _CLOCK.fullmatch(given) else None
        except ValueError:
            at = None
        if at is None:
            raise invalid("effective", "instant_invalid", "生效时间无效 / No such time")
        if at > now + FURTHEST:
            raise invalid("effective", "too_far", "生效时间最多在两年之内 / At most two years ahead")
        return at

    def note(self) -> str:
        """Why; it must be said."""
        note = self.text("note", LONGEST_NOTE)
        if not note:
            raise invalid("note", "missing", "请填写说明 / A note is required")
        return note

    def line(self, most: int) -> list[list[float]]:
        """The points of `line`, two of them at least."""
        given = self.told.get("line")
        if not isinstance(given, list) or not 2 <= len(given) <= most:
            raise invalid("line", "line_invalid")
        if not all(
            isinstance(point, list) and [type(one) in (int, float) for one in point] == [True, True] for point in given
        ):
            raise invalid("line", "line_invalid")
        if not all(_inside(*point) for point in given):
            raise invalid("line", "outside_country")
        return given

    def polygons(self) -> list[Polygon]:
        """The features as single polygons, one at least."""
        found = [area.geometry for area in self.areas if isinstance(area.geometry, Polygon)]
        if not found or len(found) != len(self.areas):
            raise invalid("features", "polygons_expected")
        return found


def _inside(lng: float, lat: float) -> bool:
    return LNG_RANGE[0] <= lng <= LNG_RANGE[1] and LAT_RANGE[0] <= lat <= LAT_RANGE[1]


def sent() -> Body:
    """The body of this request. Problem."""
    try:
        return parsed()
    except NetworkError as error:
        raise refused(error) from None


def parsed() -> Body:
    """The body of this request. NetworkError of what its features lack, with the place; else Problem."""
    if request.mimetype not in _JSON:
        raise Problem("media_type_unsupported")
    raw = whole_body()
    if len(raw) > MOST_BYTES:
        raise Problem("body_too_large")
    areas = parse_areas(raw, NAME)
    if len(areas) > MOST_FEATURES:
        raise invalid("features", "too_many")
    return Body(areas, json.loads(raw))


def refused(error: NetworkError) -> Problem:
    """A file, a shape or a change that cannot be, as the web says it; with the offending place."""
    where = "areas" if error.line is None else f"features.{error.line}"
    errors = [FieldError(where, error.code)]
    if error.place is not None:
        errors.append(FieldError("place", f"{error.place[0]},{error.place[1]}"))
    detail = error.cause if error.line is None else f"第 {error.line} 个区域:{error.cause}"
    return Problem(error.code or "invalid", detail, status=STATUS.get(error.code, 422), errors=tuple(errors))


def by_station(body: Body, network: Network) -> Proposed:
    """The features as all the areas of each of `stations`: one without any loses its areas."""
    codes = body.told.get("stations")
    if not isinstance(codes, list) or not codes or not all(_is_code(one) for one in codes):
        raise invalid("stations", "stations_invalid")
    if len(codes) > MOST_STATIONS:
        raise invalid("stations", "too_many")
    result: dict[str, list[Area]] = {code: [] for code in sorted(codes)}
    for area in body.areas:
        if area.station not in result:
            raise invalid("stations", "station_not_listed")
        result[area.station].append(area)
    unknown = [code for code in result if code not in network.stations]
    if unknown:
        raise invalid("stations", "station_unknown", f"网点不存在 / Unknown station: {unknown[0]}")
    return result


def _is_code(given: object) -> bool:
    try:
        return bool(clean(given, CODE_LIMIT))
    except TextError:
        return False

"""Service areas as GeoJSON: what is in force, checking a proposal, storing it (ROUTE-1, B-83 to B-88)."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from people.access import Action
from web.api.fields import CLEAN, Code, Given, Instant, Taken
from web.api.operation import Api
from web.console import areas, areas_edit
from web.console.area_versions import own_changes
from web.console.areas_body import LONGEST_NOTE, MOST_FEATURES, MOST_STATIONS
from web.services import services
from web.transactions import seeing

api = Api("areas", "服务区域 / Service areas")


class AreasQuery(Taken):
    """`box`: west,south,east,north in GCJ-02 degrees; `at`: as it was or will be; `station`: that one alone."""

    at: Annotated[str, Field(max_length=40), CLEAN] = ""
    box: Annotated[str, Field(max_length=100), CLEAN] = ""
    station: Annotated[str, Field(max_length=40), CLEAN] = ""


class FindQuery(Taken):
    """A part of a code or name."""

    q: Annotated[str, Field(min_length=1, max_length=40), CLEAN]


class Drawn(Given):
    """The stations of a box with their polygons."""

    version: int
    box: Any
    stations: list[dict[str, Any]]
    shown: int
    total: int
    districts: Any


class PlacesFound(Given):
    """Stations and districts that fit the words."""

    stations: list[dict[str, Any]]
    districts: Any


class Feature(BaseModel):
    """A GeoJSON feature with a polygon; `properties.station` says whose it is."""

    model_config = ConfigDict(strict=True, extra="allow", frozen=True)

    type: Literal["Feature"]
    geometry: dict[str, JsonValue]
    properties: dict[str, JsonValue]


class Features(BaseModel):
    """A GeoJSON FeatureCollection."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    type: Literal["FeatureCollection"]
    features: Annotated[list[Feature], Field(max_length=MOST_FEATURES)]


class Cut(Features):
    """`line`: [[lng, lat], …]."""

    line: Annotated[
        list[Annotated[list[float], Field(min_length=2, max_length=2)]], Field(min_length=2, max_length=200)
    ]


class Check(Features):
    """The features as all the areas of `stations`."""

    stations: Annotated[list[Code], Field(min_length=1, max_length=MOST_STATIONS)]


class Store(Check):
    """`loaded`, `checked`: the versions that were loaded and checked; the same `key` stores once. `effective`: a
    Shanghai clock's date and time, empty for now."""

    loaded: Annotated[int, Field(ge=0, lt=2**53)]
    checked: Annotated[int, Field(ge=0, lt=2**53)]
    effective: Annotated[str, Field(pattern=r"^([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2})?$")] = ""
    note: Annotated[str, Field(min_length=1, max_length=LONGEST_NOTE), CLEAN]
    key: Annotated[str, Field(pattern=r"^[0-9A-Za-z_-]{8,64}$")]


class Parts(Given):
    """Outlines, as [[lat, lng], …]."""

    parts: list[Any]


class Meaning(Given):
    """What storing it would mean: problems, overlaps, planned changes, orders that move."""

    version: int
    problems: list[dict[str, Any]]
    overlaps: list[dict[str, Any]]
    planned: list[dict[str, Any]]
    preview: Any


class Stored(Given):
    """The version it became."""

    change: int
    told: str


class VersionsQuery(Taken):
    """`after`: the version before which the page begins."""

    after: Annotated[str, Field(max_length=16, pattern=r"^[0-9]*$")] = ""


class Version(Given):
    """A change of areas, with those of its stations that one sees."""

    id: int
    effective_at: Instant | None
    recorded_at: Instant
    by: str
    source: str
    note: str
    stations: list[str]


class Versions(Given):
    """Newest first."""

    items: list[Version]
    next: str | None


@api.get("/areas", Action.SEE_AREAS, "服务区域 / Service areas")
def drawn(query: AreasQuery) -> Drawn:
    """As many as a map can show."""
    return Drawn.model_validate(areas.view())


@api.get("/areas/find", Action.SEE_AREAS, "查找网点与区县 / Find stations and districts")
def find(query: FindQuery) -> PlacesFound:
    """Of one's scope."""
    return PlacesFound.model_validate(areas.find())


@api.get("/areas/versions", Action.SEE_AREAS, "区域版本 / Versions of the areas")
def versions(query: VersionsQuery) -> Versions:
    """Those that touch what one sees."""
    with seeing() as conn:
        network, seen = services().networks.get(conn), areas.scope()
        found, following = own_changes(conn, network, seen, int(query.after) if query.after else None)
    known = network.stations
    items = [
        Version.model_validate({
            name: getattr(one, name) for name in ("id", "effective_at", "recorded_at", "by", "source", "note")
        } | {"stations": [code for code in one.stations if code in known and seen.holds(code, known[code].province)]})
        for one in found
    ]  # fmt: skip
    return Versions(items=items, next=str(following) if following is not None else None)


@api.post("/areas/split", Action.MANAGE_AREAS, "切分 / Split an area", repeatable=False)
def split(body: Cut) -> Parts:
    """Nothing is stored."""
    return Parts.model_validate(areas_edit.split())


@api.post("/areas/merge", Action.MANAGE_AREAS, "合并 / Merge areas", repeatable=False)
def merge(body: Features) -> Parts:
    """Nothing is stored."""
    return Parts.model_validate(areas_edit.merge())


@api.post("/areas/check", Action.MANAGE_AREAS, "检查 / Check a proposal", repeatable=False)
def check(body: Check) -> Meaning:
    """Nothing is stored."""
    return Meaning.model_validate(areas_edit.check())


@api.post("/areas/store", Action.MANAGE_AREAS, "保存 / Store a proposal")
def store(body: Store) -> Stored:
    """409 when somebody was quicker, or orders are open where no area would be left."""
    return Stored.model_validate(areas_edit.store())

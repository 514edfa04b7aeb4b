"""The network folder, and where an order goes (ROUTE-1, ROUTE-2, ROUTE-6)."""

import csv
import gzip
import json
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from tests.oracle.geometry import Pair, Polygon, polygon

DATA_CENTRE = "DATA_CENTRE"


@dataclass(frozen=True)
class Station:
    """One row of stations.csv."""

    code: str
    level: int
    parent: str
    province: str
    duty: str
    accepts: bool


@dataclass
class Network:
    """Everything the folder says."""

    stations: dict[str, Station]
    polygons: list[Polygon]
    districts: dict[str, list[str]]
    closures: dict[str, list[tuple[datetime, datetime]]]
    seen: dict[Pair, list[tuple[str, float]]] = field(default_factory=dict)

    def house(self, code: str) -> str:
        """The level-1 station a station belongs to; '' for the data centre."""
        station = self.stations.get(code)
        return "" if station is None else (station.parent or station.code)

    def may_act(self, code: str, holder: str) -> bool:
        """DO-1: the holder, or the level-1 station above it."""
        return holder in self.stations and code in (holder, self.house(holder))

    def at(self, point: Pair) -> list[tuple[str, float]]:
        """(station, size) of every polygon that holds the point, whether the station accepts or not."""
        if point not in self.seen:
            self.seen[point] = [(p.station, p.size) for p in self.polygons if p.holds(point)]
        return self.seen[point]

    def covers(self, code: str, point: Pair) -> bool:
        """TRANSFER-1: in a polygon of the station or of its contracted areas."""
        return any(code in (name, self.stations[name].parent) for name, _ in self.at(point))

    def house_covers(self, code: str, point: Pair) -> bool:
        """VIO-2, false failure: in any polygon of the station's house."""
        return any(self.house(name) == self.house(code) for name, _ in self.at(point))

    def another_covers(self, code: str, point: Pair) -> bool:
        """VIO-2, wrong accept: in a polygon of another accepting station, even of the own house."""
        return any(name != code and self.stations[name].accepts for name, _ in self.at(point))

    def closed(self, code: str, when: datetime) -> bool:
        """A closure holds from its start up to, not including, its end."""
        return any(start <= when < end for start, end in self.closures.get(code, []))

    def route(self, point: Pair | None, adcode: str, when: datetime) -> tuple[str, str]:
        """(holder, cause) of one automatic routing at `when`; the prefix is the caller's business."""
        if point is not None:
            winner, cause = self._by_area(point), "area"
            if winner == "":
                return DATA_CENTRE, "no_area"
        else:
            serving = [c for c in self.districts.get(adcode, []) if self.stations[c].accepts]
            if len(serving) != 1:
                return DATA_CENTRE, "several_stations" if serving else "no_district"
            winner, cause = serving[0], "district"
        return (DATA_CENTRE, "closed") if self.closed(winner, when) else (winner, cause)

    def _by_area(self, point: Pair) -> str:
        hits = [(name, size) for name, size in self.at(point) if self.stations[name].accepts]
        beaten = {self.stations[name].parent for name, _ in hits}
        hits = [(name, size) for name, size in hits if name not in beaten]
        if not hits:
            return ""
        smallest = min(size for _, size in hits)
        return min(name for name, size in hits if size <= smallest * (1 + 1e-9))


def read_text(path: Path) -> str:
    """A UTF-8 file, unpacked when its name ends in .gz."""
    data = path.read_bytes()
    return (gzip.decompress(data) if path.suffix == ".gz" else data).decode("utf-8-sig")


def load(folder: Path) -> Network:
    """Read a network folder that is taken to be sound."""
    stations = {}
    for row in _rows(folder / "stations.csv"):
        stations[row["code"]] = Station(
            row["code"], int(row["level"]), row["parent"], row["province"], row["duty"], row["accepts"] == "1"
        )
    districts: dict[str, list[str]] = {}
    for row in _rows(folder / "districts.csv"):
        serving = districts.setdefault(row["adcode"], [])
        if row["station"] not in serving:
            serving.append(row["station"])
    closures: dict[str, list[tuple[datetime, datetime]]] = {}
    if (folder / "closures.csv").exists():
        for row in _rows(folder / "closures.csv"):
            span = (datetime.fromisoformat(row["from"]), datetime.fromisoformat(row["until"]))
            closures.setdefault(row["station"], []).append(span)
    return Network(stations, _polygons(folder), districts, closures)


def _rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(read_text(path).splitlines()))


def _polygons(folder: Path) -> list[Polygon]:
    path = folder / "areas.geojson"
    if not path.exists():
        path = folder / "areas.geojson.gz"
    found = []
    for feature in json.loads(read_text(path))["features"]:
        station = feature["properties"]["station"]
        datum = feature["properties"].get("datum") or "GCJ-02"
        shape = feature["geometry"]
        parts = [shape["coordinates"]] if shape["type"] == "Polygon" else shape["coordinates"]
        found += [polygon(station, rings, datum) for rings in parts]
    return found

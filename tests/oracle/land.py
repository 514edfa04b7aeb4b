"""Small drawn networks for random histories: overlaps, a gap, a hole, shared borders, closures, datums."""

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

Box = tuple[float, float, float, float]  # west, south, east, north

# code, level, parent, province, duty, accepts, boxes (degrees from the city's corner), may be left out
PLAN: tuple[tuple[str, int, str, str, str, str, tuple[Box, ...], bool], ...] = (
    ("HZ1", 1, "", "浙江省", "standard", "1", ((0, 0, 0.2, 0.2),), False),
    ("HZ1A", 2, "HZ1", "浙江省", "standard", "1", ((0.1, 0.1, 0.25, 0.2),), False),
    ("HZ2", 1, "", "浙江省", "standard", "1", ((0.2, 0, 0.4, 0.2), (0.05, 0.02, 0.12, 0.08)), False),
    ("HZ3", 1, "", "浙江省", "standard", "0", ((0.35, 0.1, 0.5, 0.3),), True),
    ("CQ1", 1, "", "重庆市", "standard", "1", ((0, 0, 0.3, 0.3),), False),
    ("CQ1A", 2, "CQ1", "重庆市", "standard", "1", ((0.2, 0.2, 0.28, 0.28),), True),
    ("CQ1B", 2, "CQ1", "重庆市", "standard", "1", ((0.2, 0.2, 0.28, 0.28),), True),
    ("CQ2", 1, "", "重庆市", "standard", "1", ((0.25, 0.1, 0.5, 0.3),), False),
    ("XJ1", 1, "", "新疆维吾尔自治区", "xinjiang", "1", ((0, 0, 0.2, 0.2),), False),
    ("XJ1A", 2, "XJ1", "新疆维吾尔自治区", "xinjiang", "1", ((0.05, 0.05, 0.1, 0.1),), True),
)
CENTRES = {"HZ": (120.1, 30.1), "CQ": (106.4, 29.4), "XJ": (87.5, 43.7)}
DISTRICTS = (
    ("330102", ("HZ1",)),
    ("330105", ("HZ2",)),
    ("330106", ("HZ1", "HZ1A")),
    ("330108", ("HZ3",)),
    ("330109", ("HZ3", "HZ2")),
    ("500101", ("CQ1",)),
    ("500103", ("CQ2", "CQ1")),
    ("650102", ("XJ1",)),
)


@dataclass
class Land:
    """What the author of a history may pick from."""

    stations: list[str] = field(default_factory=list)
    parents: dict[str, str] = field(default_factory=dict)
    refusing: list[str] = field(default_factory=list)
    adcodes: list[str] = field(default_factory=list)
    boxes: dict[str, Box] = field(default_factory=dict)

    def house(self, code: str) -> list[str]:
        head = self.parents.get(code) or code
        return [s for s in self.stations if s == head or self.parents.get(s) == head]

    def point(self, rng: Random) -> tuple[float, float]:
        """Mostly inside some area, sometimes on a corner or border, in the gap or far from everything."""
        west, south, east, north = self.boxes[rng.choice(sorted(self.boxes))]
        if rng.random() < 0.1:
            return rng.choice((west, east)), rng.choice((south, north, round((south + north) / 2, 5)))
        if rng.random() < 0.06:
            return round(west - 0.3, 5), round(south - 0.2, 5)
        margin = -0.02 if rng.random() < 0.2 else 0.0
        lng = rng.uniform(west + margin, east - margin)
        return round(lng, 5), round(rng.uniform(south + margin, north - margin), 5)


def draw(rng: Random, folder: Path, start: datetime) -> Land:
    """Write stations, areas, districts and closures; return what was written."""
    land, rows, features = Land(), ["code,name,level,parent,province,duty,accepts"], []
    for code, level, parent, province, duty, accepts, boxes, optional in PLAN:
        if optional and rng.random() < 0.25:
            continue
        land.stations.append(code)
        land.parents[code] = parent
        if accepts == "0":
            land.refusing.append(code)
        rows.append(f"{code},{code}网点,{level},{parent},{province},{duty},{accepts}")
        features.append(_feature(rng, land, code, boxes))
    _save(folder / "stations.csv", "\n".join(rows))
    shapes = {"type": "FeatureCollection", "features": features}
    _save(folder / "areas.geojson", json.dumps(shapes, ensure_ascii=False))
    lines = [f"{adcode},{code}" for adcode, codes in DISTRICTS for code in codes if code in land.stations]
    land.adcodes = [adcode for adcode, _ in DISTRICTS] + ["999999"]
    _save(folder / "districts.csv", "\n".join(["adcode,station", *lines]))
    _save(folder / "closures.csv", "\n".join(["station,from,until", *_closures(rng, land, start)]))
    return land


def _feature(rng: Random, land: Land, code: str, boxes: tuple[Box, ...]) -> dict[str, object]:
    lng, lat = CENTRES[code[:2]]
    placed = [(round(lng + w, 5), round(lat + s, 5), round(lng + e, 5), round(lat + n, 5)) for w, s, e, n in boxes]
    land.boxes[code] = placed[0]
    rings = [[_ring(box)] for box in placed]
    if code == "CQ2":  # a hole
        _, s, e, n = placed[0]
        rings[0].append(_ring((round(e - 0.1, 5), round(s + 0.05, 5), round(e - 0.05, 5), round(n - 0.05, 5))))
    datum = rng.choice(("WGS-84", "BD-09")) if rng.random() < 0.2 else "GCJ-02"
    properties = {"station": code, "datum": datum} if rng.random() < 0.7 or datum != "GCJ-02" else {"station": code}
    one = len(rings) == 1
    geometry = {"type": "Polygon" if one else "MultiPolygon", "coordinates": rings[0] if one else rings}
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def _ring(box: Box) -> list[list[float]]:
    west, south, east, north = box
    return [[west, south], [east, south], [east, north], [west, north], [west, south]]


def _closures(rng: Random, land: Land, start: datetime) -> list[str]:
    lines = []
    for _ in range(rng.randint(0, 3)):
        begin = start + timedelta(minutes=rng.randrange(0, 5 * 24 * 60, 15))
        end = begin + timedelta(minutes=rng.choice((15, 45, 120, 600, 1440)))
        lines.append(f"{rng.choice(land.stations)},{begin.isoformat()},{end.isoformat()}")
    return lines


def _save(path: Path, words: str) -> None:
    path.write_text(words + "\n", encoding="utf-8")

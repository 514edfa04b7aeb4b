"""The network of the quarter and its edition: 60 level-1 stations in 5 provinces, 6 places."""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from tests.oracle.edition import SHIPPED

# Of 6 places among 60: 0.4 -> 0, 0.5 -> 1, 1.1 -> 1, 1.5 -> 2, 2.5 -> 3; the sum is 7 (REWARD-1).
PROVINCES = (("海南省", 4), ("新疆维吾尔自治区", 5), ("福建省", 11), ("湖南省", 15), ("浙江省", 25))
# In the provinces with one place the two houses that contend for it; read backwards, their codes stand the other way.
RIVALRY = {"P1": ("P102", "P110"), "P2": ("P205", "P210")}
SEESAWS = ("P407", "P416")  # houses whose violation is confirmed and falls between two settlements
# Degrees: a station's square, from one to the next, a contracted area in its corner.
SIDE, STEP, INNER = 0.1, 0.12, 0.04
# What the test edition says otherwise: odd fines, so that the floor of 60 % matters; unlike periods of appeal.
NUMBERS = {
    "places": 6,
    "V-ACCEPT": 10001,
    "V-PICKUP": 9999,
    "V-TRANSFER": 10003,
    "V-FALSE-WAYBILL": 50003,
    "province_days": 2,
    "hq_days": 4,
}
NAME = "2026-01-01"


@dataclass
class Land:
    """Stations with the south-west corner of their squares, and their contracted areas."""

    corners: dict[str, tuple[float, float]] = field(default_factory=dict)
    inner: dict[str, str] = field(default_factory=dict)  # level-1 code -> its level-2 code
    xinjiang: set[str] = field(default_factory=set)
    provinces: dict[str, str] = field(default_factory=dict)
    arranged: frozenset[str] = frozenset({*SEESAWS, *(house for pair in RIVALRY.values() for house in pair)})

    def neighbours(self, code: str) -> list[str]:
        """Others of the province, without those whose orders are arranged."""
        mine = [other for other in self.corners if self.provinces[other] == self.provinces[code]]
        return [other for other in mine if other != code and other not in self.arranged]

    def point(self, code: str, rng: Random, inner: bool = False) -> tuple[float, float]:
        """Inside the square of the station, and outside or inside of its contracted area."""
        west, south = self.corners[code]
        low, high = (0.005, INNER - 0.005) if inner else (INNER + 0.005, SIDE - 0.005)
        return round(west + rng.uniform(low, high), 5), round(south + rng.uniform(low, high), 5)


def draw(folder: Path) -> Land:
    """Write stations.csv, areas.geojson, districts.csv and edition.toml."""
    folder.mkdir(parents=True, exist_ok=True)
    land, rows, features, districts = Land(), ["code,name,level,parent,province,duty,accepts"], [], []
    for number, (province, count) in enumerate(PROVINCES):
        duty = "xinjiang" if province.startswith("新疆") else "standard"
        for n in range(count):
            code = f"P{number}{10 if (number, n) == (1, 4) else n:02d}"
            corner = round(100 + 3 * number + n % 5 * STEP, 5), round(28 + n // 5 * STEP, 5)
            land.corners[code], land.provinces[code] = corner, province
            land.xinjiang |= {code} if duty == "xinjiang" else set()
            rows.append(f"{code},{code}网点,1,,{province},{duty},{0 if n == 3 else 1}")
            features.append(_square(code, *corner, SIDE))
            districts.append(f"{number + 11}{n:04d},{code}")
            if n % 4 == 1:
                land.inner[code] = f"{code}A"
                rows.append(f"{code}A,{code}承包区,2,{code},{province},{duty},1")
                features.append(_square(f"{code}A", *corner, INNER))
    _save(folder / "stations.csv", "\n".join(rows))
    _save(folder / "areas.geojson", json.dumps({"type": "FeatureCollection", "features": features}))
    _save(folder / "districts.csv", "\n".join(["adcode,station", *districts]))
    _save(folder / "edition.toml", edition())
    return land


def edition() -> str:
    """The shipped edition with a few other numbers."""
    words = SHIPPED.read_text(encoding="utf-8").replace("2017-01-01", NAME)
    for key, value in NUMBERS.items():
        words, times = re.subn(rf"^{key} = {{ value = \d+", f"{key} = {{ value = {value}", words, flags=re.M)
        assert times == 1, key
    return words


def _square(code: str, west: float, south: float, side: float) -> dict[str, object]:
    east, north = round(west + side, 5), round(south + side, 5)
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    shape = {"type": "Polygon", "coordinates": [ring]}
    return {"type": "Feature", "properties": {"station": code}, "geometry": shape}


def _save(path: Path, words: str) -> None:
    path.write_text(words + "\n", encoding="utf-8")

"""The demo network as a network folder of the replay: written from a seed, read back.

Its areas are DRAWN by a seeded script (drawing.py), not surveyed; only district names and codes are real.
"""

import csv
import io
import json
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

import shapely
from shapely import MultiPolygon, Polygon

from basics.days import iso, parse_instant
from demo.drawing import draw_network
from demo.geography import DATA_CENTRE, Closure, Network, Station

__all__ = ["DATA_CENTRE", "Network", "network_files", "read_network", "write_network"]

README = """# A drawn demo network

The areas in this folder were DRAWN by a seeded script (`demo/drawing.py`) around a few dozen centres typed in
by hand. District names and codes are real public facts; the shapes are not. No third-party geometry. GCJ-02.
"""


def write_network(folder: Path | str, seed: int, today: date) -> Network:
    """Draw the demo network and write it as a network folder (stations, areas, districts, closures, README).

    `today` dates the one closure (three days earlier). Equal arguments write equal bytes.
    """
    network = draw_network(seed, today)
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in network_files(network).items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
    return network


def network_files(network: Network) -> dict[str, str]:
    """File name -> text of a network folder."""
    stations = [
        (s.code, s.name, s.level, s.parent, s.province, s.duty, int(s.accepts)) for s in network.stations.values()
    ]
    features = [
        {
            "type": "Feature",
            "properties": {"station": code, "datum": "GCJ-02"},
            "geometry": json.loads(shapely.to_geojson(area)),
        }
        for code, area in network.areas
    ]
    lines = ",\n".join(json.dumps(feature, ensure_ascii=False) for feature in features)
    head = '{"type": "FeatureCollection", "drawn": "by a seeded script", "features": ['
    return {
        "README.md": README,
        "stations.csv": _table(("code", "name", "level", "parent", "province", "duty", "accepts"), stations),
        "districts.csv": _table(
            ("adcode", "station"), [(code, s) for code, served in network.districts.items() for s in served]
        ),
        "closures.csv": _table(
            ("station", "from", "until"), [(c.station, iso(c.since), iso(c.until)) for c in network.closures]
        ),
        "areas.geojson": f"{head}\n{lines}\n]}}\n",
    }


def read_network(folder: Path | str) -> Network:
    """A folder that write_network wrote: plain files, GCJ-02 only."""
    folder = Path(folder)
    stations = {
        row["code"]: Station(
            code=row["code"],
            name=row["name"],
            level=int(row["level"]),
            parent=row["parent"],
            province=row["province"],
            duty=row["duty"],
            accepts=row["accepts"] == "1",
        )
        for row in _rows(folder / "stations.csv")
    }
    districts: dict[str, list[str]] = {}
    for row in _rows(folder / "districts.csv"):
        districts.setdefault(row["adcode"], []).append(row["station"])
    closures = [
        Closure(row["station"], parse_instant(row["from"]), parse_instant(row["until"]))
        for row in _rows(folder / "closures.csv")
    ]
    features = json.loads((folder / "areas.geojson").read_text(encoding="utf-8"))["features"]
    areas = [(feature["properties"]["station"], _area(feature["geometry"])) for feature in features]
    return Network(stations, areas, districts, closures)


def _area(geometry: object) -> Polygon | MultiPolygon:
    area = shapely.from_geojson(json.dumps(geometry))
    if not isinstance(area, Polygon | MultiPolygon):
        raise ValueError(f"not an area: {area.geom_type}")
    return area


def _table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue()


def _rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))

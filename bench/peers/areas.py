"""One peer of `bench/areas.py` in the environment of the peers: polygons and points out of a folder, seconds back.

Never imported by the product or the bench: it runs as a process of its own with the peers' packages. What it found
goes to `NAME.npy`, pairs of (number of the point, number of the polygon). Getting ready is not part of the seconds.
"""

import json
import sys
import time
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

Run = Callable[[], Any]
H3_RESOLUTION = 7  # cells of about 5 square kilometres


def load(folder: Path, most: int) -> tuple[Any, Any, Any, Any]:
    """numpy, shapely, the single polygons and the points."""
    numpy, shapely = import_module("numpy"), import_module("shapely")
    polygons = shapely.from_wkb(numpy.load(folder / "polygons.npy", allow_pickle=True))
    return numpy, shapely, polygons, numpy.load(folder / "points.npy")[:most]


def strtree(folder: Path, most: int) -> Run:
    """shapely's tree, asked with the predicate."""
    _, shapely, polygons, points = load(folder, most)
    tree = shapely.STRtree(polygons)

    def run() -> Any:
        return tree.query(shapely.points(points), predicate="intersects").T

    return run


def prepared(folder: Path, most: int) -> Run:
    """shapely's tree by bounds alone, then prepared polygons."""
    numpy, shapely, polygons, points = load(folder, most)
    tree = shapely.STRtree(polygons)
    shapely.prepare(polygons)
    shapely.intersects_xy(polygons, 0.0, 0.0)

    def run() -> Any:
        of_point, of_polygon = tree.query(shapely.points(points))
        held = shapely.intersects_xy(polygons[of_polygon], points[of_point])
        return numpy.column_stack([of_point[held], of_polygon[held]])

    return run


def geopandas(folder: Path, most: int) -> Run:
    numpy, shapely, polygons, points = load(folder, most)
    frames = import_module("geopandas")
    areas = frames.GeoDataFrame({"number": range(len(polygons))}, geometry=polygons)

    def run() -> Any:
        asked = frames.GeoDataFrame(geometry=shapely.points(points))
        joined = frames.sjoin(asked, areas, predicate="intersects")
        return numpy.column_stack([joined.index.to_numpy(), joined["number"].to_numpy()])

    return run


def h3(folder: Path, most: int) -> Run:
    """Each cell's polygons by the cell's centre, which is wrong near borders; a point has those of its cell."""
    numpy, _, polygons, points = load(folder, most)
    cells = import_module("h3.api.basic_int")
    kept = folder / "h3_cells.npy"
    if not kept.exists():
        numpy.save(kept, numpy.array(list(_polyfill(cells, polygons)), dtype=numpy.int64))
    of: dict[int, list[int]] = {}
    for cell, polygon in numpy.load(kept).tolist():
        of.setdefault(cell, []).append(polygon)
    places = points.tolist()

    def run() -> Any:
        cell_of = cells.latlng_to_cell
        found = [
            (number, polygon)
            for number, (lng, lat) in enumerate(places)
            for polygon in of.get(cell_of(lat, lng, H3_RESOLUTION), ())
        ]
        return numpy.array(found, dtype=numpy.int64)

    return run


def _polyfill(cells: Any, polygons: Any) -> Iterator[tuple[int, int]]:
    for number, polygon in enumerate(polygons):
        for cell in cells.geo_to_cells(polygon, H3_RESOLUTION):
            yield cell, number


def duckdb(folder: Path, most: int) -> Run:
    """The spatial extension out of its package, one thread, its spatial join."""
    numpy, _, _, _ = load(folder, 1)
    engine = import_module("duckdb")
    package = Path(import_module("duckdb_extension_spatial").__file__ or "").parent
    extension = next(package.glob("extensions/*/spatial.duckdb_extension"))
    database = engine.connect(config={"threads": 1, "allow_unsigned_extensions": "true"})
    database.execute(f"LOAD '{extension}'")
    database.execute(
        "CREATE TABLE areas AS SELECT number, ST_GeomFromWKB(wkb) AS geom FROM "
        f"read_parquet('{folder / 'polygons.parquet'}')"
    )
    database.execute(
        f"CREATE TABLE points AS SELECT number, ST_Point(lng, lat) AS geom FROM "
        f"read_parquet('{folder / 'points.parquet'}') WHERE number < {most}"
    )

    def run() -> Any:
        found = database.execute(
            "SELECT points.number AS point, areas.number AS polygon FROM points JOIN areas"
            " ON ST_Intersects(areas.geom, points.geom)"
        ).fetchnumpy()
        return numpy.column_stack([found["point"], found["polygon"]])

    return run


def main() -> None:
    name, folder, most = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    peers = {"strtree": strtree, "prepared": prepared, "geopandas": geopandas, "h3": h3, "duckdb": duckdb}
    try:
        started = time.perf_counter()
        run = peers[name](folder, most)
        ready = time.perf_counter() - started
    except ImportError as problem:
        print(json.dumps({"missing": str(problem)}))
        return
    started = time.perf_counter()
    found = run()
    seconds = time.perf_counter() - started
    import_module("numpy").save(folder / f"{name}.npy", found)
    print(json.dumps({"seconds": seconds, "ready": ready}))


if __name__ == "__main__":
    main()

"""Points to areas at the scale of the country, beside what else answers it, on the same points and polygons."""

import ctypes
import gc
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import shapely

from geo.areas import Area, AreaIndex
from geo.datum import Floats
from geo.winners import winners

HOME = Path(__file__).parent.parent
SHARED = HOME.parent / "shared" / "data" / "areas"
PYTHON = HOME / ".venv-bench" / "bin" / "python"
SEED = 20170101
AREAS = 20_000  # service areas, beside the districts
POINTS = 1_000_000
SINGLE = 20_000
AT = datetime(2026, 11, 22, 4, tzinfo=UTC)
H3 = "H3 polyfill, resolution 7"
# The peer, its program, and how many of the points it takes: the first ones.
PEERS = (
    ("shapely STRtree query", "strtree", 100_000),
    ("shapely prepared polygons", "prepared", 300_000),
    ("geopandas.sjoin", "geopandas", 100_000),
    ("DuckDB spatial join, one thread", "duckdb", 100_000),
    (H3, "h3", 300_000),
)

Row = tuple[str, str, Callable[[], float], str, Callable[[], float]]  # name, unit, ours, the peer's name, the peer


@dataclass(frozen=True, slots=True)
class Country:
    """Areas and points, also as files in `folder` for the peers, which goes with `keeper`."""

    areas: list[Area]
    points: Floats
    folder: Path
    keeper: tempfile.TemporaryDirectory[str]


def rows() -> Iterator[Row]:
    """A row for each peer that is there; none without the shared data."""
    if not SHARED.exists():
        return
    land, index = country(), _index()
    name = f"a million points to {len(land.areas):,} areas ({len(index.stations):,} polygons), one core"

    def ours() -> float:
        started = time.perf_counter()
        index.locate(land.points, AT)
        return POINTS / (time.perf_counter() - started)

    for peer, program, most in PEERS:
        if "missing" not in ask(program, most):
            yield name, "points/s", ours, peer, lambda p=program, m=most: m / float(ask(p, m)["seconds"])  # type: ignore[misc]


def notes() -> list[str]:
    """Markdown: truth, latency, build, memory, and what the machine would allow."""
    if not SHARED.exists():
        return ["*Areas*: the districts are not here."]
    fresh = json.loads(
        subprocess.run(
            [sys.executable, "-m", "bench.areas", str(country().folder)],
            capture_output=True,
            text=True,
            check=True,
            cwd=HOME,
        ).stdout
    )
    border, bare = _limit()
    built, alone, median = _alone()
    return [
        f"*Areas*: the districts of the country and {AREAS:,} service areas (Voronoi cells of real town centres, cut",
        "by their district) in one index. Points: half anywhere in 73–136° E, 3–54° N, half near towns. Peers take",
        "fewer points (the first ones) and get ready before the clock runs; each is a process of its own on one core.",
        *_truth(),
        f"Built in {fresh['build']:.2f} s in a fresh process, again in {fresh['again']:.2f} s; it keeps"
        f" {fresh['memory']:.0f} MB, needs {fresh['peak']:.0f} MB while building, and the process grew by"
        f" {fresh['resident']:.0f} MB.",
        f"{border:.1%} of the points are in cells that a border crosses. Looking up the cell of each point, without",
        f"any answer, runs at {bare / 1e6:.1f} M points/s: the limit of such a grid in numpy.",
        f"With ROUTE-1 decided (`geo.winners`): {_winners() / 1e6:.1f} M points/s.",
        f"The service areas alone, shuffled: built in {built:.2f} s, {alone / 1e6:.1f} M points/s, one point in"
        f" {median:.1f} µs (median).",
        "",
        "| one point | median µs | p99 µs | most µs |",
        "|---|---|---|---|",
        *(f"| {what} | {half:.1f} | {most:.1f} | {worst:.0f} |" for what, half, most, worst in _single()),
    ]


@cache
def country() -> Country:
    keeper = tempfile.TemporaryDirectory()
    folder = Path(keeper.name)
    table = pl.read_parquet(SHARED / "districts_gcj02.parquet")
    districts = shapely.from_wkb(table["wkb"].to_numpy())
    towns = (
        pl.read_csv(SHARED / "towns_2016_gcj02.csv.gz", infer_schema_length=0)
        .select(pl.col("lng", "lat").cast(pl.Float64, strict=False))
        .drop_nulls()
        .to_numpy()
    )
    areas = [Area(code, shape) for code, shape in zip(table["adcode"].to_list(), districts, strict=True)]
    areas += [Area(f"T{number:05}", shape) for number, shape in enumerate(_cells(districts, towns))]
    random = np.random.default_rng(SEED)
    near = towns[random.integers(0, len(towns), POINTS // 2)] + random.normal(0, 0.02, (POINTS // 2, 2))
    points = np.concatenate([random.uniform((73, 3), (136, 54), (POINTS // 2, 2)), near])
    random.shuffle(points)
    wkb = shapely.to_wkb([area.geometry for area in areas])
    pl.DataFrame({"station": [area.station for area in areas], "wkb": wkb.tolist()}).write_parquet(
        folder / "areas.parquet"
    )
    parts = shapely.to_wkb(shapely.get_parts([area.geometry for area in areas]))
    np.save(folder / "polygons.npy", parts, allow_pickle=True)
    pl.DataFrame({"number": range(len(parts)), "wkb": parts.tolist()}).write_parquet(folder / "polygons.parquet")
    np.save(folder / "points.npy", points)
    frame = pl.DataFrame({"number": range(POINTS), "lng": points[:, 0], "lat": points[:, 1]})
    frame.write_parquet(folder / "points.parquet")
    return Country(areas, points, folder, keeper)


def _cells(districts: Any, towns: Floats) -> list[Any]:
    """Voronoi cells of some town centres, cut by the district that they are in."""
    of_town, of_district = shapely.STRtree(districts).query(shapely.points(towns), predicate="intersects")
    _, first = np.unique(towns[of_town], axis=0, return_index=True)
    some = np.sort(np.random.default_rng(SEED).permutation(first)[:AREAS])
    of_town, of_district = of_town[some], of_district[some]
    cells: list[Any] = []
    for number in np.unique(of_district).tolist():
        district, centres = districts[number], towns[of_town[of_district == number]]
        around = shapely.voronoi_polygons(shapely.multipoints(centres), extend_to=shapely.envelope(district))
        cells += shapely.intersection(shapely.get_parts(around), district).tolist() if len(centres) > 1 else [district]
    return cells


@cache
def _index() -> AreaIndex:
    return AreaIndex(country().areas)


def ask(program: str, most: int) -> dict[str, Any]:
    """One run of a peer in a process of its own; the first one also tells whether it is there."""
    if not PYTHON.exists():
        return {"missing": "no environment for the peers"}
    command = [str(PYTHON), str(HOME / "bench" / "peers" / "areas.py"), program, str(country().folder), str(most)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def _truth() -> list[str]:
    """Whether each peer found what we found, point by point."""
    point, polygon = _index().locate(country().points, AT)
    ours = point << 32 | polygon
    lines = []
    for peer, program, most in PEERS:
        answer = ask(program, POINTS if program == "prepared" else most)
        if "missing" in answer:
            lines.append(f"{peer} could not be used ({answer['missing']}) and is left out.")
            continue
        found = np.load(country().folder / f"{program}.npy").astype(np.int64)
        asked = POINTS if program == "prepared" else most
        different = np.setxor1d(found[:, 0] << 32 | found[:, 1], ours[point < asked])
        wrong = len(np.unique(different >> 32))
        told = (
            "the same polygons at every point" if not wrong else f"other polygons at {wrong / asked:.2%} of the points"
        )
        lines.append(f"{peer}: {told} ({asked:,}); ready after {answer['ready']:.1f} s.")
    return lines


def _limit() -> tuple[float, float]:
    """The share of points in cells that borders cross; points a second when their cells are looked up only."""
    grid, points = _index()._grid, country().points
    started = time.perf_counter()
    crossed = 0
    for low in range(0, POINTS, 2**15):
        part = points[low : low + 2**15]
        crossed += int(np.count_nonzero(grid.values(*grid.places(part[:, 0], part[:, 1])) < 0))
    return crossed / POINTS, POINTS / (time.perf_counter() - started)


def _winners() -> float:
    codes = {area.station for area in country().areas}
    started = time.perf_counter()
    winners(_index(), country().points, AT, codes, dict.fromkeys(codes))
    return POINTS / (time.perf_counter() - started)


def _alone() -> tuple[float, float, float]:
    """The service areas without the districts, in no order: seconds to build, points a second, the median µs of one."""
    alone = country().areas[-AREAS:]
    np.random.default_rng(SEED).shuffle(alone)
    started = time.perf_counter()
    index = AreaIndex(alone)
    built = time.perf_counter()
    index.locate(country().points, AT)
    rate = POINTS / (time.perf_counter() - built)
    taken = []
    for point in country().points[:SINGLE]:
        began = time.perf_counter()
        index.hits(point[None], [AT])
        taken.append((time.perf_counter() - began) * 1e6)
    return built - started, rate, statistics.median(taken)


def _single() -> Iterator[tuple[str, float, float, float]]:
    index, places = _index(), country().points[:SINGLE].tolist()
    asked: list[tuple[str, Callable[[float, float], object], int]] = [
        ("who holds it (`hits`)", lambda lng, lat: index.hits(np.array([[lng, lat]]), [AT]), SINGLE),
        ("is it inside (`covers`)", lambda lng, lat: index.covers(("T00000",), lng, lat, AT), SINGLE),
        ("explained (`found`)", lambda lng, lat: index.found(lng, lat, AT), SINGLE),
        ("the five nearest (`nearest`)", lambda lng, lat: index.nearest(lng, lat, AT, 5), SINGLE // 20),
    ]
    for what, question, count in asked:
        taken = []
        for lng, lat in places[:count]:
            started = time.perf_counter()
            question(lng, lat)
            taken.append((time.perf_counter() - started) * 1e6)
        yield what, statistics.median(taken), float(np.quantile(taken, 0.99)), max(taken)


def fresh(folder: Path) -> dict[str, float]:
    """Building in a process that has done nothing else but read the areas: seconds and megabytes.

    `memory` and `peak` are what Python and numpy asked for, `resident` is what the process took and kept.
    """
    table = pl.read_parquet(folder / "areas.parquet")
    shapes = shapely.from_wkb(table["wkb"].to_numpy())
    areas = [Area(station, shape) for station, shape in zip(table["station"].to_list(), shapes, strict=True)]
    del table, shapes
    gc.collect()
    with suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").malloc_trim(0)  # what reading left behind is not to hide what building needs
    before = _memory()
    seconds = []
    for _ in range(2):
        started = time.perf_counter()
        index = AreaIndex(areas)
        seconds.append(time.perf_counter() - started)
        resident = _memory() - before
        del index
    tracemalloc.start()
    index = AreaIndex(areas)
    memory, peak = (size / 1e6 for size in tracemalloc.get_traced_memory())
    assert index.stations
    return {"build": seconds[0], "again": seconds[1], "memory": memory, "peak": peak, "resident": resident}


def _memory() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 1e6


if __name__ == "__main__":
    print(json.dumps(fresh(Path(sys.argv[1]))))

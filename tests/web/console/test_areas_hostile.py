"""B-83 to B-86: what is sent to the map editor with ill will is refused before any long work, and changes nothing.

The rule is one second. Here no clock runs: nothing may be cut, united or repaired. `make bench ARGS=hostile` measures.
"""

import io
import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from shapely import Polygon
from sqlalchemy import Engine, func, select

from geo.actions import change_areas
from geo.areas import Area
from storage.session import reading, writing
from storage.tables.geo import area_changes
from tests.web.conftest import Visitor
from tests.web.console.areas_calls import collection, feature, send, square
from tests.web.console.conftest import Land
from tests.work import counted, forbid_overlays

As = Callable[[str], Visitor]
PATHS = ("/areas/split", "/areas/merge", "/areas/check", "/areas/store")
MIB = 1024 * 1024
MOST_CALLS, MOST_OF_MANY = 20_000, 400_000  # many: 1,999 areas


def circle(vertices: int) -> list[list[float]]:
    turn = np.linspace(0, 2 * np.pi, vertices - 1, endpoint=False)
    ring = np.column_stack((120 + 0.1 * np.cos(turn), 30 + 0.1 * np.sin(turn))).tolist()
    return [*ring, ring[0]]


def star(points: int) -> list[list[float]]:
    """Each edge crosses nearly every other."""
    turn = np.arange(points) * 2 * np.pi * (points // 2) / points
    ring = np.column_stack((120 + 0.1 * np.cos(turn), 30 + 0.1 * np.sin(turn))).tolist()
    return [*ring, ring[0]]


def said(geometry: Any, **more: Any) -> bytes:
    one = {"type": "Feature", "properties": {"station": "HZ01"}, "geometry": geometry}
    return json.dumps(collection(one, stations=["HZ01"], **more)).encode()


def ring(*points: Any) -> bytes:
    return said({"type": "Polygon", "coordinates": [list(points)]})


def bodies() -> dict[str, tuple[bytes, int, str]]:
    """Name: body, status, code (empty: whichever)."""
    one, many = square(120, 30), said({"type": "Polygon", "coordinates": [circle(20_001)]})
    parts = {"type": "MultiPolygon", "coordinates": [[square(120, 30)]] * 1_001}
    nested: Any = {"type": "Polygon", "coordinates": [one]}
    for _ in range(8):
        nested = {"type": "GeometryCollection", "geometries": [nested]}
    plain = said({"type": "Polygon", "coordinates": [one]})
    return {
        "20,001 vertices": (many, 413, "too_many_vertices"),
        "10 MiB + 1": (plain + b" " * (10 * MIB + 1 - len(plain)), 413, "body_too_large"),
        "unclosed": (ring(*one[:-1]), 422, "not_closed"),
        "two points": (ring([120, 30], [121, 30], [120, 30]), 422, "not_closed"),
        "strings": (ring(["120", "30"], *one[1:]), 422, "bad_number"),
        "true": (ring([True, 30], *one[1:]), 422, "bad_number"),
        "NaN": (plain.replace(b"120.1", b"NaN"), 422, "bad_number"),
        "Infinity": (plain.replace(b"120.1", b"-Infinity"), 422, "bad_number"),
        "1e999": (plain.replace(b"120.1", b"1e999"), 422, ""),
        "an integer of 5,000 digits": (plain.replace(b"120.1", b"9" * 5_000), 422, "bad_number"),
        "empty ring": (ring(), 422, ""),
        "no geometry": (said(None), 422, "unsupported_geometry"),
        "axes swapped": (ring(*([lat, lng] for lng, lat in one)), 422, "outside_country"),
        "outside the country": (ring(*([lng - 100, lat] for lng, lat in one)), 422, "outside_country"),
        "nested collections": (said(nested), 422, "unsupported_geometry"),
        "1,001 parts": (said(parts), 422, "too_many_parts"),
        "a point": (said({"type": "Point", "coordinates": [120, 30]}), 422, "unsupported_geometry"),
        "a CRS": (said({"type": "Polygon", "coordinates": [one]}, crs={"type": "name"}), 422, "crs_not_supported"),
        "100,000 brackets": (b"[" * 100_000, 422, "too_deep"),
        "not JSON": (b"{", 422, "not_json"),
        "not UTF-8": (b"\xff\xfe{}", 422, ""),
        "a list": (b"[]", 422, ""),
        "a number": (b"5", 422, ""),
        "nothing": (b"", 422, ""),
        "a feature alone": (json.dumps(feature("HZ01", one)).encode(), 422, ""),
        "features is a text": (b'{"type": "FeatureCollection", "features": "x"}', 422, ""),
        "no station": (json.dumps(collection({"type": "Feature", "properties": {}, "geometry": {}})).encode(), 422, ""),
    }


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("path", PATHS)
def test_b_83_to_b_86_hostile_bodies(
    land: Land, as_: As, engine: Engine, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """B-83, B-84, B-85, B-86"""
    forbid_overlays(monkeypatch)
    visitor = as_("hq")
    token = visitor.token("/areas")
    wrong = []
    for name, (body, status, code) in bodies().items():
        with counted() as work:
            answer = send(visitor, path, body, token)
        told = (answer.status_code, answer.json["code"], answer.content_type)
        if (
            told[0] != status
            or (code and told[1] != code)
            or told[2] != "application/problem+json"
            or work.calls > MOST_CALLS
        ):
            wrong.append((name, told, work.calls))
    assert wrong == []
    with reading(engine) as conn:
        assert conn.execute(select(func.count()).select_from(area_changes)).scalar_one() == 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("points", [5, 19_999])
def test_a_star_that_crosses_itself_is_told_and_not_repaired(
    land: Land, as_: As, points: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """B-84, D15"""
    forbid_overlays(monkeypatch)
    visitor = as_("hq")
    token, body = visitor.token("/areas"), said({"type": "Polygon", "coordinates": [star(points)]})
    answer = send(visitor, "/areas/check", body, token)
    (problem,) = answer.json["problems"]
    assert problem["code"] == "invalid_geometry" and len(problem["place"]) == 2


def comb(teeth: int, lying: bool = False) -> list[list[float]]:
    """A valid ring of long thin teeth. One that lies crosses one that stands at each of them."""
    step = 0.2 / teeth
    up = [[k * step + x * step, y] for k in range(teeth) for x, y in ((0, 0.2), (0.5, 0.2), (0.5, 0.001), (1, 0.001))]
    ring = [[120 + y, 30 + x] if lying else [120 + x, 30 + y] for x, y in [*up, [0.2, 0.0], [0.0, 0.0]]]
    return [*ring, ring[0]]


def tangles() -> dict[str, tuple[str, dict[str, Any]]]:
    two = (feature("HZ01", comb(300)), feature("HZ02", comb(300, lying=True)))
    large = (feature("HZ01", comb(4_900)), feature("HZ02", comb(4_900, lying=True)))
    one = [feature("HZ01", ring) for ring in (comb(300), comb(300, lying=True))]
    named = {"stations": ["HZ01", "HZ02"]}
    store = {"note": "n", "key": "form-0001", "effective": "", "loaded": 1, "checked": 1}
    lines = [[119.9 + 0.4 * (k % 2), 30.002 + 0.19 * k / 199] for k in range(200)]
    return {
        "two combs": ("check", collection(*two, **named)),
        "two large combs": ("check", collection(*large, **named)),
        "two combs, stored": ("store", collection(*two, **named, **store)),
        "two combs merged": ("merge", collection(*one)),
        "200 lines through 300 teeth": ("split", collection(feature("HZ01", comb(300)), line=lines)),
        "1,999 areas at one place": (
            "check", collection(*[feature(f"HZ0{k % 3 + 1}", comb(3)) for k in range(1_999)],
                                stations=["HZ01", "HZ02", "HZ03"])
        ),
    }  # fmt: skip


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("what", tangles())
def test_outlines_that_cross_too_often_are_refused_before_anything_is_cut(
    land: Land, as_: As, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Valid each by itself; to cut or unite them would take minutes and gigabytes."""
    forbid_overlays(monkeypatch)
    visitor = as_("hq")
    token, (path, body) = visitor.token("/areas"), tangles()[what]
    with counted() as work:
        answer = send(visitor, f"/areas/{path}", body, token)
    assert work.calls <= MOST_OF_MANY
    assert (answer.status_code, answer.json["code"]) == (422, "too_complex")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_tangle_that_is_stored_already_can_be_mended(land: Land, as_: As, engine: Engine) -> None:
    """As an import may have left it: whoever takes one of the two away is not refused for what was."""
    both = {"HZ01": [Area("HZ01", Polygon(comb(300)))], "HZ02": [Area("HZ02", Polygon(comb(300, lying=True)))]}
    with writing(engine) as conn:
        change_areas(conn, both, effective_at=land.clock(), now=land.clock(), by="x", source="import", key="tangle")
    answer = send(as_("hq"), "/areas/check", collection(feature("HZ01", square(120, 30)), stations=["HZ01"]))
    assert answer.status_code == 200 and answer.json["overlaps"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_body_just_below_the_limit_is_read(land: Land, as_: As) -> None:
    visitor = as_("hq")
    plain = json.dumps(collection(feature("HZ01", square(120, 30)), stations=["HZ01"])).encode()
    assert send(visitor, "/areas/check", plain + b" " * (10 * MIB - len(plain))).status_code == 200
    file = io.BytesIO(plain + b" " * (10 * MIB - 2_000 - len(plain)))
    headers = {"X-CSRF-Token": visitor.token("/areas"), "Accept": "application/json"}
    answer = visitor.client.post("/areas/upload", data={"file": (file, "a.geojson")}, headers=headers)
    assert answer.status_code == 200

"""B-83 to B-86: what is sent to the map editor with ill will is refused within a second, and changes nothing.

A second of this process: the machine may be busy with other tests.
"""

import json
from collections.abc import Callable
from time import process_time
from typing import Any

import numpy as np
import pytest
from sqlalchemy import Engine, func, select

from storage.session import reading
from storage.tables.geo import area_changes
from tests.web.conftest import Visitor
from tests.web.console.areas_calls import collection, feature, send, square
from tests.web.console.conftest import Land

As = Callable[[str], Visitor]
PATHS = ("/areas/split", "/areas/merge", "/areas/check", "/areas/store")
MIB = 1024 * 1024


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
def test_b_83_to_b_86_hostile_bodies(land: Land, as_: As, engine: Engine, path: str) -> None:
    """B-83, B-84, B-85, B-86"""
    visitor = as_("hq")
    token = visitor.token("/areas")
    wrong = []
    for name, (body, status, code) in bodies().items():
        began = process_time()
        answer = send(visitor, path, body, token)
        took = process_time() - began
        told = (answer.status_code, answer.json["code"], answer.content_type)
        if told[0] != status or (code and told[1] != code) or told[2] != "application/problem+json" or took > 1:
            wrong.append((name, told, round(took, 2)))
    assert wrong == []
    with reading(engine) as conn:
        assert conn.execute(select(func.count()).select_from(area_changes)).scalar_one() == 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("points", [5, 19_999])
def test_a_star_that_crosses_itself_is_told_within_a_second(land: Land, as_: As, points: int) -> None:
    """B-84; refused, never repaired (D15)."""
    visitor = as_("hq")
    token, body = visitor.token("/areas"), said({"type": "Polygon", "coordinates": [star(points)]})
    began = process_time()
    answer = send(visitor, "/areas/check", body, token)
    assert process_time() - began < 1
    (problem,) = answer.json["problems"]
    assert problem["code"] == "invalid_geometry" and len(problem["place"]) == 2

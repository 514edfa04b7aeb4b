"""The map editor's requests: what a person draws is checked, previewed and stored once (issue 4, B-87, B-88)."""

import io
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
import shapely
from sqlalchemy import Engine, select

from storage.session import reading, writing
from storage.tables import geo
from storage.tables.dispatch import orders
from storage.tables.people import audit
from tests.web.conftest import Visitor
from tests.web.console.areas_calls import collection, feature, loaded, seen, send, square, stations, stored
from tests.web.console.conftest import Land, local

As = Callable[[str], Visitor]
HZ01, HALF = square(120.0, 30.0), [[120.0, 30.0], [120.05, 30.0], [120.05, 30.1], [120.0, 30.1], [120.0, 30.0]]
REST = [[120.05, 30.0], [120.1, 30.0], [120.1, 30.1], [120.05, 30.1], [120.05, 30.0]]


def rows(engine: Engine, table: Any) -> list[Any]:
    with reading(engine) as conn:
        return list(conn.execute(select(table).order_by(table.c.id)))


def changed(engine: Engine) -> list[Any]:
    return [row for row in rows(engine, geo.area_changes) if row.source == "console"]


def split(visitor: Visitor, ring: Any, line: Any) -> Any:
    return send(visitor, "/areas/split", collection(feature("HZ01", *ring), line=line))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_line_splits_an_area_without_gap_or_overlap(land: Land, as_: As) -> None:
    visitor, hole = as_("hq"), square(120.02, 30.02, 0.02)[::-1]
    whole = shapely.Polygon(HZ01, [hole])
    answer = split(visitor, [HZ01, hole], [[119.99, 30.03], [120.06, 30.031], [120.11, 30.02]]).json
    parts = [shapely.Polygon(part[0], part[1:]) for part in answer["parts"]]
    assert len(parts) == 2 and parts[0].area > parts[1].area
    assert sum(part.area for part in parts) == pytest.approx(whole.area, rel=1e-12)
    assert shapely.area(shapely.intersection(parts[0], parts[1])) == pytest.approx(0, abs=1e-18)
    assert shapely.union_all(parts).equals(whole)
    assert len(split(visitor, [HZ01], [[120.0, 30.05], [120.1, 30.05]]).json["parts"]) == 2  # drawn onto the border
    third = 120 + 0.1 / 3
    assert len(split(visitor, [HZ01], [[third, 30.0], [third + 0.01, 30.05], [third, 30.1]]).json["parts"]) == 2


LINES: list[tuple[Any, str]] = (
    [([[120.01, 30.01], [120.02, 30.02]], "line_does_not_cross"), ([[121, 30], [121, 31]], "line_does_not_cross"),
     ([[120, 30]], "invalid"), ([], "invalid"), (None, "invalid"), ("x", "invalid"), ([[120, 30], [120]], "invalid"),
     ([[120, 30], ["120", 31]], "invalid"), ([[120, 30], [True, 31]], "invalid"), ([[120, 30], [120, 95]], "invalid"),
     ([[120, 30], [120, 10**400]], "invalid"), ([[120.0, 30.0]] * 1_001, "invalid"), ({}, "invalid"),
     ([[120.05, 30.05], [120.05, 30.05]], "line_does_not_cross")]
)  # fmt: skip


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_line_that_does_not_split(land: Land, as_: As) -> None:
    visitor = as_("hq")
    for line, code in LINES:
        answer = split(visitor, [HZ01], line)
        told = (answer.status_code, answer.json["code"], answer.content_type)
        assert told == (422, code, "application/problem+json"), line


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_parts_that_touch_are_merged_others_stay(land: Land, as_: As) -> None:
    visitor, far = as_("hq"), square(120.5, 30.0)
    answer = send(visitor, "/areas/merge", collection(feature("HZ01", HALF), feature("HZ01", REST))).json
    (part,) = answer["parts"]
    assert shapely.Polygon(part[0]).equals(shapely.Polygon(HZ01))
    answer = send(visitor, "/areas/merge", collection(*(feature("HZ01", ring) for ring in (HALF, REST, far)))).json
    assert len(answer["parts"]) == 2
    assert send(visitor, "/areas/merge", collection()).status_code == 422


def check(visitor: Visitor, *features: Any, **more: Any) -> Any:
    named = sorted({one["properties"]["station"] for one in features})
    return send(visitor, "/areas/check", collection(*features, **({"stations": named} | more)))


def test_a_check_shows_the_effect_on_last_months_orders_and_stores_nothing(land: Land, as_: As, engine: Engine) -> None:
    """ROLE-2: numbers and points, nothing of the customer."""
    for k, (lng, lat) in enumerate([(120.06, 30.06), (120.07, 30.07), (120.01, 30.06), (120.03, 30.03)]):
        land.order(f"KD{k}", local("09:00"), lng=lng, lat=lat)
    land.order("OLD", local("09:00"), lng=120.08, lat=30.08)
    with writing(engine) as conn:
        conn.execute(
            orders.update().where(orders.c.logistics_no == "OLD").values(created_at=local("09:00", "2026-03-01"))
        )
    visitor = as_("hq")
    before = rows(engine, geo.areas)
    answer = check(visitor, feature("HZ01", HALF), feature("HZ02", square(120.2, 30.0)), feature("HZ02", REST))
    assert answer.status_code == 200 and answer.json["problems"] == []
    told = answer.json["preview"]
    assert (told["looked_at"], told["moved"]) == (4, 2)
    assert told["pairs"] == [{"from": "西湖网点", "to": "拱墅一网点", "count": 2}]
    assert {(one["number"], *one["point"]) for one in told["orders"]} == {
        ("KD0", 120.06, 30.06),
        ("KD1", 120.07, 30.07),
    }
    assert told["orders"][0].keys() == {"number", "point", "told"}
    assert not any(secret in answer.text for secret in ("欧阳明月", "13812345678", "文三路", "书籍"))
    nowhere = check(visitor, feature("HZ01", HALF)).json["preview"]
    assert [pair["to"] for pair in nowhere["pairs"]] == ["数据中心"]
    assert rows(engine, geo.areas) == before and changed(engine) == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_b_87_an_overlap_is_a_warning_with_its_place(land: Land, as_: As) -> None:
    """ROUTE-1: it may be stored; a contracted area over its parent's is none."""
    visitor = as_("admin")
    wide = [[119.9, 30.0], [120.22, 30.0], [120.22, 30.1], [119.9, 30.1], [119.9, 30.0]]
    answer = check(visitor, feature("HZ01", wide)).json
    (one,) = answer["overlaps"]
    assert one["stations"] == ["西湖网点", "拱墅一网点"] and 21 < one["km2"] < 22
    assert shapely.Polygon(one["parts"][0][0]).bounds == pytest.approx((120.2, 30.0, 120.22, 30.1))
    assert stored(visitor, feature("HZ01", wide)).status_code == 200


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_shape_that_crosses_itself_is_told_with_the_place(land: Land, as_: As) -> None:
    bow = [[120.0, 30.0], [120.1, 30.1], [120.1, 30.0], [120.0, 30.1], [120.0, 30.0]]
    (problem,) = check(as_("hq"), feature("HZ01", bow)).json["problems"]
    assert problem["code"] == "invalid_geometry" and problem["place"] == pytest.approx([120.05, 30.05])
    answer = stored(as_("hq"), feature("HZ01", bow))
    assert (answer.status_code, answer.json["code"]) == (422, "invalid_geometry")
    assert {"field": "place", "code": "120.05,30.05"} in answer.json["errors"]


def test_a_change_is_stored_once_and_holds_from_then_on(land: Land, as_: As, engine: Engine) -> None:
    """VIO-2; the same form sent twice stores once."""
    land.clock.at = local("12:00")
    visitor = as_("hq")
    base = loaded(visitor)
    features = (feature("HZ01", HALF), feature("HZ03", square(120.3, 30.0)), feature("HZ03", REST))
    first = stored(visitor, *features, loaded=base)
    again = stored(visitor, *features, loaded=base)
    assert first.status_code == again.status_code == 200 and first.json == again.json
    assert f"#{first.json['change']}" in first.json["told"] and "已生效" in first.json["told"]
    (change,) = changed(engine)
    assert (change.by, change.note, change.stations) == ("总部赵敏", "道路改线", ["HZ01", "HZ03"])
    assert change.effective_at == local("12:00")
    now = stations(visitor)
    assert len(now["HZ03"]["parts"]) == 2 and now["HZ03"]["change"] == change.id
    assert now["HZ03"]["since"] == "2026-05-04 12:00" and now["HZ02"]["since"] == ""
    assert len(stations(visitor, at="2026-05-04T11:59:59")["HZ03"]["parts"]) == 1
    subjects = [row.subject for row in rows(engine, audit) if row.what == "areas_changed"]
    assert subjects == [f"#{change.id} HZ01,HZ03"]


def test_a_plan_is_told_and_shown(land: Land, as_: As) -> None:
    visitor = as_("hq")
    answer = stored(visitor, feature("HZ01", HALF), effective="2026-12-01T00:00")
    assert "自 2026-12-01 00:00 起生效" in answer.json["told"]
    (plan,) = check(visitor, feature("HZ01", REST)).json["planned"]
    assert (plan["since"], plan["falls"], plan["stays"]) == ("2026-12-01 00:00", ["西湖网点 HZ01"], [])
    assert plan["change"] == answer.json["change"]
    assert check(visitor, feature("HZ02", REST)).json["planned"] == []


def test_who_was_quicker_is_named_and_the_later_change_refused(land: Land, as_: As, engine: Engine) -> None:
    one, other = as_("hq"), as_("admin")
    base = loaded(other)
    assert stored(one, feature("HZ01", HALF), feature("HZ02", REST)).status_code == 200
    refused = stored(other, feature("HZ02", HALF), loaded=base, key="form-0002")
    assert (refused.status_code, refused.json["code"]) == (409, "version_conflict")
    assert "HZ02" in refused.json["detail"] and "总部赵敏" in refused.json["detail"]
    assert "2026-05-04 08:30" in refused.json["detail"]
    assert len(changed(engine)) == 1  # nothing of it is kept
    far = feature("XJ01", square(87.5, 43.8))
    assert stored(other, far, loaded=base, key="form-0002").status_code == 200  # not touched
    assert stored(other, feature("HZ02", HALF), key="form-0003").status_code == 200  # loaded again


def test_of_two_at_the_same_time_one_is_refused(land: Land, as_: As, engine: Engine) -> None:
    """Whoever waits for the other's lock sees what it stored."""
    people = [as_("hq"), as_("admin")]
    base, tokens = loaded(people[0]), [one.token("/areas") for one in people]
    together = Barrier(2)

    def change(k: int) -> int:
        told: dict[str, Any] = {"stations": ["HZ01"], "effective": "", "note": "同时", "key": f"form-100{k}"}
        told |= {"loaded": base, "checked": base}
        together.wait(10)
        answer = send(people[k], "/areas/store", collection(feature("HZ01", (HALF, REST)[k]), **told), tokens[k])
        return int(answer.status_code)

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(change, range(2))) == [200, 409]
    assert len(changed(engine)) == 1


def test_b_88_a_station_with_open_orders_keeps_an_area(land: Land, as_: As, engine: Engine) -> None:
    land.order("KD1", local("09:00"))
    visitor = as_("hq")
    answer = stored(visitor, stations=["HZ01"])
    assert (answer.status_code, answer.json["code"]) == (409, "has_open_orders")
    assert stored(visitor, stations=["HZ03"]).status_code == 200
    assert "HZ03" not in stations(visitor) and "HZ01" in stations(visitor)


BESIDE: list[tuple[dict[str, Any], str]] = (
    [({"note": ""}, "note"), ({"note": " \n "}, "note"), ({"note": "x" * 501}, "note"), ({"note": 5}, "note"),
     ({"note": "a\x00b"}, "note"), ({"key": ""}, "key"), ({"key": "x" * 65}, "key"), ({"key": "k e y k e y"}, "key"),
     ({"loaded": "1"}, "loaded"), ({"loaded": True}, "loaded"), ({"loaded": -1}, "loaded"),
     ({"loaded": 10**30}, "loaded"), ({"checked": None}, "checked"), ({"checked": "1"}, "checked"),
     ({"stations": ["HZ01", "\ud800"]}, "stations"), ({"stations": ["HZ01", "a\x00b"]}, "stations"),
     ({"stations": ["HZ01", ""]}, "stations"),
     ({"stations": []}, "stations"), ({"stations": "HZ01"}, "stations"), ({"stations": ["HZ02"]}, "stations"),
     ({"stations": ["HZ01", "nobody"]}, "stations"), ({"stations": ["HZ01", 7]}, "stations"),
     ({"stations": ["HZ01"] + [f"S{n}" for n in range(500)]}, "stations"),
     ({"effective": "tomorrow"}, "effective"), ({"effective": "2026-02-30T00:00"}, "effective"),
     ({"effective": 5}, "effective"), ({"effective": "2026-12-01"}, "effective"),
     ({"effective": "2026-12-01T00:00Z"}, "effective"), ({"effective": "2026-12-01T00:00-05:00"}, "effective"),
     ({"effective": "2026-12-01T00:00x"}, "effective"), ({"effective": "2026-12-1T00:000"}, "effective"),
     ({"effective": "2026-12-01T00:00:59"}, "effective"), ({"effective": "2026-12-01T25:00"}, "effective"),
     ({"effective": "9999-12-31T23:59"}, "effective"), ({"effective": "2206-12-01T00:00"}, "effective"),
     ({"effective": "2028-05-06T00:00"}, "effective")]
)  # fmt: skip


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_is_said_beside_the_features_is_read_strictly(land: Land, as_: As, engine: Engine) -> None:
    visitor = as_("hq")
    for more, field in BESIDE:
        answer = stored(visitor, feature("HZ01", HALF), **more)
        assert (answer.status_code, [one["field"] for one in answer.json["errors"]]) == (422, [field]), more
    assert changed(engine) == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_past_is_not_changed(land: Land, as_: As, engine: Engine) -> None:
    answer = stored(as_("hq"), feature("HZ01", HALF), effective="2026-05-04T08:29")
    assert (answer.status_code, answer.json["code"]) == (422, "effective_in_the_past")
    assert changed(engine) == []


def upload(visitor: Visitor, name: str, content: bytes) -> Any:
    form = {"file": (io.BytesIO(content), name)}
    headers = {"X-CSRF-Token": visitor.token("/areas"), "Accept": "application/json"}
    return visitor.client.post("/areas/upload", data=form, headers=headers, content_type="multipart/form-data")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_file_becomes_a_proposal_and_is_not_stored(land: Land, as_: As, engine: Engine) -> None:
    visitor, before = as_("hq"), rows(engine, geo.areas)
    answer = upload(
        visitor, "新范围.geojson", json.dumps(collection(feature("HZ01", HALF), feature("XJ02", REST))).encode()
    )
    told = answer.json
    assert [one["code"] for one in told["proposed"]] == [one["code"] for one in told["present"]] == ["HZ01", "XJ02"]
    assert told["box"] == [120.0, 30.0, 120.1, 30.1] and told["version"] == loaded(visitor)
    assert told["proposed"][0]["parts"] == [[HALF]] and told["present"][0]["name"] == "西湖网点"
    wkt = "station,wkt\nHZ03," + '"POLYGON((120 30,120.1 30,120.1 30.1,120 30))"\n'
    assert upload(visitor, "a.csv", wkt.encode()).json["proposed"][0]["code"] == "HZ03"
    assert rows(engine, geo.areas) == before and changed(engine) == []


FILES: list[tuple[str, bytes, str]] = (
    [("a.txt", b"x", "areas"), ("a.geojson", b"{", "areas"), ("a.zip", b"PK\x03\x04", "areas"), 
     ("a.csv", b"\xff", "features.1"),
     ("a.geojson", json.dumps(collection()).encode(), "file"), ("", b"", "file"),
     ("a.geojson", json.dumps(collection(feature("nobody", HALF))).encode(), "stations")]
)  # fmt: skip


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_file_that_cannot_be_used_is_a_problem(land: Land, as_: As) -> None:
    visitor = as_("hq")
    for name, content, field in FILES:
        answer = upload(visitor, name, content)
        assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, field), name
    assert seen(visitor)["total"] == 7

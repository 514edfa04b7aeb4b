"""What two people, or one person twice, may do to each other's changes of areas: nothing unseen (issue 4, B-88)."""

import io
import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import unquote

import pytest
from sqlalchemy import Engine, select

from storage.session import reading
from storage.tables import geo
from storage.tables.people import audit
from tests.web.conftest import Visitor
from tests.web.console.areas_calls import collection, feature, loaded, seen, send, square, stations, stored
from tests.web.console.conftest import Land, local
from web.console import areas, areas_edit
from web.console.areas_data import Held

As = Callable[[str], Visitor]
HALF = [[120.0, 30.0], [120.05, 30.0], [120.05, 30.1], [120.0, 30.1], [120.0, 30.0]]
REST = [[120.05, 30.0], [120.1, 30.0], [120.1, 30.1], [120.05, 30.1], [120.05, 30.0]]


def changed(engine: Engine) -> list[Any]:
    query = select(geo.area_changes).where(geo.area_changes.c.source == "console").order_by(geo.area_changes.c.id)
    with reading(engine) as conn:
        return list(conn.execute(query))


def check(visitor: Visitor, *features: Any, **more: Any) -> Any:
    named = sorted({one["properties"]["station"] for one in features})
    return send(visitor, "/areas/check", collection(*features, **({"stations": named} | more))).json


def test_a_key_with_other_content_is_another_form(land: Land, as_: As, engine: Engine) -> None:
    """What was not stored is not told to be: another shape, another day, other stations, another person."""
    land.clock.at = local("12:00")
    visitor = as_("hq")
    base = loaded(visitor)
    first = stored(visitor, feature("HZ01", HALF), loaded=base)
    changes: list[dict[str, Any]] = [{}, {"effective": "2026-12-01T00:00"}, {"note": "另一件事"}]
    for more in changes:
        answer = stored(visitor, feature("HZ01", REST), loaded=base, **more)
        assert (answer.status_code, answer.json["code"]) == (409, "version_conflict"), more
    assert stored(visitor, feature("HZ01", HALF), loaded=base, effective="2027-01-01T00:00").status_code == 409
    assert stored(as_("admin"), feature("HZ01", HALF), loaded=base).status_code == 409
    assert stored(visitor, feature("XJ01", square(87.5, 43.8)), loaded=base).json["change"] != first.json["change"]
    assert [row.stations for row in changed(engine)] == [["HZ01"], ["XJ01"]]


def test_the_same_form_later_is_told_as_it_was_stored(land: Land, as_: As, engine: Engine) -> None:
    visitor = as_("hq")
    base = loaded(visitor)
    first = stored(visitor, feature("HZ01", HALF), loaded=base, effective="2026-05-04T08:40")
    assert "自 2026-05-04 08:40 起生效" in first.json["told"]
    land.clock.at = local("08:45")
    again = stored(visitor, feature("HZ01", HALF), loaded=base, effective="2026-05-04T08:40")
    number = first.json["change"]
    assert again.json == {"change": number, "told": f"已保存版本 #{number}:1 个网点,已生效 / in force"}
    with reading(engine) as conn:
        assert len(conn.execute(select(audit).where(audit.c.what == "areas_changed")).all()) == 1


def links(visitor: Visitor, path: str) -> list[str]:
    found = re.findall(r'href="/areas\?at=([^&"]*)', visitor.get(path).text)
    return [unquote(one) for one in found]


def test_vio_2_the_map_of_a_version_is_the_map_after_it(land: Land, as_: As) -> None:
    """Also when it began half a second after a full one; what held since ever is shown until its last instant."""
    land.clock.at = local("12:00") + timedelta(microseconds=500_000)
    visitor = as_("hq")
    assert stored(visitor, feature("HZ01", HALF)).status_code == 200
    land.clock.at = local("12:10")
    (at,) = links(visitor, "/areas/versions")
    assert at == "2026-05-04T12:00:00.500000+08:00"
    assert stations(visitor, at=at)["HZ01"]["parts"] == [[HALF]]
    now, before = links(visitor, "/areas/versions?station=HZ01")
    assert now == at and stations(visitor, at=before)["HZ01"]["parts"] != [[HALF]]
    assert 'data-at="2026-05-04T04:00:00.500000+00:00"' in visitor.client.get("/areas", query_string={"at": at}).text


def upload(visitor: Visitor) -> Any:
    file = (io.BytesIO(json.dumps(collection(feature("HZ01", REST))).encode()), "a.geojson")
    headers = {"X-CSRF-Token": visitor.token("/areas"), "Accept": "application/json"}
    return visitor.client.post("/areas/upload", data={"file": file}, headers=headers).json


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize("module", [areas, areas_edit])
def test_areas_are_never_older_than_the_version_told(
    land: Land, as_: As, monkeypatch: pytest.MonkeyPatch, module: Any
) -> None:
    """Somebody stores between the two readings: the version told must not hide it."""
    one, other = as_("hq"), as_("admin")
    token, base = other.token("/areas"), loaded(other)
    real: Any = areas.held_at
    done: list[int] = []

    def held_at(conn: Any, network: Any, at: Any) -> list[Held]:
        found: list[Held] = real(conn, network, at)
        if not done:
            more = {"effective": "", "note": "快", "key": "form-bbbb", "loaded": base, "checked": base}
            body = collection(feature("HZ01", HALF), stations=["HZ01"], **more)
            done.append(send(other, "/areas/store", body, token).status_code)
        return found

    monkeypatch.setattr(module, "held_at", held_at)
    told = seen(one)["version"] if module is areas else upload(one)["version"]
    assert done == [200]
    assert stored(one, feature("HZ01", square(120.0, 30.0, 0.11)), loaded=told).status_code == 409


def test_a_neighbour_changed_since_the_check(land: Land, as_: As, engine: Engine) -> None:
    """What was looked at must be what is stored: also when another's area came, or went, beside it."""
    one, other = as_("hq"), as_("admin")
    wide = [[120.0, 30.0], [120.3, 30.0], [120.3, 30.1], [120.0, 30.1], [120.0, 30.0]]
    west = feature("HZ02", [[120.15, 30.0], [120.3, 30.0], [120.3, 30.1], [120.15, 30.1], [120.15, 30.0]])
    told, base = check(other, west), loaded(other)
    assert told["version"] == base and told["overlaps"] == []
    land.clock.at = local("08:40")
    assert stored(one, feature("HZ01", wide), loaded=base, key="form-aaaa").status_code == 200
    refused = stored(other, west, loaded=base, checked=told["version"], key="form-bbbb")
    assert (refused.status_code, refused.json["code"]) == (409, "check_again")
    assert "HZ01" in refused.json["detail"] and "总部赵敏" in refused.json["detail"]
    again = check(other, west)
    assert [found["stations"] for found in again["overlaps"]] == [["西湖网点", "拱墅一网点"]]
    assert stored(other, west, loaded=base, checked=again["version"], key="form-bbbb").status_code == 200
    land.clock.at = local("08:50")
    base = loaded(one)
    assert stored(one, feature("HZ01", HALF), key="form-cccc").status_code == 200  # it goes
    assert stored(other, west, loaded=base, key="form-dddd").json["code"] == "check_again"
    assert stored(other, feature("XJ01", square(87.5, 43.8)), loaded=base, key="form-eeee").status_code == 200  # far
    assert len(changed(engine)) == 4


def test_a_neighbour_planned_since_the_check(land: Land, as_: As) -> None:
    one, other = as_("hq"), as_("admin")
    base = loaded(one)
    plan = feature("XJ01", square(120.15, 30.0))
    assert stored(one, plan, effective="2026-12-01T00:00", key="form-aaaa").status_code == 200
    assert stored(other, feature("HZ01", HALF), loaded=base, key="form-bbbb").status_code == 200  # beside nobody's
    answer = stored(other, feature("HZ02", square(120.2, 30.0)), loaded=base, key="form-cccc")
    assert answer.json["code"] == "check_again"


def test_b_88_a_check_says_already_that_orders_are_open(land: Land, as_: As) -> None:
    land.order("KD1", local("09:00"))
    (problem,) = check(as_("hq"), stations=["HZ01"])["problems"]
    assert problem["code"] == "has_open_orders" and "HZ01" in problem["cause"] and problem["place"] is None
    assert check(as_("hq"), stations=["HZ03"])["problems"] == []


def test_what_falls_out_of_a_plan_and_what_stays(land: Land, as_: As) -> None:
    visitor = as_("hq")
    both = (feature("HZ01", HALF), feature("HZ02", REST))
    plan = stored(visitor, *both, effective="2026-12-01T00:00", note="两网点换界").json["change"]
    text = visitor.get("/areas/versions").text
    assert text.count("两网点换界") == 1 and "已被取代" not in text  # once: planned
    (told,) = check(visitor, feature("HZ01", HALF))["planned"]
    names = {"falls": ["西湖网点 HZ01"], "stays": ["拱墅一网点 HZ02"]}
    assert told == {"change": plan, "since": "2026-12-01 00:00", **names}
    land.clock.at = local("08:40")
    assert stored(visitor, feature("HZ01", square(120.0, 30.0)), key="form-0002").status_code == 200
    text = visitor.get("/areas/versions").text
    assert text.count("两网点换界") == 1 and re.search(r"<s>西湖网点 .{0,60}</s></a> <span[^>]*>已被取代", text)
    assert text.count("已被取代") == 1 and "<s>拱墅一网点" not in text
    assert stored(visitor, feature("HZ02", square(120.2, 30.0)), key="form-0003").status_code == 200
    text = visitor.get("/areas/versions").text
    assert text.count("两网点换界") == 1 and text.count("已被取代") == 2 and "计划中" not in text  # nothing is to come


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_role_1_who_may_not_see_orders_sees_how_many_move(land: Land, as_: As) -> None:
    """ROLE-1, ROLE-2: and nobody sees at whose door."""
    land.order("KD777", local("09:00"), lng=120.0712345, lat=30.0712345)
    admin, hq = as_("admin"), as_("hq")
    few, more = (check(one, feature("HZ01", HALF))["preview"] for one in (admin, hq))
    assert few["orders"] == [] and (few["looked_at"], few["moved"], few["pairs"]) == (1, 1, more["pairs"])
    (order,) = more["orders"]
    assert (order["number"], order["point"]) == ("KD777", [120.071, 30.071])


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_b_87_what_overlapped_before_is_not_this_changes(land: Land, as_: As) -> None:
    """HZ02 and HZ03 overlap already."""
    visitor = as_("hq")
    (held,) = stations(visitor)["HZ02"]["parts"]
    assert check(visitor, feature("HZ02", *held))["overlaps"] == []
    (over,) = check(visitor, feature("HZ02", *held), feature("HZ02", square(120.35, 30.0, 0.01)))["overlaps"]
    assert 0.9 < over["km2"] < 1.2  # the new part alone


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_first_view_is_where_most_of_ones_areas_are(land: Land, as_: As) -> None:
    west, _, east, _ = seen(as_("hq"))["box"]
    assert 119 < west < east < 121  # not all the way to Xinjiang
    west, _, east, _ = seen(as_("xinjiang"))["box"]
    assert 87 < west < east < 88

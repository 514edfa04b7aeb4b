"""服务范围: who sees which areas, as of when, on one map (ROLE-1, VIO-2); looking changes nothing."""

from collections.abc import Callable
from typing import Any

import pytest
import shapely
from flask import Flask
from sqlalchemy import Engine, func, insert, select

from basics.settings import SettingsError, from_environ
from storage.session import reading, writing
from storage.tables import geo
from storage.tables.people import audit
from tests.web.conftest import Visitor
from tests.web.console.areas_calls import feature, seen, send, square, stations, stored
from tests.web.console.conftest import Land, local
from web.console import areas_data
from web.services import WebSettings

As = Callable[[str], Visitor]
GETS = ("/areas", "/areas/data", "/areas/find?q=HZ", "/areas/versions", "/areas/findings")
POSTS = ("/areas/split", "/areas/merge", "/areas/check", "/areas/upload", "/areas/store")
SEES = {"hz01": 4, "zhejiang": 4, "hq": 5, "admin": 5, "finance": 0}  # so many of GETS, from the left


@pytest.mark.parametrize("login", SEES)
def test_role_1_b_116_who_sees_and_who_changes(land: Land, as_: As, engine: Engine, login: str) -> None:
    """ROLE-1"""
    visitor = as_(login)
    assert [visitor.get(path).status_code for path in GETS] == [200] * SEES[login] + [403] * (5 - SEES[login])
    manages = login in ("hq", "admin")
    token = visitor.token("/weekly" if login == "finance" else "/areas")
    answers = [send(visitor, path, {"type": "FeatureCollection", "features": []}, token).status_code for path in POSTS]
    assert all((answer != 403) is manages for answer in answers), answers
    with reading(engine) as conn:
        denied = conn.execute(select(audit.c.subject).where(audit.c.what == "forbidden")).scalars().all()
    assert len(denied) == (0 if manages else len(POSTS) + 5 - SEES[login])


def test_b_89_no_request_without_the_token_of_this_session(land: Land, as_: As, engine: Engine) -> None:
    visitor, other = as_("hq"), as_("admin").token("/areas")
    body = {"type": "FeatureCollection", "features": [feature("HZ01", square(120.0, 30.0))], "stations": ["HZ01"]}
    for path in POSTS:
        for token in ("", "0" * 64, other):
            answer = send(visitor, path, body, token)
            assert (answer.status_code, answer.json["code"]) == (403, "csrf_failed"), path
        assert visitor.client.post(path, json=body).status_code == 403  # no token at all
    with reading(engine) as conn:
        assert conn.execute(select(func.count()).select_from(geo.area_changes)).scalar_one() == 1


def test_role_1_each_sees_its_own_areas_and_a_station_its_neighbours_outline(land: Land, as_: As) -> None:
    """B-118: a level-2 station sees its parent beside it, no more of it than where it is."""
    everything = {"HZ01", "HZ01A", "HZ02", "HZ03", "HZ09", "XJ01", "XJ02"}
    assert stations(as_("hq")).keys() == stations(as_("admin")).keys() == everything
    assert stations(as_("zhejiang")).keys() == {"HZ01", "HZ01A", "HZ02", "HZ03", "HZ09"}
    assert stations(as_("xinjiang")).keys() == {"XJ01", "XJ02"}
    house = stations(as_("hz01"))
    assert {code: one["mine"] for code, one in house.items()} == {"HZ01": True, "HZ01A": True}
    beside = stations(as_("hz02"))
    assert {code: one["mine"] for code, one in beside.items()} == {"HZ02": True, "HZ03": False}
    assert beside["HZ03"].keys() == {"code", "name", "level", "parent", "mine", "parts"}
    contracted = stations(as_("hz01a"))
    assert {code: one["mine"] for code, one in contracted.items()} == {"HZ01A": True, "HZ01": False}


@pytest.mark.parametrize(("login", "found"), [("hq", ["HZ02", "HZ03"]), ("hz02", ["HZ02"]), ("xinjiang", [])])
def test_role_1_one_finds_stations_of_ones_scope(land: Land, as_: As, login: str, found: list[str]) -> None:
    answer: Any = as_(login).client.get("/areas/find", query_string={"q": "拱墅"}).json
    assert [one["code"] for one in answer["stations"]] == found
    assert all(len(one["box"]) == 4 for one in answer["stations"])


def test_a_view_holds_what_its_box_touches_with_all_parts_of_a_station(land: Land, as_: As) -> None:
    visitor = as_("hq")
    far = feature("HZ01", square(121.0, 31.0))
    assert stored(visitor, feature("HZ01", square(120.0, 30.0)), far).status_code == 200
    inside = stations(visitor, box="120.5,30.5,121.05,31.05")
    assert inside.keys() == {"HZ01"} and len(inside["HZ01"]["parts"]) == 2
    assert stations(visitor, box="100,20,101,21") == {}
    assert stations(visitor, station="XJ01").keys() == {"XJ01", "XJ02"}  # they touch
    assert stations(visitor, station="nobody") == {}
    for bad in ("1,2,3", "a,b,c,d", "nan,1,2,3", "120,30,119,31", "1e400,0,1,1", "0,0,0,0"):
        assert visitor.client.get("/areas/data", query_string={"box": bad}).status_code == 422, bad


def test_a_view_of_too_much_says_so_and_shows_what_is_nearest(
    land: Land, as_: As, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(areas_data, "MOST_POLYGONS", 2)
    answer = seen(as_("hq"), box="119,29,121,31")
    assert (answer["shown"], answer["total"]) == (2, 5)
    assert [one["code"] for one in answer["stations"]] == ["HZ01", "HZ01A"]  # 120, 30 is in the middle


def test_district_outlines_come_with_the_view_when_shapes_are_there(land: Land, as_: As, engine: Engine) -> None:
    visitor = as_("zhejiang")
    assert seen(visitor)["districts"] == []
    around = shapely.Point(120.05, 30.05).buffer(0.2, quad_segs=5_000)
    row = {"adcode": "330106", "name": "西湖区", "wkb": shapely.to_wkb(around), "imported_at": local("08:30")}
    with writing(engine) as conn:
        conn.execute(insert(geo.district_shapes), [row])
        conn.execute(geo.network_version.update().values(version=geo.network_version.c.version + 1))
    (outline,) = seen(visitor)["districts"]
    assert (outline["adcode"], outline["name"]) == ("330106", "西湖区")
    assert 20 < len(outline["parts"][0][0]) < 1_000  # thinned
    found: Any = visitor.client.get("/areas/find", query_string={"q": "西湖"}).json
    assert [one["code"] for one in found["districts"]] == ["330106"]


def test_vio_2_the_map_as_it_was_and_as_it_will_be_is_read_only(land: Land, as_: As) -> None:
    land.clock.at = local("12:00")
    visitor = as_("hq")
    assert stored(visitor, feature("HZ02", square(120.2, 30.0, 0.05)), effective="2026-06-01T00:00").status_code == 200
    assert stations(visitor)["HZ02"]["since"] == ""
    later = stations(visitor, at="2026-06-01T00:00")["HZ02"]
    assert later["since"] == "2026-06-01 00:00" and later["change"] > 1
    assert stations(visitor, at="2026-05-31T23:59:59+08:00")["HZ02"]["parts"] == stations(visitor)["HZ02"]["parts"]
    page = visitor.get("/areas?at=2026-06-01T00:00").text
    assert "只读" in page and "2026-06-01 00:00:00" in page
    assert 'id="tool-draw"' not in page and "data-store" not in page and 'id="tool-draw"' in visitor.get("/areas").text
    for bad in ("yesterday", "2026-13-01", "9999-01-01", "2026-06-01T00:00%2B25:00", "0001-01-01"):
        assert visitor.get(f"/areas?at={bad}").status_code == 422, bad


def test_who_only_looks_gets_no_tools(land: Land, as_: As) -> None:
    for login in ("hz01", "zhejiang"):
        page = as_(login).get("/areas").text
        assert "data-store" not in page and "areas_tools.js" not in page and "data-orders" not in page


def test_no_image_comes_from_elsewhere_unless_a_map_is_set(land: Land, as_: As) -> None:
    assert "img-src 'self' data:" in as_("hq").get("/areas").headers["Content-Security-Policy"]


class TestWithTiles:
    @pytest.fixture
    def settings(self) -> WebSettings:
        return WebSettings(tile_url="https://{s}.tiles.example:8443/{z}/{x}/{y}.png")

    def test_that_host_alone_may_give_images_and_on_the_map_alone(self, land: Land, as_: As) -> None:
        visitor = as_("hq")
        answer = visitor.get("/areas")
        policy = answer.headers["Content-Security-Policy"]
        assert "img-src https://*.tiles.example:8443 'self' data:;" in policy and "default-src 'self';" in policy
        assert 'data-tiles="https://{s}.tiles.example:8443/{z}/{x}/{y}.png"' in answer.text
        assert "tiles.example" not in visitor.get("/areas/versions").headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("url", "fine"),
    [("", True), ("https://t.example/{z}/{x}/{y}.png", True), ("http://{s}.t.example:81/?x={x}&y={y}&z={z}", True),
     ("https://t.example/{z}/{x}.png", False), ("//t.example/{z}/{x}/{y}", False), ("ftp://t/{z}{x}{y}", False),
     ("https://a;script-src *;/{z}/{x}/{y}", False), ("https://t.example/{z}/{x}/{y} x", False),
     ("https://t.example/{z}/{x}/{y}{r}.png", False), ("https://t.example/{z}/{x}/{y}/{", False),
     ("https://t.example/{z}/{x}/{y}}", False), ("https://t.example/{s}/{z}/{x}/{y}", True),
     ("https://t.example/{z}/{x}/{y}\n", False), ("https://*/{z}/{x}/{y}", False), ("https://a@b/{z}/{x}/{y}", False)],
)  # fmt: skip
def test_the_address_of_tiles_may_not_loosen_the_policy(url: str, fine: bool) -> None:
    env = {"LANSHOU_TILE_URL": url}
    if fine:
        assert from_environ(env).tile_url == url
    else:
        with pytest.raises(SettingsError, match="LANSHOU_TILE_URL"):
            from_environ(env)


def test_versions_newest_first_planned_on_top_each_in_its_scope(land: Land, as_: As) -> None:
    """VIO-2, ROLE-1"""
    land.clock.at = local("12:00")
    visitor = as_("hq")
    first = stored(visitor, feature("HZ02", square(120.2, 30.0, 0.05)), note="<b>缩小</b>").json["change"]
    plan = stored(
        visitor, feature("XJ01", square(87.5, 43.8, 0.05)), effective="2026-12-01T00:00", key="form-0002"
    ).json["change"]
    text = visitor.get("/areas/versions").text
    assert text.index("计划中") < text.index(f"#{plan}") < text.index(f"#{first}")
    assert "总部赵敏" in text and "&lt;b&gt;缩小" in text and "<b>缩小" not in text
    assert "/areas?at=2026-12-01T00:00:00%2B08:00&amp;station=XJ01" in text
    here = as_("zhejiang").get("/areas/versions").text
    assert f"#{first}" in here and "天山网点" not in here and "计划中" not in here
    one = visitor.get("/areas/versions?station=HZ02").text
    assert "至今" in one and one.count("<tr>") == 3  # the head, what was, what is
    for path in ("?station=XJ01", "?station=nobody"):
        assert as_("zhejiang").get(f"/areas/versions{path}").status_code == 404
    for bad in ("x", "-1", "٣", "9" * 30):
        assert visitor.get(f"/areas/versions?before={bad}").status_code == 422


def test_b_109_looking_changes_nothing(land: Land, as_: As, engine: Engine) -> None:
    def state() -> list[Any]:
        tables = (geo.areas, geo.area_changes, geo.network_version, geo.area_findings, audit)
        with reading(engine) as conn:
            return [conn.execute(select(table)).all() for table in tables]

    visitor = as_("hq")
    before = state()
    for path in (*GETS, "/areas?at=2026-05-01", "/areas?station=HZ01", "/areas/versions?station=HZ01"):
        answer = visitor.get(path)
        assert answer.status_code == 200 and answer.headers["Cache-Control"] == "no-store"
    assert state() == before


def test_holes_are_drawn(app: Flask) -> None:
    hole = shapely.Polygon(square(120, 30), [square(120.02, 30.02, 0.01)])
    assert [len(part) for part in areas_data.rings(hole)] == [2]
    assert areas_data.rings(shapely.MultiPolygon([hole, shapely.box(121, 30, 122, 31)]))[1][0][0] == [122.0, 30.0]
    assert areas_data.around([(1, 2, 3, 4), (0, 5, 2, 6)]) == (0, 2, 3, 6)

"""The notice on the screen (NOTICE-1): published once, frozen, read and said so; details within one's scope only."""

import csv
import io
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import event, select, update

from notify.actions import add_contact
from notify.queries import inbox
from penalties.actions import Change, change
from penalties.lifecycle import CONFIRM, OVERTURN
from penalties.noticing.actions import publish_notice
from rulebook.book import packaged
from storage.session import reading, writing
from storage.tables.geo import stations
from storage.tables.notify import deliveries
from storage.tables.penalties import notice_items, notices
from tests.web.conftest import Visitor
from tests.web.console.conftest import Land, local

WEEK, PAGE = "2026-W19", "/notices/2026-W19"
MONDAY = local("08:00", "2026-05-11")
ROBOT = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=693a91f6-7bbb-4bc4-97a0-0ec2a1fa5aaa"
As = Callable[[str], Visitor]


def confirm(land: Land, *ids: int, act: str = CONFIRM) -> None:
    with writing(land.engine) as conn:
        changes = [Change(one, act, land.clock.at, "总部赵敏", "查实") for one in ids]
        assert change(conn, changes, land.clock.at) == [None] * len(ids)


@pytest.fixture
def ids(land: Land) -> dict[str, int]:
    """Of the week before: late acceptances of HZ01, of its contracted area, of HZ02, and one in Xinjiang; confirmed."""
    for number, place in (("KD1", "HZ01"), ("KD2", "HZ01A"), ("KD3", "HZ02"), ("KD4", "XJ01")):
        land.order(number, local("10:00", "2026-05-06"), place)
    land.sweep(local("14:00", "2026-05-06"))
    found = [one for one, kind, _ in land.cases() if kind == "V-ACCEPT"]
    assert len(found) == 4
    land.clock.at = MONDAY
    confirm(land, *found)
    return dict(zip(("KD1", "KD2", "KD3", "KD4"), found, strict=True))


def publish(land: Land, week: str = WEEK) -> object:
    with writing(land.engine) as conn:
        return publish_notice(conn, week, land.clock.at, "总部赵敏", None, packaged())


def test_notice_1_hq_sees_it_before_and_publishes_it_once(land: Land, ids: dict[str, int], as_: As) -> None:
    hq = as_("hq")
    assert "尚未发布" in hq.get("/notices").text
    preview = hq.get(PAGE).text
    assert "发布 TB-2026-W19" in preview and "KD1" not in preview and inbox_of(land, "HZ01") == []
    done = hq.post(f"{PAGE}/publish", {"number": "0"}, "/rulebook")
    assert (done.status_code, done.location) == (303, PAGE)
    again = hq.post(f"{PAGE}/publish", {"number": "0"}, "/rulebook", headers={"Accept": "application/json"})
    assert again.status_code == 409 and again.json is not None and again.json["code"] == "already_published"
    empty = hq.post(f"{PAGE}/publish", {"number": "1"}, "/rulebook")
    assert empty.status_code == 409 and "没有新的变化" in empty.text
    with reading(land.engine) as conn:
        rows = conn.execute(select(notices)).all()
        assert [(row.number, row.published_by) for row in rows] == [(0, "总部赵敏")]
        assert len(conn.execute(select(notice_items)).all()) == 4
    page = hq.get(PAGE).text
    assert "可申诉至 <strong>2026-05-15 零点" in page and "尚未发布" not in page
    assert "尚未发布" not in hq.get("/notices").text


REFUSED = [
    ("2026-W20", {"number": "0"}, 422), ("2026-W19", {}, 422), ("2026-W19", {"number": "-1"}, 422),
    ("2026-W19", {"number": "7"}, 409), ("2026-W60", {"number": "0"}, 404), ("2026", {"number": "0"}, 404),
    ("2026-w19", {"number": "0"}, 404),
]  # fmt: skip


def test_notice_1_what_is_not_published(land: Land, ids: dict[str, int], as_: As) -> None:
    hq = as_("hq")
    for week, form, status in REFUSED:
        assert hq.post(f"/notices/{week}/publish", form, "/rulebook").status_code == status, (week, form)
    with reading(land.engine) as conn:
        assert conn.execute(select(notices)).all() == []


def test_role_1_only_hq_publishes(land: Land, ids: dict[str, int], as_: As) -> None:
    for login in ("hz01", "zhejiang", "finance", "admin"):
        visitor = as_(login)
        assert visitor.post(f"{PAGE}/publish", {"number": "0"}, "/rulebook").status_code == 403
        assert visitor.get(PAGE).status_code == (403 if login == "admin" else 404), "no preview for them"


def inbox_of(land: Land, station: str) -> list[tuple[str, str | None]]:
    with reading(land.engine) as conn:
        return [(row.key, row.read_by) for row in inbox(conn, ("station", station)).rows]


def test_notice_1_opening_it_is_reading_it(land: Land, ids: dict[str, int], as_: As) -> None:
    publish(land)
    key = "notice:TB-2026-W19:station:"
    assert inbox_of(land, "HZ01") == [(f"{key}HZ01", None)]
    land.clock.forward(hours=1)
    station = as_("hz01")
    station.client.head(PAGE)
    assert inbox_of(land, "HZ01") == [(f"{key}HZ01", None)], "asking for its head is not reading it"
    assert station.get("/notices").status_code == 200 and inbox_of(land, "HZ01") == [(f"{key}HZ01", None)]
    station.get(PAGE)
    assert inbox_of(land, "HZ01") == [(f"{key}HZ01", "西湖王芳")]
    as_("hz01a").get(PAGE)
    assert inbox_of(land, "HZ01A") == [(f"{key}HZ01A", "承包李伟")] and inbox_of(land, "HZ02")[0][1] is None
    hq = as_("hq")
    assert "2 / 4" in hq.get("/notices").text
    page = hq.get(PAGE).text
    assert page.count("已送达,未读") == 5 and "西湖王芳" in page, "HZ02, XJ01, two provinces, and HQ itself"
    with reading(land.engine) as conn:
        (own,) = inbox(conn, ("hq", "")).rows
        (province,) = inbox(conn, ("province", "浙江省")).rows
    assert own.read_at is None and province.read_at is None


def test_notice_1_letters_are_shown_without_a_robot_s_key(land: Land, ids: dict[str, int], as_: As) -> None:
    with writing(land.engine) as conn:
        for way, address in (("wecom", ROBOT), ("sms", "13812345678")):
            add_contact(conn, ("station", "HZ01"), way, address, [], "test", land.clock.at)
    publish(land)
    page = as_("hq").get(PAGE).text
    assert "企业微信群" in page and "****5aaa" in page and "未设置发送方式" in page
    assert "693a91f6" not in page and "13812345678" not in page
    with reading(land.engine) as conn:
        assert {row.way: row.state for row in conn.execute(select(deliveries))} == {"wecom": "parked", "sms": "parked"}


def test_role_1_figures_are_for_everybody_and_details_for_ones_own(land: Land, ids: dict[str, int], as_: As) -> None:
    publish(land)
    seen = {
        "hz01": ("KD1", "KD2"), "hz01a": ("KD2",), "hz02": ("KD3",), "zhejiang": ("KD1", "KD2", "KD3"),
        "xinjiang": ("KD4",), "hq": ("KD1", "KD2", "KD3", "KD4"), "finance": ("KD1", "KD2", "KD3", "KD4"),
    }  # fmt: skip
    for login, numbers in seen.items():
        visitor = as_(login)
        page, listed = visitor.get(PAGE).text, visitor.get(f"{PAGE}/items").text
        table = list(csv.reader(io.StringIO(visitor.get(f"{PAGE}.csv").text.lstrip("\ufeff"))))
        assert "浙江省" in page and "新疆维吾尔自治区" in page and "400.00 元" in page
        for number in ids:
            assert (number in listed) is (number in numbers), (login, number)
            assert (number in page) is (number in numbers and login.startswith("hz")), (login, number)
        assert [row[9] for row in table[1:]] == list(numbers)
        assert "欧阳明月" not in page + listed and "13812345678" not in page + listed


def test_notice_1_every_figure_opens_the_rows_behind_it(land: Land, ids: dict[str, int], as_: As) -> None:
    publish(land)
    hq, station = as_("hq"), as_("hz02")
    link = f"{PAGE}/items?number=0&amp;province=%E6%B5%99%E6%B1%9F%E7%9C%81&amp;kind=V-ACCEPT"
    assert f'<a href="{link}">3</a>' in hq.get(PAGE).text and link not in station.get(PAGE).text
    for query, numbers in {
        "number=0&province=浙江省&kind=V-ACCEPT": {"KD1", "KD2", "KD3"}, "station=HZ01": {"KD1"},
        "kind=V-PICKUP": set(), "state=overturned": set(), "state=confirmed": set(ids), "province=江苏省": set(),
    }.items():  # fmt: skip
        page = hq.get(f"{PAGE}/items?{query}").text
        assert {number for number in ids if f">{number}<" in page} == numbers, query
    assert "KD1" not in station.get(f"{PAGE}/items?station=HZ01").text
    for query, status in {
        "number=1": 404,
        "state=dismissed": 422,
        "after=x": 422,
        "after=99999999999999999999": 422,
    }.items():
        assert hq.get(f"{PAGE}/items?{query}").status_code == status


def test_notice_1_a_supplement_stands_below_and_changes_no_figure(land: Land, ids: dict[str, int], as_: As) -> None:
    publish(land)
    hq = as_("hq")
    land.clock.forward(minutes=10)
    confirm(land, ids["KD1"], act=OVERTURN)
    before = hq.get(f"{PAGE}/items").text.partition("page-header")[2]
    assert "TB-2026-W19-1</strong> 尚未发布" in hq.get(PAGE).text
    assert hq.post(f"{PAGE}/publish", {"number": "1"}, "/rulebook").status_code == 303
    page = as_("hz01").get(PAGE).text
    assert page.index('id="TB-2026-W19"') < page.index('id="TB-2026-W19-1"')
    assert "至今合计:确认 <strong>3</strong> 起,罚款 <strong>300.00 元" in page
    assert hq.get(f"{PAGE}/items").text.partition("page-header")[2] == before, "as it was told"
    assert "KD1" in hq.get(f"{PAGE}/items?number=1&state=overturned").text
    assert [key for key, _ in inbox_of(land, "HZ01")] == [
        "notice:TB-2026-W19-1:station:HZ01", "notice:TB-2026-W19:station:HZ01",
    ]  # fmt: skip
    assert inbox_of(land, "HZ02") == [("notice:TB-2026-W19:station:HZ02", None)], "it is no concern of theirs"


def test_notice_1_a_week_without_violations(land: Land, as_: As) -> None:
    land.clock.at = MONDAY
    assert "还没有通报" in as_("hz01").get("/notices").text
    assert as_("hq").post(f"{PAGE}/publish", {"number": "0"}, "/rulebook").status_code == 303
    assert "没有已确认的违规" in as_("hz01").get(PAGE).text
    assert as_("zhejiang").get(f"{PAGE}.csv").status_code == 200
    assert as_("hq").get("/notices?before=x").status_code == 422
    with reading(land.engine) as conn:
        assert len(inbox(conn, ("province", "浙江省")).rows) == 1


def test_notice_1_sunday_s_last_microsecond_belongs_to_the_old_week(land: Land, as_: As) -> None:
    """Due at Sunday 23:59:59.999999, and at Monday 00:00:00."""
    sunday = local("23:59:59.999999", "2026-05-10")
    for number, at in (("KD8", sunday), ("KD9", sunday + timedelta(microseconds=1))):
        created = at - timedelta(hours=16)
        land.order(number, created)
        land.accept(number, "HZ01", created)
    land.sweep(local("01:00", "2026-05-11"))
    confirm(land, *[one for one, kind, _ in land.cases() if kind == "V-PICKUP"])
    publish(land)
    listed = as_("hz01").get(f"{PAGE}/items").text
    assert "KD8" in listed and "KD9" not in listed


def test_notice_1_the_pack_says_who_was_told_and_read_it(land: Land, ids: dict[str, int], as_: As) -> None:
    """Of a contracted area: it and its level-1 house; each way, and nobody's number in it."""
    with writing(land.engine) as conn:
        add_contact(conn, ("station", "HZ01"), "wecom", ROBOT, [], "test", land.clock.at)
    publish(land)
    land.clock.forward(minutes=5)
    as_("hz01a").get(PAGE)
    pack = as_("hq").get(f"/violations/{ids['KD2']}/pack.json").json
    assert pack is not None
    [notice] = pack["contents"]["notices"]
    named = ("way", "state", "read_by", "read_at", "address")
    assert [tuple(way[name] for name in named) for way in notice["deliveries"]] == [
        ("inbox", "read", "承包李伟", "2026-05-11T08:05:00+08:00", ""),
        ("inbox", "sent", "", "", ""),
        ("wecom", "parked", "", "", "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=****5aaa"),
    ]  # fmt: skip
    page = as_("hz01").get(f"/violations/{ids['KD2']}/pack").text
    assert "站内消息已读" in page and "承包李伟" in page and "693a91f6" not in page


def test_notice_1_names_and_provinces_stay_as_they_were_told(land: Land, ids: dict[str, int], as_: As) -> None:
    publish(land)
    before = as_("hq").get(f"{PAGE}.csv").text
    with writing(land.engine) as conn:
        conn.execute(update(stations).where(stations.c.code == "HZ02").values(name="新名网点", province="江苏省"))
    assert as_("hq").get(f"{PAGE}.csv").text == before


def test_notice_1_the_list_reads_no_texts_to_count(land: Land, ids: dict[str, int], as_: As) -> None:
    publish(land)
    hq, asked = as_("hq"), []
    event.listen(land.engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    hq.get("/notices")
    assert asked and not [one for one in asked if "messages.text" in one]


def test_notice_1_a_mistyped_year_is_not_offered(land: Land, ids: dict[str, int], as_: As) -> None:
    hq = as_("hq")
    assert "发布 TB-2006-W19" not in hq.get("/notices/2006-W19").text
    assert hq.post("/notices/2006-W19/publish", {"number": "0"}, "/rulebook").status_code == 422

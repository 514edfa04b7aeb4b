"""The evidence pack (VIO-2 to VIO-4): one for each kind, the same for everybody, without a customer in it (ROLE-2)."""

import hashlib
import json
import re
import zlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from channels.messages import Scan
from geo.actions import import_closures
from geo.stations import Closure
from penalties.actions import Change, change
from storage.session import writing
from storage.tables.channels import outbox
from storage.tables.notify import deliveries, messages
from storage.tables.penalties import notice_items, notices
from storage.tables.sla import rings
from tests.web.conftest import Visitor
from tests.web.console.conftest import Land, local
from tests.web.console.packs_scenes import (
    CANARIES,
    NAME,
    NEXT,
    PHONE,
    ROOM,
    SCENES,
    case_of,
    false_failure,
    false_waybill,
    late_accept,
    late_pickup,
    wrong_transfer,
)

As = Callable[[str], Visitor]
FOUND = {
    "late_accept": [],
    "late_pickup": [],
    "late_transfer": ["dispatched_outside", "excused_misrouted"],
    "false_failure": ["out_of_area_inside"],
    "contradicted_by_channel": ["channel_says_otherwise", "told_late"],
    "false_waybill": ["confirmed_never_scanned", "scanned_elsewhere", "told_late"],
    "wrong_accept": ["accepted_outside", "transferred_outside", "call_not_logged"],
    "wrong_transfer": ["transferred_outside"],
}


def pack(visitor: Visitor, case: int) -> Any:
    """Its contents, whose hash is what it says."""
    answer: Any = visitor.get(f"/violations/{case}/pack.json").json
    text = json.dumps(answer["contents"], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert answer["sha256"] == hashlib.sha256(text.encode()).hexdigest()
    assert list(answer["contents"]) == sorted(answer["contents"]) and answer["contents"]["format"] == 1
    return answer["contents"]


def characters(paper: bytes) -> set[str]:
    """Every character that a PDF can show, from its fonts' tables."""
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", paper, re.S)
    found: set[str] = set()
    for stream in streams:
        try:
            text = zlib.decompressobj().decompress(stream).decode("latin-1")  # its last byte may be a line end
        except zlib.error:
            continue
        if "begincmap" in text:
            found |= {
                bytes.fromhex(code).decode("utf-16-be") for code in re.findall(r"<[0-9a-f]+> <([0-9a-f]+)>", text, re.I)
            }
    return found


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("scene", SCENES)
def test_each_kind_is_the_same_for_everybody(land: Land, as_: As, scene: str) -> None:
    kind, play = SCENES[scene]
    play(land)
    case = case_of(land, kind)
    hq, province = as_("hq"), as_("zhejiang")
    contents = pack(hq, case)
    station = as_(contents["suspicion"]["station"].lower())
    assert contents["suspicion"]["kind"] == kind
    assert [one["code"] for one in contents["contradictions"]] == FOUND[scene]
    bodies = [one.get(f"/violations/{case}/pack.json").data for one in (hq, province, station)]
    assert bodies[0] == bodies[1] == bodies[2]
    papers = [one.get(f"/violations/{case}/pack.pdf").data for one in (hq, province, station)]
    assert papers[0] == papers[1] == papers[2] and papers[0].startswith(b"%PDF-") and len(papers[0]) < 300_000
    assert {"证", "据", "页"} <= characters(papers[0]) and not {"雀", "眉"} & characters(papers[0])
    digest = json.loads(bodies[0])["sha256"]
    for reader in (hq, province, station):
        text = reader.get(f"/violations/{case}/pack").text
        assert digest in text and len(text) < 200_000
        assert text.count('class="pack-found"') == bool(FOUND[scene])
        for canary in CANARIES:
            assert canary not in text and canary not in bodies[0].decode()
    assert kind in {text["rule"] for text in contents["rules"][0]["texts"]}
    assert {"VIO-1", "VIO-2", "VIO-3"} <= {text["rule"] for text in contents["rules"][0]["texts"]}
    assert (
        contents["map"]["known"] and "<script" not in contents["map"]["svg"] and " style" not in contents["map"]["svg"]
    )


def test_it_changes_with_news_and_not_with_time(land: Land, as_: As) -> None:
    """VIO-4, law 6: it is judged as of the last news."""
    late_accept(land)
    case = case_of(land, "V-ACCEPT")
    hq = as_("hq")
    before = hq.get(f"/violations/{case}/pack.json").data
    paper = hq.get(f"/violations/{case}/pack.pdf").data
    land.clock.at = local("09:50")
    assert hq.get(f"/violations/{case}/pack.json").data == before
    assert hq.get(f"/violations/{case}/pack.pdf").data == paper
    land.accept("KD1", "HZ01", local("09:51"))
    told = hq.get(f"/violations/{case}/pack.json").data
    assert told != before
    with writing(land.engine) as conn:
        change(conn, [Change(case, "confirm", local("09:52"), "赵敏", f"属实,{NAME} {PHONE} {ROOM}")], local("09:52"))
    land.clock.at = local("09:53")
    decided = hq.get(f"/violations/{case}/pack.json").data
    assert decided not in (told, before) and hq.get(f"/violations/{case}/pack.pdf").data != paper
    contents = pack(hq, case)
    [step] = contents["suspicion"]["steps"]
    assert (step["from"], step["to"], step["by"]) == ("suspected", "confirmed", "赵敏")
    assert not [canary for canary in CANARIES if canary in step["reason"]]


def test_role_1_by_the_station_it_is_of(land: Land, as_: As) -> None:
    """Who has passed the order on still sees what is suspected of it; no other station's or province's staff do."""
    wrong_transfer(land)
    case = case_of(land, "V-TRANSFER")
    hz01 = as_("hz01")
    page = hz01.get(f"/violations/{case}/pack")
    order = land.id("KD1")
    assert page.status_code == 200 and f"/orders/{order}" not in page.text
    assert hz01.get(f"/orders/{order}").status_code == 404
    assert f"/violations/{case}/pack" in hz01.get("/violations").text
    assert f"/orders/{order}" in as_("hq").get(f"/violations/{case}/pack").text
    foreign = {"hz02": 404, "hz01a": 404, "xinjiang": 404, "finance": 200, "admin": 403}
    for who, status in foreign.items():
        reader = as_(who)
        answers = [reader.get(f"/violations/{case}/pack{ending}").status_code for ending in ("", ".json", ".pdf")]
        assert answers == [status] * 3, who
    assert hz01.get(f"/violations/{2**63 - 1}/pack").status_code == 404


def test_level_1_sees_its_contracted_areas(land: Land, as_: As) -> None:
    land.order("KD1", local("09:00"), "HZ01A")
    land.sweep(local("09:31"))
    case = case_of(land, "V-ACCEPT")
    for reader in ("hz01", "hz01a"):
        assert "KD1" in as_(reader).get("/violations").text
        contents = pack(as_(reader), case)
    assert (contents["suspicion"]["station"], contents["suspicion"]["house"]) == ("HZ01A", "HZ01")
    assert [one["role_en"] for one in contents["map"]["stations"]] == ["holder", "of the same house, holds the point"]
    assert "KD1" not in as_("hz02").get("/violations").text


def test_the_list_filters_and_pages(land: Land, as_: As) -> None:
    for n in range(55):
        land.order(f"KD{n:02d}", local("09:00") + timedelta(seconds=n))
    land.sweep(local("10:00"))
    newest = max(case for case, _, _ in land.cases())
    with writing(land.engine) as conn:
        change(conn, [Change(newest, "dismiss", local("10:05"), "hq", "误报")], local("10:05"))
    hz01 = as_("hz01")
    first = hz01.get("/violations").text
    rows = re.findall(r">(KD\d\d)</span>", first)
    assert rows == [f"KD{n:02d}" for n in range(54, 4, -1)]
    more = re.search(r'id="next-page" href="([^"]+)"', first)
    assert more is not None
    assert re.findall(r">(KD\d\d)</span>", hz01.get(more[1].replace("&amp;", "&")).text) == [
        f"KD{n:02d}" for n in range(4, -1, -1)
    ]
    dismissed = hz01.get("/violations?state=dismissed").text
    assert re.findall(r">(KD\d\d)</span>", dismissed) == ["KD54"] and "已驳回" in dismissed
    assert hz01.get("/violations?state=none").status_code == 422
    assert "KD10" in as_("zhejiang").get("/violations").text and "KD10" not in as_("xinjiang").get("/violations").text
    assert as_("hq").get("/violations").status_code == 403
    assert 'href="/violations"' in first and 'href="/violations"' not in as_("hq").get("/review").text


def test_links_from_order_and_review(land: Land, as_: As) -> None:
    late_accept(land)
    case, hq = case_of(land, "V-ACCEPT"), as_("hq")
    link = f'href="/violations/{case}/pack"'
    assert link in hq.get("/review").text and link in hq.get(f"/review/{case}").text
    assert link in hq.get(f"/orders/{land.id('KD1')}").text


def test_warnings_messages_and_notices(land: Land, as_: As) -> None:
    """DO-8, NOTICE-1: whom it was told, whether it went out and who read it; the number it went to is masked."""
    late_accept(land)
    order, case, at = land.id("KD1"), case_of(land, "V-ACCEPT"), local("09:20")
    empty = pack(as_("hz01"), case)
    assert empty["notices"] == empty["messages"] == empty["rings"] == []
    with writing(land.engine) as conn:
        base = {"order_id": order, "seq": 1, "region": "浙江省", "station": "HZ01", "due_at": local("09:30"),
                "ahead": False, "risk": None}  # fmt: skip
        conn.execute(rings.insert(), [
            base | {"step": "tint", "rung_at": local("09:15"), "told": {}},
            base | {"step": "message", "rung_at": at, "told": {"messages": ["late:1"]}},
        ])  # fmt: skip
        told = {"to_kind": "station", "to_code": "HZ01", "kind": "late_soon", "subject": "KD1 即将超时", "text": "…",
                "link": "/desk", "created_at": at}  # fmt: skip
        conn.execute(messages.insert(), [
            told | {"id": 1, "key": "late:1", "order_id": None, "read_at": local("09:25"), "read_by": "王芳"},
            told | {"id": 2, "key": "other", "order_id": order, "read_at": None, "read_by": None},
            told | {"id": 3, "key": "foreign", "order_id": None, "read_at": None, "read_by": None},
        ])  # fmt: skip
        conn.execute(deliveries.insert(), [
            {"message_id": 1, "way": "sms", "address": "13600001111", "state": "sent", "attempts": 1, "sent_at": at}
        ])  # fmt: skip
        conn.execute(notices.insert(), [
            {"id": 1, "week": "2026-W19", "number": 0, "published_at": local("09:00", "2026-05-11"), "figures": {},
             "published_by": "赵敏"}
        ])  # fmt: skip
        conn.execute(notice_items.insert(), [
            {"notice_id": 1, "violation_id": case, "state": "confirmed", "fine_fen": 10_000}
        ])  # fmt: skip
    told_of = pack(as_("hz01"), case)
    assert [one["step"] for one in told_of["rings"]] == ["tint", "message"]
    [warned] = told_of["contradictions"]
    assert warned["code"] == "warned_before" and warned["rows"] == [0, 1]
    assert [(one["read_by"], len(one["deliveries"])) for one in told_of["messages"]] == [("王芳", 1), ("", 0)]
    assert told_of["messages"][0]["deliveries"][0]["address"] == "136******11"
    [notice] = told_of["notices"]
    assert notice["week"] == "2026-W19" and notice["deliveries"] == []
    text = as_("hz01").get(f"/violations/{case}/pack").text
    assert "2026-W19 周通报" in text and "13600001111" not in text and "王芳 已读" in text


def test_the_channel_speaks(land: Land, as_: As) -> None:
    """Its answer as it came, cut, without numbers; of the push's remark only that there is one."""
    false_failure(land)
    case = case_of(land, "V-FALSE-FAIL")
    with writing(land.engine) as conn:
        answer = f"refused: {PHONE} {NAME} " + "x" * 500
        conn.execute(outbox.update().values(last_status=400, last_answer=answer, state="parked", next_at=None))
    said = pack(as_("zhejiang"), case)["channel"]
    assert [one["zh"] for one in said] == ["订单备注", "对「失败」回传的答复"]
    assert said[0]["words"] == "****" and said[0]["hidden"]
    assert said[1]["words"].startswith("400 refused: ****") and len(said[1]["words"]) < 140


def test_a_late_scan_clears_it_and_says_so(land: Land, as_: As) -> None:
    """VIO-4, DO-4: news that disproves a suspicion shows in its pack."""
    false_waybill(land)
    case, hq = case_of(land, "V-FALSE-WAYBILL"), as_("hq")
    assert pack(hq, case)["suspicion"]["state"] == "suspected"
    land.do(local("12:00", NEXT), Scan("55000000000017", "HZ01", local("10:00", NEXT)))
    cleared = pack(as_("hq"), case)
    assert cleared["suspicion"]["state"] == "cleared"
    assert "confirmed_never_scanned" not in [one["code"] for one in cleared["contradictions"]]
    assert [scan["why"] for scan in cleared["scans"]["rows"]] == ["other_house", ""]


def test_a_closure_granted_later_is_marked(land: Land, as_: As) -> None:
    """ROUTE-6: the clock is judged by what was known at the last news; the minutes are those of the log."""
    late_pickup(land)
    case = case_of(land, "V-PICKUP")
    before = pack(as_("hq"), case)
    land.clock.at = local("02:00", NEXT)
    with writing(land.engine) as conn:
        import_closures(conn, [Closure("HZ01", local("20:00"), local("21:00"))], local("02:00", NEXT))
    assert pack(as_("hq"), case)["arithmetic"] == before["arithmetic"]
    [clock] = [one for one in before["arithmetic"]["clocks"] if one["charged"]]
    assert clock["verdict"] == "missed" and clock["due_at"] == before["suspicion"]["happened_at"]
    assert before["arithmetic"]["promise"]["outcome"] == "not_kept"  # PROMISE-1


def test_a_point_that_changed_later_is_said(land: Land, as_: As) -> None:
    """TRANSFER-1: the map is that of the assignment which the suspicion is of."""
    land.order("KD1", local("09:00"))
    land.sweep(local("09:31"))
    land.order("KD1", local("09:40"), "HZ02")
    contents = pack(as_("hq"), case_of(land, "V-ACCEPT"))
    assert contents["map"]["point"] == {"lng": "120.070", "lat": "30.070"} and contents["map"]["inside"]
    assert contents["map"]["apart"] and "此后取件点有变更" in contents["map"]["zh"]
    assert [one["inside"] for one in contents["map"]["stations"] if one["role"] == "holder"] == [True]


def test_without_a_point_it_says_so(land: Land, as_: As) -> None:
    land.order("KD1", local("09:00"), lng=0, lat=0, adcode="330106", address="浙江省杭州市西湖区文三路")
    land.sweep(local("12:00"))
    for case, _, _ in land.cases():
        ground = pack(as_("hq"), case)["map"]
        assert not ground["known"] and ground["svg"] == "" and "没有可用的取件坐标" in ground["zh"]
    assert land.cases()

"""What a pack must neither give away nor claim wrongly, and that it is whole on paper (ROLE-1, ROLE-2, VIO-2)."""

import json
import re
import struct
import zlib
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from channels.messages import Withdrawal
from dispatch.facts import Call, Dispatch, Fail, Target, Transfer
from penalties.actions import Change, change
from storage.session import reading, writing
from storage.tables.channels import outbox
from storage.tables.geo import stations
from storage.tables.notify import deliveries, messages
from storage.tables.penalties import notice_items, notices
from storage.tables.sla import rings
from tests.web.console.conftest import Land, local
from tests.web.console.packs_scenes import CONTENT, case_of, false_failure, late_accept, late_pickup
from tests.web.console.test_packs import As, characters, pack
from web.pack import pdf
from web.pack.pictures import bar_svg

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
SPLIT = timedelta(microseconds=400_000)


def codes(contents: Any) -> list[str]:
    return [one["code"] for one in contents["contradictions"]]


def text_of(contents: Any) -> str:
    return json.dumps(contents, ensure_ascii=False)


def ring(land: Land, step: str, at: datetime, due: datetime, **told: Any) -> None:
    row = {"order_id": land.id("KD1"), "seq": 1, "region": "浙江省", "station": "HZ01", "due_at": due, "ahead": False,
           "risk": None, "step": step, "rung_at": at, "told": told}  # fmt: skip
    with writing(land.engine) as conn:
        conn.execute(rings.insert(), [row])


def test_do_8_an_accept_warning_is_none_of_the_pickup(land: Land, as_: As) -> None:
    late_pickup(land)
    ring(land, "sound", local("09:08"), local("09:30"))
    told = pack(as_("hz01"), case_of(land, "V-PICKUP"))
    assert len(told["rings"]) == 1 and "warned_before" not in codes(told)


def test_do_8_the_provinces_list_is_no_warning(land: Land, as_: As) -> None:
    late_accept(land)
    case = case_of(land, "V-ACCEPT")
    ring(land, "call_list", local("09:20"), local("09:30"))
    assert codes(pack(as_("hz01"), case)) == []
    ring(land, "tint", local("09:15"), local("09:30"))
    [warned] = pack(as_("hz01"), case)["contradictions"]
    assert (warned["code"], warned["rows"]) == ("warned_before", [0])


@pytest.mark.parametrize(
    ("said", "marked"),
    [("14:30打过", False), ("打了2次 12:05;14:30", False), ("下午2:30打过", False), ("12:05打过", True)],
)
def test_do_2_calls_that_were_claimed(land: Land, as_: As, said: str, marked: bool) -> None:
    land.order("KD1", local("09:00"), **CONTENT)
    land.accept("KD1", "HZ01", local("09:45"))
    assert land.do(local("14:30"), Call(Target("KD1"), "HZ01")) == [None]
    assert land.do(local("15:00"), Fail(Target("KD1"), "HZ01", "pickup", "cannot_reach", said)) == [None]
    assert ("call_not_logged" in codes(pack(as_("hq"), case_of(land, "V-ACCEPT")))) is marked


@pytest.mark.parametrize("split", [timedelta(0), SPLIT])
def test_the_map_is_of_the_very_instant_of_the_assignment(land: Land, as_: As, split: timedelta) -> None:
    """TRANSFER-1: routed anew within the second, the point is that of the new assignment, not of the old."""
    land.order("KD1", local("09:00"), "HZ01")
    land.order("KD1", local("09:10") + split, "HZ02")
    land.sweep(local("12:00"))
    told = pack(as_("hq"), case_of(land, "V-ACCEPT"))
    assert told["suspicion"]["station"] == "HZ02" and told["map"]["point"] == {"lng": "120.250", "lat": "30.050"}
    assert told["map"]["inside"] and not told["map"]["apart"] and codes(told) == []


@pytest.mark.parametrize("split", [timedelta(0), SPLIT])
def test_who_held_it_before_is_on_the_map(land: Land, as_: As, split: timedelta) -> None:
    land.order("KD1", local("09:00"), "gap")
    assert land.do(local("09:05"), Dispatch(Target("KD1"), "HZ02", "hq")) == [None]
    assert land.do(local("09:10") + split, Transfer(Target("KD1"), "HZ02", "HZ03", "x")) == [None]
    land.sweep(local("12:00"))
    told = [pack(as_("hq"), case) for case, _, _ in land.cases()]
    [contents] = [one for one in told if one["suspicion"]["station"] == "HZ03" and one["suspicion"]["timed"]]
    assert {one["code"]: one["role_en"] for one in contents["map"]["stations"]}["HZ02"] == "held it before"


def test_role_2_a_senders_reason_is_no_code(land: Land, as_: As) -> None:
    """His own words may look like a code: a name in Latin letters."""
    land.order("KD1", local("09:00"), **CONTENT)
    land.sweep(local("09:31"))
    words = "ouyang_jinsique_wensanlu"
    assert land.do(local("09:40"), Withdrawal("kuaidi100", "KD1", "sender", words, local("09:40"))) == [None]
    assert words not in text_of(pack(as_("hz01"), case_of(land, "V-ACCEPT")))


def test_role_2_e_mail_in_an_answer(land: Land, as_: As) -> None:
    false_failure(land)
    answer = "5.1.1 <canary@example.com>: rejected; also other.person@example.org; no mailbox canary here"
    with writing(land.engine) as conn:
        conn.execute(outbox.update().values(last_status=550, last_answer=answer, state="parked", next_at=None))
    case = case_of(land, "V-FALSE-FAIL")
    told = pack(as_("hz01"), case)
    assert told["channel"][1]["words"] == (
        "550 5.1.1 <c***@example.com>: rejected; also o***@example.org; no mailbox c***** here"
    )
    assert "canary" not in text_of(told) and "other.person" not in as_("hz01").get(f"/violations/{case}/pack").text


def test_role_2_parts_of_an_address_in_a_remark(land: Land, as_: As) -> None:
    """Unit and room by themselves, and the e-mail address that a station repeated."""
    land.order("KD1", local("09:00"), **CONTENT)
    said = ("邮箱 canary@example.com,文三路9876号4幢", "在501室,或4幢501,号9876号")
    land.transfer("KD1", "HZ01", local("09:10"), "HZ02", said[0])
    land.transfer("KD1", "HZ02", local("09:20"), "HZ03", said[1])
    text = text_of(pack(as_("hz01"), case_of(land, "V-TRANSFER")))
    assert "文三路****" in text and "在****" in text
    assert not [one for one in ("canary", "9876号", "4幢", "501") if one in text]


def test_role_1_of_the_senders_other_order_its_number_is_hidden(land: Land, as_: As) -> None:
    """VIO-2: it may be held by a station that nobody else sees the orders of."""
    land.order("KD1", local("09:00"), "HZ01")
    land.fail("KD1", "HZ01", local("09:10"), "customer_cancelled")
    land.order("KD-OTHER", local("10:00"), "HZ02")
    land.accept("KD-OTHER", "HZ02", local("10:05"))
    land.confirm("KD-OTHER", "HZ02", local("10:20"), "55000000000017")
    land.scan("55000000000017", "HZ02", local("10:25"))
    land.sweep(local("10:30"))
    case = case_of(land, "V-FALSE-FAIL")
    told = pack(as_("hz01"), case)
    assert "cancelled_ordered_again" in codes(told)
    assert "KD-OTHER" not in text_of(told) and "KD-OTHER" not in as_("hz01").get(f"/violations/{case}/pack").text
    [again] = [line for line in told["timeline"] if line["kind"] == "ordered_again"]
    assert again["text"].startswith("快递100 · 2026-05-04 10:00") and again["fact"] == {}
    [fact] = [one for one in told["arithmetic"]["facts"] if one["label"] == "同一寄件电话再下单"]
    assert fact["value"].startswith("快递100 ****,2026-05-04 10:00")


def test_it_says_until_when_it_tells(land: Land, as_: As) -> None:
    """Judged as of the last news; what was sent, read or published since is dated, on paper too."""
    late_accept(land)
    case = case_of(land, "V-ACCEPT")

    def until() -> tuple[str, str]:
        told = pack(as_("hz01"), case)
        paper = as_("hz01").get(f"/violations/{case}/pack.pdf").data
        at = datetime.fromisoformat(told["shown_until"]).astimezone(UTC)
        assert at.strftime("D:%Y%m%d%H%M%S").encode() in paper
        return told["as_of"], told["shown_until"][11:16]

    as_of, first = until()
    assert as_of[11:16] == first == "09:31"
    told = {"id": 1, "to_kind": "station", "to_code": "HZ01", "kind": "late_soon", "subject": "KD1 即将超时",
            "text": "…", "link": "/desk", "created_at": local("09:41"), "key": "late:1", "order_id": land.id("KD1"),
            "read_at": None, "read_by": None}  # fmt: skip
    way = {"message_id": 1, "way": "sms", "address": "13600001111", "state": "sent", "attempts": 1,
           "sent_at": local("09:42")}  # fmt: skip
    notice = {"id": 1, "week": "2026-W19", "number": 0, "published_at": local("09:45"), "figures": {},
              "published_by": "赵敏"}  # fmt: skip
    item = {"notice_id": 1, "violation_id": case, "state": "confirmed", "fine_fen": 10_000}
    news = [
        (messages.insert(), told, "09:41"), (deliveries.insert(), way, "09:42"),
        (messages.update(), {"read_at": local("09:43"), "read_by": "王芳"}, "09:43"),
        (notices.insert(), notice, ""), (notice_items.insert(), item, "09:45"),
    ]  # fmt: skip
    for statement, row, at in news:
        with writing(land.engine) as conn:
            conn.execute(statement, row)
        assert not at or until() == (as_of, at)
    ring(land, "call_list", local("09:26"), local("09:30"), called_at=local("09:47").isoformat())
    assert until() == (as_of, "09:47")
    with reading(land.engine) as conn:
        assert conn.execute(select(notices.c.id)).scalar_one() == 1


def test_a_character_that_no_picture_may_hold(land: Land, as_: As) -> None:
    late_accept(land)
    case, hq = case_of(land, "V-ACCEPT"), as_("hq")
    name = "西湖\ufffe\uffff]]></title>网点"
    with writing(land.engine) as conn:
        conn.execute(stations.update().where(stations.c.code == "HZ01").values(name=name))
    answers = [hq.get(f"/violations/{case}/pack{ending}") for ending in ("", ".json", ".pdf")]
    assert [one.status_code for one in answers] == [200] * 3
    assert "西湖\ufffd\ufffd]]&gt;" in pack(hq, case)["map"]["svg"]


def ink(picture: bytes, margin: int) -> int:
    """How many rows of an 8-bit RGBA PNG have something else than white in their last `margin` pixels."""
    width, height, depth, colour = struct.unpack(">IIBB", picture[16:26])
    assert (depth, colour) == (8, 6)
    parts = b"".join(
        picture[one.end() : one.end() + struct.unpack(">I", picture[one.start() - 4 : one.start()])[0]]
        for one in re.finditer(b"IDAT", picture)
    )
    raw, size, before, dark = zlib.decompress(parts), width * 4, bytearray(width * 4), 0
    for row in range(height):
        start = row * (size + 1)
        line = unfiltered(raw[start], bytearray(raw[start + 1 : start + 1 + size]), before)
        dark += any(one != 255 for one in line[-4 * margin :])
        before = line
    return dark


def unfiltered(kind: int, line: bytearray, before: bytearray) -> bytearray:
    """One row of a PNG by its filter."""
    for n in range(len(line)):
        left, above, corner = line[n - 4] if n >= 4 else 0, before[n], before[n - 4] if n >= 4 else 0
        nearest = min((left, above, corner), key=lambda one: abs(left + above - corner - one))
        line[n] = (line[n] + (0, left, above, (left + above) // 2, nearest)[kind]) % 256
    return line


def test_long_words_do_not_leave_the_paper(land: Land, as_: As) -> None:
    late_accept(land)
    case = case_of(land, "V-ACCEPT")
    land.clock.at = local("09:40")
    with writing(land.engine) as conn:
        change(conn, [Change(case, "confirm", local("09:40"), "赵敏", "Q" * 400)], local("09:40"))
    told = pack(as_("hq"), case)
    given = {"pack": json.dumps(told | {"bar_svg": bar_svg(told["minutes"]["parts"])}), "digest": "0f" * 32,
             "address": "/x"}  # fmt: skip
    made = pdf._compiler().compile(sys_inputs=given, format="png", ppi=24.0)
    pages = made if isinstance(made, list) else [made]
    assert [ink(page or b"", 8) for page in pages] == [0] * len(pages)  # of margins of 13


def test_promise_and_booked_window_on_paper(land: Land, as_: As) -> None:
    """PROMISE-1: on the page they always were."""
    window = {"window_start": "2026-05-04T10:00:00+08:00", "window_end": "2026-05-04T12:00:00+08:00"}
    land.order("KD1", local("09:00"), **CONTENT)
    land.order("KD2", local("09:00"), **CONTENT, **window)
    land.sweep(local("13:00"))
    plain, booked = [
        characters(as_("hq").get(f"/violations/{case}/pack.pdf").data)
        for case, kind, _ in land.cases()
        if kind == "V-ACCEPT"
    ]
    assert "诺" in plain & booked and "预" in booked - plain

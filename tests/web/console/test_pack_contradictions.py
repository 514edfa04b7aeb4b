"""What a pack marks as a contradiction, case by case, each with the edge at which it is none (VIO-2, VIO-3, DO-8)."""

from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import shapely

from dispatch.call_times import call_times
from rulebook.book import Book
from sla.course import Pickup
from tests.rules.clock_rules import edition_with
from tests.rules.courses import BOOK, TICK, held, order, t
from tests.web.console.conftest import local
from web.console.logbook import names_of
from web.pack.clocks import rules_of
from web.pack.contradictions import contradictions
from web.pack.pictures import Shape, bar_svg, map_svg
from web.pack.scans import scans_of

AT = "2026-05-04T{}+08:00"


def line(kind: str, at: str = "09:10:00", late: bool = False, **fact: Any) -> dict[str, Any]:
    return {"kind": kind, "happened_at": AT.format(at), "told_late": late, "fact": fact}


def facts(*timeline: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A pack as far as contradictions look at it: V-ACCEPT of 09:30, its clock missed."""
    clock = {"charged": True, "verdict": "missed", "verdict_zh": "超时", "due_at": AT.format("09:30:00")}
    base: dict[str, Any] = {
        "as_of": AT.format("12:00:00"),
        "suspicion": {"seq": 1, "happened_at": AT.format("09:30:00"), "outside": False, "timed": True,
                      "state": "suspected"},
        "timeline": list(timeline),
        "arithmetic": {"clocks": [clock]},
        "scans": {"proof_until": "", "rows": []},
        "map": {"known": True, "inside": True, "apart": False},
        "rings": [],
        "checks": [],
    }  # fmt: skip
    for path, value in more.items():
        at = base
        *way, last = path.split("__")
        for step in way:
            at = at[step]
        at[last] = value
    return base


def clock(verdict: str, due: str = "09:30:00") -> list[dict[str, Any]]:
    return [{"charged": True, "verdict": verdict, "verdict_zh": verdict, "due_at": AT.format(due)}]


def ring(at: str, seq: int = 1, due: str = "09:30:00", step: str = "sound") -> list[dict[str, Any]]:
    return [{"seq": seq, "step": step, "rung_at": AT.format(at), "due_at": AT.format(due)}]


def scan(why: str, in_time: bool = False) -> list[dict[str, Any]]:
    return [{"why": why, "in_time": in_time, "station_name": "HZ02"}]


def check(outcome: str) -> list[dict[str, Any]]:
    return [{"name": "our_outage", "outcome": outcome, "zh": "系统故障", "en": "our outage", "figures": "40 秒"}]


CANCELLED = line("failed", reason="customer_cancelled")
CALLED = line("failed", "10:00:00", reason="cannot_reach", call_times=[AT.format("09:30:00")])
TWICE = line("failed", "10:00:00", reason="cannot_reach", call_times=[AT.format("07:00:00"), AT.format("09:30:00")])
PROOF = AT.format("11:00:00")
CASES: list[tuple[str, dict[str, Any], list[str]]] = [
    ("nothing", facts(line("created")), []),
    ("never scanned", facts(line("confirmed"), scans__proof_until=PROOF), ["confirmed_never_scanned"]),
    ("the 24 h are not over", facts(line("confirmed"), scans__proof_until=AT.format("12:00:00")), []),
    ("over by a microsecond",
     facts(line("confirmed"), scans__proof_until=PROOF, as_of=AT.format("11:00:00.000001")),
     ["confirmed_never_scanned"]),
    ("scanned in time", facts(line("confirmed"), scans__proof_until=PROOF, scans__rows=scan("", True)), []),
    ("scanned too late", facts(line("confirmed"), scans__proof_until=PROOF, scans__rows=scan("late")),
     ["confirmed_never_scanned"]),
    ("scanned elsewhere", facts(scans__rows=scan("other_house")), ["scanned_elsewhere"]),
    ("an earlier number elsewhere", facts(scans__rows=scan("other_number")), []),
    ("out of area inside", facts(line("failed", reason="out_of_area", inside=["A"])), ["out_of_area_inside"]),
    ("out of area outside", facts(line("failed", reason="out_of_area", inside=[])), []),
    ("another reason inside", facts(line("failed", reason="duplicate", inside=["A"])), []),
    ("ordered again", facts(CANCELLED, line("ordered_again")), ["cancelled_ordered_again"]),
    ("which fell", facts(CANCELLED, line("ordered_again"), line("ordered_again_fell")), []),
    ("fell, and again", facts(CANCELLED, line("ordered_again_fell"), line("ordered_again")),
     ["cancelled_ordered_again"]),
    ("the channel blames", facts(CANCELLED, line("channel_said", code="too_slow")), ["channel_says_otherwise"]),
    ("the channel agrees", facts(CANCELLED, line("channel_said", code="user_cancelled")), []),
    ("accepted outside", facts(line("accepted", outside=True)), ["accepted_outside"]),
    ("accepted inside", facts(line("accepted", outside=False)), []),
    ("transferred outside", facts(line("transferred", outside=True)), ["transferred_outside"]),
    ("dispatched outside", facts(line("dispatched", outside=True)), ["dispatched_outside"]),
    ("outside by the clock, inside by the map", facts(suspicion__outside=True), ["map_against_charge"]),
    ("inside by the clock, outside by the map", facts(map__inside=False), ["map_against_charge"]),
    ("a named place decided", facts(suspicion__outside=True, map__apart=True), []),
    ("no point", facts(map__known=False, map__inside=None), []),
    ("a deed says nothing of it", facts(suspicion__outside=None, map__inside=False), []),
    ("told late", facts(line("scanned", late=True)), ["told_late"]),
    ("withdrawn before", facts(line("withdrawn", "09:09:59"), line("confirmed")), ["withdrawn_before_end"]),
    ("withdrawn with it", facts(line("withdrawn", "09:10:00"), line("confirmed")), []),
    ("withdrawn and nothing else", facts(line("withdrawn")), []),
    ("call claimed", facts(CALLED), ["call_not_logged"]),
    ("a call 30 min before", facts(line("called", "09:00:00"), CALLED), []),
    ("claimed twice, one on record", facts(line("called", "09:31:00"), TWICE), []),
    ("claimed twice, none on record", facts(line("called", "08:00:00"), TWICE), ["call_not_logged"]),
    ("a call before that", facts(line("called", "08:59:59.999999"), CALLED), ["call_not_logged"]),
    ("outage", facts(checks=check("failed")), ["excused_our_outage"]),
    ("no outage known", facts(checks=check("unknown")), []),
    ("no outage", facts(checks=check("passed")), []),
    ("warned", facts(rings=ring("09:29:59.999999")), ["warned_before"]),
    ("rung at the deadline", facts(rings=ring("09:30:00")), []),
    ("another holder warned", facts(rings=ring("09:20:00", seq=2)), []),
    ("warned of another deadline", facts(rings=ring("09:20:00", due="09:25:00")), []),
    ("on the province's list only", facts(rings=ring("09:20:00", step="call_list")), []),
    ("a deed needs no warning", facts(rings=ring("09:20:00"), suspicion__timed=False), []),
    ("the clock was kept", facts(arithmetic__clocks=clock("kept")), ["clock_not_missed"]),
    ("kept, and cleared", facts(arithmetic__clocks=clock("kept"), suspicion__state="cleared"), []),
    ("the deadline moved", facts(arithmetic__clocks=clock("missed", "09:45:00")), ["deadline_moved"]),
    ("the assignment fell", facts(arithmetic__clocks=[]), ["clock_gone"]),
    ("of a deed there is no clock", facts(arithmetic__clocks=[], suspicion__timed=False), []),
]  # fmt: skip


@pytest.mark.parametrize(("pack", "codes"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_contradictions(pack: dict[str, Any], codes: list[str]) -> None:
    found = contradictions(pack)
    assert [one["code"] for one in found] == codes
    assert [one["n"] for one in found] == list(range(1, len(found) + 1))
    for one in found:
        rows = pack[one["where"]]["rows"] if one["where"] == "scans" else pack[one["where"]]
        rows = rows["clocks"] if one["where"] == "arithmetic" else rows
        assert all(row < len(rows) for row in one["rows"]) and one["zh"] and one["en"]


@pytest.mark.parametrize(
    ("text", "times"),
    [
        ("2026-05-04 09:05", ["09:05"]),
        ("2026/5/4 9:05 没人接", ["09:05"]),
        ("9:05打的", ["09:05"]),
        ("9\uff1a05打的", ["09:05"]),
        ("09:05:30", ["09:05"]),
        ("10:00", ["10:00"]),
        ("打了2次 08:05;9:30", ["08:05", "09:30"]),
        ("2026-05-04 08:05、09:30", ["08:05", "09:30"]),
        ("08:05-08:10", ["08:05", "08:10"]),
        ("没人接", []),
        ("25:00", []),
        ("2026-02-30 09:05", []),
        ("电话13812345678", []),
        *((said, []) for said in (
            "下午2:30打过", "2:30 下午", "上午9:05", "晚8:05", "中午12:05", "2:30 PM", "pm2:30", "9:05 a.m.",
            "昨天 09:05", "前天09:05", "5月4日 09:05", "4日09:05", "4号 09:05", "5/4 09:05", "5-3 09:05",
            "05.03 09:05", "20260503 09:05", "0503 09:05", "9点05打的, 08:05也打了",
        )),
    ],
)  # fmt: skip
def test_do_2_the_times_of_calls(text: str, times: list[str]) -> None:
    """None where the words may mean another time than the figures: nobody is told that his call is not on record."""
    assert call_times(text, local("10:00")) == [local(at) for at in times]


def test_do_2_a_time_of_day_after_the_failure_was_the_day_before() -> None:
    assert call_times("10:01", local("10:00")) == [local("10:01", "2026-05-03")]
    assert call_times("2026-05-03 10:01,10:02", local("10:00")) == [
        local("10:01", "2026-05-03"), local("10:02", "2026-05-03"),
    ]  # fmt: skip


def judged(at: datetime, station: str = "A", number: str = "N1", holder: str = "A", confirmed: str = "5 10:00") -> str:
    course = order(held("5 09:00", by=holder), created="5 09:00")
    pickup = Pickup(t(confirmed), t(confirmed) + timedelta(hours=24), None)
    story: Any = SimpleNamespace(course=SimpleNamespace(
        pickup=pickup, created_at=t("5 09:00"), zero=t("5 09:00"), holdings=course.holdings))  # fmt: skip
    one = SimpleNamespace(waybill_no=number, station=station, scanned_at=at, told_at=at, operator="")
    names = names_of({}, BOOK.named("2017-01-01"))
    told = scans_of([one], story, "N1", {"A": "A", "A1": "A", "B": "B"}, names)
    assert told["rows"][0]["in_time"] is (not told["rows"][0]["why"])
    return str(told["rows"][0]["why"])


def test_do_4_why_a_scan_proves_or_does_not() -> None:
    """PICKUP-1: exactly 24 h after the confirmation is in time."""
    assert judged(t("5 11:00")) == judged(t("5 11:00"), station="A1") == ""
    assert judged(t("6 10:00")) == "" and judged(t("6 10:00") + TICK) == "late"
    assert judged(t("5 09:00")) == "" and judged(t("5 09:00") - TICK) == "before_creation"
    assert judged(t("5 11:00"), station="B") == "other_house"
    assert judged(t("5 11:00"), number="N0") == "other_number"
    assert judged(t("5 11:00"), holder="DATA_CENTRE") == "nobody"


def test_the_edition_of_the_clocks_too_when_it_is_another() -> None:
    """VIO-3, rule_changed: both texts, each with its own numbers."""
    old = BOOK.named("2017-01-01")
    changes = (
        ('name = "2017-01-01"', 'name = "2026-06-01"'),
        ("effective = 2017-01-01", "effective = 2026-06-01"),
        ("accept = { value = 30", "accept = { value = 45"),
    )
    new = edition_with(*changes)
    june: Any = SimpleNamespace(kind="V-ACCEPT", happened_at=datetime.fromisoformat("2026-06-01T08:30:00+08:00"))
    told = rules_of(june, Book([old, new]), old)
    assert [one["edition"] for one in told] == ["2026-06-01", "2017-01-01"]
    texts = [next(text["zh"] for text in one["texts"] if text["rule"] == "ACCEPT-1") for one in told]
    assert "45 分钟" in texts[0] and "30 分钟" in texts[1]
    may: Any = SimpleNamespace(kind="V-ACCEPT", happened_at=local("09:30"))
    assert [one["edition"] for one in rules_of(may, Book([old, new]), old)] == ["2017-01-01"]


def test_a_map_stays_small_and_says_names_as_text() -> None:
    """50,000 corners become a picture of some kilobytes; a name is never markup."""
    wild = shapely.Point(120, 30).buffer(0.1, quad_segs=12_500)
    picture = map_svg([Shape("<b>&", "holder", wild), Shape("乙", "other", shapely.box(120.1, 30, 120.3, 30.1))],
                      (120.05, 30.0), 80.0)  # fmt: skip
    assert len(picture) < 60_000 and "&lt;b&gt;&amp;" in picture and "<b>" not in picture
    assert "style" not in picture and "取件点" in picture and "公里" in picture


def test_the_bar_fills_its_width() -> None:
    def part(kind: str, microseconds: int, seq: int = 1) -> dict[str, Any]:
        return {"kind": kind, "seq": seq, "microseconds": microseconds, "title": "<"}

    bar = bar_svg([part("station", 1), part("off_duty", 10**9), part("held", 0)])
    assert "\ufffe" not in bar_svg([part("station", 1) | {"title": "\ufffe"}])
    assert 'x="0.0"' in bar and "&lt;" in bar and "<title><" not in bar and 'preserveAspectRatio="none"' in bar
    assert bar_svg([]).count("<rect") == 0

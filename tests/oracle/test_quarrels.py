"""Notices, appeals, rewards and refunds of the second opinion, by cases worked out by hand."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.oracle import test_naive as cases
from tests.oracle.edition import SHIPPED
from tests.oracle.histories import write
from tests.oracle.naive import run
from tests.oracle.results import Rows

land = cases.land
CASE = {"logistics_no": "LP1", "station": "A", "kind": "V-ACCEPT"}
Told = dict[str, Any]


def event(at: str, do: str, **fields: Any) -> Told:
    """`at` is month, day and time of 2026."""
    return {"at": f"2026-{at}+08:00", "do": do} | fields


def late(at: str = "05-05T10:00:00", number: str = "LP1", place: str = "A") -> list[Told]:
    """An order of which HQ confirms two hours later that nobody accepted it in time."""
    pushed = cases.push(f"2026-{at}+08:00", place, logistics_no=number)
    when = f"{at[:6]}{int(at[6:8]) + 2:02d}{at[8:]}"
    case = {"logistics_no": number, "station": place, "kind": "V-ACCEPT"}
    return [pushed, event(when, "review", **case, decision="confirm", reason="-")]


def clean(at: str, number: str, place: str = "A", **more: Any) -> list[Told]:
    """An order that is accepted in time and picked up; its own waybill number."""
    waybill = f"55{int(number[2:]):012d}"
    pushed = cases.push(f"2026-{at}+08:00", place, logistics_no=number, waybill_no=waybill, **more)
    return [pushed, event(at, "scan", waybill_no=waybill, station=place, scanned_at=f"2026-{at}+08:00")]


def published() -> list[Told]:
    return [*late(), event("05-11T09:00:00", "notice", week="2026-W19")]


def settlement(rows: Rows) -> list[tuple[str, str, str, str]]:
    """(month, station, kind, amount) of refunds; rewards have their own cases."""
    return [(m, s, k, fen) for m, s, k, fen in rows["settlement.csv"] if not k.startswith("reward")]


def code_of(rows: Rows) -> str:
    return rows["rejected.csv"][0][2] if rows["rejected.csv"] else "taken"


@pytest.mark.parametrize(
    ("at", "code"),
    [
        ("05-11T08:59:59", "not_published"),
        ("05-11T09:00:00", "taken"),
        ("05-14T23:59:59.999999", "taken"),  # Thursday
        ("05-15T00:00:00", "appeal_period_over"),
    ],
)
def test_appeal_1_until_the_end_of_thursday(land: Path, at: str, code: str) -> None:
    lines = [*published(), event(at, "appeal", **CASE, text="-")]
    assert code_of(cases.replay(land, *sorted(lines, key=lambda line: str(line["at"])))) == code


def test_notice_1_a_supplement_holds_what_was_confirmed_later(land: Path) -> None:
    """APPEAL-1 counts from the supplement, and from the first notice for what stood in that."""
    first, review = late()
    again = event("05-20T09:00:00", "notice", week="2026-W19")
    notice = event("05-11T09:00:00", "notice", week="2026-W19")
    appeal = event("05-23T23:00:00", "appeal", **CASE, text="-")
    confirmed_late = {**review, "at": "2026-05-18T09:00:00+08:00"}
    assert code_of(cases.replay(land, first, notice, confirmed_late, again, appeal)) == "taken"
    assert code_of(cases.replay(land, first, review, notice, again, appeal)) == "appeal_period_over"


@pytest.mark.parametrize(("until", "rows"), [("05-15T23:59:59", 1), ("05-16T00:00:00", 2)])
def test_appeal_2_silence_passes_on(land: Path, until: str, rows: int) -> None:
    lines = [*published(), event("05-12T10:00:00", "appeal", **CASE, text="-")]
    found = cases.replay(land, *lines, until=f"2026-{until}+08:00")["appeals.csv"]
    midnight, opened = "2026-05-16T00:00:00+08:00", "2026-05-12T10:00:00+08:00"
    passed = [
        ["LP1", "A", "V-ACCEPT", "hq", "open", midnight, ""],
        ["LP1", "A", "V-ACCEPT", "province", "passed_on", opened, midnight],
    ]
    assert found == (passed if rows == 2 else [["LP1", "A", "V-ACCEPT", "province", "open", opened, ""]])


@pytest.mark.parametrize(
    ("at", "code"),
    [
        ("05-13T08:00:00", "province_first"),
        ("05-16T23:59:59", "taken"),
        ("05-17T00:00:00", "appeal_period_over"),
    ],
)
def test_appeal_2_what_was_upheld_goes_to_hq(land: Path, at: str, code: str) -> None:
    lines = [
        *published(),
        event("05-12T10:00:00", "appeal", **CASE, text="-"),
        event("05-13T10:00:00", "decide", **CASE, stage="province", decision="uphold", reason="-"),
        event(at, "appeal", **CASE, text="-", to="hq"),
    ]
    assert code_of(cases.replay(land, *sorted(lines, key=lambda line: str(line["at"])))) == code


def test_appeal_3_a_fine_that_falls_is_reversed(land: Path) -> None:
    """And the refund of the month after it, which had been settled, is taken back (SETTLE-1)."""
    rows = cases.replay(
        land,
        *published(),
        event("05-12T10:00:00", "appeal", **CASE, text="-"),
        event("05-13T10:00:00", "decide", **CASE, stage="province", decision="pass_on", reason="-"),
        *clean("06-02T10:00:00", "LP2"),
        event("07-01T09:00:00", "settle", month="2026-06"),
        event("07-02T09:00:00", "decide", **CASE, stage="hq", decision="overturn", reason="-"),
        event("07-03T09:00:00", "decide", **CASE, stage="hq", decision="overturn", reason="-"),
        event("07-04T09:00:00", "settle", month="2026-06"),
        event("07-04T09:00:00", "settle", month="2026-06"),
        event("07-04T09:00:00", "settle", month="2026-07"),
    )
    assert [row[2] for row in rows["rejected.csv"]] == ["no_open_appeal", "month_not_over"]
    assert settlement(rows) == [
        ("2026-06", "A", "refund_1", "6000"),
        ("2026-06", "A", "refund_1_difference", "-6000"),
    ]
    assert [row for row in rows["ledger.csv"] if row[2] == "A"] == [
        ["fine:LP1:1:V-ACCEPT", "2026-05-05T10:30:00+08:00", "A", "10000", "A", "LP1", "V-ACCEPT"],
        ["fine:LP1:1:V-ACCEPT:reversed", "2026-07-02T09:00:00+08:00", "A", "-10000", "A", "LP1", "V-ACCEPT"],
        ["settle:2026-06:A:refund_1:1", "2026-07-01T09:00:00+08:00", "A", "-6000", "A", "", "REFUND-1"],
        ["settle:2026-06:A:refund_1:2", "2026-07-04T09:00:00+08:00", "A", "6000", "A", "", "REFUND-1"],
    ]
    assert rows["weekly.csv"][0][-2:] == ["0", "0"]


@pytest.mark.parametrize(
    ("june", "july", "refunds"),
    [
        ("clean", "clean", {"refund_1": "6000", "refund_2": "4000"}),
        ("none", "clean", {"refund_2": "4000"}),  # its part lapses, nothing ends
        ("clean", "none", {"refund_1": "6000"}),
        ("offline", "clean", {"refund_2": "4000"}),
        ("dirty", "clean", {}),
        ("clean", "dirty", {"refund_1": "6000"}),  # what June earned stays
    ],
)
def test_refund_1_months_after_a_fine(land: Path, june: str, july: str, refunds: dict[str, str]) -> None:
    lines = late()
    for month, what in (("06", june), ("07", july)):
        at, number = f"{month}-03T10:00:00", f"LP{month}"
        if what == "dirty":
            lines += late(at, number)
        elif what != "none":
            lines += clean(at, number, online=what != "offline")
    lines += [event(f"08-05T10:0{n}:00", "settle", month=f"2026-0{n}") for n in (5, 6, 7)]
    found = settlement(cases.replay(land, *lines))
    assert {kind: fen for month, _, kind, fen in found if month != "2026-07" or kind == "refund_2"} == refunds


@pytest.mark.parametrize(
    ("places", "winners"),
    [
        (3, ["A"]),  # 浙江省 3 × 2 ÷ 3 = 2 places, but B is dirty
        (2, ["A"]),  # 1.33 -> 1; X: 0.67 -> 1
        (1, ["A"]),  # 0.67 -> 1; X: 0.33 -> 0
        (0, []),
    ],
)
def test_reward_1_and_2_places_and_candidates(land: Path, tmp_path: Path, places: int, winners: list[str]) -> None:
    """LP9 is an online_order: X never is a candidate."""
    edition = tmp_path / "edition.toml"
    words = SHIPPED.read_text(encoding="utf-8")
    edition.write_text(re.sub(r"places = { value = 200", f"places = {{ value = {places}", words), encoding="utf-8")
    lines = [*late(), *clean("05-06T10:00:00", "LP9", "X")]
    for n, place in enumerate(("A", "B", "B"), 2):
        at = f"06-0{n}T10:00:00"
        lines.append(cases.push(f"2026-{at}+08:00", place, logistics_no=f"LP{n}", business_type="send_express"))
        lines.append(event(at[:6] + "10:20:00", "accept", logistics_no=f"LP{n}", station=place))
    lines += [*late("06-05T10:00:00", "LP7", "B"), event("07-01T00:00:00", "settle", month="2026-06")]
    path = land / "events.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    found = run(path, land, edition=edition)["settlement.csv"]
    assert [station for _, station, kind, fen in found if (kind, fen) == ("reward", "20000")] == winners


def test_reward_2_ranks_by_orders_then_by_time_then_by_code(land: Path, tmp_path: Path) -> None:
    """One place for A and B: as many orders, but A accepted one late; that was dismissed."""
    edition = tmp_path / "edition.toml"
    edition.write_text(SHIPPED.read_text(encoding="utf-8").replace("places = { value = 200", "places = { value = 1"))
    for minute, winner in (("20", "A"), ("31", "B")):
        lines = []
        for number, place in (("LP1", "A"), ("LP2", "B")):
            at = "2026-05-05T10:00:00+08:00"
            lines.append(cases.push(at, place, logistics_no=number, business_type="send_express"))
        lines.append(event("05-05T10:20:00", "accept", logistics_no="LP2", station="B"))
        lines.append(event(f"05-05T10:{minute}:00", "accept", logistics_no="LP1", station="A"))
        lines.append(event("06-01T00:00:00", "settle", month="2026-05"))
        path = land / "events.jsonl"
        path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
        found = run(path, land, edition=edition)["settlement.csv"]
        assert [station for _, station, kind, _ in found if kind == "reward"] == [winner]


@pytest.mark.parametrize("seed", (1001, 1004, 1007))
def test_what_rests_is_not_forgotten(tmp_path: Path, seed: int) -> None:
    """The book's memory saves time and changes nothing."""
    events = write(seed, tmp_path)
    assert run(events, tmp_path) == run(events, tmp_path, memory=False)

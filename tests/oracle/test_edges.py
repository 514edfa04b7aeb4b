"""Instants at which two things fall together: product and naive calculation agree, and as worked out by hand."""

import csv
import json
from pathlib import Path

from tests.oracle import test_naive as cases
from tests.oracle.compare import compare, soft_differences
from tests.oracle.naive import run
from tests.oracle.test_quarrels import Told, clean, event, late
from tests.replaying import replay

land = cases.land
NOTICE = event("05-11T09:00:00", "notice", week="2026-W19")


def case(number: str, station: str = "A") -> Told:
    return {"logistics_no": number, "station": station, "kind": "V-ACCEPT"}


def both(land: Path, lines: list[Told]) -> tuple[Path, list[str]]:
    """The product's result folder, and the refusals as `number code`, after both replays agreed."""
    lines = sorted(lines, key=lambda line: str(line["at"]))
    events, out = land / "events.jsonl", land / "out"
    events.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    assert replay(events, land, out).exit_code == 0
    rows = run(events, land)
    found = compare(out, rows) + soft_differences(out, rows)
    assert not found, "\n".join(found)
    return out, [f"{lines[int(line) - 1].get('logistics_no', '')} {code}" for line, _, code in rows["rejected.csv"]]


def rows_of(out: Path, name: str) -> list[list[str]]:
    return list(csv.reader((out / name).read_text(encoding="utf-8").splitlines()))[1:]


def decide(at: str, number: str, stage: str, decision: str = "uphold", station: str = "A") -> Told:
    return event(at, "decide", **case(number, station), stage=stage, decision=decision, reason="-")


def appeal(at: str, number: str, station: str = "A", **more: str) -> Told:
    return event(at, "appeal", **case(number, station), text="-", **more)


def test_appeal_2_at_the_midnight_when_the_province_was_silent(land: Path) -> None:
    """The appeals lie at HQ from that instant on (fine print 7)."""
    lines, midnight = [NOTICE], "05-16T00:00:00"
    for number in ("LP1", "LP2", "LP3", "LP4"):
        lines += [*late(number=number), appeal("05-12T10:00:00", number)]
    lines += [decide("05-15T23:59:59.999999", "LP1", "province"), decide("05-15T23:59:59", "LP2", "hq")]
    lines += [decide(midnight, "LP3", "province"), decide(midnight, "LP4", "hq", "overturn")]
    lines += [appeal(midnight, "LP3"), event(midnight, "notice", week="2026-W19")]
    out, refused = both(land, lines)
    assert refused == ["LP2 no_open_appeal", "LP3 no_open_appeal", "LP3 appeal_period_over"]
    stages = {(row[0], row[3]): row[4] for row in rows_of(out, "appeals.csv")}
    assert stages["LP1", "province"] == "upheld"
    assert stages["LP3", "province"] == stages["LP4", "province"] == "passed_on"
    assert (stages["LP3", "hq"], stages["LP4", "hq"]) == ("open", "overturned")


def test_a_kind_that_stands_twice_on_an_order(land: Path) -> None:
    """Fine print 6: the lowest seq for which it is possible."""
    push, *_ = late()
    lines = [
        push,
        event("05-05T10:40:00", "transfer", logistics_no="LP1", station="A", to="DATA_CENTRE"),
        event("05-05T11:00:00", "dispatch", logistics_no="LP1", to="A", operator="HQ"),
        event("05-05T11:40:00", "accept", logistics_no="LP1", station="A"),
        event("05-05T12:00:00", "review", **case("LP1"), decision="confirm", reason="-"),
        NOTICE,
        decide("05-11T10:00:00", "LP1", "province"),
        *(appeal(f"05-12T10:0{n}:00", "LP1") for n in range(3)),
        decide("05-12T11:00:00", "LP1", "province", "uphold"),
        decide("05-12T12:00:00", "LP1", "province", "overturn"),
        appeal("05-12T13:00:00", "LP1", to="hq"),
    ]
    out, refused = both(land, lines)
    assert refused == ["LP1 no_open_appeal", "LP1 already_appealed"]
    found = [(row[1], row[4]) for row in rows_of(out, "violations.csv") if row[3] == "V-ACCEPT"]
    assert found == [("1", "confirmed"), ("3", "overturned")]
    assert rows_of(out, "appeals.csv")[0][3:5] == ["hq", "open"]


def test_news_closes_an_open_appeal(land: Path) -> None:
    """Fine print 6; told at the very midnight when the appeal passed to HQ, it is HQ's row that closes."""
    lines = [NOTICE]
    for n, told in ((1, "05-13T10:00:00"), (2, "05-16T00:00:00")):
        waybill = f"5500000000000{n}"
        push, review = late(number=f"LP{n}")
        lines += [{**push, "waybill_no": waybill}, review, appeal("05-12T10:00:00", f"LP{n}")]
        made = "2026-05-05T10:20:00+08:00"
        lines.append(event(told, "scan", waybill_no=waybill, station="A", scanned_at=made))
        lines.append(decide("05-17T10:00:00", f"LP{n}", "hq"))
    out, refused = both(land, lines)
    assert refused == ["LP1 no_open_appeal", "LP2 no_open_appeal"]
    found = [(row[0], *row[3:5], row[6][5:16]) for row in rows_of(out, "appeals.csv")]
    assert found == [
        ("LP1", "province", "overturned", "05-13T10:00"),
        ("LP2", "hq", "overturned", "05-16T00:00"),
        ("LP2", "province", "passed_on", "05-16T00:00"),
    ]


def test_settle_2_the_last_and_the_first_instant_of_a_month(land: Path) -> None:
    """A deadline at 00:00:00 on the 1st belongs to the new month; settling is possible from that instant on, and what
    is reviewed after it in the same instant is a difference."""
    night = [
        cases.push(f"2026-05-31T{t}+08:00", "A", logistics_no=f"LP{n}")
        for n, t in enumerate(("08:00:00", "07:59:59"), 1)
    ]
    lines = [*night, *(event("05-31T08:10:00", "accept", logistics_no=f"LP{n}", station="A") for n in (1, 2))]
    for n in (1, 2):
        fields = {"logistics_no": f"LP{n}", "station": "A", "kind": "V-PICKUP"}
        lines.append(event("06-01T10:00:00", "review", **fields, decision="confirm", reason="-"))
    lines += [
        *clean("06-10T10:00:00", "LP5"),
        *late("05-20T10:00:00", "LP6", "B"),
        *clean("06-11T10:00:00", "LP7", "B"),
    ]
    lines += [event("05-31T23:59:59.999999", "settle", month="2026-05")]
    lines += [event("06-01T00:00:00", "settle", month="2026-05"), event("07-01T00:00:00", "settle", month="2026-06")]
    lines += [event("07-01T00:00:00", "review", **case("LP6", "B"), decision="dismiss", reason="-")]
    lines += [event("08-01T00:00:00", "settle", month=month) for month in ("2026-05", "2026-06", "2026-07")]
    out, refused = both(land, lines)
    assert refused == [" month_not_over", "LP6 no_open_suspicion"]
    happened = {row[0]: row[5] for row in rows_of(out, "violations.csv")}
    assert happened["LP1"] == "2026-06-01T00:00:00+08:00"
    assert happened["LP2"] == "2026-05-31T23:59:59+08:00"
    assert [row[:4] for row in rows_of(out, "settlement.csv")] == [["2026-06", "B", "refund_1", "6000"]]

"""A small ledger with one of everything: fines, a reversal, goodwill, a settlement, a closed month, heads."""

import json
from pathlib import Path

from sqlalchemy import Connection, Engine, select

from basics.days import parse_instant
from penalties import byhand
from penalties.actions import Change, change
from penalties.byhand import Asked
from penalties.daily.actions import write_down
from penalties.daily.queries import heads, next_day
from penalties.ledger_text import head_line
from penalties.lifecycle import CONFIRM
from penalties.requests.actions import approve, ask
from penalties.requests.queries import request_of
from penalties.settlement import DryRun
from penalties.settling.queries import dry_run
from people.access import Actor, Role
from rulebook.book import packaged
from storage.session import reading, writing
from storage.tables.penalties import cases
from tests.verify.planting import FINES
from tests.verify.replayed import STORIES, run
from verify.books.chain import Remembered, read_heads

MAKER = Actor(1, "财务钱进", Role.FINANCE, None, None)
CHECKER = Actor(2, "财务孙立", Role.FINANCE, None, None)
FILE = "ledger_heads.log"
# What stands in it, by the numbers of the postings.
FALLEN, FINE = "fine:kuaidi100/KD2101:1:V-PICKUP", "fine:kuaidi100/KD2102:1:V-PICKUP"
REVERSAL = f"{FALLEN}:reversed"
GOODWILL, REWARD, REFUND = "request:1", "settle:2026-06:HZ01:reward:1", "settle:2026-06:HZ01:refund_1:1"
LAST = "fine:kuaidi100/KD2301:1:V-PICKUP"
KEYS = (FALLEN, FINE, REVERSAL, GOODWILL, REWARD, REFUND, LAST)


def build(engine: Engine, folder: Path) -> list[Remembered]:
    """Tell it all; the heads as the file of heads has them. The story's May has a fine that stands and one that fell;
    June a clean order of HZ01, so that it earns a reward and 60 % back; in July one more is late."""
    events = folder / "events.jsonl"
    events.write_text((STORIES / FINES / "events.jsonl").read_text(encoding="utf-8") + _more(), encoding="utf-8")
    run(engine, events, STORIES / "_networks" / "plain", parse_instant("2026-07-02T09:00:00+08:00"))
    with writing(engine) as conn:
        _signed(conn, Asked("goodwill", "g", "补偿", "HZ01", -5_000, "2026-06"), "2026-07-03")
        _signed(conn, _of_month(conn, "settlement", "2026-05"), "2026-07-03")
        _signed(conn, _of_month(conn, "close_month", "2026-05"), "2026-07-03")
        _signed(conn, _of_month(conn, "settlement", "2026-06"), "2026-07-04")
        _signed(conn, _of_month(conn, "close_month", "2026-06"), "2026-07-05")
        suspected = conn.scalar(select(cases.c.violation_id).where(cases.c.state == "suspected"))
        at = parse_instant("2026-07-07T10:00:00+08:00")
        assert change(conn, [Change(suspected or 0, CONFIRM, at, "HQ", "查实")], at) == [None]
        end = parse_instant("2026-07-08T10:00:00+08:00")
        while (day := next_day(conn, end)) is not None:
            write_down(conn, day, end)
    return remembered(engine)


def remembered(engine: Engine) -> list[Remembered]:
    """What the file of heads would hold now."""
    with reading(engine) as conn:
        text = "\n".join(head_line(row.day, row.seq, row.chain) for row in heads(conn))
    found, unreadable = read_heads(text, FILE)
    assert unreadable == []
    return found


def _of_month(conn: Connection, kind: str, month: str) -> Asked:
    """Under its dry run."""
    found = dry_run(conn, month, packaged(), parse_instant("2026-07-04T10:00:00+08:00"))
    assert isinstance(found, DryRun)
    return Asked(kind, f"{kind} {month}", "月结", month=month, seen=found.digest)


def _signed(conn: Connection, asked: Asked, day: str) -> None:
    """Asked by one, approved by the other."""
    at = parse_instant(f"{day}T10:00:00+08:00")
    number = ask(conn, asked, MAKER, packaged(), at)
    assert isinstance(number, int), number
    row = request_of(conn, number)
    assert row is not None and row.state == byhand.OPEN
    assert approve(conn, number, CHECKER, "核对无误", row.digest, packaged(), at) is None


def _more() -> str:
    def order(no: str, at: str) -> list[dict[str, object]]:
        sender = {"name": "寄件人", "phone": f"1390000{no[2:]}"}
        pushed = {
            "at": f"{at}T09:00:00+08:00", "do": "order", "logistics_no": no, "channel": "kuaidi100",
            "business_type": "send_express", "created_at": f"{at}T09:00:00+08:00", "lng": 120.07, "lat": 30.07,
            "sender": sender,
        }  # fmt: skip
        return [pushed, {"at": f"{at}T09:10:00+08:00", "do": "accept", "logistics_no": no, "station": "HZ01"}]

    waybill = "55000000002201"
    confirmed = {"at": "2026-06-03T10:00:00+08:00", "do": "confirm", "logistics_no": "KD2201", "station": "HZ01"}
    scanned = {"at": "2026-06-03T11:00:00+08:00", "do": "scan", "waybill_no": waybill, "station": "HZ01"}
    lines = [
        *order("KD2201", "2026-06-03"), confirmed | {"waybill_no": waybill},
        scanned | {"scanned_at": "2026-06-03T10:30:00+08:00"}, *order("KD2301", "2026-07-01"),
    ]  # fmt: skip
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)

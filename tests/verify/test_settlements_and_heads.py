"""What settlements, requests, heads and cases say beside the chain, told otherwise: each is found, and no unreadable
value ends the look (I-13 to I-15, I-17; RELIABILITY D7)."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import Connection, Engine, insert, select, text, update

from app import cli
from basics.days import midnight, parse_instant
from penalties.booking.actions import post
from penalties.daily.actions import write_down
from penalties.daily.queries import next_day, report
from penalties.ledger import ADJUSTMENTS, Posting
from penalties.ledger_text import head_line
from storage.session import reading, writing
from storage.tables import penalties as p
from storage.tables import people
from tests.verify.books_scene import FILE, FINE, GOODWILL, LAST, REVERSAL, build, remembered
from tests.verify.planting import behind_the_back
from tests.verify.tampering import DAY, L, Tamper, changed, gone, of, rehashed, row_of
from tests.verify.test_tampering import found_by
from verify.books.chain import Kept, Remembered, kept_findings, read_heads
from verify.finding import Finding

H, Q, C, S = p.ledger_heads.c, p.money_requests.c, p.closed_months.c, p.settlements.c
AT = parse_instant("2026-07-08T10:00:00+08:00")
JUNE = S.month == "2026-06"


def figures(change: Callable[[dict[str, Any]], Any]) -> Tamper:
    def plant(conn: Connection) -> None:
        kept = conn.scalar(select(S.figures).where(JUNE))
        assert kept is not None
        change(kept)
        conn.execute(update(p.settlements).where(JUNE).values(figures=kept))

    return plant


def another(month: str, number: int) -> Tamper:
    row = {"month": month, "number": number, "settled_at": AT, "edition": "2017-01-01", "figures": {}}
    return lambda conn: conn.execute(insert(p.settlements).values(row))


def planted_head(day: str) -> Tamper:
    def plant(conn: Connection) -> None:
        last = conn.execute(select(p.ledger_heads).order_by(H.day.desc()).limit(1)).one()
        conn.execute(insert(p.ledger_heads).values({**last._mapping, "day": day, "written_at": AT}))

    return plant


def of_case(key: str, table: Any, **values: Any) -> Tamper:
    violation = select(p.postings.c.violation_id).where(p.postings.c.key == key).scalar_subquery()
    return row_of(table, table.c.violation_id == violation, **values)


WAYS: dict[str, tuple[Tamper, str, str, str]] = {
    "frozen house": (figures(lambda f: f["network"]["houses"].update(HZ01="HZ02")), "I-17", "settlements", "2026-06 0"),
    "frozen province": (
        figures(lambda f: f["network"]["provinces"].update(HZ01="别省")), "I-17", "settlements", "2026-06 0",
    ),
    "network gone": (figures(lambda f: f.pop("network")), "I-17", "settlements", "2026-06 0"),
    "gap": (figures(lambda f: f.update(gap=-7)), "I-17", "settlements", "2026-06 0"),
    "places of all": (figures(lambda f: f.update(places_of_all=7)), "I-17", "settlements", "2026-06 0"),
    "digest of the figures": (figures(lambda f: f.update(digest="0" * 64)), "I-17", "settlements", "2026-06 0"),
    "settled at": (row_of(p.settlements, JUNE, settled_at=AT), "I-17", "settlements", "2026-06 0"),
    "edition": (row_of(p.settlements, JUNE, edition="1999"), "I-17", "settlements", "2026-06 0"),
    "invented month": (another("2026-04", 0), "I-17", "settlements", "2026-04 0"),
    "settled again for nothing": (another("2026-06", 1), "I-17", "settlements", "2026-06 1"),
    "digest signed over another sum, made right": (
        row_of(p.money_requests, Q.id == 1, digest="0" * 64), "I-15", "postings", GOODWILL,
    ),
    "closed later": (row_of(p.closed_months, C.month == "2026-06", closed_at=AT), "I-15", "closed_months", "2026-06"),
    "goodwill long ago, chain right": (
        rehashed(changed(GOODWILL, happened_at=-2 * DAY), linked=True), "I-15", "postings", GOODWILL,
    ),
    "reversal long ago, chain right": (
        rehashed(changed(REVERSAL, happened_at=-20 * DAY), linked=True), "I-14", "cases", "overturned",
    ),
    "who decided": (of_case(FINE, p.cases, decided_by="别人 #9"), "I-14", "cases", "confirmed"),
    "why it was decided": (of_case(FINE, p.case_log, reason="别的"), "I-14", "cases", "confirmed"),
    "who decided, in the log": (of_case(LAST, p.case_log, by="别人 #9"), "I-14", "cases", "confirmed"),
    "log deleted": (gone(p.case_log, p.case_log.c.id > 0), "I-14", "cases", "confirmed"),
    "head of a day far away": (planted_head("2099-12-31"), "I-13", "ledger_heads", "2099-12-31"),
    "head of no day": (planted_head("zzzz"), "I-13", "ledger_heads", "zzzz"),
    "head before the day was over": (
        row_of(p.ledger_heads, H.day == "2026-07-04", written_at=midnight(date(2026, 7, 5)) - timedelta(seconds=1)),
        "I-13", "ledger_heads", "2026-07-04",
    ),
    "greatest amount": (
        row_of(p.lines, (L.posting_id == of(FINE)) & (L.amount_fen > 0), amount_fen=2**63 - 1),
        "I-12", "postings", FINE,
    ),
}  # fmt: skip


def missed(found: list[Finding], invariant: str, table: str, row: str) -> list[str]:
    if any((one.invariant, one.table) == (invariant, table) and row in one.key for one in found):
        return []
    return [f"{one.invariant} {one.table} {one.key}: {one.message}" for one in found] or ["silent"]


def test_each_way_is_named(engine: Engine, tmp_path: Path) -> None:
    """SETTLE-1, ROLE-3, VIO-4, APPEAL-3."""
    heads = build(engine, tmp_path)
    found = {way: missed(found_by(engine, plant, heads), *due) for way, (plant, *due) in WAYS.items()}
    assert {way: said for way, said in found.items() if said} == {}


def test_whoever_signs_has_an_account(engine: Engine, tmp_path: Path) -> None:
    heads = build(engine, tmp_path)

    def with_accounts(maker: str) -> list[Finding]:
        def plant(conn: Connection) -> None:
            of_all = {"password_hash": "x", "disabled": False, "created_at": AT, "role": "finance"}
            rows = [of_all | {"id": number, "login": str(number), "display_name": "x"} for number in (1, 2)]
            conn.execute(insert(people.users), rows)
            conn.execute(update(p.money_requests).where(Q.id == 1).values(maker=maker))

        return [one for one in found_by(engine, plant, heads) if "no such user" in one.message]

    assert with_accounts("财务钱进 #1") == []
    assert [one.key for one in with_accounts("x #77")] == ["1 (goodwill)"]
    nobody = found_by(engine, row_of(p.money_requests, Q.id == 1, maker="x #77"), heads)
    assert [one for one in nobody if "no such user" in one.message] == [], "a replay has no accounts"


@pytest.mark.parametrize(
    "statement",
    [
        'UPDATE settlements SET figures = \'{"stations": {"x": "y"}}\'',
        "UPDATE settlements SET figures = '{\"stations\": [1]}'",
        "UPDATE settlements SET settled_at = 'junk'",
        "UPDATE settlements SET month = '2026-13' WHERE month = '2026-06'",
        "UPDATE postings SET recorded_at = 'junk' WHERE id = 2",
        "UPDATE postings SET happened_at = 5 WHERE id = 2",
        "UPDATE postings SET seq = 'x' WHERE id = 2",
        "UPDATE closed_months SET closed_at = 'junk'",
        "UPDATE money_requests SET amount_fen = 'x' WHERE id = 1",
        "UPDATE settlement_items SET amount_fen = 'x'",
    ],
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_cannot_be_read_is_a_finding(engine: Engine, database_url: str, tmp_path: Path, statement: str) -> None:
    build(engine, tmp_path)
    with behind_the_back(engine) as conn:
        conn.execute(text(statement.replace(":", "\\:")))
    told = CliRunner().invoke(cli, ["verify", "--database", database_url])
    assert told.exit_code == 1 and isinstance(told.exception, SystemExit), told.output
    assert statement.split()[1] in told.output


def test_a_head_that_is_not_over_stops_no_day(engine: Engine, tmp_path: Path) -> None:
    """RELIABILITY D7."""
    build(engine, tmp_path)
    for day in ("2099-12-31", "zzzz"):
        with writing(engine) as conn:
            planted_head(day)(conn)
            assert next_day(conn, AT + DAY) == date(2026, 7, 8)


def test_nothing_is_booked_into_a_day_that_was_reported(engine: Engine, tmp_path: Path) -> None:
    """A slow transaction read its clock before midnight and books after the report."""
    build(engine, tmp_path)
    over = midnight(date(2026, 7, 9))
    lines = (("HZ01", 100), (ADJUSTMENTS, -100))
    with writing(engine) as conn:
        write_down(conn, date(2026, 7, 8), over + timedelta(minutes=5))
        late = over - timedelta(minutes=1)
        post(conn, [Posting("request:9", late, "HZ01", "", "ROLE-3", "2017-01-01", lines)], late)
        at = conn.scalar(select(p.postings.c.recorded_at).where(p.postings.c.key == "request:9"))
        assert at == over and report(conn, date(2026, 7, 8)).seq == 7


def test_every_prefix_of_a_head_line_is_torn_and_no_other() -> None:
    for when in ("2026-07-07", "2026-07-07T10:00:00.123456+08:00"):
        line = head_line(when, 12, "a" * 64)
        for end in range(len(line)):
            assert read_heads(f"{line[:end]}\n{line}\n{line}\n", FILE)[1] == [], line[:end]
            assert {one.seq for one in read_heads(f"{line[:end]}\n{line}\n", FILE)[0]} == {12}
    assert [one.seq for one in read_heads("2026-07-07 0 \n", FILE)[0]] == [0]
    assert len(read_heads("garbage\n", FILE)[1]) == 1


def test_the_file_holds_each_head(engine: Engine, tmp_path: Path) -> None:
    """Missing, empty, shortened: each day that is not in it is named; what was just written may still be on its way."""
    heads: list[Remembered] = build(engine, tmp_path)
    with reading(engine) as conn:
        rows = conn.execute(select(p.ledger_heads).order_by(H.day)).all()

    def named(there: list[Remembered], until: datetime) -> list[str]:
        return [one.key for one in kept_findings(rows, there, Kept(FILE, until))]

    late = AT + timedelta(seconds=1)
    assert named(heads, late) == [] and named([], late) == [row.day for row in rows]
    assert named(heads[:-1], late) == ["2026-07-07"] and named([], AT) == []
    assert list(kept_findings(rows, [], None)) == [] and remembered(engine) == heads

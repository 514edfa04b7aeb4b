"""Lies in the ledger, planted by hand: each is found, and names posting or case (I-12)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, delete, insert, select, text, update

from penalties.ledger import Posting
from storage.tables import penalties as p
from storage.tables import sla as s
from tests.verify.planting import FINES, copied, found_after, moved
from tests.verify.replayed import tell


def posting(key: str) -> Any:
    return select(p.postings.c.id).where(p.postings.c.key == key).scalar_subquery()


FINE, FALLEN = "fine:kuaidi100/KD2102:1:V-PICKUP", "fine:kuaidi100/KD2101:1:V-PICKUP"
LINES = p.lines.c.posting_id == posting(FINE)
HOUSE = LINES & (p.lines.c.account == "HZ01")


def amounts(factor: int) -> Callable[[Connection], Any]:
    fen = p.lines.c.amount_fen * factor
    return lambda conn: conn.execute(update(p.lines).where(LINES).values(amount_fen=fen))


def unposted(key: str) -> Callable[[Connection], None]:
    def plant(conn: Connection) -> None:
        conn.execute(delete(p.lines).where(p.lines.c.posting_id == posting(key)))
        conn.execute(delete(p.postings).where(p.postings.c.key == key))

    return plant


def fined_twice(conn: Connection) -> None:
    """The same fine under another key, which balances and has its content's own hash."""
    row = conn.execute(select(p.postings).where(p.postings.c.key == FINE)).one()
    conn.execute(insert(p.postings), copied(row, id=1000, seq=1000, key=f"{FINE}:again"))
    lines = conn.execute(select(p.lines).where(LINES)).all()
    conn.execute(insert(p.lines), [copied(line, posting_id=1000) for line in lines])


def case(key: str, state: str) -> Callable[[Connection], Any]:
    violation = select(p.postings.c.violation_id).where(p.postings.c.key == key).scalar_subquery()
    where = p.cases.c.violation_id == violation
    return lambda conn: conn.execute(update(p.cases).where(where).values(state=state))


def dearer(conn: Connection) -> None:
    conn.execute(update(s.violations).where(s.violations.c.fine_fen == 10_000).values(fine_fen=50_000))


def forged(**changes: Any) -> Callable[[Connection], None]:
    """The fine rewritten so that its hash is right again."""

    def plant(conn: Connection) -> None:
        row = conn.execute(select(p.postings).where(p.postings.c.key == FINE)).one()
        lines = conn.execute(select(p.lines.c.account, p.lines.c.amount_fen).where(LINES)).all()
        wanted = {
            name: getattr(row, name) + value if isinstance(value, timedelta) else value
            for name, value in changes.items()
        }
        names = ("key", "happened_at", "station", "logistics_no", "rule", "edition")
        content = {name: getattr(row, name) for name in names} | wanted
        digest = Posting(**content, lines=tuple((line.account, line.amount_fen) for line in lines)).content_hash()
        where = p.postings.c.key == FINE
        conn.execute(update(p.postings).where(where).values(**wanted, content_hash=digest))

    return plant


LEDGER: dict[str, tuple[Callable[[Connection], Any], list[str]]] = {
    "one amount": (
        lambda c: c.execute(update(p.lines).where(HOUSE).values(amount_fen=9_999)),
        [f"postings ({FINE})", "ledger_lines *", "cases (kuaidi100/KD2102:1:V-PICKUP confirmed)"],
    ),
    "both amounts": (
        amounts(2), [f"postings ({FINE})", "cases (kuaidi100/KD2102:1:V-PICKUP confirmed)"],
    ),
    "deleted line": (
        lambda c: c.execute(delete(p.lines).where(HOUSE)),
        [f"postings ({FINE})", "ledger_lines *", "cases (kuaidi100/KD2102:1:V-PICKUP confirmed)"],
    ),
    "deleted lines": (
        lambda c: c.execute(delete(p.lines).where(LINES)),
        [f"postings ({FINE})", "cases (kuaidi100/KD2102:1:V-PICKUP confirmed)"],
    ),
    "deleted posting": (
        lambda c: c.execute(delete(p.postings).where(p.postings.c.key == FINE)),
        ["ledger_lines", "cases (kuaidi100/KD2102:1:V-PICKUP confirmed)"],
    ),
    "posting for another day": (
        moved(p.postings, p.postings.c.key == FINE, p.postings.c.happened_at),
        [f"postings ({FINE})", "cases (kuaidi100/KD2102:1:V-PICKUP confirmed)"],
    ),
    "day, forged with its hash": (
        forged(happened_at=timedelta(days=1)), ["cases (kuaidi100/KD2102:1:V-PICKUP confirmed)"],
    ),
    "station, forged with its hash": (forged(station="HZ02"), ["cases (kuaidi100/KD2102:1:V-PICKUP confirmed)"]),
    "edition, forged with its hash": (forged(edition="1999"), ["cases (kuaidi100/KD2102:1:V-PICKUP confirmed)"]),
    "fine never posted": (unposted(FINE), ["cases (kuaidi100/KD2102:1:V-PICKUP confirmed)"]),
    "reversal never posted": (unposted(f"{FALLEN}:reversed"), ["cases (kuaidi100/KD2101:1:V-PICKUP overturned)"]),
    "fine posted twice": (fined_twice, ["cases (kuaidi100/KD2102:1:V-PICKUP confirmed)"]),
    "fine of a dismissed case": (case(FINE, "dismissed"), ["cases (kuaidi100/KD2102:1:V-PICKUP dismissed)"]),
    "overturned without reversal": (case(FINE, "overturned"), ["cases (kuaidi100/KD2102:1:V-PICKUP overturned)"]),
    "reversed and yet confirmed": (case(FALLEN, "confirmed"), ["cases (kuaidi100/KD2101:1:V-PICKUP confirmed)"]),
    "other tariff": (
        dearer,
        ["cases (kuaidi100/KD2101:1:V-PICKUP overturned)", "cases (kuaidi100/KD2102:1:V-PICKUP confirmed)"],
    ),
    "case lost": (
        lambda c: c.execute(delete(p.cases).where(p.cases.c.state == "dismissed")),
        ["cases (kuaidi100/KD2103:1:V-PICKUP None)"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", LEDGER)
def test_planted_in_the_ledger(engine: Engine, name: str) -> None:
    """I-12, LEDGER-1, VIO-4, APPEAL-3."""
    tell(engine, FINES)
    plant, expected = LEDGER[name]
    found = found_after(engine, plant)
    more = {"I-08", "I-13", "I-14", "I-15"}  # what stands in a case must have its cause; chain and causes
    assert {f.invariant for f in found} <= {"I-12", *more}
    found = [f for f in found if f.invariant == "I-12"]
    shown = [" ".join([f.table, *(part for part in f.key.split(" ", 1) if not part.isdigit())]) for f in found]
    assert sorted(shown) == sorted(expected)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("amount", ["'many'", "9999.5"])
def test_amounts_are_whole_fen(engine: Engine, amount: str) -> None:
    """SQLite stores whatever it is given."""
    tell(engine, FINES)
    found = found_after(engine, lambda c: c.execute(text(f"UPDATE ledger_lines SET amount_fen = {amount}")))
    assert "I-12" in {f.invariant for f in found} and found[0].table == "postings"

"""A random history in a database, its months closed by hand, and an archive beside it."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
from sqlalchemy import Connection, Engine, select
from sqlalchemy.engine import make_url

from basics.days import month_of
from basics.refusal import Refusal
from reports.archive import actions
from reports.archive.layout import Part, order_of
from reports.archive.queries import facts_of, parts, standing
from reports.facts.frames import FRAMES, Facts
from reports.facts.queries import load
from storage.session import connect, snapshot, writing
from storage.tables import penalties as t
from storage.tables.dispatch import orders
from tests.oracle import histories
from tests.replaying import replay

NOW = datetime(2026, 12, 1, tzinfo=UTC)


def lived(seed: int, folder: Path, orders: int = 40) -> Engine:
    """The history of a seed, told to the product in a database of its own."""
    (folder / "network").mkdir()
    events = histories.write(seed, folder / "network", orders=orders)
    url = f"sqlite:///{folder}/lived.db"
    done = replay(events, folder / "network", folder / "out", "--database", url)
    assert done.exit_code == 0, done.output
    return connect(make_url(url).render_as_string(), throw_away=True)


def close(conn: Connection, *months: str) -> None:
    """As an approved request closes it (BYHAND's own tests show the way there)."""
    for month in months:
        row = {
            "key": f"close {month}", "kind": "close_month", "state": "approved", "month": month, "about": "",
            "reason": "", "content": {}, "digest": "", "maker": "财务甲 #1", "made_at": NOW, "checker": "财务乙 #2",
            "decided_at": NOW, "decision": "",
        }  # fmt: skip
        made = t.money_requests.insert().values(row).returning(t.money_requests.c.id)
        number = conn.execute(made).scalar_one()
        conn.execute(t.closed_months.insert().values(month=month, closed_at=NOW, request_id=number))


def months_of(engine: Engine) -> list[str]:
    """Every month with an order."""
    with snapshot(engine) as conn:
        return sorted({month_of(at) for at in conn.scalars(select(orders.c.created_at))})


def archive(engine: Engine, folder: Path, month: str) -> list[Part] | Refusal:
    """As the command does it."""
    with snapshot(engine) as conn:
        made = actions.write(conn, folder, month)
    if isinstance(made, Refusal):
        return made
    with writing(engine) as conn:
        actions.record(conn, month, made, NOW)
        actions.let_go(folder, month, parts(conn, [month]))
    return made


def changed(engine: Engine, folder: Path) -> set[str]:
    """Archived months that the database no longer looks like."""
    with snapshot(engine) as conn:
        return {one.month for one in standing(conn, folder) if one.changed}


def told(facts: Facts) -> dict[str, pl.DataFrame]:
    """Every frame, its rows in one order."""
    return {frame: table.collect().sort(order_of(frame)) for frame, table in facts.items()}


def alike(
    engine: Engine, folder: Path, start: datetime | None, end: datetime | None, stations: Sequence[str] | None = None
) -> dict[str, pl.DataFrame]:
    """The facts with the archive, which are those without it in every row and column."""
    with snapshot(engine) as conn:
        ours, plain = (
            told(facts_of(conn, folder, start, end, stations=stations)),
            told(load(conn, start, end, stations=stations)),
        )
    assert set(ours) == set(plain) == set(FRAMES)
    for frame, table in plain.items():
        assert ours[frame].equals(table), frame
        assert ours[frame].schema == table.schema
    return ours

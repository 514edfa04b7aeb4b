"""What somebody with every right on the database can do to the ledger, who also knows how it is made."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from penalties.ledger import NO_CHAIN, Posting, link
from storage.tables import penalties as p
from tests.verify.books_scene import FALLEN, FINE, GOODWILL, LAST, REVERSAL, REWARD

Tamper = Callable[[Connection], Any]
P, L = p.postings.c, p.lines.c


def of(key: str) -> Any:
    """The id of a posting, in a statement."""
    return select(P.id).where(P.key == key).scalar_subquery()


def changed(key: str, /, **values: Any) -> Tamper:
    """Columns of a posting; a difference of time is added to what is there."""

    def plant(conn: Connection) -> None:
        row = conn.execute(select(p.postings).where(P.key == key)).one()
        new = {n: getattr(row, n) + v if isinstance(v, timedelta) else v for n, v in values.items()}
        conn.execute(update(p.postings).where(P.key == key).values(new))

    return plant


def amounts(key: str, account: str | None, factor: int) -> Tamper:
    where = (L.posting_id == of(key)) & (L.account == account if account else L.account.is_not(None))
    return lambda conn: conn.execute(update(p.lines).where(where).values(amount_fen=L.amount_fen * factor))


def rehashed(*plants: Tamper, linked: bool = False) -> Tamper:
    """The same, and every content hash made right again; `linked`: the chain too."""

    def plant(conn: Connection) -> None:
        for one in plants:
            one(conn)
        rewrite(conn, linked)

    return plant


def rewrite(conn: Connection, linked: bool) -> None:
    """Content hashes, and links from the first posting on, as the engine would have made them."""
    chain = NO_CHAIN
    for row in conn.execute(select(p.postings).order_by(P.seq)).all():
        pairs = conn.execute(select(L.account, L.amount_fen).where(L.posting_id == row.id)).all()
        lines = tuple((account, fen) for account, fen in pairs)
        one = Posting(row.key, row.happened_at, row.station, row.logistics_no, row.rule, row.edition, lines)
        content = one.content_hash()
        chain = link(
            chain, row.seq, row.key, content, row.recorded_at, row.month, row.why, row.violation_id, row.request_id
        )
        new = {"content_hash": content} | ({"chain": chain} if linked else {})
        conn.execute(update(p.postings).where(P.id == row.id).values(new))


def removed(*keys: str, renumbered: bool = False) -> Tamper:
    """Postings with all that hangs on them; `renumbered`: what follows moves up, with right hashes and links."""

    def plant(conn: Connection) -> None:
        ids = select(P.id).where(P.key.in_(keys)).scalar_subquery()
        for table, column in ((p.settlement_items, p.settlement_items.c.posting_id), (p.lines, L.posting_id)):
            conn.execute(delete(table).where(column.in_(ids)))
        conn.execute(delete(p.postings).where(P.key.in_(keys)))
        if renumbered:
            for number, row_id in enumerate(conn.scalars(select(P.id).order_by(P.seq)).all(), 1):
                conn.execute(update(p.postings).where(P.id == row_id).values(seq=number))
            rewrite(conn, linked=True)

    return plant


def swapped(*names: str) -> Tamper:
    """Columns of the two fines of the story exchanged."""

    def plant(conn: Connection) -> None:
        rows = [conn.execute(select(p.postings).where(P.key == key)).one() for key in (FALLEN, FINE)]
        conn.execute(update(p.postings).where(P.id == rows[0].id).values({n: _away(n, rows[0]) for n in names}))
        for row, other in (rows[::-1], rows):
            conn.execute(update(p.postings).where(P.id == row.id).values({n: getattr(other, n) for n in names}))

    return plant


def _away(name: str, row: Any) -> Any:
    """A value that nobody has, while both are exchanged."""
    return row.seq + 1_000 if name == "seq" else f"?{getattr(row, name)}"[:-1]


def inserted(like: str, key: str, /, linked: bool = True, at: int | None = None, **more: Any) -> Tamper:
    """A copy of a posting under another key, at the end or, moving the others, as number `at`."""

    def plant(conn: Connection) -> None:
        row = conn.execute(select(p.postings).where(P.key == like)).one()
        last = conn.execute(select(func.max(P.id), func.max(P.seq))).one()
        seq = at or last[1] + 1
        for other in conn.execute(select(P.id, P.seq).where(P.seq >= seq).order_by(P.seq.desc())).all():
            conn.execute(update(p.postings).where(P.id == other.id).values(seq=other.seq + 1))
        values = {**row._mapping, "id": last[0] + 1, "seq": seq, "key": key, **more}
        conn.execute(insert(p.postings).values(values))
        for line in conn.execute(select(p.lines).where(L.posting_id == row.id)).all():
            conn.execute(insert(p.lines).values({**line._mapping, "posting_id": values["id"]}))
        if linked:
            rewrite(conn, linked=True)

    return plant


def row_of(table: Any, where: Any, **values: Any) -> Tamper:
    return lambda conn: conn.execute(update(table).where(where).values(values))


def gone(table: Any, where: Any) -> Tamper:
    return lambda conn: conn.execute(delete(table).where(where))


def suspected_again(conn: Connection) -> None:
    """The tail cut off, and its case as if nobody had decided it."""
    violation = conn.scalar(select(P.violation_id).where(P.key == LAST))
    removed(LAST)(conn)
    conn.execute(delete(p.case_log).where(p.case_log.c.violation_id == violation))
    undecided = {"state": "suspected", "steps": 0, "decided_at": None, "decided_by": None, "reason": None}
    conn.execute(update(p.cases).where(p.cases.c.violation_id == violation).values(undecided))


def cut_with_heads(conn: Connection) -> None:
    """The same, and the heads in the database cut with it: only a head kept elsewhere knows."""
    suspected_again(conn)
    conn.execute(delete(p.ledger_heads).where(p.ledger_heads.c.day == "2026-07-07"))


def half_goodwill(conn: Connection) -> None:
    """Goodwill of half, in the request as in the ledger, and all hashes from there to the end made right."""
    conn.execute(update(p.money_requests).where(p.money_requests.c.kind == "goodwill").values(amount_fen=-2_500))
    signs = ((L.account == "HZ01", -2_500), (L.account == "adjustments", 2_500))
    for where, fen in signs:
        conn.execute(update(p.lines).where(L.posting_id == of(GOODWILL), where).values(amount_fen=fen))
    rewrite(conn, linked=True)


def before_its_fine(conn: Connection) -> None:
    """The reversal and its fine change their numbers, and the chain is right again."""
    numbers = dict(conn.execute(select(P.key, P.seq).where(P.key.in_([FALLEN, REVERSAL]))).all())
    for key, seq in ((FALLEN, 999), (REVERSAL, numbers[FALLEN]), (FALLEN, numbers[REVERSAL])):
        conn.execute(update(p.postings).where(P.key == key).values(seq=seq))
    rewrite(conn, linked=True)


def winner_of_two(conn: Connection) -> None:
    """Two places for one house: line, posting and chain agree."""
    conn.execute(update(p.settlement_items).where(p.settlement_items.c.kind == "reward").values(amount_fen=40_000))
    amounts(REWARD, None, 2)(conn)
    rewrite(conn, linked=True)


DAY = timedelta(days=1)

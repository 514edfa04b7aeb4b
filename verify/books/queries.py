"""Reads the ledger and what hangs on it, in chunks, and puts every row before its check. Reads only."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import chain as chain_of
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, case, exists, func, select

from basics.days import month_bounds
from rulebook.book import Book
from storage.sql import among
from storage.tables import dispatch, people, sla
from storage.tables.penalties import (
    case_log,
    cases,
    closed_months,
    ledger_heads,
    lines,
    money_requests,
    postings,
    settlement_items,
    settlements,
)
from verify.books.causes import cause_findings, month_findings, own_month, reversal_findings
from verify.books.chain import (
    Chain,
    Kept,
    Remembered,
    day_findings,
    head_findings,
    kept_findings,
    link_findings,
    lost_findings,
)
from verify.books.months import (
    SettledMonth,
    closed_findings,
    digest_findings,
    order_findings,
    request_findings,
    settled_findings,
    signer_findings,
)
from verify.books.settlements import settlement_findings
from verify.cases import fold_findings
from verify.finding import Finding
from verify.ledger import REVERSED, case_findings, posting_findings
from verify.reading.queries import guarded, guarded_row

HALF = 1_000_000_000
CHUNK = 2_000  # postings or violations held in memory at a time
STILL_WRITTEN = timedelta(minutes=10)  # longer than any transaction: about what is as new, a settlement may be in doubt
_p, _l, _r, _i, _s = postings.c, lines.c, money_requests.c, settlement_items.c, settlements.c
_LINES = select(_l.posting_id, _l.account, _l.amount_fen)
_CAUSED = (
    select(
        postings, _r.kind.label("r_kind"), _r.state.label("r_state"), _r.maker.label("r_maker"),
        _r.checker.label("r_checker"), _r.month.label("r_month"), _r.station.label("r_station"),
        _r.amount_fen.label("r_amount"), _r.content["house"].as_string().label("r_house"),
        _r.digest.label("r_digest"),
        _r.decided_at.label("r_decided_at"),
        _i.station.label("i_station"), _i.kind.label("i_kind"), _i.amount_fen.label("i_amount"), _i.why.label("i_why"),
        _s.month.label("s_month"), _s.settled_at.label("s_settled_at"),
    )
    .outerjoin(money_requests, _r.id == _p.request_id)
    .outerjoin(settlement_items, _i.posting_id == _p.id)
    .outerjoin(settlements, _s.id == _i.settlement_id)
)  # fmt: skip


def book_findings(
    conn: Connection, book: Book, remembered: Sequence[Remembered], kept: Kept | None = None
) -> Iterator[Finding]:
    """Every finding about money. `remembered`: heads of the chain that somebody outside the database kept; `kept`: the
    file that should hold all of the database's own."""
    closed: dict[str, datetime] = {}
    yield from guarded(conn, "I-15", [closed_months, money_requests], _closed(conn, closed))
    signed = [postings, lines, money_requests, settlements, settlement_items]
    yield from guarded(conn, "I-13", [ledger_heads], _heads(conn, remembered, kept))
    yield from guarded(conn, "I-13", [*signed, ledger_heads], _postings(conn, book, closed, remembered))
    yield from guarded(conn, "I-12", [lines, postings], _sums(conn))
    yield from guarded(conn, "I-14", [cases, case_log, sla.violations, postings, lines], _cases(conn, closed))
    yield from guarded(conn, "I-17", [settlements, settlement_items, postings, lines], _months(conn, book))
    yield from guarded(conn, "I-17", [settlements, settlement_items, money_requests], _settlements(conn, book))
    yield from guarded(conn, "I-15", [money_requests, closed_months], _requests(conn))


def _closed(conn: Connection, closed: dict[str, datetime]) -> Iterator[Finding]:
    """Fills `closed`, which the others go by."""
    for row in conn.execute(select(closed_months)):
        closed[row.month] = row.closed_at
    yield from order_findings(closed)


def _heads(conn: Connection, remembered: Sequence[Remembered], kept: Kept | None) -> Iterator[Finding]:
    rows = conn.execute(select(ledger_heads).order_by(ledger_heads.c.day)).all()
    yield from day_findings(rows)
    yield from kept_findings(rows, remembered, kept)


def _postings(
    conn: Connection, book: Book, closed: dict[str, datetime], remembered: Sequence[Remembered]
) -> Iterator[Finding]:
    kept = [Remembered("ledger_heads", row.day, row.seq, row.chain) for row in conn.execute(select(ledger_heads))]
    kept.sort(key=lambda head: head.when)
    chain = Chain(frozenset(head.seq for head in (*kept, *remembered)))
    editions = {edition.name for edition in book.editions}
    for chunk in _batches(conn, _CAUSED.order_by(_p.seq)):
        booked = _lines_of(conn, [posting.id for posting in chunk])
        for posting in chunk:
            found = _posting(posting, booked[posting.id], chain, editions, closed)
            yield from guarded_row("I-13", "postings", f"{posting.seq} ({posting.key})", found)
    yield from head_findings(chain, [*kept, *remembered])
    yield from lost_findings(kept, remembered)


def _posting(
    posting: Any, its_lines: Sequence[tuple[str, Any]], chain: Chain, editions: Collection[str],
    closed: dict[str, datetime],
) -> Iterator[Finding]:  # fmt: skip
    yield from link_findings(chain, posting)
    yield from posting_findings(posting, its_lines)
    yield from cause_findings(posting, its_lines, editions)
    own = own_month(posting)
    yield from month_findings(posting, own, closed) if own else ()


def _batches(conn: Connection, query: Select[Any]) -> Iterator[Sequence[Any]]:
    """The rows a chunk at a time, by one statement: memory stays flat."""
    return conn.execute(query.execution_options(yield_per=CHUNK)).partitions()


def _lines_of(conn: Connection, ids: Sequence[int]) -> dict[int, list[tuple[str, Any]]]:
    found: dict[int, list[tuple[str, Any]]] = defaultdict(list)
    for posting, account, fen in conn.execute(_LINES.where(among(conn, _l.posting_id, ids))):
        found[posting].append((account, fen))
    return found


def _sums(conn: Connection) -> Iterator[Finding]:
    lost = select(_l.posting_id).outerjoin(postings, _p.id == _l.posting_id).where(_p.id.is_(None))
    if (orphan := conn.scalar(lost.order_by(_l.posting_id).limit(1))) is not None:
        yield Finding("I-12", "ledger_lines", str(orphan), "分录没有凭证 / lines without their posting")
    high, low = conn.execute(select(func.sum(_l.amount_fen // HALF), func.sum(_l.amount_fen % HALF))).one()
    total = (high or 0) * HALF + (low or 0)  # in halves: SQLite sums no further than 2^63
    if total != 0:
        yield Finding("I-12", "ledger_lines", "*", f"全部分录合计 {total} 分，应为 0 / all lines sum to {total} fen")


def _cases(conn: Connection, closed: dict[str, datetime]) -> Iterator[Finding]:
    v, o, c = sla.violations.c, dispatch.orders.c, cases.c
    query = (
        select(
            v.id, c.state, o.channel, o.logistics_no, v.seq, v.kind, v.station, v.house, v.happened_at, v.edition,
            v.fine_fen, c.steps, c.decided_at, c.decided_by, c.reason,
        )
        .join(dispatch.orders, o.id == v.order_id)
        .outerjoin(cases, c.violation_id == v.id)
        .order_by(v.id)
    )  # fmt: skip
    for chunk in _batches(conn, query):
        posted: dict[int, list[Row[Any]]] = defaultdict(list)
        about = among(conn, _p.violation_id, [violation.id for violation in chunk])
        for row in conn.execute(select(postings).where(about).order_by(_p.seq)):
            posted[row.violation_id].append(row)
        booked = _lines_of(conn, [row.id for rows in posted.values() for row in rows])
        logs = _steps_of(conn, [violation.id for violation in chunk])
        for violation in chunk:
            found = _case(violation, posted[violation.id], booked, logs[violation.id], closed)
            yield from guarded_row("I-14", "cases", violation.id, found)


def _steps_of(conn: Connection, ids: Sequence[int]) -> dict[int, list[Any]]:
    log, found = case_log.c, defaultdict[int, list[Any]](list)
    for row in conn.execute(select(case_log).where(among(conn, log.violation_id, ids)).order_by(log.step)):
        found[row.violation_id].append(row)
    return found


def _case(
    case: Any, posted: Sequence[Any], booked: dict[int, list[tuple[str, Any]]], log: Sequence[Any],
    closed: dict[str, datetime],
) -> Iterator[Finding]:  # fmt: skip
    yield from case_findings(case, posted, booked)
    yield from reversal_findings(posted, booked, closed)
    backs = [row.happened_at for row in posted if row.key.endswith(REVERSED)]
    yield from fold_findings(case, log, backs[0] if backs else None)


def _months(conn: Connection, book: Book) -> Iterator[Finding]:
    numbers: dict[str, list[int]] = defaultdict(list)
    last: dict[str, datetime] = {}
    for month, number, at in conn.execute(select(_s.month, _s.number, _s.settled_at).order_by(_s.month, _s.number)):
        numbers[month].append(number)
        last[month] = at
    for month, at in last.items():
        found = _month(conn, month, numbers[month], at, book)
        yield from guarded_row("I-17", "settlements", month, found)
    lost = select(_i.settlement_id, _i.station, _i.kind).outerjoin(postings, _p.id == _i.posting_id)
    for row in conn.execute(lost.where(_p.id.is_(None))):
        key = f"{row.settlement_id} {row.station} {row.kind}"
        yield Finding("I-17", "settlement_items", key, "没有入账 / was not posted")


def _month(conn: Connection, month: str, numbers: Sequence[int], at: datetime, book: Book) -> Iterator[Finding]:
    yield from settled_findings(_settled(conn, month, numbers, at), book)


def _settlements(conn: Connection, book: Book) -> Iterator[Finding]:
    query = (
        select(
            settlements, _r.kind.label("r_kind"), _r.state.label("r_state"), _r.month.label("r_month"),
            _r.decided_at.label("r_decided_at"), _r.content.label("r_content"),
        )
        .outerjoin(money_requests, _r.id == _s.request_id)
        .order_by(_s.month, _s.number)
    )  # fmt: skip
    posted = select(settlement_items, _p.key, _p.happened_at).outerjoin(postings, _p.id == _i.posting_id)
    for chunk in _batches(conn, query):
        items: dict[int, list[Any]] = defaultdict(list)
        for item in conn.execute(posted.where(among(conn, _i.settlement_id, [row.id for row in chunk]))):
            items[item.settlement_id].append(item)
        for row in chunk:
            found = settlement_findings(row, items[row.id], book)
            yield from guarded_row("I-17", "settlements", f"{row.month} {row.number}", found)


def _settled(conn: Connection, month: str, numbers: Sequence[int], at: datetime) -> SettledMonth:
    sums = (
        select(_i.station, _i.kind, func.sum(_i.amount_fen)).join(settlements, _s.id == _i.settlement_id)
        .where(_s.month == month).group_by(_i.station, _i.kind).order_by(_i.station, _i.kind)
    )  # fmt: skip
    figures = conn.scalar(select(_s.figures).where(_s.month == month, _s.number == numbers[-1]))
    fines, doubtful = _fines(conn, month, at)
    received = {(station, kind): int(fen) for station, kind, fen in conn.execute(sums)}
    return SettledMonth(month, numbers, figures or {}, received, fines, doubtful)


def _fines(conn: Connection, month: str, at: datetime) -> tuple[dict[str, list[int]], set[str]]:
    """House -> fen of fines that stood at an instant, of the two months before and of the month; and the houses about
    which something was booked at about that instant."""
    v, start, end = sla.violations.c, *month_bounds(month)
    last = month_bounds(f"{start - timedelta(days=1):%Y-%m}")[0]
    older = month_bounds(f"{last - timedelta(days=1):%Y-%m}")[0]
    which = case((v.happened_at >= start, 2), (v.happened_at >= last, 1), else_=0)
    about = _p.recorded_at.between(at - STILL_WRITTEN, at + STILL_WRITTEN)
    query = (
        select(
            v.house, which, func.sum(case((_p.recorded_at <= at, _l.amount_fen), else_=0)),
            func.max(case((about, 1), else_=0)),
        )
        .join(postings, _p.violation_id == v.id)
        .join(lines, and_(_l.posting_id == _p.id, _l.account == v.house))
        .where(v.happened_at >= older, v.happened_at < end, _p.key.like("fine:%"))
        .group_by(v.house, which)
    )  # fmt: skip
    fines: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    doubtful = set()
    for house, number, fen, new in conn.execute(query):
        fines[house][number] = int(fen)
        doubtful |= {house} if new else set()
    return fines, doubtful


def _requests(conn: Connection) -> Iterator[Finding]:
    r, c = _r, closed_months.c
    query = (
        select(
            r.id, r.kind, r.month, r.maker, r.checker, func.min(_p.id).label("posting_id"),
            func.min(_s.month).label("settled"), func.min(c.month).label("closed"),
        )
        .outerjoin(postings, and_(_p.request_id == r.id, _p.key.like("request:%")))
        .outerjoin(settlements, _s.request_id == r.id)
        .outerjoin(closed_months, c.request_id == r.id)
        .where(r.state == "approved")
        .group_by(r.id).order_by(r.id)
    )  # fmt: skip
    for request in conn.execute(query.execution_options(yield_per=CHUNK)):
        yield from guarded_row("I-15", "money_requests", request.id, request_findings(request))
    users = frozenset(conn.scalars(select(people.users.c.id)))
    for chunk in _batches(conn, select(money_requests).order_by(r.id)):
        for asked in chunk:
            found = chain_of(digest_findings(asked), signer_findings(asked, users))
            yield from guarded_row("I-15", "money_requests", asked.id, found)
    booked = and_(c.closed_at > r.decided_at, exists().where(_p.recorded_at == c.closed_at)).label("booked")
    closed = select(c.month, c.closed_at, r.kind, r.state, r.month.label("of_month"), r.decided_at, booked)
    for row in conn.execute(closed.outerjoin_from(closed_months, money_requests, r.id == c.request_id)):
        yield from guarded_row("I-15", "closed_months", row.month, closed_findings(row))

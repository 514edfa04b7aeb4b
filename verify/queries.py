"""Reads the database in chunks by id and puts every row before its check. Reads only, changes nothing."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Select, func, select

from basics.words import State
from rulebook.book import Book, packaged
from storage.tables import dispatch, geo, penalties, sla
from storage.tables.editions import edition_proposals, editions
from verify.again import again_findings, cancelled_at
from verify.audit.queries import audit_findings
from verify.books.chain import Kept, Remembered
from verify.books.queries import book_findings
from verify.deadlines import Network, clock_findings
from verify.editions import edition_findings, stored_book, version_findings
from verify.finding import Finding
from verify.log import Again, Entry, UnreadableLog, read
from verify.orders import holder_findings, key_of, scan_findings, state_findings
from verify.reading.queries import guarded, guarded_row
from verify.timers import timer_findings
from verify.violations import suspicion_findings, violation_findings

CHUNK = 2000  # rows that others hang on, held in memory at a time
Rows = Sequence[Row[Any]]


def check(
    conn: Connection, book: Book, remembered: Sequence[Remembered] = (), kept: Kept | None = None
) -> list[Finding]:
    """Every finding of every invariant, in the order of editions, orders, postings, cases. Empty: all is well.

    `remembered`: heads of the ledger's chain that were kept outside the database; `kept`: the file that should hold all
    of the database's own. A value that cannot be read is a finding. Give it one snapshot: rows that
    change between two of its reads would look wrong.
    """
    return list(findings(conn, book, remembered, kept))


def findings(
    conn: Connection, book: Book, remembered: Sequence[Remembered] = (), kept: Kept | None = None
) -> Iterator[Finding]:
    """As `check`, one by one, so that memory stays flat however many there are."""
    yield from guarded(conn, "I-25", [editions, edition_proposals], _approved(conn))
    of_orders = [
        dispatch.orders, dispatch.events, dispatch.assignments, dispatch.scans, dispatch.troubles, sla.clocks,
        sla.violations, penalties.cases, geo.stations, geo.closures,
    ]  # fmt: skip
    yield from guarded(conn, "I-02", of_orders, _orders(conn, book))
    yield from book_findings(conn, book, remembered, kept)
    yield from audit_findings(conn)


def _approved(conn: Connection) -> Iterator[Finding]:
    yield from edition_findings(_editions(conn), conn.execute(select(edition_proposals)).all(), packaged())


def book_of(conn: Connection) -> Book:
    """The rulebook of this database: what came with the product, and what was approved here."""
    return stored_book(_editions(conn), packaged())


def heads_in(conn: Connection) -> int:
    """How many heads of the ledger's chain the database holds itself."""
    return conn.scalar(select(func.count()).select_from(penalties.ledger_heads)) or 0


def _editions(conn: Connection) -> Rows:
    return conn.execute(select(editions).order_by(editions.c.effective)).all()


def _network(conn: Connection) -> Network:
    s, c = geo.stations.c, geo.closures.c
    stations = conn.execute(select(s.code, s.parent, s.duty)).all()
    closed: dict[str, tuple[Any, ...]] = {}
    for row in conn.execute(select(c.station, c.starts_at, c.ends_at)):
        closed[row.station] = (*closed.get(row.station, ()), (row.starts_at, row.ends_at))
    return Network(
        {row.code: row.parent or row.code for row in stations}, {row.code: row.duty for row in stations}, closed
    )


def _chunks(conn: Connection, query: Select[Any], key: Any) -> Iterator[Rows]:
    """The rows of `query` ascending by `key`, its column `id`, a chunk at a time."""
    query = query.order_by(key).limit(CHUNK)
    rows = conn.execute(query).all()
    while rows:
        yield rows
        rows = conn.execute(query.where(key > rows[-1].id)).all()


def _between(conn: Connection, query: Select[Any], key: Any, rows: Rows) -> dict[int, list[Row[Any]]]:
    """The rows of `query` that belong to a chunk, by the `key` that names their owner's id."""
    found: dict[int, list[Row[Any]]] = defaultdict(list)
    for row in conn.execute(query.where(key.between(rows[0].id, rows[-1].id))):
        found[getattr(row, key.name)].append(row)
    return found


# ---- I-02, I-04, I-07 to I-10 -----------------------------------------------------------------------------------


def _orders(conn: Connection, book: Book) -> Iterator[Finding]:
    network, parked = _network(conn), dispatch.troubles
    o, e, a, c, v = dispatch.orders.c, dispatch.events.c, dispatch.assignments.c, sla.clocks.c, sla.violations.c
    orders = select(
        o.id, o.channel, o.logistics_no, o.state, o.station, o.waybill_no, o.accepted_at, o.picked_up_at, o.ended_at,
        o.asked_at, o.adcode, o.next_at, o.created_at, o.version, o.sender_phone,
        o.accept_due_at, o.transfer_due_at, o.pickup_due_at, parked.c.order_id.is_not(None).label("parked"),
    )  # fmt: skip
    orders = orders.outerjoin_from(dispatch.orders, parked, parked.c.order_id == o.id)
    events = select(e.order_id, e.seq, e.kind, e.happened_at, e.by, e.data).order_by(e.order_id, e.seq)
    holders = select(dispatch.assignments).order_by(a.order_id, a.seq)
    clocks = select(sla.clocks).order_by(c.order_id, c.seq, c.kind)
    violations = (
        select(v.order_id, v.seq, v.kind, v.happened_at, v.station, v.edition, v.fine_fen, penalties.cases.c.state)
        .outerjoin(penalties.cases, penalties.cases.c.violation_id == v.id)
        .order_by(v.order_id, v.id)
    )
    scans = select(o.id, dispatch.scans.c.station, dispatch.scans.c.scanned_at).join_from(
        dispatch.orders, dispatch.scans, dispatch.scans.c.waybill_no == o.waybill_no
    )
    for chunk in _chunks(conn, orders, o.id):
        logs = _between(conn, events, e.order_id, chunk)
        held = _between(conn, holders, a.order_id, chunk)
        timed = _between(conn, clocks, c.order_id, chunk)
        late = _between(conn, violations, v.order_id, chunk)
        scanned = _between(conn, scans, o.id, chunk)
        again = _ordered_again(conn, chunk, logs, book)
        for order in chunk:
            rows = _Rows(*(found[order.id] for found in (logs, scanned, held, timed, late)))
            found = _order(order, rows, again.get(order.sender_phone, ()), network, book)
            yield from guarded_row("I-02", "orders", key_of(order), found)
            yield from violation_findings(order, rows.late)


def _ordered_again(conn: Connection, chunk: Rows, logs: Mapping[int, Rows], book: Book) -> dict[str, list[Again]]:
    """VIO-2: by phone, the picked up orders of those senders of the chunk whom a station said to have cancelled."""
    times = {(one.sender_phone, at) for one in chunk if one.sender_phone and (at := cancelled_at(logs[one.id]))}
    found: dict[str, list[Again]] = {}
    if not times:
        return found
    first, last = min(at for _, at in times), max(at for _, at in times)
    longest = max(edition.order_again for edition in book.editions)
    o = dispatch.orders.c
    query = select(o.sender_phone, o.created_at, o.channel, o.logistics_no).where(
        o.sender_phone.in_({phone for phone, _ in times}),
        o.state == State.PICKED_UP,
        o.created_at > first,
        o.created_at <= last + longest,
    )
    for phone, *order in conn.execute(query):
        found.setdefault(phone, []).append(Again(*order))
    return {phone: sorted(orders) for phone, orders in found.items()}


@dataclass(frozen=True, slots=True)
class _Rows:
    """What belongs to one order."""

    log: Rows
    scans: Rows
    held: Rows
    clocks: Rows
    late: Rows


def _order(order: Any, rows: _Rows, again: Sequence[Again], network: Network, book: Book) -> Iterator[Finding]:
    entries = [Entry(row.seq, row.kind, row.happened_at, row.by, row.data) for row in rows.log]
    try:
        meaning = read(entries, network.house_of, book)
    except UnreadableLog as error:
        yield Finding("I-02", "events", key_of(order), f"日志无法解读 / the log cannot be read: {error}")
        return
    yield from state_findings(order, meaning, len(entries))
    yield from scan_findings(order, meaning, entries, [(scan.station, scan.scanned_at) for scan in rows.scans])
    yield from holder_findings(order, meaning, rows.held)
    yield from clock_findings(order, meaning, rows.clocks, network, book)
    yield from timer_findings(order, meaning, rows.clocks, order.parked, book)
    yield from version_findings(order, meaning, rows.clocks, book)
    yield from suspicion_findings(order, meaning, rows.clocks, rows.late, book)
    yield from again_findings(order, meaning, again, book)

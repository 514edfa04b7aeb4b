"""Reads what routing memory counts: new lines of the logs, orders with their holders, votes, proposals."""

import logging
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, and_, func, select, tuple_

from basics.days import day_of
from basics.words import FINAL, State
from dispatch.batch import World
from dispatch.places import read_place
from dispatch.proposing import ENOUGH, Ballot, Key
from dispatch.votes import Line, Stay, Story
from storage.tables.dispatch import assignments, events, fragment_votes, orders, proposals, votes_counted

log = logging.getLogger("lanshou.dispatch")
Named = TypeVar("Named", int, Key)
v, o, p = fragment_votes.c, orders.c, proposals.c
MOST_OPEN = 1_000  # proposals that are counted anew, or shown, at once
# No statement names more keys or orders: SQLite and PostgreSQL take some ten thousand values at most.
CHUNK = 1_000
FAILED = tuple(str(state) for state in sorted(FINAL - {State.PICKED_UP}))
SHOWN = 50  # decided ones


def marked(conn: Connection) -> int:
    """The last line of the logs that was counted; 0 before the first."""
    return conn.scalar(select(votes_counted.c.event_id)) or 0


def counted_at(conn: Connection) -> datetime | None:
    """When votes were counted last."""
    return conn.scalar(select(votes_counted.c.counted_at))


def lines_after(conn: Connection, after: int, limit: int) -> list[Line]:
    """The next lines of all logs, by number."""
    e = events.c
    query = select(e.id, e.order_id, e.kind, e.recorded_at).where(e.id > after).order_by(e.id).limit(limit)
    return [Line(*row) for row in conn.execute(query)]


def stories_of(conn: Connection, world: World, ids: Collection[int]) -> list[Story]:
    """These orders as they stand; without a gazetteer no fragment is read, as in routing."""
    if not ids:
        return []
    a, e = assignments.c, events.c
    returned = {
        (row.order_id, row.happened_at)
        for row in conn.execute(
            select(e.order_id, e.happened_at, e.data).where(e.order_id.in_(ids), e.kind == "transferred")
        )
        if row.data.get("asked", row.data["to"]) != row.data["to"]
    }
    stays: dict[int, list[Stay]] = defaultdict(list)
    held = select(a.order_id, a.seq, a.station, a.cause, a.started_at).where(a.order_id.in_(ids))
    for order_id, seq, station, cause, at in conn.execute(held.order_by(a.order_id, a.seq)):
        back = cause == "transfer" and (order_id, at) in returned
        stays[order_id].append(Stay(seq, station, cause, at, back))
    found = conn.execute(
        select(o.id, o.region, o.content, o.created_at, o.state, o.ended_at).where(o.id.in_(ids)).order_by(o.id)
    )
    return [story for row in found if (story := _story(world, row, tuple(stays[row.id])))]


def _story(world: World, row: Any, stays: tuple[Stay, ...]) -> Story | None:
    try:
        edition = world.book.at(row.created_at)
        place = read_place(row.content, edition, world.gazetteer, world.network)
    except Exception:  # one order that cannot be read must not hold up the counting of all (F-15)
        log.exception("votes of order %s cannot be counted", row.id)
        return None
    gone = row.ended_at if row.state == "picked_up" else None
    return Story(row.id, row.region, place, stays, gone)


def _of(keys: Collection[Key], since: datetime) -> ColumnElement[bool]:
    return and_(v.at >= since, tuple_(v.adcode, v.fragment).in_(list(keys)))


def batches(named: Iterable[Named]) -> list[list[Named]]:
    """In order, each once, and no more at a time than a statement may name."""
    ordered = sorted(set(named))
    return [ordered[at : at + CHUNK] for at in range(0, len(ordered), CHUNK)]


def worth_a_look(conn: Connection, keys: Collection[Key], since: datetime) -> list[Key]:
    """Those of the fragments to which so many orders were moved that a proposal is possible at all."""
    query = (
        select(v.adcode, v.fragment)
        .where(v.cause != "pickup")
        .group_by(v.adcode, v.fragment)
        .having(func.count(v.order_id.distinct()) >= ENOUGH)
    )
    found: list[Key] = []
    for some in batches(keys):
        found += [(row.adcode, row.fragment) for row in conn.execute(query.where(_of(some, since)))]
    return sorted(found)


def ballots(conn: Connection, keys: Collection[Key], since: datetime) -> dict[Key, list[Ballot]]:
    """What each order last said of these fragments, oldest first.

    It counts once the order was picked up there, or HQ sent it there and it did not fail: whoever sends orders about
    at random is answered by those who send them on, and that is no evidence for anybody. An order that failed or was
    withdrawn shows nothing, whoever sent it where it lay.
    """
    query = (
        select(
            v.adcode, v.fragment, v.order_id, o.logistics_no, v.station, v.against, v.cause, v.lng, v.lat, v.at,
            o.state, o.station.label("holder"),
        )
        .join(orders, o.id == v.order_id)
        .order_by(v.order_id, v.seq)
    )  # fmt: skip
    last: dict[tuple[str, str, int], Any] = {}
    for some in batches(keys):
        last |= {(row.adcode, row.fragment, row.order_id): row for row in conn.execute(query.where(_of(some, since)))}
    found: dict[Key, list[Ballot]] = {key: [] for key in keys}
    for row in last.values():
        kept = row.state == State.PICKED_UP or (row.cause == "dispatch" and row.state not in FAILED)
        if row.holder == row.station and kept:
            ballot = Ballot(
                row.order_id, row.logistics_no, row.station, row.against, row.cause, row.lng, row.lat, day_of(row.at)
            )
            found[row.adcode, row.fragment].append(ballot)
    return found


def names_of(conn: Connection, order_ids: Iterable[int]) -> dict[int, list[str]]:
    """All fragments of these orders that have votes, the most exact first: they were written in that order."""
    found: dict[int, dict[str, None]] = defaultdict(dict)
    for some in batches(order_ids):
        query = select(v.order_id, v.fragment).where(v.order_id.in_(some)).order_by(v.id)
        for order_id, fragment in conn.execute(query):
            found[order_id][fragment] = None
    return {order_id: list(fragments) for order_id, fragments in found.items()}


@dataclass(frozen=True, slots=True)
class Proposal:
    """A row of `proposals`."""

    id: int
    adcode: str
    fragment: str
    station: str
    votes_for: int
    votes_against: int
    state: str
    opened_at: datetime
    counted_at: datetime
    decided_at: datetime | None
    decided_by: str | None
    note: str

    @property
    def key(self) -> Key:
        return self.adcode, self.fragment


_COLUMNS: tuple[Any, ...] = (
    p.id, p.adcode, p.fragment, p.station, p.votes_for, p.votes_against, p.state, p.opened_at, p.counted_at,
    p.decided_at, p.decided_by, p.note,
)  # fmt: skip


def open_proposals(conn: Connection) -> list[Proposal]:
    """What waits for a person, most votes first: of a flood those that most orders speak for."""
    query = select(*_COLUMNS).where(p.state == "open").order_by(p.votes_for.desc(), p.votes_against, p.id)
    return [Proposal(*row) for row in conn.execute(query.limit(MOST_OPEN))]


def open_after(conn: Connection, after: int) -> list[Proposal]:
    """The next of all that wait, by number."""
    query = select(*_COLUMNS).where(p.state == "open", p.id > after).order_by(p.id).limit(MOST_OPEN)
    return [Proposal(*row) for row in conn.execute(query)]


def decided_proposals(conn: Connection) -> list[Proposal]:
    """The last ones that a person decided, newest first."""
    query = select(*_COLUMNS).where(p.state != "open").order_by(p.decided_at.desc(), p.id.desc()).limit(SHOWN)
    return [Proposal(*row) for row in conn.execute(query)]


def find_proposal(conn: Connection, proposal_id: int, lock: bool = False) -> Proposal | None:
    """One of them; `lock`: nobody else decides it before this transaction ends."""
    query = select(*_COLUMNS).where(p.id == proposal_id)
    row = conn.execute(query.with_for_update() if lock else query).one_or_none()
    return None if row is None else Proposal(*row)


def last_of(conn: Connection, keys: Collection[Key]) -> dict[tuple[str, str, str], Proposal]:
    """By fragment and station the last proposal there was, open or decided."""
    found: dict[tuple[str, str, str], Proposal] = {}
    for some in batches(keys):
        query = select(*_COLUMNS).where(tuple_(p.adcode, p.fragment).in_(some)).order_by(p.id)
        found |= {(row.adcode, row.fragment, row.station): Proposal(*row) for row in conn.execute(query)}
    return found

"""Counts votes and opens proposals; a person's word on one of them. Nothing here changes routing by itself."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import asdict, fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, delete, select, update

from basics.refusal import Refusal
from dispatch.batch import World
from dispatch.memory.queries import (
    MOST_OPEN,
    ballots,
    find_proposal,
    last_of,
    lines_after,
    marked,
    names_of,
    open_after,
    stories_of,
    worth_a_look,
)
from dispatch.proposing import AGAIN, WITHIN, Claim, Key, claims, needed, tally
from dispatch.votes import VOTING, Vote, settled, votes_of
from geo.naming.actions import Naming, name_place
from storage.locks import lock_names
from storage.sql import insert_ignore, upsert
from storage.tables.dispatch import fragment_votes, proposals, votes_counted

BATCH = 500  # lines of the logs: a batch holds SQLite's one write for some 50 ms
LOCK = "routing memory"
# Nobody reads older votes: proposals count 90 days, and what a named place did is shown over this long.
KEPT = timedelta(weeks=26)
OLD = 5_000  # votes that one batch deletes
WORDS = {
    "proposal_unknown": "没有这条建议 / no such proposal",
    "proposal_decided": "该建议已由他人处理 / somebody has decided it already",
    "note_required": "请填写理由 / a reason is required",
}
v, p = fragment_votes.c, proposals.c


def count(conn: Connection, world: World, now: datetime, after: int = 0) -> int | None:
    """Count the votes of the next lines of the logs, and propose what they make possible.

    `after`: what the call before in this run answered. None: nothing is left. Two workers at once count one after the
    other; a line counted twice changes nothing.
    """
    lock_names(conn, [LOCK])
    mark = marked(conn)
    start = max(mark, after)
    lines = lines_after(conn, start, BATCH)
    keys = _write_votes(conn, world, {line.order_id for line in lines if line.kind in VOTING})
    _propose(conn, world, keys, now)
    if start == mark:
        row = {"id": 1, "event_id": settled(mark, lines, now), "counted_at": now}
        upsert(conn, votes_counted, [row], ["id"])
    return lines[-1].id if len(lines) == BATCH else None


def _write_votes(conn: Connection, world: World, ids: Collection[int]) -> set[Key]:
    """Votes of these orders as they stand; the fragments of those that somebody moved."""
    if not ids:
        return set()
    votes = [vote for story in stories_of(conn, world, ids) for vote in votes_of(story)]
    there: dict[int, list[Any]] = defaultdict(list)
    for row in conn.execute(select(fragment_votes).where(v.order_id.in_(ids)).order_by(v.id)):
        there[row.order_id].append(row)
    valid: dict[int, list[Vote]] = defaultdict(list)
    for vote in votes:
        valid[vote.order_id].append(vote)
    # All or none of an order's: the order of its rows is that of its fragments.
    anew = [order_id for order_id in ids if not _same(valid[order_id], there[order_id])]
    if anew:
        conn.execute(delete(fragment_votes).where(v.order_id.in_(anew)))
    rows = [asdict(vote) for order_id in anew for vote in valid[order_id]]
    insert_ignore(conn, fragment_votes, rows, ["order_id", "seq", "fragment"])
    return {(vote.adcode, vote.fragment) for vote in votes if vote.cause != "pickup"}


def _same(votes: list[Vote], rows: list[Any]) -> bool:
    """Whether the rows say what the order says now: it may have changed, or the reading of its address."""
    names = [field.name for field in fields(Vote)]
    return [asdict(vote) for vote in votes] == [{name: getattr(row, name) for name in names} for row in rows]


def _propose(conn: Connection, world: World, keys: Collection[Key], now: datetime) -> None:
    """Open proposals for these fragments where the votes are enough and routing goes elsewhere."""
    since = now - WITHIN
    enough = claims(ballots(conn, worth_a_look(conn, keys, since), since), world.network.house_of)
    names = names_of(conn, (ballot.order_id for claim in enough for ballot in claim.tally.votes_for))
    found = needed(enough, names, world.network, now)
    before = last_of(conn, [claim.key for claim in found])
    rows = []
    for claim in found:
        last = before.get((*claim.key, claim.tally.station))
        votes = len(claim.tally.votes_for)
        if last is None or (last.state != "open" and votes >= AGAIN * last.votes_for):
            rows.append(_row(claim, now))
    insert_ignore(conn, proposals, rows, ["adcode", "fragment", "station", "opened_at"])


def _row(claim: Claim, now: datetime) -> dict[str, object]:
    return {
        "adcode": claim.key[0], "fragment": claim.key[1], "station": claim.tally.station,
        "votes_for": len(claim.tally.votes_for), "votes_against": len(claim.tally.votes_against),
        "state": "open", "opened_at": now, "counted_at": now, "note": "",
    }  # fmt: skip


def forget(conn: Connection, now: datetime) -> bool:
    """Delete votes older than anybody reads, a batch of them; whether more may be left."""
    lock_names(conn, [LOCK])
    old = select(v.id).where(v.at < now - KEPT).order_by(v.at).limit(OLD)
    return conn.execute(delete(fragment_votes).where(v.id.in_(old))).rowcount == OLD


def recount(conn: Connection, now: datetime, after: int = 0) -> int | None:
    """The figures of the next open proposals anew; one whose support is gone stays for a person to decide.

    `after`: what the call before in this run answered. None: nothing is left.
    """
    waiting = open_after(conn, after)
    cast = ballots(conn, {one.key for one in waiting}, now - WITHIN)
    found = [(one.id, tally(cast[one.key], one.station, {})) for one in waiting]
    rows = [
        {"_id": number, "_for": len(one.votes_for), "_against": len(one.votes_against), "_at": now}
        for number, one in found
    ]
    if rows:
        anew = update(proposals).where(p.id == bindparam("_id"), p.state == "open")
        counted = anew.values(
            votes_for=bindparam("_for"), votes_against=bindparam("_against"), counted_at=bindparam("_at")
        )
        conn.execute(counted, rows)
    return waiting[-1].id if len(waiting) == MOST_OPEN else None


def adopt(conn: Connection, proposal_id: int, by: str, note: str, now: datetime) -> Refusal | None:
    """From `now` on the fragment belongs to the proposed station: a named place, before every polygon (ROUTE-1)."""
    found = find_proposal(conn, proposal_id, lock=True)
    if found is None or found.state != "open":
        return _refuse("proposal_unknown" if found is None else "proposal_decided")
    naming = Naming(found.adcode, found.fragment, found.station, by, note)
    refusal = name_place(conn, naming, now)
    if refusal is None:
        _decide(conn, proposal_id, "adopted", by, note, now)
    return refusal


def decline(conn: Connection, proposal_id: int, by: str, note: str, now: datetime) -> Refusal | None:
    """Not proposed again before it has twice the votes; why is asked for."""
    if not note.strip():
        return _refuse("note_required", "note")
    found = find_proposal(conn, proposal_id, lock=True)
    if found is None or found.state != "open":
        return _refuse("proposal_unknown" if found is None else "proposal_decided")
    _decide(conn, proposal_id, "declined", by, note, now)
    return None


def _decide(conn: Connection, proposal_id: int, state: str, by: str, note: str, now: datetime) -> None:
    values = {"state": state, "decided_at": now, "decided_by": by, "note": note}
    conn.execute(update(proposals).where(p.id == proposal_id, p.state == "open").values(values))


def _refuse(code: str, field: str | None = None) -> Refusal:
    return Refusal(code, WORDS[code], field)

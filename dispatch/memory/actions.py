"""Counts votes and opens proposals; a person's word on one of them. Nothing here changes routing by itself."""

from collections.abc import Collection
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, select, update

from basics.refusal import Refusal
from dispatch.batch import World
from dispatch.memory.queries import (
    ballots,
    find_proposal,
    last_of,
    lines_after,
    marked,
    open_proposals,
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
    votes = [vote for story in stories_of(conn, world, ids) for vote in votes_of(story)]
    valid = {(vote.order_id, vote.seq, vote.fragment): vote for vote in votes}
    there = conn.execute(select(fragment_votes).where(v.order_id.in_(ids))).all() if ids else []
    gone = [row.id for row in there if not _same(valid.get((row.order_id, row.seq, row.fragment)), row)]
    if gone:
        conn.execute(delete(fragment_votes).where(v.id.in_(gone)))
    insert_ignore(conn, fragment_votes, [asdict(vote) for vote in valid.values()], ["order_id", "seq", "fragment"])
    return {(vote.adcode, vote.fragment) for vote in votes if vote.cause != "pickup"}


def _same(vote: Vote | None, row: object) -> bool:
    """A vote that says something else now, because the order or the reading of its address changed, is made anew."""
    return vote is not None and all(
        getattr(row, name) == getattr(vote, name) for name in ("adcode", "station", "against", "cause", "at")
    )


def _propose(conn: Connection, world: World, keys: Collection[Key], now: datetime) -> None:
    """Open proposals for these fragments where the votes are enough and routing goes elsewhere."""
    since = now - WITHIN
    found = needed(claims(ballots(conn, worth_a_look(conn, keys, since), since)), world.network, now)
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


def recount(conn: Connection, now: datetime) -> int:
    """The figures of all open proposals anew; one whose support is gone stays for a person to decide. How many."""
    waiting = open_proposals(conn)
    cast = ballots(conn, {one.key for one in waiting}, now - WITHIN)
    found = [(one.id, tally(cast[one.key], one.station)) for one in waiting]
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
    return len(rows)


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

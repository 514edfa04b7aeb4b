"""The one door by which stations, province desks and HQ are told something: their inbox in the console, and e-mail,
SMS or WeCom to their contacts. Each message once, by its key; each letter at least once, parked after a refusal for
good."""

from base64 import b64encode
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, delete, select, tuple_, update

from basics.days import iso
from channels.feedback import NOT_SET_UP, PARKED, TOO_LATE, WAITING, Claimed, Feedback, Tried, row_after
from channels.outbox.actions import LEASE
from channels.sender_texts import EMAIL
from notify.messages import Addressee, File, Message, in_batches, said_by, shown_answer, wanted
from notify.queries import ways_set_up
from storage.sql import insert_ignore
from storage.tables.notify import contacts, deliveries, message_files, messages

LARGEST_FILE = 7 * 1024 * 1024  # bytes; a third more in a letter, and many servers refuse 10 MB
_ANSWER_LIMIT = 1_000  # characters of an answer that are kept


def notify(conn: Connection, told: Sequence[Message], now: datetime) -> int:
    """Put messages into inboxes and on their way to the contacts; how many are new. One told already stays as it is. A
    letter that goes by a way which is not set up is parked at once: later it would be no warning any more."""
    rows = [
        {
            "key": one.key, "to_kind": one.to[0], "to_code": one.to[1], "kind": one.kind, "subject": one.subject,
            "text": one.text, "link": one.link, "order_id": one.order_id, "created_at": now,
            "until": one.until,
        }
        for one in sorted(told, key=lambda one: one.key)  # in one order, so that two at once cannot wait in a ring
    ]  # fmt: skip
    new = insert_ignore(conn, messages, rows, ["key"], ("id", "key", "to_kind", "to_code", "kind"))
    _keep_files(conn, {one.key: one.files for one in told if one.files}, {row.key: row.id for row in new})
    ways = _ways_to(conn, {(row.to_kind, row.to_code) for row in new})
    set_up = ways_set_up(conn) if ways else set()
    letters = [
        {"message_id": row.id, "way": way, "address": address, **_fresh(way in set_up, now)}
        for row in new
        for way, address, kinds in ways.get((row.to_kind, row.to_code), ())
        if wanted(kinds, row.kind)
    ]
    insert_ignore(conn, deliveries, letters, ["message_id", "way", "address"])
    return len(new)


def _keep_files(conn: Connection, files: Mapping[str, Sequence[File]], new: Mapping[str, int]) -> None:
    rows = [
        {"message_id": new[key], "name": file.name, "media_type": file.media_type, "size": len(file.content),
         "sha256": sha256(file.content).hexdigest(), "content": file.content}
        for key, some in files.items() if key in new for file in some
    ]  # fmt: skip
    insert_ignore(conn, message_files, rows, ["message_id", "name"])


def _fresh(set_up: bool, now: datetime) -> dict[str, Any]:
    if set_up:
        return {"state": WAITING, "attempts": 0, "next_at": now, "last_answer": None}
    return {"state": PARKED, "attempts": 0, "next_at": None, "last_answer": NOT_SET_UP}


def _ways_to(conn: Connection, whom: Collection[Addressee]) -> dict[Addressee, list[tuple[str, str, list[str]]]]:
    """Addressee -> its contacts: way, address, kinds."""
    found: dict[Addressee, list[tuple[str, str, list[str]]]] = {}
    c = contacts.c
    for some in in_batches(sorted(whom)):
        query = select(contacts).where(tuple_(c.to_kind, c.to_code).in_(some)).order_by(c.way, c.address)
        for row in conn.execute(query):
            found.setdefault((row.to_kind, row.to_code), []).append((row.way, row.address, row.kinds))
    return found


def mark_read(
    conn: Connection, whose: Addressee, ids: Collection[int] | None, by: str, now: datetime, upto: int | None = None
) -> int:
    """Messages of this inbox were read by a person, who and when is kept; `ids` None: all, up to the number `upto`. How
    many were unread."""
    m = messages.c
    query = update(messages).where(m.to_kind == whose[0], m.to_code == whose[1], m.read_at.is_(None))
    if ids is not None:
        query = query.where(m.id.in_(ids))
    if upto is not None:
        query = query.where(m.id <= upto)
    return conn.execute(query.values(read_at=now, read_by=by)).rowcount


def add_contact(
    conn: Connection, whose: Addressee, way: str, address: str, kinds: Sequence[str], by: str, now: datetime
) -> bool:
    """From now on what is told to `whose` goes there too; no kinds: whatever it is. False when it is known already."""
    key = {"to_kind": whose[0], "to_code": whose[1], "way": way, "address": address}
    row = key | {"kinds": list(kinds), "added_at": now, "by": by}
    return bool(insert_ignore(conn, contacts, [row], list(key), ("address",)))


def remove_contact(conn: Connection, whose: Addressee, way: str, address: str) -> bool:
    """False when there is no such contact. What is on its way still goes there."""
    c = contacts.c
    this = (c.to_kind == whose[0], c.to_code == whose[1], c.way == way, c.address == address)
    return conn.execute(delete(contacts).where(*this)).rowcount == 1


# ---- the lanes of e-mail, SMS and WeCom ---------------------------------------------------------------------------


def claim_due(conn: Connection, way: str, limit: int, now: datetime) -> list[Claimed]:
    """Take what is to be sent now, oldest first. It is due again after LEASE: a crash between sending and marking
    repeats the letter under the same id. What a message says until an instant that is over is parked (DO-8)."""
    _park_late(conn, way, now)
    d = deliveries.c
    due = (
        select(d.id, d.next_at)
        .where(d.state == WAITING, d.way == way, d.next_at <= now)
        .order_by(d.next_at, d.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    was_due = {row.id: row.next_at for row in conn.execute(due)}
    if not was_due:
        return []
    taken = update(deliveries).where(d.id.in_(was_due)).values(attempts=d.attempts + 1, next_at=now + LEASE)
    conn.execute(taken)
    m = messages.c
    query = select(d.id, d.message_id, d.way, d.address, d.attempts, m.kind, m.subject, m.text, m.created_at)
    rows = {row.id: row for row in conn.execute(query.join(messages, m.id == d.message_id).where(d.id.in_(was_due)))}
    files = _files(conn, {row.message_id for row in rows.values()}) if way == EMAIL else {}
    return [_claimed(rows[row_id], at, files.get(rows[row_id].message_id, [])) for row_id, at in was_due.items()]


def _files(conn: Connection, message_ids: Collection[int]) -> dict[int, list[dict[str, str]]]:
    """What e-mails carry. A file that is too large for the usual mail server stays behind the link."""
    f = message_files.c
    query = select(f.message_id, f.name, f.media_type, f.content).where(f.message_id.in_(message_ids))
    found: dict[int, list[dict[str, str]]] = {}
    for row in conn.execute(query.where(f.size <= LARGEST_FILE).order_by(f.message_id, f.id)):
        file = {"name": row.name, "media_type": row.media_type, "base64": b64encode(row.content).decode()}
        found.setdefault(row.message_id, []).append(file)
    return found


def _park_late(conn: Connection, way: str, now: datetime) -> None:
    d, m = deliveries.c, messages.c
    late = (
        select(d.id)
        .join(messages, m.id == d.message_id)
        .where(d.state == WAITING, d.way == way, d.next_at <= now, m.until < now)
        .with_for_update(of=deliveries, skip_locked=True)
    )
    parked = {"state": PARKED, "next_at": None, "last_answer": TOO_LATE}
    conn.execute(update(deliveries).where(d.id.in_(late)).values(parked))


def _claimed(row: Any, due_at: datetime, files: list[dict[str, str]]) -> Claimed:
    text = said_by(row.way, row.kind, row.subject, row.text)
    payload = {"to": row.address, "subject": row.subject, "text": text, "happened_at": iso(row.created_at)}
    if files:
        payload["files"] = files
    # About no order: so its message id is one that no letter to a sender has (those are about an order).
    letter = Feedback(None, row.id, "", row.way, row.kind, payload)
    return Claimed(row.id, letter, row.attempts, row.created_at, due_at)


def mark(conn: Connection, tried: Sequence[Tried], now: datetime) -> None:
    """Write down what a round of attempts came to. An attempt that another has overtaken changes nothing."""
    names = ("state", "attempts", "next_at", "last_answer", "sent_at")
    rows = []
    for one in tried:
        after = row_after(one, now)
        told = one.claimed.feedback
        answer = shown_answer(told.channel, told.payload["to"], after["last_answer"] or "")[:_ANSWER_LIMIT]
        rows.append(_key(one.claimed) | {f"a_{name}": after[name] for name in names} | {"a_last_answer": answer})
    if rows:
        conn.execute(update(deliveries).where(*_still_taken()).values({n: bindparam(f"a_{n}") for n in names}), rows)


def release(conn: Connection, claimed: Sequence[Claimed]) -> None:
    """Give back what was taken and not attempted: due as before, and no attempt counted."""
    statement = update(deliveries).where(*_still_taken())
    statement = statement.values(attempts=bindparam("b_attempts") - 1, next_at=bindparam("a_next_at"))
    rows = [_key(one) | {"a_next_at": one.due_at} for one in claimed]
    if rows:
        conn.execute(statement, rows)


def _key(one: Claimed) -> dict[str, int]:
    return {"b_id": one.id, "b_attempts": one.attempts}


def _still_taken() -> Iterator[ColumnElement[bool]]:
    d = deliveries.c
    yield from (d.id == bindparam("b_id"), d.attempts == bindparam("b_attempts"), d.state == WAITING)

"""Writes requests of people and carries out what another one approved (ROLE-3). Locks, reads, judges; never commits."""

from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from basics.refusal import Refusal
from editions.rules import same_person, signed
from notify.actions import notify
from penalties import byhand
from penalties.booking.actions import LOCK, post
from penalties.booking.queries import closed_months
from penalties.byhand import Asked, refuse
from penalties.closing.actions import close
from penalties.closing.queries import closable
from penalties.hiding.queries import masked_about
from penalties.ledger import is_closed
from penalties.requests.queries import account_of, digest_settled, month_states, own_codes, request_of
from penalties.requests.telling import asked_of_finance, told_to_station
from penalties.settlement import DryRun
from penalties.settling.actions import settle
from penalties.settling.queries import dry_run
from people.access import Actor, Role
from rulebook.book import Book
from storage.locks import lock_names
from storage.tables.penalties import money_requests

r = money_requests.c
SAME = ("kind", "station", "amount_fen", "month", "about", "reason")  # of a form sent twice


class _NotWhatWasSigned(Exception):
    """Undoes a settlement inside its savepoint."""


def ask(conn: Connection, asked: Asked, by: Actor, book: Book, now: datetime) -> int | Refusal:
    """The request's number; that of the first one for a form sent twice. While it waits it reserves nothing.

    Nobody asks for money for his own station, but its own staff for a pay-out.
    """
    row: dict[str, Any] = {
        "key": sha256(f"{by.user_id} {asked.key}".encode()).hexdigest(), "kind": asked.kind, "state": byhand.OPEN,
        "station": asked.station or None, "amount_fen": asked.amount_fen or None, "month": asked.month or None,
        "about": asked.about, "reason": masked_about(conn, asked.about, asked.reason),
        "maker": signed(by.name, by.user_id), "made_at": now, "decision": "",
    }  # fmt: skip
    sent = conn.execute(select(money_requests).where(r.key == row["key"])).one_or_none()
    if sent is not None:
        same = all(getattr(sent, name) == row[name] for name in SAME)
        return int(sent.id) if same else refuse("version_conflict")
    of_month = asked.kind in byhand.OF_MONTHS
    content = _of_month(conn, asked, book, now) if of_month else _of_station(conn, asked, by, book, now)
    if isinstance(content, Refusal):
        return content
    row |= {"content": content, "digest": _digest(row | {"content": content})}
    number: int = conn.execute(insert(money_requests).values(row).returning(r.id)).scalar_one()
    notify(conn, [asked_of_finance(number, asked)], now)
    return number


def _of_station(conn: Connection, asked: Asked, by: Actor, book: Book, now: datetime) -> dict[str, Any] | Refusal:
    """Content of one of FORMS: the house whose account it moves (LEDGER-1)."""
    account = account_of(conn, asked.station, asked.about)
    refused = byhand.refuse_asked(asked, account, book, now)
    if refused is not None:
        return refused
    if by.role != Role.STATION and own_codes(conn, by) & {asked.station, account.house}:
        return refuse("own_station", "station")
    return {"house": account.house}


def _of_month(conn: Connection, asked: Asked, book: Book, now: datetime) -> dict[str, Any] | Refusal:
    """Content of a settlement or of the closing of a month: what the checker will hold it against."""
    refused = byhand.refuse_reason(asked.reason) or byhand.refuse_month(asked.month, book, now)
    if refused is not None:
        return refused
    (state,) = month_states(conn, [asked.month])
    if state.waiting:
        return refuse("already_asked", "month")
    if asked.kind == byhand.CLOSE_MONTH:
        done = closable(conn, asked.month, asked.seen, book, now)
        return done if isinstance(done, Refusal) else {"dry_run": done.digest, "number": done.number}
    found = dry_run(conn, asked.month, book, now, also=False)
    if isinstance(found, Refusal):
        return found
    if asked.seen != found.digest:
        return refuse("version_conflict")
    if state.settled and not found.items:
        return refuse("nothing_to_settle", "month")
    return _summary(found) | {"closed": state.closed}


def _summary(found: DryRun) -> dict[str, Any]:
    """What stays of a dry run with the request; `dry_run` is its digest."""
    items = found.items
    kinds = sorted({item.kind for item in items})
    return {
        "dry_run": found.digest, "edition": found.edition, "number": found.number, "items": len(items),
        "sum_fen": sum(item.amount_fen for item in items), "places": found.places, "gap": found.gap,
        "by_kind": {kind: sum(item.amount_fen for item in items if item.kind == kind) for kind in kinds},
    }  # fmt: skip


def approve(
    conn: Connection, number: int, by: Actor, decision: str, seen: str, book: Book, now: datetime
) -> Refusal | None:
    """Carry out what another one asked for; `seen`: the digest that the checker's page showed (B-103). Everything is
    judged again as it stands now; refused, the request stays open, for others than its maker to decline."""
    row = _locked(conn, number)
    refused = _refuse(conn, row, by, decision)
    if refused is not None or row is None:
        return refused or refuse("request_unknown")
    if not seen == row.digest == _digest(row._mapping):
        return refuse("version_conflict")
    refused = _carry_out(conn, row, book, now)
    if refused is None:
        _decide(conn, row, byhand.APPROVED, signed(by.name, by.user_id), decision, now)
    return refused


def decline(conn: Connection, number: int, by: Actor, decision: str, now: datetime) -> Refusal | None:
    """The request stays as it was, with the checker's reason."""
    row = _locked(conn, number)
    refused = _refuse(conn, row, by, decision)
    if refused is None and row is not None:
        _decide(conn, row, byhand.DECLINED, signed(by.name, by.user_id), decision, now)
    return refused


def withdraw(conn: Connection, number: int, by: Actor, now: datetime) -> Refusal | None:
    """Its maker no longer wants it."""
    row = _locked(conn, number)
    if row is None:
        return refuse("request_unknown")
    if not same_person(row.maker, signed(by.name, by.user_id)):
        return refuse("not_maker")
    if row.state != byhand.OPEN:
        return refuse("request_decided")
    _decide(conn, row, byhand.WITHDRAWN, None, "", now)
    return None


def _locked(conn: Connection, number: int) -> Row[Any] | None:
    """Of two who decide at once the second waits here, and sees what the first decided."""
    conn.execute(select(r.id).where(r.id == number).with_for_update())
    return request_of(conn, number)


def _refuse(conn: Connection, row: Row[Any] | None, by: Actor, decision: str) -> Refusal | None:
    if row is None:
        return refuse("request_unknown")
    if same_person(row.maker, signed(by.name, by.user_id)):
        return refuse("four_eyes")
    if own_codes(conn, by) & {row.station, row.content.get("house")}:
        return refuse("own_station")
    return refuse("request_decided") if row.state != byhand.OPEN else byhand.refuse_reason(decision)


def _carry_out(conn: Connection, row: Row[Any], book: Book, now: datetime) -> Refusal | None:
    if row.kind == byhand.SETTLEMENT:
        return _settle(conn, row, book, now)
    if row.kind == byhand.CLOSE_MONTH:
        return close(conn, row.month, row.id, row.content["dry_run"], book, now)
    return _move(conn, row, book, now)


def _move(conn: Connection, row: Row[Any], book: Book, now: datetime) -> Refusal | None:
    """One of FORMS. The ledger is locked before it is read: of two pay-outs, or a pay-out and a fine, the later one
    finds the balance that the first left."""
    lock_names(conn, [LOCK])
    asked = Asked(row.kind, row.key, row.reason, row.station, row.amount_fen, row.month or "", row.about)
    account = account_of(conn, row.station, row.about)
    refused = byhand.refuse_asked(asked, account, book, now)
    if refused is not None:
        return refused
    if account.house != row.content["house"]:  # it belongs to another house since
        return refuse("version_conflict")
    happened_at = account.posting[1] if row.kind == byhand.CHANGE and account.posting else now
    post(conn, [byhand.posting(row, row.content["house"], happened_at, book.at(now).name)], now)
    return None


def _settle(conn: Connection, row: Row[Any], book: Book, now: datetime) -> Refusal | None:
    """The second signature is for the very dry run that the first one stands under, and for the month that it would be
    booked in: what was settled carries its digest, and anything else is undone. So nothing can come between the look
    and the postings: whoever posts holds the ledger, and nobody closes a month then."""
    try:
        with conn.begin_nested():
            done = settle(conn, row.month, book, now, request_id=row.id)
            if isinstance(done, Refusal):
                return done
            closed = is_closed(row.month, closed_months(conn))
            if (digest_settled(conn, row.id), closed) != (row.content["dry_run"], row.content["closed"]):
                raise _NotWhatWasSigned
    except _NotWhatWasSigned:
        return refuse("version_conflict")
    return None


def _decide(conn: Connection, row: Row[Any], state: str, checker: str | None, decision: str, now: datetime) -> None:
    """`state == open` again in the statement: the second net under the lock."""
    kept = masked_about(conn, row.about, decision)
    change = {"state": state, "checker": checker, "decided_at": now, "decision": kept}
    conn.execute(update(money_requests).where(r.id == row.id, r.state == byhand.OPEN).values(change))
    if row.station and (state == byhand.APPROVED or (state == byhand.DECLINED and row.kind == byhand.PAYOUT)):
        notify(conn, [told_to_station(row, state)], now)


def _digest(row: Any) -> str:
    return byhand.digest_of(
        row["kind"], row["station"], row["amount_fen"], row["month"], row["about"], row["reason"], row["content"],
        row["maker"],
    )  # fmt: skip

"""Writes proposals and editions (ROLE-3, DAY-1). An edition is written once and never touched again."""

from datetime import date, datetime

from sqlalchemy import Connection, insert, update

from basics.refusal import Refusal
from editions.queries import approved, load_book, proposal, proposals
from editions.rules import (
    APPROVED,
    DECLINED,
    OPEN,
    Draft,
    Known,
    is_blank,
    read_text,
    refuse,
    refuse_decision,
    refuse_edition,
    text_hash,
)
from rulebook.book import Book, Edition, packaged_texts
from storage.locks import lock_names
from storage.sql import insert_ignore
from storage.tables.editions import edition_proposals, editions

LOCK = "rulebook editions"
SHIPPED = "lanshou"  # maker and checker of what came with the product


def pin_shipped(conn: Connection, shipped: Book, now: datetime) -> None:
    """Writes down the editions that came with the product, so that no later text can take their place. What is there
    stays."""
    texts = {text_hash(text): text for text in packaged_texts()}
    rows = [
        {
            "name": edition.name, "effective": edition.effective.isoformat(), "text": texts[edition.text_sha256],
            "sha256": edition.text_sha256, "maker": SHIPPED, "checker": SHIPPED, "approved_at": now,
        }
        for edition in shipped.editions
        if edition.text_sha256 in texts
    ]  # fmt: skip
    insert_ignore(conn, editions, rows, ["name"])


def propose(conn: Connection, draft: Draft, shipped: Book, by: str, reason: str, now: datetime) -> int | Refusal:
    """The proposal's number. Refused when it could not be approved even now."""
    if is_blank(reason):
        return refuse("reason_required", "reason")
    lock_names(conn, [LOCK])
    refused = refuse_edition(draft.edition, _known(conn, shipped, now, now), now)
    if refused is not None:
        return refused
    sha256, name = text_hash(draft.text), draft.edition.name
    if any(
        (one.state == OPEN and one.sha256 == sha256) or (one.name == name and one.proposed_at == now)
        for one in proposals(conn)
    ):
        return refuse("already_proposed", "text")
    row = {
        "name": name, "effective": draft.edition.effective.isoformat(), "text": draft.text,
        "sha256": sha256, "state": OPEN, "maker": by, "proposed_at": now, "reason": reason,
    }  # fmt: skip
    number: int = conn.execute(insert(edition_proposals).values(row).returning(edition_proposals.c.id)).scalar_one()
    return number


def approve(
    conn: Connection, number: int, shipped: Book, by: str, reason: str, now: datetime, seen: str = ""
) -> Edition | Refusal:
    """The proposal becomes an edition; it is published by being there. `seen`: as in `refuse_decision`."""
    lock_names(conn, [LOCK])
    row = proposal(conn, number)
    refused = refuse_decision(row, by, True, reason, seen)
    if refused is not None or row is None:
        return refused or refuse("proposal_unknown")
    draft = read_text(row.text.encode())
    if isinstance(draft, Refusal):
        return draft
    edition = draft.edition
    if (edition.name, edition.effective.isoformat()) != (row.name, row.effective):
        return refuse("version_conflict")
    refused = refuse_edition(edition, _known(conn, shipped, row.proposed_at, now), now)
    if refused is not None:
        return refused
    pin_shipped(conn, shipped, now)
    kept = {
        "name": edition.name, "effective": edition.effective.isoformat(), "text": draft.text,
        "sha256": edition.text_sha256, "maker": row.maker, "checker": by, "approved_at": now,
    }  # fmt: skip
    conn.execute(insert(editions).values(kept))
    _decide(conn, number, APPROVED, by, reason, now)
    return edition


def decline(conn: Connection, number: int, by: str, reason: str, now: datetime) -> Refusal | None:
    """The proposal stays as it was, with the checker's reason."""
    lock_names(conn, [LOCK])
    refused = refuse_decision(proposal(conn, number), by, False, reason, "")
    if refused is None:
        _decide(conn, number, DECLINED, by, reason, now)
    return refused


def _decide(conn: Connection, number: int, state: str, by: str, reason: str, now: datetime) -> None:
    change = {"state": state, "checker": by, "decided_at": now, "decision": reason}
    conn.execute(update(edition_proposals).where(edition_proposals.c.id == number).values(change))


def _known(conn: Connection, shipped: Book, proposed_at: datetime, now: datetime) -> Known:
    """The calendar is that of the edition in force when the change was proposed (DAY-1). EditionAltered."""
    book = load_book(conn, shipped, {})
    rows = approved(conn)
    return Known(
        calendar=book.at(proposed_at),
        in_force=book.at(now),
        names=[*(row.name for row in rows), *(edition.name for edition in book.editions)],
        days=[*(date.fromisoformat(row.effective) for row in rows), *(one.effective for one in book.editions)],
    )

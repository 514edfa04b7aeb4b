"""Settles a month: posts what is still missing to what each house should have, and nothing else (SETTLE-1)."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from basics.days import month_bounds
from basics.refusal import Refusal
from penalties.booking.actions import post
from penalties.booking.queries import head
from penalties.ledger import REFUNDS, REWARDS, Posting
from penalties.settlement import REWARD, DryRun, Item, Terms
from penalties.settling.queries import NOT_OVER, Facts, plan
from rulebook.book import Book
from storage.locks import lock_names
from storage.tables import penalties as t


def settle(
    conn: Connection, month: str, book: Book, now: datetime, request_id: int | None = None
) -> Refusal | list[Item]:
    """Post the differences between what the month's figures say now and what was posted; what was posted, by station
    and kind. `request_id`: the approved request behind it (ROLE-3). Nothing changed since: nothing is written.

    `month_not_over`; ValueError when there is no such month.
    """
    if now < month_bounds(month)[1]:
        return NOT_OVER
    lock_names(conn, [f"settle:{month}"])  # before the first fact is read: of two at once the second finds nothing
    run, facts = plan(conn, month, book)
    items = list(run.items)
    if items or run.number == 0:
        _write(conn, run, facts, _post(conn, items, facts.terms, now, request_id), now, request_id)
    return items


def _post(
    conn: Connection, items: Sequence[Item], terms: Terms, now: datetime, request_id: int | None
) -> dict[str, int]:
    """Key -> id of its posting. Whoever posts holds the ledger, so its last ones are these."""
    new = post(conn, [_posting(one, terms, now, request_id) for one in items], now)
    if new < len(items):
        raise ValueError(f"postings of {terms.month} are there without their settlement")
    p = t.postings.c
    found = conn.execute(select(p.key, p.id).where(p.seq > head(conn).seq - new))
    return {row.key: row.id for row in found}


def _posting(one: Item, terms: Terms, now: datetime, request_id: int | None) -> Posting:
    rule, account = ("REWARD-1", REWARDS) if one.kind == REWARD else ("REFUND-1", REFUNDS)
    lines = ((one.station, -one.amount_fen), (account, one.amount_fen))
    edition = terms.edition_of(one.kind)
    return Posting(
        one.key, now, one.station, "", rule, edition, lines, month=terms.month, why=one.why, request_id=request_id
    )


def _write(
    conn: Connection, run: DryRun, facts: Facts, ids: dict[str, int], now: datetime, request_id: int | None
) -> None:
    row = {
        "month": run.month, "number": run.number, "settled_at": now, "edition": run.edition,
        "figures": _figures(run, facts), "request_id": request_id,
    }  # fmt: skip
    settlement = conn.execute(t.settlements.insert().values(row).returning(t.settlements.c.id)).scalar_one()
    items = [
        {"settlement_id": settlement, "station": one.station, "kind": one.kind, "amount_fen": one.amount_fen,
         "why": one.why, "posting_id": ids[one.key]}
        for one in run.items
    ]  # fmt: skip
    if items:
        conn.execute(t.settlement_items.insert(), items)


def _figures(run: DryRun, facts: Facts) -> dict[str, Any]:
    """What was settled by; the first time with the network, which later ones go by."""
    figures: dict[str, Any] = {
        "places": {one.province: one.places for one in run.provinces},
        "stations": {one.province: one.stations for one in run.provinces},
        "winners": {one.province: [winner.station for winner in one.winners] for one in run.provinces},
        "places_of_all": run.places,
        "gap": run.gap,
        "settled_before": run.number,
        "provinces": [asdict(one) for one in run.provinces],  # the digest can be made again from what is kept
        "digest": run.digest,
    }
    if run.number == 0:
        figures["network"] = facts.network.kept()
    return figures

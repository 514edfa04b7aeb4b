"""I-15, I-17: what a settlement says of itself is what its items, its postings and its request say."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any, Protocol

from basics.days import month_bounds
from rulebook.book import Book
from verify.finding import Finding, differs

_KINDS = ("reward", "refund_1", "refund_2")  # in which order a settlement posts them


class SettlementRow(Protocol):
    """What is read of `settlements`, beside its request."""

    id: int
    month: str
    number: int
    settled_at: datetime
    edition: str
    figures: Any
    request_id: int | None
    r_kind: str | None
    r_state: str | None
    r_month: str | None
    r_decided_at: datetime | None
    r_content: Any


class ItemRow(Protocol):
    """What is read of `settlement_items`, beside its posting."""

    station: str
    kind: str
    amount_fen: int
    why: str
    key: str | None
    happened_at: datetime | None


def settlement_findings(row: SettlementRow, items: Sequence[ItemRow], book: Book) -> Iterator[Finding]:
    """The first thing that is wrong with a settlement: one row of it is one finding."""
    if problem := _alone(row, items, book) or _figures(row, items, book):
        yield Finding("I-17", "settlements", f"{row.month} {row.number}", problem)
    elif problem := _signed(row, items):
        yield Finding("I-15", "settlements", f"{row.month} {row.number}", problem)


def _alone(row: SettlementRow, items: Sequence[ItemRow], book: Book) -> str | None:
    """After the first one a settlement without differences is not written (SETTLE-1)."""
    if row.number != 0 and not items:
        return "没有差额的再次结算 / settled again, and nothing was posted"
    start, end = month_bounds(row.month)
    if row.settled_at < end:
        return f"在月末之前结算 / settled before the month's end: {row.settled_at.isoformat()}"
    if row.edition != (due := book.at(start).name):
        return differs("edition", row.edition, due)
    for item in items:
        if item.happened_at is not None and item.happened_at != row.settled_at:
            return differs("settled_at", row.settled_at, item.happened_at)
    return None


def _figures(row: SettlementRow, items: Sequence[ItemRow], book: Book) -> str | None:
    """The figures fit together, and their digest can be made again from them, the items and the frozen network."""
    figures = row.figures
    provinces = figures["provinces"]
    due: dict[str, Any] = {
        "places": {one["province"]: one["places"] for one in provinces},
        "stations": {one["province"]: one["stations"] for one in provinces},
        "winners": {one["province"]: [winner["station"] for winner in one["winners"]] for one in provinces},
        "settled_before": row.number,
    }  # fmt: skip
    due["places_of_all"] = sum(due["places"].values())
    due["gap"] = due["places_of_all"] - book.at(month_bounds(row.month)[0]).reward_places
    for name, value in due.items():
        if figures[name] != value:
            return differs(f"figures.{name}", figures[name], value)
    if ("network" in figures) != (row.number == 0):
        return "只有首次结算保存网络 / the first settlement keeps the network, and no other"
    if figures["digest"] != (digest := _digest(row, items, figures)):
        return differs("figures.digest", figures["digest"], digest)
    return None


def _digest(row: SettlementRow, items: Sequence[ItemRow], figures: Mapping[str, Any]) -> str:
    """SHA-256 over the dry run that was settled (B-103)."""
    ordered = sorted(items, key=lambda item: (item.station, _KINDS.index(item.kind)))
    content: dict[str, Any] = {
        "month": row.month, "edition": row.edition, "number": row.number, "provinces": figures["provinces"],
        "places": figures["places_of_all"], "gap": figures["gap"], "also": [], "digest": "",
        "items": [
            {"station": item.station, "kind": item.kind, "amount_fen": item.amount_fen, "why": item.why,
             "difference": row.number > 0, "key": item.key}
            for item in ordered
        ],
    }  # fmt: skip
    if row.number == 0:
        content["network"] = figures["network"]
    return sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _signed(row: SettlementRow, items: Sequence[ItemRow]) -> str | None:
    """It is the dry run that two signed, settled when the second did. A replay's has no request."""
    if row.request_id is None:
        return None
    if (row.r_kind, row.r_state, row.r_month) != ("settlement", "approved", row.month):
        said = f"{row.r_kind} {row.r_state} {row.r_month}"
        return f"没有获批的结算申请 / no approved request to settle it: {said}"
    if row.settled_at != row.r_decided_at:
        return differs("settled_at", row.settled_at, row.r_decided_at)
    sums = {kind: sum(item.amount_fen for item in items if item.kind == kind) for kind in {one.kind for one in items}}
    done = {
        "dry_run": row.figures["digest"], "edition": row.edition, "number": row.number, "items": len(items),
        "sum_fen": sum(sums.values()), "places": row.figures["places_of_all"], "gap": row.figures["gap"],
        "by_kind": sums,
    }  # fmt: skip
    for name, value in done.items():
        if row.r_content[name] != value:
            return differs(f"content.{name}", row.r_content[name], value)
    return None

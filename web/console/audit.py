"""审计: who did what and who looked at what, newest first, with its filters in the address. A search is a look too."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, request
from sqlalchemy import Row

from basics.days import day_of, midnight
from dispatch.lists.queries import search as search_orders
from people.access import EVERYWHERE, Action, may
from people.audit.chain import Head
from people.audit.queries import PAGE, Sought, head_of, search
from people.queries import find_account
from web.auth import current_actor, needs
from web.console.acting import page as shown
from web.console.fields import LONGEST_RANGE, argument, cursor, cursor_text, day, period
from web.services import now
from web.transactions import seeing
from web.words_audit import WHAT

pages = Blueprint("audit", __name__)

NAMES = ("person", "what", "number", "request", "from", "until")
USUALLY = timedelta(days=7)  # where nothing is asked for


@pages.get("/audit")
@needs(Action.SEE_AUDIT)
def page() -> str:
    """By person, what, order, request and days; at most 93 of them (B-107)."""
    found = found_rows()
    kept = {name: request.args[name] for name in NAMES if request.args.get(name)}
    first, final = day_of(found.since).isoformat(), day_of(found.until - timedelta(days=1)).isoformat()
    return shown(
        "audit.html", rows=found.rows, head=found.head, kept=kept, kinds=WHAT, since=first, until=final,
        following=cursor_text(found.following), may_open=may(current_actor(), Action.SEE_ORDER),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Found:
    """A page of rows, where the next one begins, the chain's head, and the range that was searched."""

    rows: Sequence[Row[Any]]
    following: tuple[datetime, int] | None
    head: Head
    since: datetime
    until: datetime


def found_rows() -> Found:
    """As the address asks."""
    person, what, number = argument("person", 64), argument("what", 32), argument("number", 64)
    asked, after = argument("request", 16), cursor()
    since, until = _days()
    with seeing() as conn:
        account = find_account(conn, person) if person else None
        found = search_orders(conn, EVERYWHERE, [number]) if number else []
        sought = Sought(
            account.actor.user_id if account else None, what, [row.id for row in found] if number else None, asked,
            since, until,
        )  # fmt: skip
        nobody = bool(person and account is None)
        rows = [] if nobody else search(conn, sought, after, PAGE + 1)
        end = head_of(conn)
    last = rows[PAGE - 1] if len(rows) > PAGE else None
    return Found(rows[:PAGE], (last.happened_at, last.id) if last else None, end, since, until)


def _days() -> tuple[datetime, datetime]:
    """The range, its end exclusive; a search for one order goes back as far as one may."""
    since, last = day("from"), day("until")
    until = last + timedelta(days=1) if last else None
    usually = LONGEST_RANGE if request.args.get("number") else USUALLY
    tomorrow = midnight(day_of(now()) + timedelta(days=1))
    if until is None:
        until = min(tomorrow, since + LONGEST_RANGE) if since and since < tomorrow else tomorrow
    since = since or until - usually
    period(since, until)
    return since, until

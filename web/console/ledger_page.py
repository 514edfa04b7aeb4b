"""账本: every posting, newest first, with its filters in the address; the trial balance; the chain's head."""

import csv
from collections.abc import Iterator
from decimal import Decimal
from io import StringIO

from flask import Blueprint, Response, request, stream_with_context

from basics.days import iso, month_bounds
from channels.pickup_json import SHORT
from geo.stations import CODE_LIMIT
from penalties.booking.queries import Head, balances, closed_months, head
from penalties.browsing.queries import PAGE, Filters, Posted, following, newest
from penalties.ledger import OWN_ACCOUNTS
from penalties.statements.entry import KINDS
from people.access import Action
from reports.export import harmless
from web.auth import needs
from web.console.acting import page as shown
from web.console.fields import argument, choice, invalid
from web.services import services
from web.transactions import seeing

pages = Blueprint("ledger", __name__)

NAMES = ("account", "month", "rule", "kind", "number")
AT_ONCE = 1_000  # postings of one reading of a file
HEADS = (
    "seq", "key", "kind", "happened_at", "booked_at", "month", "station", "logistics_no", "rule", "edition", "account",
    "amount", "chain",
)  # fmt: skip


@pages.get("/ledger")
@needs(Action.SEE_LEDGER)
def page() -> str:
    """`after`: the number of the posting before the page."""
    filters, after = filters_asked(), argument("after", 18)
    if after and not (after.isascii() and after.isdigit()):
        raise invalid("after", "cursor_invalid")
    with seeing() as conn:
        rows = newest(conn, filters, int(after) if after else None, PAGE + 1)
        end, closed, network = head(conn), closed_months(conn), services().networks.get(conn)
    kept = {name: request.args[name] for name in NAMES if request.args.get(name)}
    return shown(
        "ledger.html", rows=rows[:PAGE], following=rows[PAGE - 1].row.seq if len(rows) > PAGE else None, head=end,
        filters=filters, kept=kept, kinds=KINDS, rules=_rules(), network=network, closed=closed, own=OWN_ACCOUNTS,
    )  # fmt: skip


@pages.get("/ledger/balances")
@needs(Action.SEE_LEDGER)
def trial() -> str:
    """The trial balance: it sums to zero, or the books are wrong (I-12)."""
    with seeing() as conn:
        found, end = balances(conn), head(conn)
        network = services().networks.get(conn)
    houses = [fen for account, fen in found.items() if account not in OWN_ACCOUNTS]
    return shown(
        "ledger_balances.html", own={account: found.get(account, 0) for account in sorted(OWN_ACCOUNTS)}, head=end,
        owing=[fen for fen in houses if fen > 0], owed=[fen for fen in houses if fen < 0], network=network,
        total=sum(found.values()), kinds=KINDS,
    )  # fmt: skip


@pages.get("/ledger.csv")
@needs(Action.SEE_LEDGER)
def download() -> Response:
    """A line an account moved, oldest first, up to the end of the ledger as it was asked for; it is streamed."""
    filters = filters_asked()
    with seeing() as conn:
        end = head(conn)
    answer = Response(stream_with_context(_written(filters, end)), mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="ledger-{end.seq}.csv"'
    return answer


def _written(filters: Filters, end: Head) -> Iterator[str]:
    yield "\ufeff" + ",".join(HEADS) + "\n"
    last, found = 0, True
    while found:
        with seeing() as conn:  # each its own: who reads slowly holds no transaction open
            rows = following(conn, filters, last, end.seq, AT_ONCE)
        file = StringIO()
        csv.writer(file, lineterminator="\n").writerows(cells for one in rows for cells in _cells(one))
        yield file.getvalue()
        found = len(rows) == AT_ONCE
        last = rows[-1].row.seq if rows else last


def _cells(one: Posted) -> Iterator[list[object]]:
    row = one.row
    before = [
        row.seq, row.key, one.kind, iso(row.happened_at), iso(row.recorded_at), row.month, row.station,
        row.logistics_no, row.rule, row.edition,
    ]  # fmt: skip
    for account, fen in one.lines:
        cells = [*map(harmless, before), harmless(account), Decimal(fen).scaleb(-2), row.chain]
        yield cells


def filters_asked() -> Filters:
    month = argument("month", 7)
    if month:
        try:
            month_bounds(month)
        except ValueError:
            raise invalid("month", "month_invalid", "没有这个月 / No such month") from None
    return Filters(
        argument("account", CODE_LIMIT), month, choice("rule", _rules()), choice("kind", tuple(KINDS)),
        argument("number", SHORT),
    )  # fmt: skip


def _rules() -> tuple[str, ...]:
    """Rules that a posting can have: the violations of all editions, and those of money."""
    kinds = {kind for edition in services().book.editions for kind in edition.fines}
    return (*sorted(kinds), "REWARD-1", "REFUND-1", "ROLE-3")

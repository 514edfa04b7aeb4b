"""结算: how the months stand, the dry run of one, and its two signatures (SETTLE-1, REWARD-1, REFUND-1, DAY-1)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from flask import Blueprint, make_response, redirect, url_for
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from basics.days import SECOND, day_of, month_bounds, month_of
from basics.refusal import Refusal
from geo.network import Network
from penalties import byhand
from penalties.booking.queries import first_month
from penalties.byhand import Asked
from penalties.requests import queries
from penalties.requests.queries import MonthState
from penalties.requests.telling import WORDS
from penalties.settlement import KINDS, DryRun, Item, before
from penalties.settling.queries import dry_run
from people.access import Action, may
from web.auth import current_actor, needs
from web.console.acting import page as shown
from web.console.approvals import ITEMS, STATUS, deciding, problem
from web.console.fields import argument, choice, text
from web.console.money_forms import form_key, new_key, sent, told
from web.errors import Problem, wants_json
from web.notes import say
from web.services import now, services
from web.transactions import seeing

pages = Blueprint("settlement", __name__)

MOST_MONTHS = 36
MOST_LISTED = 300  # items of a page: 5,000 stations have up to 15,000, so a province is chosen first
TABS = ("run", "posted")
PROVINCE_LIMIT = 100


@dataclass
class Sums:
    """Items and fen by kind, of a province or of all."""

    count: dict[str, int] = field(default_factory=lambda: dict.fromkeys(KINDS, 0))
    fen: dict[str, int] = field(default_factory=lambda: dict.fromkeys(KINDS, 0))

    def add(self, item: Item) -> None:
        """One more."""
        self.count[item.kind] += 1
        self.fen[item.kind] += item.amount_fen


@pages.get("/settlement")
@needs(Action.SEE_LEDGER)
def page() -> str:
    """The months since the first order, newest first, and until when each is to be settled."""
    current, book = month_of(now()), services().book
    with seeing() as conn:
        first = first_month(conn) or current
        months = [current]
        while months[-1] > first and len(months) < MOST_MONTHS:
            months.append(before(months[-1]))
        states = queries.month_states(conn, months)
    until = {month: byhand.settle_until(month, book) for month in months}
    last = {month: day_of(at - SECOND) for month, at in until.items()}
    return shown("settlement.html", states=states, current=current, until=until, last=last, at=now())


@pages.get("/settlement/<month>")
@needs(Action.SEE_LEDGER)
def month(month: str) -> str:
    """The dry run of a month that is over: what settling it now would post, and why; with `tab=posted` what was."""
    return _month(month)


def _month(month: str, reason: str = "", key: str = "") -> str:
    if not byhand.has_rules(month, services().book):
        raise Problem("not_found")
    tab, province = choice("tab", TABS) or "run", argument("province", PROVINCE_LIMIT)
    kind, book = choice("kind", KINDS), services().book
    until = byhand.settle_until(month, book)
    with seeing() as conn:
        network = services().networks.get(conn)
        (state,) = queries.month_states(conn, [month])
        run = dry_run(conn, month, book, now()) if byhand.is_over(month, now()) else None
        codes = [code for code, one in network.stations.items() if one.province == province] if province else None
        items: Sequence[object] = []
        if tab == "posted":
            items = queries.items_of(conn, month, codes, kind, MOST_LISTED + 1)
        elif isinstance(run, DryRun):
            items = _picked(run.items, network, province, kind)
        return shown(
            "settlement_month.html", month=month, state=state, run=run, tab=tab, tabs=TABS, kind=kind, kinds=KINDS,
            province=province, network=network, sums=_sums(run, network), item_kinds=ITEMS, requests=WORDS,
            items=items[:MOST_LISTED], more=len(items) > MOST_LISTED, times=queries.settled_times(conn, month),
            before=_earlier(month), after=month_of(month_bounds(month)[1]), until=until, last=day_of(until - SECOND),
            current=month_of(now()), settles=may(current_actor(), Action.SETTLE), reason=reason, key=key or new_key(),
            limit=byhand.REASON_LIMIT, **_waiting(conn, state),
        )  # fmt: skip


def _earlier(month: str) -> str:
    found = before(month)
    return found if byhand.has_rules(found, services().book) else ""


def _waiting(conn: Connection, state: MonthState) -> dict[str, object]:
    """The open request about this month, and who may sign it."""
    number = next(iter(state.waiting.values()), None)
    row = queries.request_of(conn, number) if number is not None else None
    return deciding(conn, row) if row is not None else {"request_row": None, "reason_limit": byhand.REASON_LIMIT}


def _picked(items: Sequence[Item], network: Network, province: str, kind: str) -> list[Item]:
    """Of one province and kind; largest sums first, so that what matters stands on the page."""
    found = [
        item for item in items
        if (not kind or item.kind == kind) and (not province or _province(network, item.station) == province)
    ]  # fmt: skip
    return sorted(found, key=lambda item: (-abs(item.amount_fen), item.station, item.kind))


def _province(network: Network, code: str) -> str:
    known = network.stations.get(code)
    return known.province if known else ""


def _sums(run: DryRun | Refusal | None, network: Network) -> dict[str, Sums]:
    """By province; "" for all."""
    found: dict[str, Sums] = defaultdict(Sums)
    for item in run.items if isinstance(run, DryRun) else ():
        found[_province(network, item.station) or "?"].add(item)
        found[""].add(item)
    return found


@pages.post("/settlement/<month>/propose")
@needs(Action.SETTLE, step_up=True)
def propose(month: str) -> Response:
    """The first signature, under the dry run whose digest the page carried (B-105)."""
    return _asked(byhand.SETTLEMENT, month, text("digest", 64))


@pages.post("/settlement/<month>/close")
@needs(Action.SETTLE, step_up=True)
def close(month: str) -> Response:
    """Ask for a settled month to be closed, under the dry run whose digest the page carried; another one decides."""
    return _asked(byhand.CLOSE_MONTH, month, text("digest", 64))


def _asked(kind: str, month: str, seen: str) -> Response:
    key, reason = form_key(), text("reason", byhand.REASON_LIMIT)
    result = proposed(kind, month, seen, key, reason)
    if isinstance(result, Refusal):
        status = STATUS.get(result.code, 422)
        if wants_json():
            raise problem(result, status)
        say(result.message, "danger")
        return make_response(_month(month, reason, key), status)
    told(result, f"{WORDS[kind][0]} #{result} 已提出,须由另一名财务人员审批 / proposed; another one signs")
    return redirect(url_for("settlement.month", month=month), 303)


def proposed(kind: str, month: str, seen: str, key: str, reason: str) -> int | Refusal:
    """Ask for a month to be settled or closed: the request's number. Problem `not_found` for one without rules."""
    if not byhand.has_rules(month, services().book):
        raise Problem("not_found")
    return sent(Asked(kind, key, reason, month=month, seen=seen))

"""订单: find orders (DO-7), and the page of one order."""

from datetime import datetime, timedelta

from flask import Blueprint, make_response, redirect, request, url_for
from werkzeug.wrappers import Response

from basics.days import day_of, midnight
from basics.words import BUSINESS_TYPES, DATA_CENTRE, State
from channels.registry import SOURCES
from dispatch.borders.queries import near
from dispatch.lists.queries import Filters, OrderPage, listing, order_page, search
from dispatch.places import read_place
from dispatch.senders.queries import others_of_sender
from penalties.reviewing.queries import blinded
from penalties.trail.queries import links_of
from people.access import LOOK_REASONS, Action, Scope, may, may_look
from people.masking import customer_names
from pickups.couriers.queries import history
from sla.warnings.queries import rings_of
from web.auth import current_actor, current_scope, needs
from web.console.acting import page as shown
from web.console.acting import world
from web.console.choices import choices
from web.console.clock_story import clock_story
from web.console.fields import ORDER, choice, cursor, cursor_text, day, list_filters, numbers, period
from web.console.logbook import Names, log_lines, names_of
from web.console.order_map import order_map
from web.console.why import why
from web.errors import Problem
from web.services import now, services
from web.transactions import seeing

pages = Blueprint("orders", __name__)

LATE = ("accept", "pickup")  # whose clock is over
STATES = tuple(state.value for state in State)
FORMS = frozenset({"fail", "transfer", "dispatch", "number", "call"})  # acts that ask for something
SHOWN_DAYS = timedelta(days=7)  # when nobody asks for a range


@pages.get("/orders")
@needs(Action.SEE_ORDER)
def page() -> str | Response:
    """By filters, or `q`: numbers. The period is days of creation, both included."""
    asked = numbers(request.args.get("q", ""))
    if asked:
        return found(asked)
    filters, scope = wanted_orders(), current_scope()
    with seeing() as conn:
        network = services().networks.get(conn)
        rows = listing(conn, scope, filters, cursor())
    return shown(
        "orders.html", rows=rows.rows, following=cursor_text(rows.following), network=network, q="", missing=[],
        filters=filters, until_day=_last_day(filters), states=STATES, channels=SOURCES, types=BUSINESS_TYPES,
        with_station=_stations_matter(scope),
    )  # fmt: skip


@pages.post("/orders/search")
@needs(Action.SEE_ORDER)
def find() -> str | Response:
    """A pasted list is too long for an address."""
    return found(numbers(request.form.get("q", "")))


def found(asked: list[str]) -> str | Response:
    """The orders of these numbers, and which numbers nobody knows; of one alone its page."""
    scope = current_scope()
    with seeing() as conn:
        network = services().networks.get(conn)
        rows = search(conn, scope, asked) if asked else []
    if len(asked) == 1 and len(rows) == 1:
        return redirect(url_for("orders.one", order_id=rows[0].id), 303)
    known = {number for row in rows for number in (row.logistics_no, row.waybill_no)}
    filters = Filters()
    return shown(
        "orders.html", rows=rows, following="", network=network, q="\n".join(asked),
        missing=[one for one in asked if one not in known], filters=filters, until_day=None, states=STATES,
        channels=SOURCES, types=BUSINESS_TYPES, with_station=_stations_matter(scope),
    )  # fmt: skip


def wanted_orders() -> Filters:
    state, chosen = choice("state", STATES), list_filters(SOURCES, BUSINESS_TYPES)
    late, start, last = choice("late", LATE), day("from"), day("until")
    until = last + timedelta(days=1) if last else None
    if start is None and until is None and not late:
        start = midnight(day_of(now() - SHOWN_DAYS + timedelta(days=1)))
    if start is not None:
        period(start, until or max(now(), start + timedelta(days=1)))
    if start is None and until is not None:
        start = until - SHOWN_DAYS
    return Filters(
        states=(state,) if state else (),
        channel=chosen.channel,
        business_type=chosen.business_type,
        online=chosen.online,
        created_from=start,
        created_until=until,
        withdrawal=choice("withdrawal", ("handled", "not_handled")),
        late_accept=now() if late == "accept" else None,
        late_pickup=now() if late == "pickup" else None,
    )


def _last_day(filters: Filters) -> datetime | None:
    return filters.created_until - timedelta(days=1) if filters.created_until else None


def _stations_matter(scope: Scope) -> bool:
    """Whether a list holds orders of several stations."""
    return scope.everywhere or scope.province is not None or len(scope.stations) > 1


@pages.get(ORDER)
@needs(Action.SEE_ORDER)
def one(order_id: int) -> str:
    """The order page; 404 when it lies outside the actor's scope."""
    return render(order_id)


def render(order_id: int, behind_mask: bool = False) -> str:
    """The page of an order, for here and for whoever refuses an act on it."""
    actor, scope = current_actor(), current_scope()
    with seeing() as conn:
        found = order_page(conn, order_id, scope)
        if found is None:
            raise Problem("not_found")
        around = world(conn)
        order, network = found.order, around.network
        judges, charged = may(actor, Action.REVIEW), [one.id for one in found.violations]
        blind = blinded(conn, actor, charged) if judges else set()
        rings = rings_of(conn, [order_id])
        money = links_of(conn, scope, [one.id for one in found.violations])
        place = read_place(order.content, around.book.at(now()), around.gazetteer, network)
        timing = clock_story(conn, around, order_id, now())
        couriers = history(conn, order_id)
        others = others_of_sender(conn, scope, order)
        drawn = order_map(conn, network, order, behind_mask, now())
        decided = near(conn, order.lng, order.lat, order.adcode, place.fragments)
    edition = services().book.at(order.released_at or order.created_at)
    told = (event.data.get("content") or {} for event in found.events)  # a remark may hold a name that came before
    names = names_of(
        network.stations,
        edition,
        customer_names(order.content, *told),
        behind_mask,
        not may(actor, Action.SEE_BEHIND_MASK),
    )
    known, acts = network.stations.get(order.station), acts_for(found)
    return shown(
        "order.html", rings=rings, found=found, order=order, content=order.content, network=network, names=names,
        log=log_lines(found.events, found.told, names), reasons=edition.reasons, behind_mask=behind_mask,
        money=money, blind=blind,
        acts=acts, choices=choices(network, order, known.province if known else order.region, now()),
        timing=timing, decided=decided, others=others, map=drawn, couriers=couriers,
        why=why(found, around, now(), exact=behind_mask),
        may_look=may_look(actor, order.ended_at, now()), look_reasons=LOOK_REASONS, forms=bool(acts & FORMS),
        sees_audit=may(actor, Action.SEE_AUDIT),
        **_asked(found, names),
    )  # fmt: skip


def _asked(found: OrderPage, names: Names) -> dict[str, object]:
    """CHAN-8: the line of the log in which a caller asks what nobody has answered, and what it would change."""
    ask = next((event for event in found.events if event.kind == "change_asked"), None)
    if ask is None or found.order.asked_at is None:
        return {"ask": None, "asked": []}
    return {"ask": ask, "asked": names.differences(found.order.content, ask.data.get("content") or {})}


def acts_for(found: OrderPage) -> frozenset[str]:
    """What the actor can do to the order as it stands; the engine decides again when it is done."""
    actor, order = current_actor(), found.order
    state = State(order.state)
    held = order.station is not None and order.station != DATA_CENTRE
    acts: set[str] = set()
    if state is State.AT_DATA_CENTRE and may(actor, Action.DISPATCH):
        acts.add("dispatch")
    if not (held and may(actor, Action.ACCEPT)):
        return frozenset(acts)
    if state is State.WAITING:
        acts |= {"accept", "fail", "transfer", "call"}
    elif state in (State.ACCEPTED, State.AWAITING_WAYBILL):
        acts |= {"confirm", "fail", "transfer", "call"}
    if order.waybill_by == "station" and state in (State.ACCEPTED, State.PICKED_UP):
        acts.add("number")
    if order.asked_at is not None and may(actor, Action.ANSWER_CALLER):
        acts.add("answer")
    to_handle = state is State.WITHDRAWN and order.withdrawal_origin != "station"
    if to_handle and order.withdrawal_handled_at is None:
        acts.add("handle")
    return frozenset(acts)


def refused(order_id: int, status: int) -> Response:
    """The order's present state beside the refusal that was said."""
    return make_response(render(order_id), status)

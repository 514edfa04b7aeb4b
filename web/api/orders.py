"""Orders: lists, one order, its clocks, and a look behind the mask."""

from typing import Annotated, Any, Literal

from pydantic import Field
from sqlalchemy import Connection

from basics.words import BUSINESS_TYPES, State
from channels.registry import SOURCES
from dispatch.clock_story.queries import story
from dispatch.clock_story.story import Unknown
from dispatch.clock_story.telling import as_json
from dispatch.lists import queries as lists
from dispatch.lists.queries import MOST_NUMBERS, OrderPage, order_page
from penalties.reviewing.queries import blinded
from people.access import LOOK_REASONS, Action, may
from people.masking import customer_names
from web.api.answers import refused
from web.api.fields import BIGGEST, At, Code, Day, Given, Page, Paged, Taken
from web.api.operation import Api
from web.api.orders_shown import Charge, Clock, Holding, Logged, Order, WholeOrder, order_of
from web.auth import current_actor, current_scope
from web.console.fields import cursor, cursor_text, list_filters
from web.console.logbook import log_lines, names_of
from web.console.order_look import looked_at
from web.console.orders import acts_for, wanted_orders
from web.errors import FieldError, Problem
from web.services import now, services
from web.transactions import seeing

api = Api("orders", "订单 / Orders")

ONE = f"/orders/<int(max={BIGGEST}):order_id>"


class ListQuery(Paged):
    """What every list filters by (CHAN-2)."""

    channel: Literal[("", *SOURCES)] = ""  # type: ignore[valid-type]
    type: Literal[("", *BUSINESS_TYPES)] = ""  # type: ignore[valid-type]
    online: Literal["", "1", "0"] = ""
    district: Annotated[str, Field(max_length=12, pattern=r"^[0-9]*$")] = ""


class OrdersQuery(ListQuery):
    """`from` and `until`: days of creation, both included, at most 93; the last seven without them."""

    state: Literal[("", *(one.value for one in State))] = ""  # type: ignore[valid-type]
    since: Annotated[Day | Literal[""], Field(alias="from")] = ""
    until: Day | Literal[""] = ""
    withdrawal: Literal["", "handled", "not_handled"] = ""


class DeskQuery(ListQuery):
    """`tab` of the order desk."""

    tab: Literal["waiting", "to_pick_up", "to_handle"] = "waiting"


class Counts(Given):
    """How many wait on each tab; `asked`: a caller waits for an answer."""

    waiting: int
    to_pick_up: int
    to_handle: int
    asked: int


class Numbers(Taken):
    """DO-7: logistics or waybill numbers."""

    numbers: Annotated[list[Code], Field(min_length=1, max_length=MOST_NUMBERS)]


class OrdersFound(Given):
    """What was found, newest first, and the numbers that nothing was found under."""

    items: list[Order]
    missing: list[str]


class AtQuery(Taken):
    """`at`: an instant not in the future; without it: now."""

    at: At | None = None


class ClockStory(Given):
    """An order's clocks, holders and minutes; lengths are whole microseconds."""

    order_id: int
    channel: str
    logistics_no: str
    at: str
    minutes: dict[str, Any]
    holders: list[dict[str, Any]]
    clocks: list[dict[str, Any]]
    no_pickup_clock: list[dict[str, Any]]
    promise: dict[str, Any]


class Look(Taken):
    """ROLE-2: why one looks behind the mask."""

    reason: Literal[LOOK_REASONS]  # type: ignore[valid-type]


def page_of(found: lists.Page) -> Page[Order]:
    """A page of orders, masked."""
    return Page[Order](items=[order_of(row) for row in found.rows], next=cursor_text(found.following) or None)


@api.get("/orders", Action.SEE_ORDER, "订单列表 / List orders")
def listed(query: OrdersQuery) -> Page[Order]:
    """Newest creation first, within one's scope."""
    filters = wanted_orders()
    with seeing() as conn:
        return page_of(lists.listing(conn, current_scope(), filters, cursor(), query.limit))


@api.get("/desk", Action.ACCEPT, "接单台 / The order desk")
def desk(query: DeskQuery) -> Page[Order]:
    """Least time left first. A program that asks does not count as a person who looks (DUTY-3)."""
    tabs = {"waiting": lists.waiting, "to_pick_up": lists.to_pick_up, "to_handle": lists.to_handle}
    filters = list_filters(SOURCES, BUSINESS_TYPES)
    with seeing() as conn:
        return page_of(tabs[query.tab](conn, current_scope(), filters, cursor(), query.limit))


@api.get("/desk/counts", Action.ACCEPT, "接单台数量 / Counts of the desk")
def counts() -> Counts:
    """Of each tab."""
    with seeing() as conn:
        return Counts.model_validate(lists.desk_counts(conn, current_scope()))


@api.get("/unscanned", Action.CONFIRM, "未扫描 / Orders without a scan")
def unscanned(query: ListQuery) -> Page[Order]:
    """DO-5: by order time, oldest first."""
    filters = list_filters(SOURCES, BUSINESS_TYPES)
    with seeing() as conn:
        return page_of(lists.unscanned(conn, current_scope(), filters, cursor(), query.limit))


@api.post("/orders/search", Action.SEE_ORDER, "按单号查找 / Find by numbers", repeatable=False)
def search(body: Numbers) -> OrdersFound:
    """DO-7: exactly these numbers, at most 1,000; a list is too long for an address."""
    with seeing() as conn:
        rows = lists.search(conn, current_scope(), body.numbers)
    known = {number for row in rows for number in (row.logistics_no, row.waybill_no)}
    return OrdersFound(items=[order_of(row) for row in rows], missing=[one for one in body.numbers if one not in known])


@api.get(ONE, Action.SEE_ORDER, "订单 / One order")
def one(order_id: int) -> WholeOrder:
    """The order with its holders, clocks, violations and log; 404 outside one's scope."""
    with seeing() as conn:
        return _whole(conn, order_id)


@api.get(f"{ONE}/clocks", Action.SEE_ORDER, "时钟与依据 / Clocks, explained")
def clocks(order_id: int, query: AtQuery) -> ClockStory:
    """Whose minutes were used and why each clock is judged so, as known now or at a past instant."""
    if query.at is not None and query.at > now():
        raise Problem("invalid", "at 在将来 / at lies in the future", errors=(FieldError("at", "future"),))
    with seeing() as conn:
        around, at = services().world(conn), query.at or now()
        told = story(conn, around, order_id, at, current_scope(), latest=query.at is None)
    if told is None:
        raise Problem("not_found")
    if isinstance(told, Unknown):
        detail = "当时尚未收到此单 / The order was not known by then"
        raise Problem("not_known_then", detail, status=422, errors=(FieldError("at", "not_known_then"),))
    return ClockStory.model_validate(as_json(told))


@api.post(f"{ONE}/look", Action.SEE_BEHIND_MASK, "查看完整信息 / Look behind the mask", repeatable=False)
def look(order_id: int, body: Look) -> WholeOrder:
    """Each look is logged and counted; whoever asks again looks again."""
    refusal = looked_at(order_id, body.reason)
    if refusal is not None:
        raise refused(refusal, 429)
    with seeing() as conn:
        return _whole(conn, order_id, behind_mask=True)


def _whole(conn: Connection, order_id: int, behind_mask: bool = False) -> WholeOrder:
    actor, found = current_actor(), order_page(conn, order_id, current_scope())
    if found is None:
        raise Problem("not_found")
    network = services().networks.get(conn)
    charged = [row.id for row in found.violations]
    blind = blinded(conn, actor, charged) if may(actor, Action.REVIEW) else set()
    told = (event.data.get("content") or {} for event in found.events)
    order, never = found.order, not may(actor, Action.SEE_BEHIND_MASK)
    edition = services().book.at(order.released_at or order.created_at)
    names = names_of(network.stations, edition, customer_names(order.content, *told), behind_mask, never)
    return WholeOrder(
        order=order_of(order, behind_mask),
        holdings=[Holding.model_validate(row) for row in found.assignments],
        clocks=[Clock.model_validate(row) for row in found.clocks],
        violations=_charges(found, blind),
        log=[Logged.model_validate(line) for line in log_lines(found.events, found.told, names)],
        may=sorted(acts_for(found)),
    )


def _charges(found: OrderPage, blind: set[int]) -> list[Charge]:
    rows: list[dict[str, Any]] = [dict(row._mapping) for row in found.violations]
    return [Charge.model_validate(row | ({"case_state": None} if row["id"] in blind else {})) for row in rows]

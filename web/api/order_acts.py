"""What can be done to orders: many at once with an answer each, where the screens take many."""

from collections.abc import Callable, Sequence
from typing import Annotated, Literal, Protocol, TypeVar

from pydantic import Field

from basics.words import DATA_CENTRE
from dispatch.borders_rules import NOTE_LIMIT
from dispatch.facts import (
    Accept,
    Act,
    AnswerChange,
    Call,
    Confirm,
    Fail,
    HandleWithdrawal,
    SupplyWaybill,
    Target,
    Transfer,
)
from dispatch.lists.queries import zero_of
from people.access import Action
from web.api.answers import Answer, Answers, answers, refused
from web.api.fields import BIGGEST, CLEAN, FILLED, MOST, Code, Count, Id, Line, Taken
from web.api.operation import Api
from web.auth import current_actor, current_scope
from web.console import acting
from web.console.acts import STAGES, refuse_reason
from web.console.data_centre import dispatched
from web.errors import FieldError, Problem
from web.services import services
from web.transactions import seeing

api = Api("acts", "处理订单 / Acts on orders")

ONE = f"/orders/<int(max={BIGGEST}):order_id>"
Waybill = Annotated[str, Field(min_length=1, max_length=64), FILLED]


class OrderItem(Taken):
    """One order."""

    order_id: Id


class TransferItem(OrderItem):
    """`to`: a station's code, or the data centre's."""

    to: Code
    remark: Line = ""


class CallItem(OrderItem):
    """The holder has called the sender."""

    remark: Line = ""


class ConfirmItem(OrderItem):
    """`sure`: read by a scanner, or typed twice and alike (WAYBILL-1)."""

    waybill_no: Waybill | None = None
    sure: bool = False


class WaybillItem(OrderItem):
    """A missing number, or the correction of a typed one. `sure` as for a confirmation."""

    waybill_no: Waybill
    sure: bool = False


class DispatchItem(OrderItem):
    """`note`: for the border register."""

    to: Code
    note: Annotated[str, Field(max_length=NOTE_LIMIT), CLEAN] = ""


class Orders(Taken):
    """The orders that are meant."""

    items: Annotated[list[OrderItem], Field(min_length=1, max_length=MOST)]


class Transfers(Taken):
    """Each to its station."""

    items: Annotated[list[TransferItem], Field(min_length=1, max_length=MOST)]


class Calls(Taken):
    """Who was called."""

    items: Annotated[list[CallItem], Field(min_length=1, max_length=MOST)]


class Confirmations(Taken):
    """DO-3: number and pickup in one step."""

    items: Annotated[list[ConfirmItem], Field(min_length=1, max_length=MOST)]


class Waybills(Taken):
    """DO-9."""

    items: Annotated[list[WaybillItem], Field(min_length=1, max_length=MOST)]


class Dispatches(Taken):
    """ROUTE-3: each to its station."""

    items: Annotated[list[DispatchItem], Field(min_length=1, max_length=MOST)]


class Dispatched(Answers):
    """`closed`: those of the stations that are closed now, where clocks do not count meanwhile."""

    closed: list[str]


class Failure(Taken):
    """DO-2: a reason of the rulebook's list, and in `detail` what that reason asks for."""

    stage: Literal[STAGES]  # type: ignore[valid-type]
    reason: Code
    detail: Line = ""


class CallersAnswer(Taken):
    """CHAN-8: `ask` is the log's number of what is answered: what was seen is what is answered."""

    answer: Literal["agree", "decline"]
    ask: Annotated[Count, Field(le=999_999_999)]
    remark: Line = ""


class OfOrder(Protocol):
    """An item that means an order."""

    @property
    def order_id(self) -> int:
        """Its row."""


Item = TypeVar("Item", bound=OfOrder)


def _each(items: Sequence[Item], make: Callable[[Target, Item], Act]) -> Answers:
    by_id = _by_id(items)
    return answers(acting.act(list(by_id), lambda target: make(target, by_id[target.order_id or 0])))


def _by_id(items: Sequence[Item]) -> dict[int, Item]:
    by_id = {one.order_id: one for one in items}
    if len(by_id) < len(items):
        raise Problem("invalid", errors=(FieldError("items", "repeated"),))
    return by_id


def _own() -> str:
    return acting.station_of(current_actor())


@api.post("/orders/accept", Action.ACCEPT, "接单 / Accept")
def accept(body: Orders) -> Answers:
    """DO-1: those that can be accepted are, whatever becomes of the others."""
    station = _own()
    return _each(body.items, lambda order, _: Accept(order, station))


@api.post("/orders/transfer", Action.TRANSFER, "转单 / Transfer")
def transfer(body: Transfers) -> Answers:
    """ROUTE-4."""
    station = _own()
    return _each(body.items, lambda order, one: Transfer(order, station, one.to, one.remark))


@api.post("/orders/confirm", Action.CONFIRM, "确认揽件 / Confirm the pickup")
def confirm(body: Confirmations) -> Answers:
    """DO-3."""
    station = _own()
    return _each(body.items, lambda order, one: Confirm(order, station, one.waybill_no, one.sure))


@api.post("/orders/waybill", Action.SUPPLY_WAYBILL, "补录运单号 / Supply a waybill number")
def waybill(body: Waybills) -> Answers:
    """DO-9."""
    station = _own()
    return _each(body.items, lambda order, one: SupplyWaybill(order, station, one.waybill_no, one.sure))


@api.post("/orders/called", Action.CALL_SENDER, "记录致电寄件人 / Note a call to the sender")
def called(body: Calls) -> Answers:
    """Kept in the log; a clock of the edition may wait for it."""
    station = _own()
    return _each(body.items, lambda order, one: Call(order, station, one.remark))


@api.post("/orders/handle", Action.HANDLE_WITHDRAWAL, "撤单已处理 / Handle withdrawals")
def handle(body: Orders) -> Answers:
    """DO-6."""
    station = _own()
    return _each(body.items, lambda order, _: HandleWithdrawal(order, station))


@api.post("/orders/dispatch", Action.DISPATCH, "分件 / Dispatch from the data centre")
def dispatch(body: Dispatches) -> Dispatched:
    """ROUTE-3."""
    by_id = _by_id(body.items)
    if any(one.to == DATA_CENTRE for one in body.items):
        raise Problem("invalid", errors=(FieldError("items", "field_required"),))
    to = {one.order_id: one.to for one in body.items}
    results, closed = dispatched(list(by_id), to, {one.order_id: one.note for one in body.items})
    return Dispatched(results=answers(results).results, closed=sorted(closed))


@api.post(f"{ONE}/fail", Action.FAIL, "登记失败 / Record a failure")
def fail(order_id: int, body: Failure) -> Answer:
    """DO-2, B-93."""
    station = _own()
    with seeing() as conn:
        zero = zero_of(conn, current_scope(), order_id)
    if zero is None:
        raise Problem("not_found")
    refusal = refuse_reason(services().book.at(zero).reasons.get(body.reason), body.detail)
    if refusal is not None:
        raise refused(refusal)
    return _single(order_id, lambda order: Fail(order, station, body.stage, body.reason, body.detail))


@api.post(f"{ONE}/answer", Action.ANSWER_CALLER, "答复来电 / Answer a caller's wish")
def answer(order_id: int, body: CallersAnswer) -> Answer:
    """CHAN-8: the holder agrees or declines, once."""
    station, agrees = _own(), body.answer == "agree"
    return _single(order_id, lambda order: AnswerChange(order, station, agrees, body.remark, body.ask))


def _single(order_id: int, make: Callable[[Target], Act]) -> Answer:
    [result] = acting.act([order_id], make)
    if result.refusal is not None:
        raise refused(result.refusal)
    return answers([result]).results[0]

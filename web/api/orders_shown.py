"""Orders as the API gives them: masked as the screens mask them, or after a look that was logged."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row

from basics.text import visible
from people.masking import customer_names, mask_address, mask_email, mask_name, mask_phone, mask_text
from web.api.fields import Given, Instant


class Person(Given):
    """A sender or receiver; of each part what the reader may see."""

    name: str
    phone: str
    other_phone: str
    email: str
    address: str


class Order(Given):
    """An order as a list has it. Due instants are those of the present holder."""

    id: int
    channel: str
    logistics_no: str
    business_type: str
    online: bool
    state: str
    station: str | None
    routing_cause: str
    waybill_no: str | None
    missing: list[str]
    created_at: Instant
    received_at: Instant
    released_at: Instant | None
    assigned_at: Instant | None
    accepted_at: Instant | None
    confirmed_at: Instant | None
    picked_up_at: Instant | None
    ended_at: Instant | None
    window_start: Instant | None
    window_end: Instant | None
    accept_due_at: Instant | None
    transfer_due_at: Instant | None
    pickup_due_at: Instant | None
    promise_at: Instant
    asked_at: Instant | None
    withdrawal_origin: str | None
    withdrawal_handled_at: Instant | None
    adcode: str | None
    sender: Person
    receiver: Person
    goods: str
    remark: str


class Holding(Given):
    """A station's turn with the order."""

    seq: int
    station: str
    cause: str
    started_at: Instant
    ended_at: Instant | None
    accepted_at: Instant | None
    outside: bool


class Clock(Given):
    """A clock of a holder and what became of it."""

    seq: int
    kind: str
    station: str
    starts_at: Instant
    due_at: Instant
    verdict: str
    edition: str


class Charge(Given):
    """A violation or suspicion of the order. `case_state` is null for one who may still judge it blind."""

    id: int
    kind: str
    station: str
    happened_at: Instant
    fine_fen: int
    excuse: str
    case_state: str | None


class Logged(Given):
    """A line of the order's log, newest first."""

    kind: str
    text: str
    by: str
    happened_at: Instant
    recorded_at: Instant


class WholeOrder(Given):
    """All that is known of one order. `may`: what the reader can do to it as it stands."""

    order: Order
    holdings: list[Holding]
    clocks: list[Clock]
    violations: list[Charge]
    log: list[Logged]
    may: list[str]


def order_of(row: Row[Any], behind_mask: bool = False) -> Order:
    """One row of `orders`."""
    content: Mapping[str, Any] = row.content
    names = customer_names(content)
    free = visible if behind_mask else lambda text: mask_text(text, names)
    sender, receiver = content.get("sender") or {}, content.get("receiver") or {}
    shown = {
        "sender": _person(sender, content.get("address") or sender.get("address"), behind_mask),
        "receiver": _person(receiver, receiver.get("address"), behind_mask),
        "goods": free(content.get("goods") or ""),
        "remark": free(content.get("remark") or ""),
    }
    return Order.model_validate({**row._mapping, **shown})


def _person(told: Mapping[str, Any], address: str | None, behind_mask: bool) -> Person:
    whole = {name: str(told.get(name) or "") for name in ("name", "phone", "other_phone", "email")}
    if behind_mask:
        return Person(**whole, address=address or "")
    return Person(
        name=mask_name(whole["name"]),
        phone=mask_phone(whole["phone"]),
        other_phone=mask_phone(whole["other_phone"]),
        email=mask_email(whole["email"]) if whole["email"] else "",
        address=mask_address(address),
    )

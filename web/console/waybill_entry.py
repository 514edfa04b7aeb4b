"""A waybill number entered by hand: a second time where nothing else bears it out (WAYBILL-1)."""

from dataclasses import dataclass

from flask import make_response, request
from werkzeug.wrappers import Response

from basics.refusal import Refusal
from dispatch.lists.queries import in_scope
from dispatch.refusals import refuse
from web.auth import current_scope, local_path
from web.console import acting
from web.console.fields import text
from web.errors import Problem
from web.services import now, services
from web.transactions import seeing

ASKS = frozenset({"waybill_again", "waybill_differs"})  # refusals that another entry may heal


@dataclass(frozen=True, slots=True)
class Entry:
    """What was entered; `sure` when it was entered twice and alike. `refusal`: the two entries differ."""

    number: str
    sure: bool
    refusal: Refusal | None = None


def entered() -> Entry:
    """The number of the form. A scanner without an Enter of its own, used twice, fills the field with it twice."""
    number, first = text("waybill_no", 64), text("waybill_first", 64)
    digits = services().book.at(now()).waybill_digits
    if number == 2 * number[:digits] and len(number) == 2 * digits:
        number, first = number[:digits], first or number[:digits]
    if first and first != number:
        return Entry(number, False, refuse("waybill_differs", "waybill_no"))
    return Entry(number, bool(first))


def ask(order_id: int, refusal: Refusal, status: int, action: str = "") -> Response:
    """A page that asks for the number once more, or from the beginning after two that differ; its form goes to
    `action`, or where this one came to."""
    with seeing() as conn:
        order = in_scope(conn, current_scope(), [order_id]).get(order_id)
    if order is None:
        raise Problem("not_found")
    first = entered().number if refusal.code == "waybill_again" else ""
    back = request.form.get("back")
    shown = acting.page(
        "waybill_again.html", order=order, order_id=order_id, first=first, refusal=refusal,
        action=action or request.path, back=local_path(back) if back else "",
    )  # fmt: skip
    return make_response(shown, status)

"""快递员: who carries for the station, and the paper that one takes along (ROLE-2)."""

from collections.abc import Callable, Sequence
from typing import Any

from flask import Blueprint, redirect, request, url_for
from sqlalchemy import Connection, Row
from werkzeug.wrappers import Response

from basics.refusal import Refusal
from dispatch.lists.queries import NOTHING
from people.access import LOOK_REASONS, Action
from people.actions import look_behind_mask
from pickups.board.queries import to_fetch
from pickups.couriers import actions as sending
from pickups.couriers import queries as couriers
from pickups.couriers.actions import LONGEST_NAME
from web.auth import current_actor, current_scope, needs
from web.console import acting
from web.console.board import courier_filter
from web.console.fields import BIGGEST_ID, argument, invalid, text
from web.console.looks import alert
from web.errors import FieldError, Problem
from web.notes import say
from web.services import now, services
from web.transactions import changing, seeing, transact

pages = Blueprint("couriers", __name__)

ONE = f"/couriers/<int(max={BIGGEST_ID}):courier>"
MOST_PRINTED = 100  # as many as one may look behind the mask in an hour


@pages.get("/couriers")
@needs(Action.MANAGE_COURIERS)
def page() -> str:
    """All couriers, those who carry no more last."""
    scope = current_scope()
    with seeing() as conn:
        network = services().networks.get(conn)
        found = couriers.listed(conn, scope.stations)
    return acting.page(
        "couriers.html", people=found, network=network, stations=sorted(scope.stations),
        own=acting.station_of(current_actor()), longest=LONGEST_NAME,
    )  # fmt: skip


@pages.post("/couriers")
@needs(Action.MANAGE_COURIERS)
def add() -> Response:
    """A new one, of the clerk's own station or one under it."""
    name, station = text("name", LONGEST_NAME), text("station", 40) or acting.station_of(current_actor())
    if station not in current_scope().stations:
        raise Problem("not_found")

    def work(conn: Connection) -> Refusal | None:
        found = sending.add(conn, station, name)
        return found if isinstance(found, Refusal) else None

    return _back(work, f"已添加 {name} / {name} added")


@pages.post(f"{ONE}/rename")
@needs(Action.MANAGE_COURIERS)
def rename(courier: int) -> Response:
    name, stations = text("name", LONGEST_NAME), current_scope().stations
    return _back(lambda conn: sending.rename(conn, stations, courier, name), f"已改名为 {name} / Renamed {name}")


@pages.post(f"{ONE}/active")
@needs(Action.MANAGE_COURIERS)
def set_active(courier: int) -> Response:
    """`active` 1: carries again; 0: gets no further order."""
    active, stations = text("active", 1) == "1", current_scope().stations
    words = (
        "已启用 / Carries again" if active else "已停用,手上的订单请改派 / Carries no more; send others for his orders"
    )
    return _back(lambda conn: sending.set_active(conn, stations, courier, active), words)


@pages.get("/couriers/list")
@needs(Action.CONFIRM)
def paper() -> str:
    """A4, masked."""
    return _paper(open_=False)


@pages.post("/couriers/list")
@needs(Action.SEE_BEHIND_MASK, step_up=True)
def paper_unmasked() -> str:
    """ROLE-2: the courier must find the door. Each order on it is one logged look, with the reason."""
    reason = text("reason", 100)
    if reason not in LOOK_REASONS:
        raise invalid(
            "reason", "unknown" if reason else "field_required", "请选择所列原因 / Choose a reason of the list"
        )
    return _paper(open_=True, reason=reason)


def _paper(open_: bool, reason: str = "") -> str:
    scope, wanted, refusal = current_scope(), courier_filter(), None
    with changing() if open_ else seeing() as conn:
        network = services().networks.get(conn)
        people = {one.id: one for one in couriers.listed(conn, scope.stations)}
        found = to_fetch(conn, scope, NOTHING, wanted, limit=MOST_PRINTED)
        if open_:
            refusal = looked(conn, found.rows, reason)
    if refusal is not None:
        raise Problem("too_many_requests", refusal.message)
    if wanted and wanted not in people:
        raise Problem("not_found")
    return acting.page(
        "pickup_list.html", rows=found.rows, more=found.following is not None, open=open_, people=people,
        who=people.get(wanted or 0), network=network, reasons=LOOK_REASONS, courier=argument("courier", 18),
        several=len(scope.stations) > 1, by=current_actor().name,
    )  # fmt: skip


def looked(conn: Connection, rows: Sequence[Row[Any]], reason: str) -> Refusal | None:
    """ROLE-2: each order on a paper is one logged look."""
    if not rows:
        return None
    numbers, actor = {row.id: row.logistics_no for row in rows}, current_actor()
    refusal = look_behind_mask(conn, actor, numbers, reason, request.remote_addr or "", now())
    alert(conn, actor, stopped=refusal is not None)
    return refusal


def _back(work: Callable[[Connection], Any], words: str) -> Response:
    refusal = transact(work)
    if refusal is None:
        say(words)
        return redirect(url_for("couriers.page"), 303)
    if refusal.code == "courier_unknown":
        raise Problem("not_found")
    status = 409 if refusal.code == "courier_known" else 422
    raise Problem(refusal.code, refusal.message, status=status, errors=(FieldError("name", refusal.code),))

"""Which open orders are late, as conditions on `orders`."""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_

from basics.words import State
from storage.tables.dispatch import orders

TO_PICK_UP = (State.ACCEPTED, State.AWAITING_WAYBILL)
o = orders.c


def late_accept(at: datetime) -> ColumnElement[bool]:
    """Waiting, and late. A clock that is over runs no more: then the order has no deadline."""
    return and_(o.state == State.WAITING, or_(o.accept_due_at.is_(None), o.accept_due_at < at))


def late_pickup(at: datetime) -> ColumnElement[bool]:
    """To be picked up, and late."""
    return and_(o.state.in_(TO_PICK_UP), or_(o.pickup_due_at.is_(None), o.pickup_due_at < at))

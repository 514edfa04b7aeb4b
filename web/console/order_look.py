"""A look behind the mask of one order: each is logged and limited (ROLE-2), by whatever door it comes."""

from flask import request

from basics.refusal import Refusal
from dispatch.lists.queries import order_page
from people.access import may_look
from people.actions import look_behind_mask
from web.auth import current_actor, current_scope
from web.console.looks import alert
from web.errors import Problem
from web.services import now
from web.transactions import changing

TOO_LATE = "订单结束已超过 7 天,不能再查看完整信息 / The order ended more than 7 days ago"


def looked_at(order_id: int, reason: str) -> Refusal | None:
    """None: the look is written down and granted. A station's last look is 7 days after the order's end. Problem."""
    actor, scope = current_actor(), current_scope()
    with changing() as conn:
        found = order_page(conn, order_id, scope)
        if found is None:
            raise Problem("not_found")
        if not may_look(actor, found.order.ended_at, now()):
            raise Problem("look_too_late", TOO_LATE, status=403)
        number = {order_id: found.order.logistics_no}
        refusal = look_behind_mask(conn, actor, number, reason, request.remote_addr or "", now())
        alert(conn, actor, stopped=refusal is not None)
    return refusal

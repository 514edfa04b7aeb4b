"""Orders of a caller: those that match what he says (CHAN-8), and the other open ones of a sender."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, and_, case, select

from basics.words import FINAL
from channels.phones import normal_phone
from dispatch.lists.queries import visible
from people.access import Scope
from storage.tables.dispatch import orders

MOST_SHOWN = 10
_MOST_READ = 500  # orders of one phone
o = orders.c


@dataclass(frozen=True, slots=True)
class Said:
    """What the caller says of himself; "" for what he does not."""

    number: str = ""
    phone: str = ""
    name: str = ""

    @property
    def kinds(self) -> list[str]:
        """Which of `number`, `phone` and `name` he said."""
        return [kind for kind in ("number", "phone", "name") if getattr(self, kind).strip()]


def matching(conn: Connection, scope: Scope, said: Said) -> Sequence[Row[Any]]:
    """CHAN-8: orders of the scope that fit everything said, and at least two of the three; open ones first, then the
    newest. Nothing with fewer than two."""
    if len(said.kinds) < 2:
        return []
    query = select(orders).where(visible(scope))
    if said.number.strip():
        query = query.where(o.logistics_no == said.number.strip())
    else:
        phones = {phone for phone in (said.phone.strip(), normal_phone(said.phone)) if phone}
        query = query.where(o.sender_phone.in_(phones))
    over = case((o.state.in_(FINAL), 1), else_=0)
    rows = conn.execute(query.order_by(over, o.created_at.desc(), o.id.desc()).limit(_MOST_READ))
    return [row for row in rows if _fits(row, said)][:MOST_SHOWN]


def open_orders(conn: Connection, scope: Scope, phone: str, limit: int = MOST_SHOWN) -> Sequence[Row[Any]]:
    """Orders of the scope with this sender phone that have not ended, newest first."""
    usable = normal_phone(phone)
    if usable is None:
        return []
    mine = and_(o.sender_phone == usable, o.state.not_in(FINAL), visible(scope))
    return conn.execute(select(orders).where(mine).order_by(o.created_at.desc(), o.id.desc()).limit(limit)).all()


def _fits(row: Row[Any], said: Said) -> bool:
    sender = row.content.get("sender") or {}
    phones = {_phone(sender.get(key)) for key in ("phone", "other_phone")} - {""}
    return (
        (not said.number.strip() or row.logistics_no == said.number.strip())
        and (not said.phone.strip() or _phone(said.phone) in phones)
        and (not said.name.strip() or _name(said.name) == _name(sender.get("name")))
    )


def _phone(written: str | None) -> str:
    """As `normal_phone` writes it; what is none as it stands: a replay may hold any."""
    return normal_phone(written or "") or (written or "").strip()


def _name(written: str | None) -> str:
    return unicodedata.normalize("NFC", written or "").strip()


def find_order(conn: Connection, channel: str, number: str) -> Row[Any] | None:
    """The row of an order, whoever may see it: for what a clerk has just entered."""
    return conn.execute(select(orders).where(o.channel == channel, o.logistics_no == number)).one_or_none()

"""Reads of the audit: what is to be linked, its head, the search of people, and digests of what was acted on."""

import hmac
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, and_, func, select, tuple_

from people.audit.chain import Head
from storage.sql import among
from storage.tables.dispatch import events, orders
from storage.tables.people import audit, audit_links, users

NEAR = 5_000  # numbers below the last one linked among which a late commit is looked for every few seconds
FAR = timedelta(days=1)  # before the last one linked; a row put in further back is told by `lanshou audit verify`
PAGE = 50
_a, _l = audit.c, audit_links.c


def head_of(conn: Connection) -> Head:
    """Where the chain ends."""
    row = conn.execute(select(_l.seq, _l.chain).order_by(_l.seq.desc()).limit(1)).one_or_none()
    return Head(row.seq, row.chain) if row else Head()


def unlinked(conn: Connection, limit: int, everywhere: bool = False) -> Sequence[Row[Any]]:
    """Rows that have no link yet, lowest number first; `everywhere`: all of the last day, earliest first."""
    query = select(audit).outerjoin(audit_links, _l.audit_id == _a.id).where(_l.audit_id.is_(None)).limit(limit)
    if not everywhere:
        last = conn.scalar(select(func.max(_l.audit_id))) or 0
        return conn.execute(query.where(_a.id > last - NEAR).order_by(_a.id)).all()
    end = select(_a.happened_at).join(audit_links, _l.audit_id == _a.id).order_by(_l.seq.desc()).limit(1)
    linked = conn.scalar(end)
    if linked is not None:  # years of rows are not read again for what no transaction can bring any more
        query = query.where(_a.happened_at > linked - FAR)
    return conn.execute(query.order_by(_a.happened_at, _a.id)).all()


@dataclass(frozen=True, slots=True)
class Sought:
    """What a search leaves out; empty: nothing. `until` is exclusive."""

    user_id: int | None = None
    what: str = ""
    orders: Sequence[int] | None = None
    request_id: str = ""
    since: datetime | None = None
    until: datetime | None = None


def search(
    conn: Connection, sought: Sought, after: tuple[datetime, int] | None = None, limit: int = PAGE
) -> Sequence[Row[Any]]:
    """Rows with their person and, once linked, their place in the chain; newest first, after the last one seen."""
    query = (
        select(audit, users.c.display_name, users.c.login, users.c.role, _l.seq.label("link"))
        .join(users, users.c.id == _a.user_id)
        .outerjoin(audit_links, _l.audit_id == _a.id)
    )
    wanted = [
        _a.user_id == sought.user_id if sought.user_id is not None else None,
        _a.what == sought.what if sought.what else None,
        _a.order_id.in_(sought.orders) if sought.orders is not None else None,
        _a.request_id == sought.request_id if sought.request_id else None,
        _a.happened_at >= sought.since if sought.since else None,
        _a.happened_at < sought.until if sought.until else None,
        tuple_(_a.happened_at, _a.id) < tuple_(*after) if after else None,
    ]
    query = query.where(and_(True, *(one for one in wanted if one is not None)))
    return conn.execute(query.order_by(_a.happened_at.desc(), _a.id.desc()).limit(limit)).all()


def order_digests(conn: Connection, ids: Collection[int], key: bytes) -> dict[int, str]:
    """Order -> keyed digest of its row and of its log's last event. Equal digests: nothing was done to it."""
    if not ids:
        return {}
    last = (
        select(events.c.order_id, func.max(events.c.seq).label("last_seq"))
        .where(among(conn, events.c.order_id, ids))
        .group_by(events.c.order_id)
        .subquery()
    )
    query = select(orders, last.c.last_seq).outerjoin(last, last.c.order_id == orders.c.id)
    rows = conn.execute(query.where(among(conn, orders.c.id, ids)))
    return {row.id: hmac.new(key, json.dumps(list(row), default=str).encode(), "sha256").hexdigest() for row in rows}

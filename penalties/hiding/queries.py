"""Reads what free text about a violation, or about a posting, must not repeat of a customer (ROLE-2)."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Connection, select

from people.masking import address_secrets, customer_names, mask_text
from storage.sql import among
from storage.tables import penalties as t
from storage.tables.dispatch import orders
from storage.tables.sla import violations

p, r, v, o = t.postings.c, t.money_requests.c, violations.c, orders.c


def hidden_of(content: Mapping[str, Any]) -> set[str]:
    """Names and addresses in an order's content that free text about it may not repeat."""
    people = [content, *(content.get(who) or {} for who in ("sender", "receiver"))]
    return customer_names(content).union(*(address_secrets(one.get("address")) for one in people))


def hidden_of_violations(conn: Connection, ids: Collection[int]) -> dict[int, set[str]]:
    """The same by violation."""
    if not ids:
        return {}
    query = select(v.id, o.content).join(orders, o.id == v.order_id).where(among(conn, v.id, ids))
    return {violation_id: hidden_of(content) for violation_id, content in conn.execute(query)}


def masked(conn: Connection, said: Collection[tuple[int, str]]) -> dict[str, str]:
    """What people wrote of these violations, by itself, as it may be kept for ever: the log of a case is never changed,
    so nothing can be taken out of it later. One text about many names the customer of any of them."""
    hidden = hidden_of_violations(conn, {violation for violation, text in said if text})
    about: dict[str, set[str]] = {}
    for violation, text in said:
        about.setdefault(text, set()).update(hidden.get(violation, ()))
    # One character alone names nobody, and would be taken out of every word.
    return {text: mask_text(text, {one for one in names if len(one) > 1}) for text, names in about.items()}


def masked_by_order(conn: Connection, said: Mapping[int, str]) -> dict[int, str]:
    """What people wrote of these orders, as it may be kept for ever."""
    if not said:
        return {}
    contents = conn.execute(select(o.id, o.content).where(among(conn, o.id, said)))
    hidden = {order: {one for one in hidden_of(content) if len(one) > 1} for order, content in contents}
    return {order: mask_text(text, hidden.get(order, ())) for order, text in said.items()}


def masked_about(conn: Connection, key: str, text: str) -> str:
    """The same of a request about the posting of this key."""
    query = select(p.violation_id).where(p.key == key, p.violation_id.is_not(None))
    about = list(conn.scalars(query)) if key else []
    return masked(conn, [(one, text) for one in about]).get(text, mask_text(text))


def hidden_of_requests(conn: Connection, ids: Collection[int]) -> dict[int, set[str]]:
    """The same by request of people: of the order whose fine its posting is about, or the posting of a request about
    that one, and so on. One about no order is not in it."""
    if not ids:
        return {}
    about = select(r.id.label("request"), r.about).where(among(conn, r.id, ids), r.about != "")
    chain = about.cte("about", recursive=True)
    before = t.money_requests.alias()
    further = (
        select(chain.c.request, before.c.about)
        .join(t.postings, p.key == chain.c.about)
        .join(before, before.c.id == p.request_id)
        .where(before.c.about != "")
    )
    chain = chain.union(further)
    query = (
        select(chain.c.request, o.content)
        .join(t.postings, p.key == chain.c.about)
        .join(violations, v.id == p.violation_id)
        .join(orders, o.id == v.order_id)
    )
    found: dict[int, set[str]] = defaultdict(set)
    for number, content in conn.execute(query):
        found[number] |= hidden_of(content)
    return dict(found)

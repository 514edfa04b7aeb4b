"""Every change and every look of a person leaves an audit row (I-22, decision 14): in the transaction that changed
something, or, for what changed no row, after the view and before the answer goes out."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, g, request
from sqlalchemy import Connection

from people.access import Actor
from people.actions import AuditEntry, record
from people.audit.queries import order_digests
from people.audit.trace import TRACE, Trace, derived_key, digest_of
from storage.changes import changes_before, has_changed
from storage.session import writing
from web.services import doubted, now, services

FORBIDDEN = "forbidden"  # as the guard calls it when a role may not
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
# Pages that are a look by themselves. A file that leaves the house is one whatever its address.
LOOKS = frozenset({"packs.one", "packs.data", "api_review.pack", "audit.page", "api_system.audit"})
FILES = frozenset({"application/pdf", "text/csv", "application/zip"})
ORDER_FIELDS = ("order_id", "orders", "one")  # of forms, by which orders are picked


def person() -> Actor | None:
    """Who the guard has found; asks no database."""
    found = g.get("sitting")
    return found.actor if found else None


@contextmanager
def audited(conn: Connection) -> Iterator[None]:
    """Around the work of one writing transaction of the web."""
    trace = Trace(g.get("request_id"), g.get("api_key_id"), _submitted())
    conn.execution_options(**{TRACE: trace})
    actor, ids, key = person(), _orders_meant(), _key()
    mark, before = changes_before(conn), order_digests(conn, ids, key) if actor else {}
    yield
    if actor is not None and not trace.written and has_changed(conn, mark):
        record(conn, _entries(actor, before, order_digests(conn, before, key)), now())
    g.audited = g.get("audited", 0) + trace.written


@contextmanager
def traced(conn: Connection) -> Iterator[None]:
    """A transaction of the guard itself, such as the last use of a session: no act of the person, no row of its own."""
    trace = Trace(g.get("request_id"), g.get("api_key_id"))
    conn.execution_options(**{TRACE: trace})
    yield
    g.audited = g.get("audited", 0) + trace.written


def _entries(actor: Actor, before: Mapping[int, str], after: Mapping[int, str]) -> list[AuditEntry]:
    """A row for each order that was changed; where none was, one for the request."""
    changed = [
        AuditEntry(actor.user_id, _what(), _path(), _where(), order_id, before=old, after=after.get(order_id))
        for order_id, old in before.items()
        if after.get(order_id) != old
    ]
    return changed or [_entry(actor)]


def _entry(actor: Actor) -> AuditEntry:
    order_id = (request.view_args or {}).get("order_id")
    return AuditEntry(actor.user_id, _what(), _path(), _where(), order_id)


def _what() -> str:
    return request.endpoint or ""


def _path() -> str:
    return ascii(f"{request.method} {request.path}")[1:-1]


def _where() -> str:
    return request.remote_addr or ""


def _key() -> bytes:
    return derived_key(services().master)


def _submitted() -> str | None:
    """A digest of what was sent; of files their names and sizes, for they are stored with a digest of their own."""
    if request.method in SAFE_METHODS:
        return None
    sent = {name: request.form.getlist(name) for name in request.form}
    sent |= {f"file:{name}": [one.filename or "" for one in request.files.getlist(name)] for name in request.files}
    if request.is_json:
        sent["json"] = [request.get_data(as_text=True)]
    return digest_of(_key(), f"{request.method} {request.path}", sent)


def _orders_meant() -> list[int]:
    """The orders that the address, the form or the API's body names. One more than are there does no harm."""
    given = [str((request.view_args or {}).get("order_id", ""))]
    if request.method not in SAFE_METHODS:
        given += [value for name in ORDER_FIELDS for value in request.form.getlist(name)]
        given += map(str, _in_body() if request.is_json else ())
    return sorted({int(one) for one in given[:1_001] if one.isascii() and one.isdigit() and len(one) <= 18})


def _in_body() -> list[Any]:
    """`orders` of a JSON body, or the `order_id` of each of its `items`."""
    try:
        body = json.loads(request.get_data())
    except (ValueError, RecursionError):
        return []
    if not isinstance(body, dict):
        return []
    orders, items = (value if isinstance(value, list) else [] for value in (body.get("orders"), body.get("items")))
    return orders + [one.get("order_id") for one in items if isinstance(one, dict)]


def _is_look(response: Response) -> bool:
    if response.status_code not in (200, 206) or request.endpoint == "static":  # 206: whoever asks for a range of it
        return False
    return (
        request.endpoint in LOOKS
        or response.mimetype in FILES
        or response.headers.get("Content-Disposition", "").startswith("attachment")
    )


def install(app: Flask) -> None:
    """After every view: whoever changed or saw something and has left no row so far leaves one, or gets no answer."""

    @app.after_request
    def _leave_a_row(response: Response) -> Response:
        actor = person()
        if actor is None or g.get("audited") or doubted():
            return response
        acted = response.status_code < 400 and request.method not in SAFE_METHODS
        if response.status_code == HTTPStatus.FORBIDDEN or acted or _is_look(response):
            entry, around = _entry(actor), audited
            if response.status_code == HTTPStatus.FORBIDDEN:  # nobody reads what was sent: it may be of any size
                entry, around = replace(entry, what=FORBIDDEN), traced
            with writing(services().engine) as conn, around(conn):
                record(conn, [entry], now())
        return response

"""The second wall of the person asking (I-23, decision 15): PostgreSQL shows him no row beyond his scope."""

from flask import g
from sqlalchemy import Connection

from people.access import Actor, Role, Scope, scope_of
from storage import row_security
from web.auditing import person
from web.services import services

WALLED = frozenset({Role.STATION, Role.PROVINCE})  # all others see every station's, or nothing of any


def scope(conn: Connection, actor: Actor) -> Scope:
    """Where a person sees and acts, read once a request."""
    if "scope" not in g:
        children = services().networks.get(conn, share=False).children.get(actor.station, ()) if actor.station else ()
        g.scope = actor, scope_of(actor, children)
    return g.scope[1] if g.scope[0] == actor else scope_of(actor)


def behind_wall(conn: Connection) -> None:
    """The whole of a reading transaction."""
    wall = _wall(conn)
    if wall is not None:
        row_security.enter(conn, wall)


def with_wall(conn: Connection) -> None:
    """A writing transaction: its scope checks go behind the wall (`row_security.behind_wall`), its work does not."""
    wall = _wall(conn)
    if wall is not None:
        conn.execution_options(**{row_security.WALL: wall})


def _wall(conn: Connection) -> dict[str, str] | None:
    actor = person()
    if actor is None or actor.role not in WALLED or not row_security.stands(conn):
        return None
    found = scope(conn, actor)
    shown = f"stations:{','.join(sorted(found.stations))}" if found.province is None else f"province:{found.province}"
    return {"scope": shown, "user": str(actor.user_id)}

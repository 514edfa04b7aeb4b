"""The web's transactions: every view sees and changes the database through these, so that nobody can forget the audit
(I-22, decision 14) nor the second wall (I-23, decision 15)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from flask import g
from sqlalchemy import Connection

from storage.session import reading, run, writing
from web.auditing import audited, traced
from web.services import services
from web.walls import behind_wall, with_wall

Result = TypeVar("Result")


@contextmanager
def seeing(*, beyond: bool = False) -> Iterator[Connection]:
    """One reading transaction; of a station or a province behind the wall of its scope. `beyond`: only its scope checks
    are, as in a writing one: for what became of the person's own act, and for the hash of his own password."""
    if "together" in g:
        yield g.together
        return
    with reading(services().engine) as conn:
        (with_wall if beyond else behind_wall)(conn)
        yield conn


@contextmanager
def changing() -> Iterator[Connection]:
    """One writing transaction: committed at the end, rolled back on any exception. It holds its audit row."""
    if "together" in g:
        yield g.together
        return
    with writing(services().engine) as conn:
        with_wall(conn)
        with audited(conn):
            yield conn


def transact(work: Callable[[Connection], Result]) -> Result:
    """`work` in one writing transaction, tried again when another one got in its way (RELIABILITY F-27). It holds its
    audit row."""

    if "together" in g:
        return work(g.together)

    def inside(conn: Connection) -> Result:
        with_wall(conn)
        with audited(conn):
            return work(conn)

    return run(services().engine, inside)


def together(work: Callable[[Connection], Result]) -> Result:
    """`work` in one writing transaction, in which whatever the three above would do by themselves takes part."""

    def whole(conn: Connection) -> Result:
        g.together = conn
        try:
            return work(conn)
        finally:
            g.pop("together")

    return transact(whole)


@contextmanager
def noting() -> Iterator[Connection]:
    """One writing transaction of the guard: what it notes of a request is no act of the person."""
    with writing(services().engine) as conn, traced(conn):
        yield conn

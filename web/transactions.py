"""The web's transactions: every view sees and changes the database through these three."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from sqlalchemy import Connection

from storage.session import reading, run, writing
from web.services import services

Result = TypeVar("Result")


@contextmanager
def seeing() -> Iterator[Connection]:
    """One reading transaction."""
    with reading(services().engine) as conn:
        yield conn


@contextmanager
def changing() -> Iterator[Connection]:
    """One writing transaction: committed at the end, rolled back on any exception."""
    with writing(services().engine) as conn:
        yield conn


def transact(work: Callable[[Connection], Result]) -> Result:
    """`work` in one writing transaction, tried again when another one got in its way (RELIABILITY F-27)."""
    return run(services().engine, work)

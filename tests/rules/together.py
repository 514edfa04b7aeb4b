"""Two transactions that overlap for sure."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any

from sqlalchemy import Connection, Engine

from storage.session import run, writing

LONG_ENOUGH = 0.3  # seconds in which the second would be through, were there no lock
Step = Callable[[Connection], Any]


def together(engine: Engine, first: Step, second: Step) -> tuple[Any, Any]:
    """`second` begins while the transaction of `first` is open, and ends after it."""
    with ThreadPoolExecutor(1) as pool:
        with writing(engine) as conn:
            mine = first(conn)
            other = pool.submit(run, engine, second)
            wait([other], timeout=LONG_ENOUGH)
        return mine, other.result(20)

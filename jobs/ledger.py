"""The task that writes down each day where the ledger's chain ended (RELIABILITY D7), in the database and beside it."""

import os
from functools import partial
from pathlib import Path

from sqlalchemy import Connection

from basics.settings import Settings
from jobs.environment import Environment
from penalties.daily.actions import write_down
from penalties.daily.queries import heads, next_day
from penalties.ledger_text import Daily, head_line, missing_lines
from storage.session import reading, run

HEADS_FILE = "ledger_heads.log"
MOST_DAYS = 400  # that one run catches up on; the next goes on


def heads_file(settings: Settings) -> Path:
    """The file of heads: beside the secret, where whoever can write the database need not be able to write."""
    return settings.secret_file.parent / HEADS_FILE


def daily(env: Environment) -> None:
    """Report every day that is over and was not reported, and bring the file of heads up to date, also after a crash
    between the two. With nothing to do it reads one row and the file."""
    for _ in range(MOST_DAYS):
        if run(env.engine, partial(_write_next, env)) is None:
            break
    append_heads(env)


def _write_next(env: Environment, conn: Connection) -> Daily | None:
    now = env.clock()
    day = next_day(conn, now)
    return write_down(conn, day, now) if day else None


def append_heads(env: Environment, *more: str) -> None:
    """Append to the file of heads what of the database, and of these lines, it does not hold yet."""
    with reading(env.engine) as conn:
        lines = [head_line(row.day, row.seq, row.chain) for row in heads(conn)]
    path = heads_file(env.settings)
    text = path.read_text(encoding="ascii", errors="replace") if path.exists() else ""
    new = missing_lines(text, [*lines, *more])
    if not new:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="ascii") as file:
        file.write(new)
        file.flush()
        os.fsync(file.fileno())

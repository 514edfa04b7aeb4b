"""The task that links audit rows into their chain, a few seconds after they were written (I-22, decision 14)."""

import os
from datetime import datetime, timedelta
from weakref import WeakKeyDictionary

from sqlalchemy import Engine

from basics.days import day_of
from jobs.environment import Environment
from jobs.ledger import heads_file
from penalties.ledger_text import missing_lines
from people.audit.actions import link
from people.audit.queries import head_of, unlinked
from storage.session import reading, run

HEADS_FILE = "audit_heads.log"
ROUNDS = 500  # transactions of one run; the next goes on
EVERYWHERE_EVERY = timedelta(minutes=30)  # half of what `verify` allows a late one
_everywhere: WeakKeyDictionary[Engine, datetime] = WeakKeyDictionary()  # when this process last looked at all rows


def link_audit(env: Environment) -> None:
    """Link what is not linked. With nothing to do it reads the last few thousand numbers, every half hour the day's,
    and notes once a day where the chain ended."""
    now, last = env.clock(), _everywhere.get(env.engine)
    everywhere = last is None or now - last >= EVERYWHERE_EVERY
    for _ in range(ROUNDS):
        with reading(env.engine) as conn:
            if not unlinked(conn, 1, everywhere):
                break
        run(env.engine, lambda conn: link(conn, env.clock(), everywhere))
    else:
        return  # the next one goes on
    if everywhere:
        _everywhere[env.engine] = now
        note_head(env)


def note_head(env: Environment) -> None:
    """Append the day's first head to a file beside the ledger's: a tail that is cut off is told by a head that whoever
    can write the database does not have (`lanshou audit verify --head`)."""
    path, day = heads_file(env.settings).with_name(HEADS_FILE), day_of(env.clock()).isoformat()
    text = path.read_text(encoding="ascii", errors="replace") if path.exists() else ""
    with reading(env.engine) as conn:
        end = head_of(conn)
    if end.seq == 0 or any(line.startswith(f"{day} ") for line in text.splitlines()):
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="ascii") as file:
        file.write(missing_lines(text, [f"{day} {end.seq}:{end.chain}"]))
        file.flush()
        os.fsync(file.fileno())

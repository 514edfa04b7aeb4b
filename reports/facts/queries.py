"""Loads facts: each frame by one statement, read by columns, with what follows from the network and the rulebook."""

from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import Connection

from basics.days import midnight
from editions.queries import load_book
from reports.facts.columns.queries import read
from reports.facts.derive import Hours, derived
from reports.facts.frames import FRAMES, Facts
from reports.facts.selecting.queries import RAW, STATIONS, Wanted, network, statement
from rulebook.book import packaged


def load(
    conn: Connection, start: datetime | None = None, end: datetime | None = None, only: Iterable[str] = tuple(FRAMES),
    stations: Collection[str] | None = None,
) -> Facts:  # fmt: skip
    """Frames of these names: the rows whose AT is in [start, end), of these stations only when given ("" is nobody).

    Frames are read one after the other: `storage.session.snapshot` is the connection that sees one instant.
    """
    wanted = Wanted(start, end, None if stations is None else tuple(sorted(stations)))
    now, hours = read(conn, network(), STATIONS), _hours(conn)
    return {
        name: derived(name, read(conn, statement(conn, name, wanted), RAW[name]), now, hours).lazy() for name in only
    }


def _hours(conn: Connection) -> Hours:
    """Duty hours of every edition, oldest first; the first holds since ever."""
    found: list[tuple[datetime | None, dict[str, tuple[int, int]]]] = []
    for edition in load_book(conn, packaged(), {}).editions:
        of = {kind: (duty.opens, duty.closes) for kind, duty in edition.duty.items()}
        if not found or found[-1][1] != of:
            found.append((midnight(edition.effective) if found else None, of))
    return found

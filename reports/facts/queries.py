"""Loads facts: each frame by one statement, read by columns, with what follows from the network and the rulebook."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from sqlalchemy import Connection

from basics.days import midnight
from editions.queries import load_book
from reports.facts.columns.queries import hurry, read
from reports.facts.derive import Hours, derived, raw_of
from reports.facts.frames import FRAMES, Facts
from reports.facts.selecting.queries import RAW, STATIONS, Wanted, network, statement
from reports.measures import Measure, columns_of
from rulebook.book import packaged


def load(
    conn: Connection, start: datetime | None = None, end: datetime | None = None, only: Iterable[str] = tuple(FRAMES),
    stations: Collection[str] | None = None, measures: Sequence[Measure] | None = None,
) -> Facts:  # fmt: skip
    """Frames of these names: the rows whose AT is in [start, end), of these stations only when given ("" is nobody).
    `measures`: without the columns that none of these reads, which saves half the time.

    Frames are read one after the other: `storage.session.snapshot` is the connection that sees one instant.
    """
    wanted = Wanted(start, end, None if stations is None else tuple(sorted(stations)))
    hurry(conn)
    now, hours = read(conn, network(), STATIONS), _hours(conn)
    found = {}
    for name in only:
        columns = tuple(FRAMES[name]) if measures is None else columns_of(name, measures)
        schema = {column: RAW[name][column] for column in RAW[name] if column in raw_of(name, columns)}
        raw = read(conn, statement(conn, name, wanted, tuple(schema)), schema)
        found[name] = derived(name, columns, raw, now, hours).lazy()
    return found


def _hours(conn: Connection) -> Hours:
    """Duty hours of every edition, oldest first; the first holds since ever."""
    found: list[tuple[datetime | None, dict[str, tuple[int, int]]]] = []
    for edition in load_book(conn, packaged(), {}).editions:
        of = {kind: (duty.opens, duty.closes) for kind, duty in edition.duty.items()}
        if not found or found[-1][1] != of:
            found.append((midnight(edition.effective) if found else None, of))
    return found

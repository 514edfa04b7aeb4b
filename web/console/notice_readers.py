"""Who was told of a notice, by which ways it went out, and who has read it, as HQ sees it (NOTICE-1)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Row

from basics.days import shanghai, week_bounds
from notify.messages import STATION
from notify.queries import letters_of, read_by_prefix, told_by_keys
from penalties.notice_texts import days_of, key_of, told_to
from penalties.notices import cells, number_of
from web.console.logbook import mask_recipient
from web.language import t


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter on its way outside the console; `to` is masked."""

    way: str
    to: str
    row: Row[Any]


@dataclass(frozen=True, slots=True)
class Told:
    """A message about a notice, and its letters."""

    name: str
    row: Row[Any]
    letters: list[Letter]


def readers(conn: Connection, rows: Sequence[Row[Any]]) -> list[Told]:
    """Of each notice of a week whom it was told to: who has not read it first."""
    names = {key: number_of(row.week, row.number) for row in rows for key in _keys(row)}
    told = told_by_keys(conn, list(names))
    letters = letters_of(conn, [one.id for one in told])
    found = [
        Told(
            names[one.key], one,
            [Letter(sent.way, mask_recipient(sent.address), sent) for sent in letters.get(one.id, ())],
        )
        for one in told
    ]  # fmt: skip
    return sorted(found, key=lambda one: (one.row.read_at is not None, one.row.id))


def read_counts(conn: Connection, rows: Sequence[Row[Any]]) -> dict[int, tuple[int, int]]:
    """Notice -> how many stations were told, and how many of them have read it."""
    of = {row.id: key_of(row.week, row.number, (STATION, "")) for row in rows}
    counts = read_by_prefix(conn, list(of.values()), [row.published_at for row in rows])
    return {one: counts.get(prefix, (0, 0)) for one, prefix in of.items()}


def _keys(row: Row[Any]) -> list[str]:
    whom = told_to(cells(row.figures), row.figures["provinces"])
    return [key_of(row.week, row.number, to) for to in whom]


def days_in_words(week: str) -> str:
    """`4月27日至5月3日`, as the notice itself says; `2026-04-27 to 2026-05-03`."""
    start, end = week_bounds(week)
    last = shanghai(end - timedelta(days=1))
    return t(days_of(week), f"{shanghai(start):%Y-%m-%d} to {last:%Y-%m-%d}")

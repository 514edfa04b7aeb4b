"""Makes the report of an address: frozen figures with what later numbers say beside them, else as things stand now."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, func, literal, select

from basics.words import DATA_CENTRE
from reports.kinds import Asked, NoReport
from reports.making.queries import make
from reports.paper.document import Cell, Document, Section
from reports.snapshots.queries import Snapshot
from storage.tables.dispatch import orders
from web.console.reports_asked import Wanted, refused
from web.console.reports_frozen import numbers
from web.services import now, services

BIG = 200_000  # orders of a period and scope; of more than that another process makes the report
Place = tuple[str, tuple[object, ...], str]  # section, the words of its row, column
o = orders.c


@dataclass(frozen=True, slots=True)
class Made:
    """`frozen`: all numbers of the period, 0 first. `later`: what the newest of them says where it differs, and
    `newest` which one that is."""

    document: Document
    frozen: Sequence[Snapshot] = ()
    later: Mapping[Place, Cell] = field(default_factory=dict)
    newest: Snapshot | None = None


def made(conn: Connection, wanted: Wanted) -> Made:
    """Of a frozen period the number asked for, 0 where none is: a figure that was told stays, what changed later stands
    beside it. Problem."""
    frozen = numbers(conn, wanted.kind.code, wanted.period)
    number = _number(wanted, frozen)
    found, last = _make(conn, wanted, number), frozen[-1] if frozen else None
    if last is None or not isinstance(number, int) or number >= last.number:
        return Made(found, frozen)
    return Made(found, frozen, dict(differing(found, _make(conn, wanted, last.number))), last)


def document(conn: Connection, wanted: Wanted) -> Document:
    """The one that `made` shows, without what was said later. Problem."""
    return _make(conn, wanted, _number(wanted, numbers(conn, wanted.kind.code, wanted.period)))


def _number(wanted: Wanted, frozen: Sequence[Snapshot]) -> int | str | None:
    return 0 if wanted.number is None and frozen else wanted.number


def _make(conn: Connection, wanted: Wanted, number: int | str | None) -> Document:
    try:
        found = make(conn, asked(wanted, number))
    except NoReport as error:
        raise refused(error) from None
    if found.scope != wanted.scope:  # a room that knows no scopes has nothing for somebody who sees one
        raise refused(NoReport("scope_unknown", "没有这个范围 / no such scope"))
    return found


def asked(wanted: Wanted, number: int | str | None) -> Asked:
    """As the rooms of the reports take it."""
    return Asked(wanted.kind.code, wanted.period, now(), services().book, wanted.scope, number)


def differing(old: Document, new: Document) -> Iterator[tuple[Place, Cell]]:
    """Cells of the new one that say something else than the old one does at the same place."""
    before = dict(_places(old.sections))
    for place, cell in _places(new.sections):
        known = before.get(place)
        if known is not None and known.value != cell.value:
            yield place, cell


def _places(sections: Sequence[Section]) -> Iterator[tuple[Place, Cell]]:
    """Every cell of a figure by its place; what a supplement says of its changes has none in another number."""
    for section in sections:
        for row in section.rows if not section.key.startswith("changes_") else ():
            words = words_of(section, row)
            for column, cell in zip(section.columns, row, strict=True):
                if column.kind != "text":
                    yield (section.key, words, column.name), cell


def words_of(section: Section, row: Sequence[Cell]) -> tuple[object, ...]:
    """By which a row is known in another number of the report."""
    return tuple(cell.value for column, cell in zip(section.columns, row, strict=True) if column.kind == "text")


def is_big(conn: Connection, wanted: Wanted) -> bool:
    """Whether it is for another process to make. What is frozen never is: it was counted then."""
    if wanted.number != "now" and numbers(conn, wanted.kind.code, wanted.period):
        return False
    few = select(literal(1)).where(o.created_at >= wanted.start, o.created_at < wanted.end)
    level, _, code = wanted.scope.partition(":")
    if level in ("province", "station"):
        stations = services().networks.get(conn).stations
        own = {one for one, at in stations.items() if code in (at.province, one, at.parent)}
        few = few.where(func.coalesce(o.station, "").in_(sorted(own | {"", DATA_CENTRE})))
    elif level == "channel":
        few = few.where(o.channel == code)
    return bool((conn.scalar(select(func.count()).select_from(few.limit(BIG + 1).subquery())) or 0) > BIG)

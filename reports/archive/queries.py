"""Reads facts from the archive where it still says what the database says, and from the database elsewhere."""

import logging
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from hashlib import file_digest
from pathlib import Path

import polars as pl
from sqlalchemy import Connection, select

from basics.days import month_bounds, month_of
from basics.refusal import Refusal
from basics.words import DATA_CENTRE
from penalties.booking.queries import closed_months
from reports.archive.layout import SCANS, Part, Stretch, by_month, form, is_whole, months_of, shared, stretches
from reports.archive.marks.queries import marks, scanned
from reports.facts.frames import AT, FRAMES, Facts
from reports.facts.queries import load
from reports.measures import Measure, columns_of
from storage.tables import reports as t
from storage.tables.geo import stations as known

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Month:
    """How an archived month stands. `changed`: the database no longer looks as it did, so it is read instead.
    `damaged`: paths of files that are missing or not what was written; `stray`: files that nobody wrote down."""

    month: str
    archived_at: datetime
    rows: int
    size: int
    changed: bool
    damaged: tuple[str, ...] = ()
    stray: tuple[str, ...] = ()


def facts_of(
    conn: Connection, folder: Path | None, start: datetime | None, end: datetime | None,
    only: Sequence[str] = tuple(FRAMES), stations: Collection[str] | None = None,
    measures: Sequence[Measure] | None = None,
) -> Facts:  # fmt: skip
    """What `reports.facts.queries.load` finds, whole months of it from the archive in `folder` while the month is as it
    was when it was archived. A month whose files are not what was written is read from the database, and the log says
    so. Files are read when the frames are collected, each only as far as the query needs. No folder: no archive."""
    if folder is None:
        return load(conn, start, end, only, stations, measures)
    usable = _usable(conn, folder, start, end, only, _provinces(conn, stations))
    found: dict[str, list[pl.LazyFrame]] = {frame: [] for frame in only}
    for stretch in stretches(start, end, usable):
        if stretch.month is None:
            facts = load(conn, stretch.start, stretch.end, only, stations, measures)
        else:
            whole = {name: _scan(folder, usable[stretch.month], name, stretch, stations) for name in only}
            facts = {name: _needed(whole[name], name, measures) for name in only}
        for frame in only:
            found[frame].append(facts[frame])
    return {
        frame: pl.concat(some) if some else _needed(_nothing(frame), frame, measures) for frame, some in found.items()
    }


def parts(conn: Connection, months: Collection[str] | None = None) -> list[Part]:
    """What is written down of these months (None: of all), in one order."""
    a = t.archived.c
    query = select(a.month, a.frame, a.province, a.path, a.rows, a.size, a.digest, a.mark)
    if months is not None:
        query = query.where(a.month.in_(months))
    return [Part(*row) for row in conn.execute(query.order_by(a.month, a.frame, a.province))]


def refuse(conn: Connection, month: str) -> Refusal | None:
    """Why the month may not be archived: `month_open`. ValueError: no such month."""
    month_bounds(month)
    if month in closed_months(conn):
        return None
    return Refusal("month_open", f"{month} 尚未关账,不能归档 / is not closed: only closed months are archived")


def standing(conn: Connection, folder: Path, months: Collection[str] | None = None, files: bool = False) -> list[Month]:
    """Each archived month; with `files` every file is read and compared with what was written down."""
    a = t.archived.c
    when = {row.month: row.archived_at for row in conn.execute(select(a.month, a.archived_at))}
    written = by_month(parts(conn, months))
    unchanged = _unchanged(conn, written)
    bad = set(damaged(folder, [part for some in written.values() for part in some])) if files else set()
    return [
        Month(
            month, when[month], sum(part.rows for part in some), sum(part.size for part in some),
            month not in unchanged, tuple(sorted(bad.intersection(part.path for part in some))),
            tuple(strays(folder, month, some)) if files else (),
        )
        for month, some in written.items()
    ]  # fmt: skip


def damaged(folder: Path, written: Sequence[Part]) -> list[str]:
    """Paths of parts that are missing or hold anything else than what was written."""
    with ThreadPoolExecutor(4) as readers:  # digests are made outside the interpreter's lock
        fine = readers.map(lambda part: _is_whole_file(folder / part.path, part), written)
        return [part.path for part, whole in zip(written, fine, strict=True) if not whole]


def strays(folder: Path, month: str, written: Iterable[Part]) -> list[str]:
    """Files of this month that no part stands for: a killed run left them, or the month was archived again."""
    ours = {part.path for part in written}
    lying = (path.relative_to(folder).as_posix() for path in folder.glob(f"*/month={month}/*/*") if path.is_file())
    return sorted(path for path in lying if path not in ours)


def _is_whole_file(path: Path, part: Part) -> bool:
    try:
        with path.open("rb") as file:
            return path.stat().st_size == part.size and file_digest(file, "sha256").hexdigest() == part.digest
    except OSError:
        return False


def _usable(
    conn: Connection, folder: Path, start: datetime | None, end: datetime | None, only: Collection[str],
    provinces: Collection[str] | None,
) -> dict[str, list[Part]]:  # fmt: skip
    """The parts to read, by the months that are unchanged and whose files are whole."""
    touched = months_of(start, end) if start is not None and end is not None else None
    written = by_month(parts(conn, touched))
    found = {}
    for month in _unchanged(conn, written):
        wanted = [part for part in written[month] if part.frame in only and _is_of(part, provinces)]
        if bad := damaged(folder, wanted):
            log.error("archived month %s is damaged and read from the database: %s", month, ", ".join(bad[:3]))
        else:
            found[month] = wanted
    late = _scanned_since(conn, folder, found)
    return {month: some for month, some in found.items() if month not in late}


def _scanned_since(conn: Connection, folder: Path, written: Mapping[str, Sequence[Part]]) -> set[str]:
    """Months with an order that was un-scanned when it was archived, and for which another scan has come (DO-5)."""
    some = [part for parts in written.values() for part in parts if part.frame == "orders" and part.rows]
    if not some:
        return set()
    missing = pl.scan_parquet([folder / part.path for part in some], glob=False, hive_partitioning=False)
    asked = missing.filter("unscanned").select("order_id", "created_at").collect()
    now = Counter(scanned(conn, asked["order_id"]))
    of = {id: month_of(at) for id, at in asked.filter(pl.col("order_id").is_in(list(now))).iter_rows()}
    found = Counter(dict.fromkeys(written, 0))
    for order, count in now.items():
        found[of[order]] += count
    then = Counter({month: sum(part.mark.get(SCANS, 0) for part in parts) for month, parts in written.items()})
    return {month for month in written if found[month] != then[month]}


def _is_of(part: Part, provinces: Collection[str] | None) -> bool:
    return provinces is None or part.province in provinces


def _unchanged(conn: Connection, written: Mapping[str, Sequence[Part]]) -> list[str]:
    """Those of the months that look as they did, all frames there and in today's form."""
    now_form, then = form(), {month: shared(some[0].mark) for month, some in written.items()}
    right = {month: mark for month, mark in then.items() if mark["form"] == now_form}
    now = marks(conn, {month: list(mark["orders"]) for month, mark in right.items()})
    whole = {month for month, some in written.items() if {part.frame for part in some} == set(FRAMES)}
    return [month for month in right if now[month] == right[month] and month in whole]


def _provinces(conn: Connection, stations: Collection[str] | None) -> set[str] | None:
    """Where rows of these stations can lie; None: anywhere, as those of the data centre and of nobody ("")."""
    if stations is None or not {DATA_CENTRE, ""}.isdisjoint(stations):
        return None
    rows = conn.execute(select(known.c.code, known.c.province))
    return {province for code, province in rows if code in stations} | {""}


def _scan(
    folder: Path, written: Sequence[Part], frame: str, stretch: Stretch, stations: Collection[str] | None
) -> pl.LazyFrame:
    paths = [folder / part.path for part in written if part.frame == frame and part.rows]
    if not paths:
        return _nothing(frame)
    found = pl.scan_parquet(paths, schema=FRAMES[frame], glob=False, hive_partitioning=False)
    if not is_whole(stretch):
        found = found.filter(pl.col(AT[frame]) >= stretch.start, pl.col(AT[frame]) < stretch.end)
    return found if stations is None else found.filter(pl.col("station").is_in(sorted(stations)))


def _needed(table: pl.LazyFrame, frame: str, measures: Sequence[Measure] | None) -> pl.LazyFrame:
    return table if measures is None else table.select(columns_of(frame, measures))


def _nothing(frame: str) -> pl.LazyFrame:
    return pl.LazyFrame(schema=FRAMES[frame])

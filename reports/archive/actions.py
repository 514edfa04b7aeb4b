"""Writes a closed month into the archive: files first, each whole or not at all; then the rows that make them count.

Nobody looks for files: what is read is what the rows name. So a run killed before them has changed nothing, and what it
left behind goes with the next one.
"""

import fcntl
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import polars as pl
from sqlalchemy import Connection, delete, insert

from basics.days import month_bounds
from basics.refusal import Refusal
from reports.archive.layout import SCANS, Mark, Part, order_of, path_of, touched
from reports.archive.marks.queries import marks, running, scanned, span
from reports.archive.queries import refuse, strays
from reports.facts.frames import FRAMES
from reports.facts.queries import load
from storage.tables import reports as t

ROW_GROUP = 65_536  # rows; a week's reader skips those of other weeks
PINNED = ("clocks", "holdings", "violations", "failures")  # whose rows can be of orders of other months


class Busy(Exception):
    """Another process writes into this archive."""


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Nobody else writes into the archive meanwhile; a process that dies lets go. Busy."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / "archive.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Busy from None
        yield


def write(conn: Connection, folder: Path, month: str) -> list[Part] | Refusal:
    """The month's files, safely on the disk; `record` makes them count. `conn` must see one instant throughout.

    Refusals: `month_open`, `clocks_running`. ValueError: no such month. OSError: the disk; nothing counts then.
    """
    if (refused := refuse(conn, month)) is not None:
        return refused
    start, end = month_bounds(month)
    parts: list[Part] = []
    own, others = pl.Series(dtype=pl.Int64), pl.Series(dtype=pl.Int64)
    for frame in FRAMES:
        table = load(conn, start, end, only=(frame,))[frame].collect().sort(order_of(frame))
        scans: Counter[int] = Counter()
        if frame == "orders":
            own, scans = table["order_id"], Counter(scanned(conn, table.filter("unscanned")["order_id"]))
        if frame in PINNED:
            others = pl.concat([others, table["order_id"]]).unique()
        parts += put(folder, month, frame, table, scans)
    outside = others.filter(~others.is_in(own.implode()))
    mark = marks(conn, {month: touched(span(conn, outside), month)})[month]
    if count := running(mark):
        return Refusal("clocks_running", f"{month} 还有 {count} 个时钟未判定 / {count} clocks are not decided yet")
    return [replace(part, mark=mark | part.mark) for part in parts]


def put(folder: Path, month: str, frame: str, table: pl.DataFrame, scans: Counter[int]) -> Iterator[Part]:
    """One file a province, its mark still that of its own scans alone; of a frame without rows one empty file, so that
    it is known to be empty."""
    found = table.partition_by("province", as_dict=True, maintain_order=True) or {("",): table}
    for (province,), some in sorted(found.items()):
        buffer = BytesIO()
        some.write_parquet(buffer, compression="zstd", compression_level=1, row_group_size=ROW_GROUP)
        content = buffer.getbuffer()
        digest = sha256(content).hexdigest()
        path = path_of(frame, month, str(province), digest)
        _keep(folder / path, content)
        mark: Mark = {SCANS: sum(scans[order] for order in some["order_id"])} if frame == "orders" and scans else {}
        yield Part(month, frame, str(province), path, some.height, len(content), digest, mark)


def record(conn: Connection, month: str, parts: Sequence[Part], now: datetime) -> None:
    """From the commit on, these files are the month."""
    rows = [
        {
            "month": part.month, "frame": part.frame, "province": part.province, "path": part.path, "rows": part.rows,
            "size": part.size, "digest": part.digest, "mark": part.mark, "archived_at": now,
        }
        for part in parts
    ]  # fmt: skip
    conn.execute(delete(t.archived).where(t.archived.c.month == month))
    conn.execute(insert(t.archived), rows)


def let_go(folder: Path, month: str, parts: Sequence[Part]) -> int:
    """Remove the month's files that no part stands for, and folders left empty; how many files."""
    gone = strays(folder, month, parts)
    for path in gone:
        (folder / path).unlink(missing_ok=True)
    for path in gone:
        with suppress(OSError):  # not empty
            (folder / path).parent.rmdir()
    return len(gone)


def _keep(path: Path, content: memoryview) -> None:
    """Under its name it is whole, whenever the machine dies."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    half = path.with_name(f".{path.name}.half")
    try:
        with half.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        half.replace(path)
    except OSError:
        half.unlink(missing_ok=True)
        raise
    for folder in (path.parent, path.parent.parent, path.parent.parent.parent):
        _settle(folder)


def _settle(folder: Path) -> None:
    """The names in a folder are on the disk too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

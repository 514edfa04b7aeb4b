"""Drives the real actions through a recorded history on a virtual clock (REPLAY.md)."""

import gzip
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from dataclasses import replace as changed
from datetime import datetime
from pathlib import Path
from typing import IO, Any, cast

from sqlalchemy import Engine

from basics.refusal import Refusal
from channels.messages import OrderPush, WaybillTold, Withdrawal
from dispatch import actions as dispatch
from dispatch.batch import World
from dispatch.facts import Item
from penalties.appealing.actions import pass_on_due
from replay.acts_of_people import ActOfPeople
from replay.deciding import do
from replay.events import Line, LineError, read_head, understand
from replay.fields import BadEvent
from storage.session import writing

BATCH = 2000  # lines in one transaction; their order holds within it, so its size changes no result
SWEEP = 2000


class UnusableFile(ValueError):
    """The events file cannot be replayed: file, line and cause (exit code 2)."""


@dataclass(frozen=True, slots=True)
class Rejected:
    line: int
    do: str
    code: str
    message: str


@dataclass(slots=True)
class Driver:
    """The virtual clock and the lines waiting for the next transaction."""

    engine: Engine
    world: World
    batch: int = BATCH
    rejected: list[Rejected] = field(default_factory=list)
    now: datetime | None = None
    lines: int = 0
    _pending: list[Line] = field(default_factory=list)
    _channels: dict[str, str] = field(default_factory=dict)

    def run(self, path: Path, until: datetime | None, progress: Callable[[int], None] = lambda lines: None) -> None:
        """Take every line up to `until`, then stop the clock there, or at the last line's instant."""
        for line in read_lines(path, until):
            self.now = line.at
            self.lines = line.number
            self.take(line)
            progress(line.number)
        if until is not None:
            self.now = until
        self._flush()
        if self.now is not None:
            self._fall_due(self.now)
            self._sweep(self.now, last=True)

    def take(self, line: Line) -> None:
        if isinstance(line.what, BadEvent):
            self._reject(line, Refusal("bad_event", str(line.what)))
        elif isinstance(line.what, ActOfPeople):
            self._flush()
            self._fall_due(line.at)
            with writing(self.engine) as conn:
                refusal = do(conn, line.what, self.world, line.at)
            if refusal is not None:
                self._reject(line, refusal)
        else:
            self._pending.append(line)
            if len(self._pending) >= self.batch:
                self._flush()

    def _flush(self) -> None:
        if not self._pending:
            return
        lines, self._pending = self._pending, []
        items = [Item(line.at, what, _who(what)) for line in lines for what in (self._addressed(line.what),)]
        with writing(self.engine) as conn:
            answers = dispatch.conduct(conn, items, self.world)
        for line, answer in zip(lines, answers, strict=True):
            if answer is not None:
                self._reject(line, answer)

    def _addressed(self, what: Any) -> Any:
        """Logistics numbers are unique in a replay whatever the channel, which stays that of the first push."""
        if isinstance(what, OrderPush):
            first = self._channels.setdefault(what.logistics_no, what.channel)
            if first != what.channel:
                return changed(what, channel=first, content={**what.content, "pushed_as": what.channel})
        elif isinstance(what, Withdrawal | WaybillTold):
            return changed(what, channel=self._channels.get(what.logistics_no, ""))
        return what

    def _fall_due(self, now: datetime) -> None:
        """Clocks and holds due before it; a period that ends with it is over (fine print 7)."""
        self._sweep(now)
        while True:
            with writing(self.engine) as conn:
                if pass_on_due(conn, now) == 0:
                    return

    def _sweep(self, now: datetime, last: bool = False) -> None:
        while True:
            with writing(self.engine) as conn:
                if dispatch.sweep(conn, self.world, now, SWEEP, last) == 0:
                    return

    def _reject(self, line: Line, refusal: Refusal) -> None:
        self.rejected.append(Rejected(line.number, line.do, refusal.code, refusal.message))


def _who(what: Any) -> str:
    """Who stands in the log: the channel that told it, or the station or operator that did it."""
    channel = getattr(what, "channel", "")
    return (
        f"channel:{channel}" if channel else getattr(what, "station", "") or getattr(what, "operator", "") or "replay"
    )


def read_lines(path: Path, until: datetime | None) -> Iterator[Line]:
    """Lines of an events file up to `until`. UnusableFile naming file, line and cause."""
    number, before = 0, None
    try:
        with _open(path) as file:
            for number, raw in enumerate(file, start=1):
                line = _line(path, number, raw)
                if until is not None and line.at > until:
                    return
                if before is not None and line.at < before:
                    raise UnusableFile(f"{path}:{number}: 时间倒退 / goes back in time")
                before = line.at
                yield line
    except (OSError, EOFError, zlib.error) as error:
        raise UnusableFile(f"{path}:{number + 1}: 读不了 / cannot be read: {error}") from None


def _open(path: Path) -> IO[bytes]:
    return cast(IO[bytes], gzip.open(path, "rb")) if path.suffix == ".gz" else path.open("rb")


def _line(path: Path, number: int, raw: bytes) -> Line:
    try:
        at, do, fields = read_head(number, raw.decode("utf-8"))
    except UnicodeDecodeError:
        raise UnusableFile(f"{path}:{number}: 不是 UTF-8 / not UTF-8") from None
    except LineError as error:
        raise UnusableFile(f"{path}:{number}: {error}") from None
    try:
        return Line(number, at, do, understand(at, do, fields))
    except BadEvent as bad:
        return Line(number, at, do, bad)

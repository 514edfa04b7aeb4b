"""The author of a random history.

It watches its own lines through the naive replay, so that it can act exactly on a deadline, a microsecond
later, or in the name of the station that really holds the order.
"""

import heapq
import json
from collections import Counter
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from random import Random
from typing import Any

from tests.oracle.clocks import DAY, SHANGHAI
from tests.oracle.land import Land, draw
from tests.oracle.naive import Replay
from tests.oracle.orders import Order, View

START = datetime(2026, 5, 4, tzinfo=SHANGHAI)
TICK = timedelta(microseconds=1)
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
NUDGES = (timedelta(0), timedelta(0), timedelta(0), TICK, SECOND, -SECOND, MINUTE, -TICK)
BRIEF = (0, 1, 3, 10, 25, 40)
EDGES = tuple(
    time.fromisoformat(edge)
    for edge in ["07:59:59", "08:00", "09:45", "10:00", "19:30", "19:50", "20:00", "20:50", "21:00", "23:00"]
)


class Author:
    """Writes one history line by line."""

    def __init__(self, seed: int, folder: Path, disputed: bool) -> None:
        self.rng, self.disputed = Random(seed), disputed
        folder.mkdir(parents=True, exist_ok=True)
        self.start = START + timedelta(days=self.rng.choice((0, 21, 24, 24)))  # mostly across the end of May
        self.strict = self.rng.choice((0.75, 0.75, 0.25))  # how often HQ confirms
        self.land: Land = draw(self.rng, folder, self.start)
        self.replay = Replay(folder)
        self.lines: list[str] = []
        self.codes: Counter[str] = Counter()
        self.diary: list[tuple[datetime, int, str, str]] = []
        self.now = self.start
        self.numbers = self.plans = 0
        self.pushes: dict[str, dict[str, Any]] = {}
        self.created: dict[str, datetime] = {}
        self.budget: dict[str, int] = {}

    def plan(self, when: datetime, what: str, logistics_no: str = "") -> None:
        """Note that something is to be done at `when`."""
        self.plans += 1
        heapq.heappush(self.diary, (max(when, self.now), self.plans, what, logistics_no))

    def say(self, do: str, **fields: Any) -> str | None:
        """Write one line now; the code of its refusal, if the naive replay refuses it."""
        event: dict[str, Any] = {"at": self.stamp(self.now), "do": do}
        event |= {k: self.stamp(v) if isinstance(v, datetime) else v for k, v in fields.items()}
        self.lines.append(json.dumps(event, ensure_ascii=False))
        code = self.replay.feed(json.loads(self.lines[-1]))
        self.codes[f"{do} {code or 'taken'}"] += 1
        return code

    def stamp(self, when: datetime) -> str:
        """Mostly Shanghai, sometimes written in UTC."""
        if self.rng.random() < 0.05:
            return when.astimezone(UTC).isoformat()
        return when.isoformat()

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    def order(self, logistics_no: str) -> Order | None:
        return self.replay.book.orders.get(logistics_no)

    def view(self, order: Order) -> View:
        return self.replay.book.view(order, self.now)

    def fresh_number(self) -> str:
        self.numbers += 1
        return f"55{self.numbers:012d}"

    def moment_in_day(self, day: datetime) -> datetime:
        """A time of day: often an edge of duty, else any minute, mostly by day."""
        if self.chance(0.25):
            return datetime.combine(day.date(), self.rng.choice(EDGES), SHANGHAI)
        hour = self.rng.randint(8, 20) if self.chance(0.8) else self.rng.randint(0, 23)
        clock = time(hour, self.rng.randint(0, 59), self.rng.choice((0, 0, 17)))
        found = datetime.combine(day.date(), clock, SHANGHAI)
        return found + timedelta(microseconds=self.rng.randrange(1_000_000)) if self.chance(0.15) else found

    def later(self, order: Order | None) -> datetime:
        """When to look at an order again: soon, or around something that falls due."""
        rng = self.rng
        waiting = order is not None and self.view(order).state == "waiting"
        soon = self.now + timedelta(minutes=rng.choice(BRIEF if waiting else (*BRIEF, 90, 240, 700)))
        if order is None or self.chance(0.45):
            return soon
        clocks = self.replay.book.clocks(order, self.now)
        dues = [c.due for c in clocks if c.verdict == "running"]
        view = self.view(order)
        dues += [view.confirmed + DAY] if view.confirmed is not None else []
        dues += [order.received + DAY] if view.state == "held" else []
        dues = [due for due in dues if due - SECOND * 2 > self.now]
        return rng.choice(dues) + rng.choice(NUDGES) if dues else soon

    def past(self, order: Order | None) -> datetime:
        """When a message that is told now was made: now, a while ago, or exactly at some other event."""
        if self.chance(0.45):
            return self.now
        marks = [self.now - timedelta(minutes=self.rng.choice((1, 5, 20, 45, 120, 600, 1500)))]
        if order is not None:
            view = self.view(order)
            marks += [a.start for a in view.assignments] + [order.created]
            marks += [fact.at for fact in order.facts] + [when for when, *_ in order.withdrawals]
            marks += [c.due for c in self.replay.book.clocks(order, self.now)]
            marks += [view.end] if view.end is not None else []
        when = self.rng.choice(marks) + self.rng.choice((*NUDGES, -MINUTE * 7, MINUTE * 4))
        return min(when, self.now + MINUTE)

"""The order page's part about time: whose minutes, what was gone before each holder, each clock step by step."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import request
from sqlalchemy import Connection

from basics.days import parse_instant
from basics.words import Verdict
from dispatch.batch import World
from dispatch.clock_story.queries import story
from dispatch.clock_story.story import Story, Unknown
from sla.clocks import Clock
from sla.explain import Step, explain, name_of
from sla.explain_words import en_length, zh_length
from sla.minutes import KINDS, Kind, Part
from sla.promise import explain_promise
from web.console.countdown import Countdown, countdown
from web.language import language

WIDTH = 1000  # of the bar, in its own units
LEAST = 4  # a part that is there is seen


@dataclass(frozen=True, slots=True)
class Bar:
    """A part of the bar: where it begins and how wide it is."""

    part: Part
    x: float
    width: float


@dataclass(frozen=True, slots=True)
class Told:
    """A clock with its steps; `name` zh-CN and English. `left` of one that runs now; `waits`: for the scan that bears
    its confirmation out (PICKUP-1)."""

    clock: Clock
    name: tuple[str, str]
    steps: Sequence[Step]
    left: Countdown | None
    waits: bool


@dataclass(frozen=True, slots=True)
class ClockStory:
    """What the template shows. `story` None: nothing was known by then. `asked`: the past minute in hand, "" for now;
    `wrong`: why what was asked cannot be shown. `promise`: its steps (PROMISE-1)."""

    story: Story | None
    bars: Sequence[Bar]
    totals: Sequence[tuple[Kind, timedelta]]
    clocks: Sequence[Told]
    promise: Sequence[Step]
    at: datetime
    asked: str
    wrong: str
    length: Callable[[timedelta], str]


def clock_story(conn: Connection, world: World, order_id: int, now: datetime) -> ClockStory:
    """Of an order that the reader may see; `at` of the address is a past minute on a Shanghai clock."""
    asked = request.args.get("at", "")[:40]
    at, wrong = _minute(asked, now)
    if wrong:
        asked = ""
    told = story(conn, world, order_id, at, latest=not asked)
    if isinstance(told, Unknown):
        wrong = "当时尚未收到此单 / The order was not known by then"
    if not isinstance(told, Story):
        return ClockStory(None, (), (), (), (), at, asked, wrong, _length)
    totals = [(kind, told.minutes.of_kind(kind)) for kind in KINDS]
    return ClockStory(
        told,
        bars(told.minutes.parts),
        [(kind, length) for kind, length in totals if length],
        [_told(clock, now, asked) for clock in told.clocks],
        explain_promise(told.promise),
        at,
        asked,
        wrong,
        _length,
    )


def _length(length: timedelta) -> str:
    return en_length(length) if language() == "en" else zh_length(length)


def _told(clock: Clock, now: datetime, asked: str) -> Told:
    trace, runs = clock.trace, clock.verdict is Verdict.RUNNING and not asked
    waits = runs and trace.end is not None and trace.end.by == "confirmed"
    left = countdown(trace.calendar, trace.due, now) if runs and not waits else None
    return Told(clock, name_of(clock), explain(clock), left, waits)


def bars(parts: Sequence[Part]) -> list[Bar]:
    """The parts side by side, as long as they took; the shortest are drawn a little wider than that."""
    whole = sum((part.length for part in parts), timedelta(0))
    wide = [max(WIDTH * (part.length / whole), LEAST) for part in parts]
    scale, x, found = WIDTH / sum(wide, 0.0) if wide else 1.0, 0.0, []
    for part, width in zip(parts, wide, strict=True):
        found.append(Bar(part, round(x, 2), round(width * scale, 2)))
        x += width * scale
    return found


def _minute(asked: str, now: datetime) -> tuple[datetime, str]:
    if not asked:
        return now, ""
    local = asked if asked.endswith("Z") or "+" in asked else f"{asked}+08:00"
    try:
        at = parse_instant(local)
    except ValueError:
        return now, "时间无法识别,按现在显示 / The time cannot be read; shown as of now"
    if at > now:
        return now, "时间在将来,按现在显示 / The time lies in the future; shown as of now"
    return at, ""

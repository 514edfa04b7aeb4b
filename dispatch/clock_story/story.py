"""An order as it stood at one instant: what a screen, a program or a command tells of its clocks and minutes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sla.clocks import Clock
from sla.course import Course
from sla.explain import Spared
from sla.minutes import Lost, Minutes
from sla.promise import Promise


@dataclass(frozen=True, slots=True)
class Story:
    """An order as it stood at `at`. `clocks` with the traces that their verdicts were made from; `lost`: for each
    holder, what was gone before it. `spared`: holders without a pickup clock, and why."""

    order_id: int
    channel: str
    logistics_no: str
    at: datetime
    course: Course
    clocks: Sequence[Clock]
    minutes: Minutes
    lost: Sequence[Lost]
    promise: Promise
    spared: Sequence[Spared]


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nothing had been told of the order by then; `since`: when it was."""

    since: datetime

"""The first-run tour: a few steps on real screens of the role. Each step is the screen's own address with `tour`, so
that it works without a script; tour.js marks the spot."""

from dataclasses import dataclass

from flask import current_app, request, url_for

from people.access import may
from web.auth import known_actor
from web.help_screens import STEPS, Step

MOST = 6
LAST_CHINESE = "每一页右上角都有「帮助」,写着这个页面的用途和有关规则。祝工作顺利。"
LAST_ENGLISH = "Each page has “Help” in its header: what it is for, and its rules. That is all."


@dataclass(frozen=True, slots=True)
class Stop:
    """A step as it is shown; `before` and `after` are addresses, empty at the ends."""

    number: int
    of: int
    step: Step
    before: str
    after: str


def steps_for() -> list[Step]:
    """Those whose screens the person has."""
    actor = known_actor()
    if actor is None:
        return []
    served = current_app.view_functions
    return [step for step in STEPS if step.endpoint in served and may(actor, step.action)][:MOST]


def stop_here() -> Stop | None:
    """The step that this page is, when its address asks for the tour."""
    asked, steps = request.args.get("tour", ""), steps_for()
    if not asked.isascii() or not asked.isdigit() or not 1 <= int(asked[:3]) <= len(steps):
        return None
    number = int(asked[:3])
    if steps[number - 1].endpoint != request.endpoint:
        return None
    return Stop(number, len(steps), steps[number - 1], _address(steps, number - 1), _address(steps, number + 1))


def first_stop() -> str:
    """Where the tour begins; empty for whom it has nothing."""
    return _address(steps_for(), 1)


def _address(steps: list[Step], number: int) -> str:
    return url_for(steps[number - 1].endpoint, tour=number) if 1 <= number <= len(steps) else ""

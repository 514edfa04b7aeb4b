"""What a verdict was made from (issue 5, point 3): the values themselves, so that whoever explains it computes nothing
anew. One is made for each clock of each order in every transaction: no text here, nothing that is not at hand."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from rulebook.book import Edition
from sla.duty import Calendar, Span, spans

WINDOW = "window"


class End(NamedTuple):
    """Something that happened to a holding: an act, a message, or the end of the order. `leaves`: it ended the
    assignment. `by`: a word of `rulebook.edition.KEEPERS`; `rerouted`, `withdrawn`, or `over` for an end of the order
    that met another holder; `confirmed` for a confirmation that no scan has borne out."""

    at: datetime
    by: str
    leaves: bool


class Trace(NamedTuple):
    """How a clock came by its deadline and its verdict.

    `key`: of the edition's text, whose length it is; `WINDOW` when the end of the booked window set it (PICKUP-2).
    `why` it started: `creation`, `release`, or the cause of the assignment. `length` is what `calendar` counts from
    `since` to `due`; its closures before the assignment are left out, they were another holder's time. `end`: what
    ended it, in time or too late, None while nothing has. `until`: how long that was waited for.
    """

    edition: Edition
    key: str
    why: str
    counts: str
    since: datetime
    length: timedelta
    calendar: Calendar
    due: datetime
    end: End | None
    until: datetime

    def pieces(self) -> Iterator[Span]:
        """What was counted (`open`) and what was left out, from `since` to `due`."""
        return spans(self.calendar, self.since, self.due)

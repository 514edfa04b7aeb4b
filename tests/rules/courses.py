"""Orders as the clocks see them, in few words. Times are `day hour:minute[:second[.micro]]` of May 2026, Shanghai."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from basics.days import SHANGHAI
from rulebook.book import Edition, packaged
from sla.clocks import Clock, clocks_of
from sla.course import Course, Ending, Failure, Holding, Pickup
from sla.duty import Calendar

BOOK = packaged()
EDITION = BOOK.named("2017-01-01")
STANDARD = Calendar(8 * 60, 20 * 60)
XINJIANG = Calendar(10 * 60, 21 * 60)
TICK = timedelta(microseconds=1)


def t(text: str) -> datetime:
    """`5 10:30:00.000001` is that instant of 5 May 2026 in Shanghai."""
    day, clock = text.split()
    return datetime.fromisoformat(f"2026-05-{int(day):02d}T{clock}").replace(tzinfo=SHANGHAI)


def maybe(text: str | None) -> datetime | None:
    return None if text is None else t(text)


def closed(*pairs: tuple[str, str], hours: Calendar = STANDARD) -> Calendar:
    """Those hours, with granted closures (ROUTE-6)."""
    return Calendar(hours.opens, hours.closes, tuple((t(a), t(b)) for a, b in pairs))


def held(since: str, *, by: str = "A", cause: str = "routing", accepted: str | None = None, **more: Any) -> Holding:
    """One holder; its number and its end are set by `order`. `by="HQ"` is the data centre."""
    calendar = None if by == "HQ" else more.pop("hours", STANDARD)
    return Holding(1, by, calendar, t(since), cause, accepted_at=maybe(accepted), **more)  # type: ignore[arg-type]


def order(
    *holders: Holding,
    created: str = "5 10:00",
    received: str | None = None,
    released: bool = False,
    window: str | None = None,
    ended: tuple[str, str] | None = None,
    pickup: tuple[str | None, str | None] | None = None,
    failure: Failure | None = None,
) -> Course:
    """An order; each holder ends where the next begins. `pickup`: confirmed, proved."""
    holdings = []
    for place, one in enumerate(holders):
        after = holders[place + 1] if place + 1 < len(holders) else None
        left_by = "" if after is None else "transfer" if after.cause == "transfer" else "reroute"
        left_at = after.started_at if after else None
        holdings.append(replace(one, seq=place + 1, left_at=left_at, left_by=left_by))  # type: ignore[arg-type]
    ending = None if ended is None else Ending(ended[0], t(ended[1]))  # type: ignore[arg-type]
    proof = None
    if pickup is not None:
        confirmed = maybe(pickup[0])
        proof = Pickup(confirmed, confirmed + EDITION.scan_proof if confirmed else None, maybe(pickup[1]))
    zero = t(created)
    at, since = maybe(window), maybe(received) or zero
    return Course(zero, since, released, at, tuple(holdings), ending, proof, failure=failure)


def picked_up(*holders: Holding, at: str, **more: Any) -> Course:
    """Scanned at `at`, nobody confirmed."""
    return order(*holders, ended=("picked_up", at), pickup=(None, at), **more)


def clock(course: Course, kind: str, now: str, seq: int = 1, edition: Edition = EDITION) -> Clock:
    """The one clock of that kind of that holder."""
    [found] = [c for c in clocks_of(course, edition, t(now)) if (c.seq, c.kind) == (seq, kind)]
    return found


def verdicts(course: Course, now: str) -> list[tuple[int, str, str]]:
    """(seq, kind, verdict) of every clock."""
    return [(c.seq, c.kind, c.verdict.value) for c in clocks_of(course, EDITION, t(now))]

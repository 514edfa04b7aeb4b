"""Which report is meant by an address, whether its reader may see it, and the periods around it (ROLE-1)."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from flask import request
from sqlalchemy import Connection

from basics.days import month_of, shanghai, week_of
from channels.registry import SOURCES
from geo.network import Network
from people.access import Scope
from reports.kinds import NoReport
from reports.making.queries import MAKERS
from reports.periods import bounds
from web.auth import current_actor, current_scope
from web.console.fields import argument, invalid
from web.errors import FieldError, Problem
from web.services import now, services
from web.words_reports import KINDS, Kind

LONGEST = timedelta(days=366)
YEARS = (2000, 3000)
_PERIOD = re.compile(r"2[0-9]{3}(-W[0-9]{2}|-[0-9]{2})?|2[0-9]{3}(-[0-9]{2}){2}~2[0-9]{3}(-[0-9]{2}){2}", re.ASCII)
_NUMBER = re.compile(r"[0-9]{1,4}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Wanted:
    """`period` as reports/kinds.py has it; of an address it is `word`, with ~ for the slash. `number`: None what is
    usually looked at, "now" nothing frozen."""

    kind: Kind
    period: str
    start: datetime
    end: datetime
    scope: str
    number: int | str | None

    @property
    def word(self) -> str:
        """The period as a part of an address."""
        return self.period.replace("/", "~")


def wanted(conn: Connection, kind: str, word: str) -> Wanted:
    """By the address. Problem `not_found` for no such kind, and outside the reader's scope."""
    return wanted_of(conn, kind, word, argument("scope", 120), number_asked())


def wanted_of(conn: Connection, kind: str, word: str, scope: str, number: int | str | None) -> Wanted:
    """The same of what a form says; without a scope the reader's own."""
    known = KINDS.get(kind)
    if known is None:
        raise Problem("not_found")
    period, start, end = period_of(known, word)
    network = services().networks.get(conn)
    scope = scope or own_scope(current_scope(), current_actor().station)
    if not may_see(scope, current_scope(), network) or scope.partition(":")[0] not in known.levels:
        raise Problem("not_found")
    return Wanted(known, period, start, end, scope, number)


def period_of(kind: Kind, word: str) -> tuple[str, datetime, datetime]:
    """Problem 422 for nonsense, for more than a year, and for what has not begun."""
    field = "week" if kind.every == "week" and not kind.span else "period"
    if not _PERIOD.fullmatch(word) or (not kind.span and form_of(word) != kind.every):
        raise invalid(field, f"{field}_invalid", f"没有这个期间 / No such period: {word[:40]}")
    try:
        start, end = bounds(word.replace("~", "/"))
    except NoReport as error:
        raise refused(error) from None
    if not YEARS[0] <= start.year < YEARS[1]:
        raise invalid(field, f"{field}_invalid", "没有这个期间 / No such period")
    if end - start > LONGEST:
        raise invalid(field, "period_too_wide", "最多一年 / At most a year")
    if start > now():
        raise invalid(field, "period_future", "这一期还没有开始 / This period has not begun")
    return word.replace("~", "/"), start, end


def form_of(word: str) -> str:
    """week, month, year or span."""
    if "~" in word:
        return "span"
    return "week" if "W" in word else "month" if "-" in word else "year"


def number_asked() -> int | str | None:
    """`number=0`, `number=now`; None when nothing is said."""
    given = argument("number", 10)
    if given in ("", "now"):
        return given or None
    if not _NUMBER.fullmatch(given):
        raise invalid("number", "number_invalid", "编号为 0、1、2……或 now / a number is 0, 1, 2 … or now")
    return int(given)


def refused(error: NoReport) -> Problem:
    """What the room of a report refuses: what is unknown there is not found."""
    if error.code.endswith("_unknown"):
        return Problem("not_found", str(error))
    return Problem("invalid", str(error), errors=(FieldError(error.code.partition("_")[0], error.code),))


def own_scope(scope: Scope, station: str | None) -> str:
    """What somebody looks at who says nothing."""
    if scope.everywhere:
        return "network"
    return f"province:{scope.province}" if scope.province is not None else f"station:{station or ''}"


def may_see(text: str, scope: Scope, network: Network) -> bool:
    """Whether the figures of `network`, `province:浙江省`, `station:HZ01`, `channel:crm` are his to see, and there are
    such."""
    level, _, code = text.partition(":")
    if level in ("network", "channel"):
        return scope.everywhere and (code == "" if level == "network" else code in SOURCES)
    if level == "province":
        there = any(station.province == code for station in network.stations.values())
        return there and (scope.everywhere or scope.province == code)
    station = network.stations.get(code)
    return level == "station" and station is not None and scope.holds(code, station.province)


def newest_period(kind: Kind) -> str:
    """The last one that is over."""
    start, _ = bounds(period_running(kind))
    return named(kind.every, start - timedelta(hours=1))


def period_running(kind: Kind) -> str:
    """The one that goes on now."""
    return named(kind.every, now())


def around(asked: Wanted) -> tuple[str, str]:
    """The period before and, when it has begun, the one after; as words of an address."""
    form = form_of(asked.word)
    if form == "span":
        days = (asked.end - asked.start).days
        first = shanghai(asked.start).date()
        after = _span(first + timedelta(days=days), days) if asked.end <= now() else ""
        return _span(first - timedelta(days=days), days), after
    before = named(form, asked.start - timedelta(hours=1))
    return before, named(form, asked.end) if asked.end <= now() else ""


def named(form: str, at: datetime) -> str:
    """The week, month or year of an instant, as a word of an address."""
    if form == "week":
        return week_of(at)
    return month_of(at) if form == "month" else str(shanghai(at).year)


def _span(first: date, days: int) -> str:
    return f"{first}~{first + timedelta(days=days - 1)}"


def kinds_for(scope: Scope) -> list[Kind]:
    """What exists for somebody: what is of the whole network alone is for those who see it."""
    own = own_scope(scope, "").partition(":")[0]
    return [one for one in KINDS.values() if own in one.levels and one.code in MAKERS]


def given_scope() -> str | None:
    """As the address has it, for links that stay in it."""
    return request.args.get("scope") or None

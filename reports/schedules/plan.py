"""When a schedule is due and of which period: Monday 09:00, and the 5th of a month (DAY-1). Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from basics.days import day_of, midnight, month_of, week_of

HOUR = timedelta(hours=9)
MONTH_DAY = 5
WEEK, MONTH = "week", "month"
FORMS = ("pdf", "xlsx", "line")
FROZEN = {"weekly": WEEK, "monthly": MONTH}  # kinds that are frozen, and how often


@dataclass(frozen=True, slots=True)
class Schedule:
    """`key` from its cause; `to` an addressee of notify/. `made_at` None: one that everybody has without asking."""

    key: str
    kind: str
    scope: str
    to: tuple[str, str]
    form: str
    every: str
    made_at: datetime | None = None
    made_by: str = ""
    question_id: int | None = None
    id: int | None = None


def last_due(every: str, now: datetime) -> datetime:
    """The last instant at which schedules of this rhythm were due."""
    today = day_of(now)
    if every == WEEK:
        due = midnight(today - timedelta(days=today.weekday())) + HOUR
        return due if due <= now else due - timedelta(days=7)
    due = midnight(today.replace(day=MONTH_DAY)) + HOUR
    return due if due <= now else midnight(_month_before(today).replace(day=MONTH_DAY)) + HOUR


def period_before(every: str, due: datetime) -> str:
    """The week or month that was over at `due`."""
    if every == WEEK:
        return week_of(due - timedelta(days=7))
    return month_of(midnight(_month_before(day_of(due))))


def periods_back(every: str, due: datetime, most: int) -> list[str]:
    """The last ones over at `due`, newest first."""
    found = [period_before(every, due)]
    for _ in range(most - 1):
        due = due - timedelta(days=7) if every == WEEK else midnight(_month_before(day_of(due)).replace(day=MONTH_DAY))
        found.append(period_before(every, due))
    return found


def _month_before(day: date) -> date:
    return day.replace(day=1) - timedelta(days=1)


def defaults(provinces: Iterable[str]) -> list[Schedule]:
    """HQ gets the network's week and month, each province desk its own: in the inbox, and by mail where it has one."""
    found = [_default(kind, "network", ("hq", "")) for kind in FROZEN]
    return found + [_default("weekly", f"province:{one}", ("province", one)) for one in sorted(set(provinces)) if one]


def _default(kind: str, scope: str, to: tuple[str, str]) -> Schedule:
    return Schedule(f"default:{kind}:{scope}", kind, scope, to, "pdf", FROZEN[kind])

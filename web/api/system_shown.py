"""What the operations about the system take and give."""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field

from editions.rules import MOST_BYTES, REASON_LIMIT
from sla.outages import NOTE_LIMIT
from web.api.fields import CLEAN, FILLED, At, Count, Day, From, Given, Id, Instant, Taken, Week, Why
from web.console import availability

Text = Annotated[str, Field(min_length=1, max_length=MOST_BYTES)]


class Me(Given):
    """Who is asking; `csrf_token` is for writes with a session's cookie."""

    name: str
    role: str
    station: str | None
    province: str | None
    actions: list[str]
    csrf_token: str


class Outage(Given):
    """When we or a channel were away (VIO-3)."""

    id: int
    source: str
    started_at: Instant
    ended_at: Instant | None
    by: str
    note: str
    withdrawn_at: Instant | None


class Alarm(Given):
    """A process whose clock is off (RELIABILITY D9)."""

    process: str
    noticed_at: Instant
    seconds: float
    ended_at: Instant | None
    accepted_by: str | None
    note: str


class Health(Given):
    """The last outages and alarms."""

    outages: list[Outage]
    alarms: list[Alarm]


class EnterOutage(Taken):
    """An outage that is over."""

    source: Literal[availability.SOURCES]  # type: ignore[valid-type]
    since: At
    until: At
    note: Annotated[Why, Field(max_length=NOTE_LIMIT)]


class WithdrawOutage(Taken):
    """It never was."""

    outage: Id
    note: Annotated[Why, Field(max_length=NOTE_LIMIT)]


class AcceptClock(Taken):
    """The clock of a process is to be gone by as it is."""

    process: Annotated[str, Field(min_length=1, max_length=availability.PROCESS_LIMIT), FILLED]
    note: Annotated[Why, Field(max_length=NOTE_LIMIT)]


class Edition(Given):
    """An edition of the rulebook; `days` until it takes effect."""

    name: str
    effective: date
    maker: str
    checker: str
    days: int
    in_force: bool


class Editions(Given):
    """Newest first."""

    items: list[Edition]


class NameQuery(Taken):
    """Which edition."""

    name: Annotated[str, Field(min_length=1, max_length=40), CLEAN]


class Rule(Given):
    """A rule in words."""

    id: str
    zh: str
    en: str


class WholeEdition(Given):
    """An edition as text and in words."""

    edition: Edition
    text: str
    rules: list[Rule]


class Proposed(Given):
    """A proposed edition; `sha256` is what an approval names (B-103)."""

    id: int
    name: str
    effective: str
    sha256: str
    state: str
    maker: str
    proposed_at: Instant
    reason: str
    checker: str | None
    decided_at: Instant | None


class ProposedAll(Given):
    """Newest first."""

    items: list[Proposed]


class ProposeEdition(Taken):
    """A whole edition as TOML."""

    text: Text
    reason: Annotated[str, Field(max_length=REASON_LIMIT), CLEAN] = ""


class DecideEdition(Taken):
    """`sha256`: of the text that was read."""

    decision: Literal["approve", "decline"]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    reason: Annotated[str, Field(max_length=REASON_LIMIT), CLEAN] = ""


class Rehearse(Taken):
    """A draft, and the first and last day."""

    text: Text
    first: Day
    last: Day


class Rehearsal(Given):
    """A draft on a past period; `figures` once it is done."""

    id: int
    asked_by: str
    asked_at: Instant
    first_day: str
    last_day: str
    edition: str
    state: str
    done: Count
    total: Count
    figures: dict[str, Any]


class Rehearsals(Given):
    """Newest first."""

    items: list[Rehearsal]


class NumberGiven(Given):
    """The number of what was asked for."""

    number: int


class AuditQuery(From):
    """By login, what, logistics or waybill number, request and days, at most 93 of them; the last seven without."""

    person: Annotated[str, Field(max_length=64), CLEAN] = ""
    what: Annotated[str, Field(max_length=32), CLEAN] = ""
    number: Annotated[str, Field(max_length=64), CLEAN] = ""
    request: Annotated[str, Field(max_length=16), CLEAN] = ""
    since: Annotated[Day | Literal[""], Field(alias="from")] = ""
    until: Day | Literal[""] = ""


class AuditRow(Given):
    """One act or look; `link`: its place in the chain, null until it is linked."""

    id: int
    happened_at: Instant
    login: str
    role: str
    what: str
    subject: str
    order_id: int | None
    reason: str | None
    before: str | None
    after: str | None
    request_id: str | None
    api_key_id: int | None
    link: int | None


class WeekQuery(Taken):
    """The running one without it."""

    week: Week | Literal[""] = ""


class Weekly(Given):
    """A row a station, with its figures."""

    week: str
    items: list[dict[str, Any]]

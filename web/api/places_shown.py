"""What the operations about places take and give."""

from typing import Annotated, Literal

from pydantic import Field

from geo.checks import KINDS
from geo.closing_rules import NOTE_LIMIT, REASON_LIMIT
from web.api.answers import Refused
from web.api.fields import CLEAN, FILLED, MOST, At, Code, Day, From, Given, Id, Instant, Taken, Why


class ClosuresQuery(From):
    """`tab`: asked, granted (and not over) or decided."""

    tab: Literal["asked", "granted", "decided"] = "asked"
    station: Annotated[str, Field(max_length=40), CLEAN] = ""


class Closure(Given):
    """A request for a closure, or one that is granted."""

    id: int
    station: str
    starts_at: Instant
    ends_at: Instant
    reason: str
    state: str
    asked_by: str
    asked_at: Instant | None
    decided_by: str | None
    decided_at: Instant | None
    note: str


class AskClosure(Taken):
    """Of one's own station."""

    station: Code
    start: At
    end: At
    reason: Annotated[str, Field(max_length=REASON_LIMIT), CLEAN] = ""


class Granting(Taken):
    """A request, and a note for whoever asked."""

    request_id: Id
    note: Annotated[str, Field(max_length=NOTE_LIMIT), CLEAN] = ""


class DecideClosures(Taken):
    """One decision on all of them."""

    decision: Literal["grant", "decline"]
    items: Annotated[list[Granting], Field(min_length=1, max_length=MOST)]


class Granted(Given):
    """What became of one request."""

    request_id: int
    done: bool
    refusal: Refused | None


class GrantedAll(Given):
    """One answer an item, in their order."""

    results: list[Granted]


class BordersQuery(From):
    """`station`: entries that concern it."""

    station: Annotated[str, Field(max_length=40), CLEAN] = ""


class Border(Given):
    """A decided dispute; the order's number within one's scope only."""

    id: int
    station: str
    others: list[str]
    adcode: str | None
    fragment: str
    decided_at: Instant
    note: str
    logistics_no: str


class FindingsQuery(Taken):
    """By kind and station."""

    kind: Literal[("", *KINDS)] = ""  # type: ignore[valid-type]
    station: Annotated[str, Field(max_length=40), CLEAN] = ""
    after: Annotated[str, Field(max_length=9, pattern=r"^[0-9]*$")] = ""


class Finding(Given):
    """What is doubtful in the service areas (B-87)."""

    number: int
    kind: str
    station: str | None
    other: str | None
    adcode: str | None
    square_metres: float | None
    cause: str


class ProposalsQuery(Taken):
    """Waiting or decided ones."""

    tab: Literal["open", "decided"] = "open"


class Proposal(Given):
    """What transfers and dispatches say of a street or estate."""

    id: int
    adcode: str
    fragment: str
    station: str
    votes_for: int
    votes_against: int
    state: str
    opened_at: Instant
    decided_at: Instant | None
    decided_by: str | None
    note: str


class Proposals(Given):
    """All that wait, or the last decided ones."""

    items: list[Proposal]


class DecideProposal(Taken):
    """Adopt or decline."""

    decision: Literal["adopt", "decline"]
    note: Annotated[str, Field(max_length=500), CLEAN] = ""


class Place(Given):
    """A named place that holds."""

    id: int
    adcode: str
    fragment: str
    station: str
    valid_from: Instant
    by: str
    note: str


class Places(Given):
    """Newest first."""

    items: list[Place]


class NamePlace(Taken):
    """By hand; why is asked for."""

    adcode: Annotated[str, Field(pattern=r"^[0-9]{6}$")]
    fragment: Annotated[str, Field(min_length=1, max_length=100), FILLED]
    station: Code
    note: Why


class EndPlace(Taken):
    """Now, or at the start of a day to come."""

    until: Day | None = None
    note: Why

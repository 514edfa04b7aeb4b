"""What the review desk takes and gives."""

from typing import Annotated, Any, Literal

from pydantic import Field

from basics.words import CaseState
from penalties.clusters import DIMENSIONS, LONGEST_KEY
from penalties.lifecycle import CONFIRM, DISMISS
from penalties.reviewing.actions import LONGEST_REASON, SHORTEST_REASON
from web.api.answers import Refused
from web.api.fields import CLEAN, Count, Fen, Given, Id, Ids, Instant, Paged, Taken, Why
from web.console.fields import MOST_PICKED

Reason = Annotated[Why, Field(min_length=SHORTEST_REASON, max_length=LONGEST_REASON)]


class CasesQuery(Paged):
    """The filters of the review desk; `age` in days, `value` from so many fen."""

    kind: Annotated[str, Field(max_length=20), CLEAN] = ""
    excuse: Annotated[str, Field(max_length=20), CLEAN] = ""
    station: Annotated[str, Field(max_length=40), CLEAN] = ""
    age: Annotated[str, Field(max_length=3), CLEAN] = ""
    value: Annotated[str, Field(max_length=18), CLEAN] = ""


class ReviewQuery(CasesQuery):
    """`tab`: open ones, oldest first, or decided ones, newest decision first."""

    tab: Literal["open", "decided"] = "open"


class CausesQuery(CasesQuery):
    """`by`: one dimension alone."""

    by: Literal[("", *DIMENSIONS)] = ""  # type: ignore[valid-type]


class CauseQuery(Taken):
    """`cause`: a key as the list of causes has it."""

    cause: Annotated[str, Field(min_length=1, max_length=LONGEST_KEY), CLEAN]


class ViolationsQuery(Paged):
    """`state` of the case."""

    state: Literal[("", *(one.value for one in CaseState))] = ""  # type: ignore[valid-type]


class Said(Given):
    """A piece of evidence in words."""

    label: str
    text: str


class Suspicion(Given):
    """A violation with its case. Of what the reader may still judge blind, verdict, person and reason are null."""

    id: int
    kind: str
    station: str
    house: str
    happened_at: Instant
    edition: str
    excuse: str
    fine_fen: int
    logistics_no: str
    channel: str
    starts_at: Instant | None
    due_at: Instant | None
    came_at: Instant | None
    evidence: list[Said]
    case_state: str | None
    decided_at: Instant | None
    decided_by: str | None
    reason: str | None


class Appealed(Given):
    """A stage of an appeal and what came of it."""

    stage: str
    state: str


class Before(Given):
    """A decided case like this one."""

    id: int
    station: str
    happened_at: Instant
    excuse: str
    fine_fen: int
    verdict: str
    reason: str
    case_state: str
    appeals: list[Appealed]


class WholeCase(Given):
    """One suspicion with the nearest precedents and the reasons that people gave of late. `own`: of the reader's own
    station, so that another one decides."""

    case: Suspicion
    precedents: list[Before]
    reasons: list[str]
    own: bool


class Kind(Given):
    """How many of a kind."""

    kind: str
    count: int


class CauseShown(Given):
    """Open suspicions that have one cause in common."""

    key: str
    dimension: str
    value: str
    count: int
    fen: int
    oldest: Instant
    excused: int
    kinds: list[Kind]


class Causes(Given):
    """Biggest first; of the oldest `looked_at` suspicions."""

    items: list[CauseShown]
    looked_at: int


class Members(Given):
    """The oldest suspicions of a cause."""

    items: list[Suspicion]


class Decision(Taken):
    """One decision with one reason. `seen`: those that the person was shown as likely excused."""

    cases: Ids
    decision: Literal[CONFIRM, DISMISS]  # type: ignore[valid-type]
    reason: Reason
    seen: Annotated[tuple[Id, ...], Field(max_length=MOST_PICKED)] = ()


class CauseDecision(Decision):
    """Only those that are of this cause are decided."""

    cause: Annotated[str, Field(min_length=1, max_length=LONGEST_KEY), CLEAN]


class Outcome(Given):
    """`excused`, `checked`, `strange`: held back as likely excused, as still being checked, as not of this cause."""

    done: int
    excused: int
    checked: int
    strange: int
    refused: list[Refused]


class Second(Taken):
    """A second look; it changes nothing."""

    decision: Literal[CONFIRM, DISMISS]  # type: ignore[valid-type]
    reason: Reason


class SecondWaiting(Given):
    """What waits for a second look: nothing of verdict, reason or first reviewer in it."""

    violation_id: int
    sampled_at: Instant
    kind: str
    station: str
    happened_at: Instant
    fine_fen: int
    excuse: str
    logistics_no: str


class Apart(Given):
    """A second look that came to another verdict."""

    violation_id: int
    decided_at: Instant
    first_by: str
    first_decision: str
    first_reason: str
    second_by: str
    second_decision: str
    second_reason: str
    case_state: str


class SecondLooks(Given):
    """What waits for the reader, and where second looks disagreed."""

    waiting: list[SecondWaiting]
    apart: list[Apart]
    next: str | None


class Figure(Given):
    """A reviewer's figures for a rule, as counts."""

    kind: str
    by: str
    decided: Count
    confirmed: Count
    fallen: Count
    at_appeal: Count
    second: Count
    agreed: Count


class Figures(Given):
    """Of the last decisions."""

    items: list[Figure]


class Violation(Given):
    """A violation or suspicion of a station."""

    id: int
    order_id: int
    kind: str
    station: str
    happened_at: Instant
    fine_fen: Fen
    excuse: str
    case_state: str
    logistics_no: str


class Pack(Given):
    """An evidence pack; `sha256` is that of `contents` as canonical JSON."""

    contents: dict[str, Any]
    sha256: str

"""Appeals: what can be appealed against, entering one, deciding one, and its files (APPEAL-1..3)."""

import base64
import binascii
from typing import Annotated, Any, Literal

from flask import Response
from pydantic import Field
from sqlalchemy import Row

from basics.refusal import Refusal
from penalties import files
from penalties.appealing.queries import appealable
from penalties.appeals import HQ, OVERTURN, PASS_ON, PROVINCE, UPHOLD, FileGiven
from penalties.hearings import queries
from people.access import Action
from web.api.fields import BIGGEST, CLEAN, At, Code, Done, From, Given, Id, Instant, Page, Prose, Taken
from web.api.operation import Api
from web.console import appeals, appeals_mail
from web.console.appeals_shown import found, free_of, own, problem_of, stage_of_actor, unseen
from web.console.fields import cursor, cursor_text
from web.errors import FieldError, Problem
from web.services import now, services
from web.transactions import seeing

api = Api("appeals", "申诉 / Appeals")

ONE = f"/appeals/<int(max={BIGGEST}):violation_id>"
MOST_BASE64 = files.MOST_BYTES * 4 // 3 + 4
Tab = Literal["", "published", "waiting", "mine", "all"]


class AppealsQuery(From):
    """`tab`: a station has `published` and `all`; province and HQ `waiting`, `mine`, `all`."""

    tab: Tab = ""


class Listed(Given):
    """A violation that can be appealed against, or a stage of an appeal."""

    violation_id: int
    kind: str
    station: str
    logistics_no: str
    happened_at: Instant
    fine_fen: int
    stage: str | None
    state: str | None
    opened_at: Instant | None
    due_at: Instant | None
    closed_at: Instant | None


class File(Given):
    """A file as it was given; it is fetched under `own_name`."""

    own_name: str
    name: str
    media_type: str
    size: int
    by: str
    added_at: Instant


class Stage(Given):
    """One stage: who asked, what was decided, and why; free text is masked."""

    stage: str
    state: str
    text: str
    by: str
    opened_at: Instant
    due_at: Instant | None
    closed_at: Instant | None
    closed_by: str | None
    reason: str
    files: list[File]


class WholeAppeal(Given):
    """One violation with its appeals. `may_ask`: where the station can appeal to now; `until`: until when."""

    violation_id: int
    kind: str
    station: str
    logistics_no: str
    fine_fen: int
    case_state: str
    stages: list[Stage]
    published_at: Instant | None
    may_ask: str | None
    until: Instant | None
    own: bool


class FileSent(Taken):
    """A file of at most 10 MiB; what it is, is told by its bytes."""

    name: Annotated[str, Field(min_length=1, max_length=200), CLEAN]
    content: Annotated[str, Field(min_length=1, max_length=MOST_BASE64, description="base64")]


Files = Annotated[tuple[FileSent, ...], Field(max_length=files.MOST_FILES)]


class AskAppeal(Taken):
    """APPEAL-1: to the province, or to HQ."""

    to: Literal[PROVINCE, HQ]  # type: ignore[valid-type]
    text: Prose
    files: Files = ()


class DecideAppeal(Taken):
    """At the stage of the person's role."""

    decision: Literal[OVERTURN, UPHOLD, PASS_ON]  # type: ignore[valid-type]
    reason: Prose
    files: Files = ()


class Mailed(Taken):
    """An appeal that came by mail; `received_at` decides whether it was in time."""

    violation_id: Id
    logistics_no: Code
    received_at: At
    text: Prose
    files: Files = ()


class AppealEntered(Given):
    """The appeal's number."""

    appeal_id: int


@api.get("/appeals", Action.SEE_APPEAL, "申诉列表 / Appeals")
def listed(query: AppealsQuery) -> Page[Listed]:
    """Without `tab` the first one of one's role. What one may still judge blind is left out."""
    tabs = appeals.tabs_of_actor()
    if query.tab and query.tab not in tabs:
        raise Problem("invalid", errors=(FieldError("tab", "unknown"),))
    tab = query.tab or tabs[0]
    with seeing() as conn:
        rows = appeals.listed_on(conn, tab, cursor())
        hidden = unseen(conn, [_violation(row) for row in rows.rows])
    items = [_listed(row) for row in rows.rows if _violation(row) not in hidden]
    return Page[Listed](items=items, next=cursor_text(rows.following) or None)


@api.get(ONE, Action.SEE_APPEAL, "一件申诉 / One appeal")
def one(violation_id: int) -> WholeAppeal:
    """Its stages with who, when, why and files."""
    with seeing() as conn:
        case = found(conn, violation_id)
        rows = queries.stages(conn, violation_id)
        given = queries.files(conn, [row.id for row in rows])
        can = appealable(conn, [violation_id], services().book, now())[violation_id]
        free, mine = free_of(conn, violation_id), own(conn, case)
    return WholeAppeal(
        violation_id=violation_id, kind=case.kind, station=case.station, logistics_no=case.logistics_no,
        fine_fen=case.fine_fen, case_state=case.case_state, published_at=can.published_at, own=mine,
        may_ask=can.stage_open_to, until=can.until,
        stages=[_stage(row, [file for file in given if file.appeal_id == row.id], free) for row in rows],
    )  # fmt: skip


@api.post(f"{ONE}/ask", Action.APPEAL, "提交申诉 / Appeal")
def ask(violation_id: int, body: AskAppeal) -> AppealEntered:
    """The period counts by when the request began to come."""
    return _entered(appeals.asked(violation_id, body.to, body.text, lambda: _given(body.files)))


@api.post(f"{ONE}/decide", Action.DECIDE_APPEAL, "审理申诉 / Decide an appeal")
def decide(violation_id: int, body: DecideAppeal) -> Done:
    """Overturn, uphold, or pass on to HQ."""
    stage = stage_of_actor()
    if stage is None:
        raise Problem("forbidden")
    refusal = appeals.decided_by(violation_id, stage, body.decision, body.reason, lambda: _given(body.files))
    if refusal is not None:
        raise problem_of(refusal)
    return Done()


@api.post("/appeals/mail", Action.ENTER_APPEAL, "代录申诉 / Enter an appeal that came by mail")
def mail(body: Mailed) -> AppealEntered:
    """By province or HQ."""
    answer = appeals_mail.entered(
        body.violation_id, body.logistics_no, body.text, body.received_at, lambda: _given(body.files)
    )
    return _entered(answer)


@api.get("/appeals/files/<own_name>", Action.SEE_APPEAL, "申诉附件 / A file of an appeal", media="*/*")
def file(own_name: str) -> Response:
    """As an attachment; who opened it is kept (B-100)."""
    return appeals.file(own_name)


def _entered(answer: Refusal | int) -> AppealEntered:
    if isinstance(answer, Refusal):
        raise problem_of(answer)
    return AppealEntered(appeal_id=answer)


def _given(sent: tuple[FileSent, ...]) -> list[FileGiven] | Refusal:
    try:
        return files.check([(one.name, base64.b64decode(one.content, validate=True)) for one in sent])
    except (binascii.Error, ValueError):
        raise Problem("invalid", errors=(FieldError("files", "base64_invalid"),)) from None


def _violation(row: Row[Any]) -> int:
    return int(row._mapping.get("violation_id") or row.id)


def _listed(row: Row[Any]) -> Listed:
    nothing = dict.fromkeys(("stage", "state", "opened_at", "due_at", "closed_at"))
    return Listed.model_validate({**nothing, **row._mapping, "violation_id": _violation(row)})


def _stage(row: Row[Any], given: list[Row[Any]], free: Any) -> Stage:
    shown = [File.model_validate({**one._mapping, "name": free(one.name)}) for one in given]
    told = {"text": free(row.text), "reason": free(row.reason or ""), "files": shown}
    return Stage.model_validate({**row._mapping, **told})

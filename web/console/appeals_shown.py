"""What the screens of appeals share: one appeal's page, what a form brings, and how a refusal is answered."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

from flask import make_response, request
from sqlalchemy import Connection, Row
from werkzeug.wrappers import Response

from basics.days import day_of
from basics.refusal import Refusal
from basics.text import TextError, clean
from dispatch.evidence.queries import charge
from editions.rules import signed
from penalties import files
from penalties.appealing.queries import appealable
from penalties.appeals import HQ, PASS_ON, PROVINCE, AppealState, FileGiven, province_until
from penalties.evidence_asked import accepted
from penalties.hearings import queries
from penalties.hiding.queries import hidden_of_violations
from penalties.requests.queries import own_codes
from penalties.reviewing.queries import blinded
from penalties.trail.queries import links_of
from people.access import Action, Role, may
from people.actions import AuditEntry, record
from people.masking import mask_text
from web.auth import current_actor, current_scope
from web.console.acting import page as shown
from web.console.fields import BIGGEST_ID, invalid
from web.errors import FieldError, Problem, wants_json
from web.language import t
from web.notes import say
from web.services import now, services
from web.show import exactly
from web.transactions import seeing
from web.words import Word

VIOLATION = f"<int(max={BIGGEST_ID}):violation_id>"
TEXT_LIMIT = 2_000
ACCEPT = ",".join(files.SUFFIXES)  # for the browser's choice only
STATES: dict[str, Word] = {
    AppealState.OPEN: Word("待审理", "open", "orange"),
    AppealState.OVERTURNED: Word("撤销违规", "overturned", "green"),
    AppealState.UPHELD: Word("维持", "upheld", "red"),
    AppealState.PASSED_ON: Word("转总部", "passed on to HQ", "blue"),
}
STAGES: dict[str, Word] = {PROVINCE: Word("省平台", "province"), HQ: Word("总部", "HQ")}
Files = Callable[[], list[FileGiven] | Refusal]
WEEKDAYS = "一二三四五六日"
# B-99: the code that the web says for a code of the core.
CODES = {"appeal_period_over": "appeal_closed"}
STATUS = {
    "already_appealed": 409, "no_open_appeal": 409, "province_first": 409, "not_confirmed": 409,
    "not_allowed_in_state": 409, "own_station": 403, "file_type": HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    "file_too_large": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
}  # fmt: skip
OWN_STATION = Refusal("own_station", "本人所属网点的申诉,须由他人审理 / Of your own station: another one decides")


def stage_of_actor() -> str | None:
    """The stage that the person asking decides; None: none."""
    actor = current_actor()
    if not may(actor, Action.DECIDE_APPEAL):
        return None
    return PROVINCE if actor.role == Role.PROVINCE else HQ


def left(until: datetime, at: datetime) -> str:
    """`还剩 2 天,至 5 月 7 日(周四)结束`; `until` is exclusive, a midnight."""
    last = day_of(until - timedelta(microseconds=1))
    when = t(f"{last.month} 月 {last.day} 日(周{WEEKDAYS[last.weekday()]})", f"{last:%A %Y-%m-%d}")
    days = (last - day_of(at)).days
    if at >= until:
        return t(f"已于 {when}结束", f"ended on {when}")
    if not days:
        return t(f"今天是最后一天,{when} 24:00 结束", f"today is the last day, until 24:00 of {when}")
    return t(f"还剩 {days} 天,至 {when}结束", f"{days} days left, to the end of {when}")


def prose(name: str) -> str:
    """A text of several lines, as written. Problem when it cannot be taken; empty when it is not there."""
    try:
        return clean(request.form.get(name, "").replace("\r\n", "\n"), TEXT_LIMIT).strip()
    except TextError as error:
        raise invalid(name, error.code) from None


def files_given() -> list[FileGiven] | Refusal:
    """The files of the form, checked by their bytes (B-100); a field left empty is none."""
    given = [one for one in request.files.getlist("files") if one.filename]
    if len(given) > files.MOST_FILES:
        return files.TOO_MANY
    return files.check([(one.filename or "", one.stream.read(files.MOST_BYTES + 1)) for one in given])


def required(given: str, field: str, what: str) -> Refusal | None:
    """Why a text that must be there is refused."""
    return None if given else Refusal(f"{field}_required", f"请填写{what} / it is required", field)


def refused(refusal: Refusal, page: Any) -> Response:
    """A refusal as problem+json, or as the page, made by `page`, with its words above."""
    if wants_json():
        raise problem_of(refusal)
    say(refusal.message, "danger")
    return make_response(page(), STATUS.get(refusal.code, 422))


def problem_of(refusal: Refusal) -> Problem:
    """A refusal as a program is told it."""
    code, status = CODES.get(refusal.code, refusal.code), STATUS.get(refusal.code, 422)
    errors = (FieldError(refusal.field, code),) if refusal.field else ()
    return Problem(code, refusal.message, status=status, errors=errors)


def present(conn: Connection, refusal: Refusal, violation_id: int) -> Refusal:
    """A conflict with how things stand now (B-92); any other refusal as it is."""
    if STATUS.get(refusal.code) != 409:
        return refusal
    said = [_state(one) for one in queries.stages(conn, violation_id)]
    return replace(refusal, message=f"{refusal.message}。现状:{';'.join(said)}") if said else refusal


def early(conn: Connection, violation_id: int, answer: object) -> Refusal | None:
    """A refusal that stands whatever the files hold, as it is answered before they are looked at. None for any other
    answer, and where a province's silence is not written down yet: the transaction does that first."""
    due = [one.due_at for one in queries.stages(conn, violation_id) if one.state == AppealState.OPEN and one.due_at]
    if not isinstance(answer, Refusal) or any(now() >= one for one in due):
        return None
    return present(conn, answer, violation_id)


def _state(one: Row[Any]) -> str:
    word = f"{STAGES[one.stage].chinese}{STATES[one.state].chinese}"
    return f"{word}({one.closed_by},{exactly(one.closed_at)})" if one.closed_at else word


def audit(conn: Connection, subject: str, order_id: int | None, at: datetime, reason: str = "") -> None:
    """Who entered, decided or opened what."""
    entry = AuditEntry(current_actor().user_id, "appeal", subject, request.remote_addr or "", order_id, reason)
    record(conn, [entry], at)


def free_of(conn: Connection, violation_id: int) -> Callable[[str], str]:
    """What people wrote about a violation, and named their files, as everybody may see it (ROLE-2)."""
    hidden = hidden_of_violations(conn, [violation_id])[violation_id]
    return lambda text: mask_text(text, hidden)


def unseen(conn: Connection, violation_ids: Collection[int]) -> set[int]:
    """Those that the actor may still give a second look: an appeal tells their verdict (VIO-4)."""
    actor = current_actor()
    return blinded(conn, actor, list(violation_ids)) if may(actor, Action.REVIEW) else set()


def me() -> str:
    """How the person asking is written down."""
    actor = current_actor()
    return signed(actor.name, actor.user_id)


def found(conn: Connection, violation_id: int) -> Row[Any]:
    """The violation with its case. Problem `not_found` outside the scope (B-99, B-119), or before his second look."""
    row = charge(conn, violation_id, current_scope())
    if row is None or unseen(conn, [violation_id]):
        raise Problem("not_found")
    return row


def own(conn: Connection, case: Row[Any]) -> bool:
    """APPEAL-2: whether it is of the actor's own station or its house."""
    return bool(own_codes(conn, current_actor()) & {case.station, case.house})


def one_page(violation_id: int, typed: Mapping[str, str]) -> str:
    """One violation with its appeals, and the form of whoever may take the next step."""
    actor, at, book = current_actor(), now(), services().book
    with seeing() as conn:
        case = found(conn, violation_id)
        rows = queries.stages(conn, violation_id)
        given = queries.files(conn, [one.id for one in rows])
        can = appealable(conn, [violation_id], book, at)[violation_id]
        stage = stage_of_actor()
        values = {
            "network": services().networks.get(conn), "weeks": queries.weeks_of(conn, violation_id),
            "own": own(conn, case), "money": links_of(conn, current_scope(), [violation_id]),
            "decides": _open_at(rows, stage, at), "free": free_of(conn, violation_id),
        }  # fmt: skip
    return shown(
        "appeal.html", case=case, stages=rows, files=_by_appeal(given), can=can, left=left, at=at, typed=typed,
        states=STATES, stage_words=STAGES, evidence=accepted(case.kind), asks=may(actor, Action.APPEAL),
        enters=may(actor, Action.ENTER_APPEAL), stage=stage, pass_on=PASS_ON, text_limit=TEXT_LIMIT, accept=ACCEPT,
        province_until=province_until(can.published_at, at, book) if can.published_at else None,
        **values,
    )  # fmt: skip


def _open_at(rows: Sequence[Row[Any]], stage: str | None, at: datetime) -> bool:
    """Whether it waits for that stage: what a province was silent about does for HQ."""
    for one in rows:
        if one.state == AppealState.OPEN:
            silent = one.due_at is not None and at >= one.due_at
            return stage == (HQ if silent else one.stage)
    return False


def _by_appeal(given: Sequence[Row[Any]]) -> dict[int, list[Row[Any]]]:
    result: dict[int, list[Row[Any]]] = {}
    for one in given:
        result.setdefault(one.appeal_id, []).append(one)
    return result

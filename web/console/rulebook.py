"""规则: the editions of the rulebook for everybody; admins propose and decide (ROLE-3, DAY-1)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, TypeVar

from flask import Blueprint, Response, make_response, redirect, request, url_for
from sqlalchemy import Connection, Row
from werkzeug.wrappers import Response as AnyResponse

from basics.days import day_of
from basics.refusal import Refusal
from editions import actions
from editions.queries import approved, edition_text, proposal, proposals
from editions.rules import MOST_BYTES, OPEN, REASON_LIMIT, last_call, next_effective, read_text, signed
from people.access import Action, may
from people.actions import AuditEntry, record
from rulebook.book import Book, Edition, EditionError, packaged_texts, read_edition
from rulebook.differences import Change, differences, leaves
from rulebook.rule_texts import RuleText, rule_texts
from web.auth import current_actor, needs
from web.console.acting import page as shown
from web.console.edition_words import full_words, sections, value_words
from web.console.fields import BIGGEST_ID, invalid, text
from web.errors import Problem, wants_json
from web.notes import say
from web.services import now, services
from web.transactions import seeing, transact

Result = TypeVar("Result")
pages = Blueprint("rulebook", __name__)

NUMBER = f"<int(max={BIGGEST_ID}):number>"
CONFLICTS = ("version_conflict", "proposal_decided", "already_proposed", "name_taken", "effective_taken")
STATUS = {"four_eyes": 403, "proposal_unknown": 404, "text_too_long": 413} | dict.fromkeys(CONFLICTS, 409)  # else 422
DAY = timedelta(days=1)
HASH_DIGITS = 64


@dataclass(frozen=True, slots=True)
class Listed:
    """An edition as the list shows it. `days`: until it takes effect; 0 or less for one that has."""

    name: str
    effective: date
    maker: str
    checker: str
    days: int
    in_force: bool


@pages.get("/rulebook")
@needs(Action.SEE_RULEBOOK)
def page() -> str:
    """Editions, newest first; admins also see what is proposed."""
    return _list({})


def _list(typed: Mapping[str, str]) -> str:
    """The page; `typed` stands in the form again after a refusal."""
    manages = may(current_actor(), Action.MANAGE_RULEBOOK)
    with seeing() as conn:
        book = services().latest_book(conn)
        rows, asked = approved(conn), proposals(conn) if manages else []
    calendar = book.at(now())
    following = next_effective(now(), calendar, [date.fromisoformat(row.effective) for row in rows])
    return shown(
        "rulebook.html", editions=listed_of(book, rows), proposals=asked, manages=manages, following=following,
        until=last_call(following, calendar).date() - DAY, typed=typed, most_kib=MOST_BYTES // 1024,
        reason_limit=REASON_LIMIT, open=OPEN, rehearses=may(current_actor(), Action.REHEARSE),
    )  # fmt: skip


@pages.get("/rulebook/<name>")
@needs(Action.SEE_RULEBOOK)
def edition_page(name: str) -> str:
    """One edition in numbers and words, with what it changes in the one before."""
    with seeing() as conn:
        book = services().latest_book(conn)
        before, found = pair_of(book, name)
        listed = next(one for one in listed_of(book, approved(conn)) if one.name == name)
        new, old = text_of(conn, found), text_of(conn, before) if before else None
    return shown(
        "rulebook_edition.html", one=listed, of=found, sections=sections(leaves(new)), before=before,
        texts=rule_texts(found).values(), changes=_changes(old, new) if old is not None else [],
        wordings=_wordings(before, found) if before else [], full_words=full_words, value_words=value_words,
    )  # fmt: skip


@pages.get("/rulebook/<name>/text")
@needs(Action.SEE_RULEBOOK)
def edition_file(name: str) -> Response:
    """The text, byte for byte."""
    with seeing() as conn:
        _, found = pair_of(services().latest_book(conn), name)
        return _file(text_of(conn, found), f"{found.name}.toml")


@pages.post("/rulebook/propose")
@needs(Action.MANAGE_RULEBOOK)
def propose() -> AnyResponse:
    """A file, or a pasted text, whose line ends a browser sends as CRLF whatever they were."""
    given, reason = request.files.get("file"), text("reason", REASON_LIMIT)
    pasted = request.form.get("text", "").replace("\r\n", "\n")
    result = proposed(given.read(MOST_BYTES + 1) if given and given.filename else pasted.encode(), reason)
    if not isinstance(result, Refusal):
        say("提案已提交,须由另一名管理员审批 / proposed; another admin decides")
        return redirect(url_for("rulebook.proposal_page", number=result), 303)
    if wants_json():
        raise problem_of(result)
    say(result.message, "danger")
    return make_response(_list({"text": pasted, "reason": reason}), STATUS.get(result.code, 422))


def proposed(raw: bytes, reason: str) -> int | Refusal:
    """Propose an edition: the proposal's number."""
    actor = current_actor()
    nothing = Refusal("text_required", "请选择文件或粘贴文本 / Choose a file or paste a text", "text")
    draft, at = read_text(raw) if raw.strip() else nothing, now()
    if isinstance(draft, Refusal):
        return draft

    def work(conn: Connection) -> int | Refusal:
        number = actions.propose(conn, draft, services().shipped, signed(actor.name, actor.user_id), reason, at)
        if not isinstance(number, Refusal):
            _audit(conn, f"proposed {number} {draft.edition.name}", reason)
        return number

    return _run(work)


@pages.get(f"/rulebook/proposals/{NUMBER}")
@needs(Action.MANAGE_RULEBOOK)
def proposal_page(number: int) -> str:
    """What a proposal changes, for whoever decides it."""
    actor = current_actor()
    with seeing() as conn:
        book = services().latest_book(conn)
        row = _proposal(conn, number)
        day = date.fromisoformat(row.effective)
        before = book.edition_on(day - DAY)
        old = text_of(conn, before)
    try:
        after = read_edition(row.text)
    except EditionError as error:  # altered in its table, past our gate
        raise Problem("edition_invalid", f"提案文本无法读取 / The text cannot be read: {error}", status=409) from None
    until = last_call(day, book.at(row.proposed_at))
    return shown(
        "rulebook_proposal.html", row=row, own=row.maker == signed(actor.name, actor.user_id), open=OPEN,
        before=before, reason_limit=REASON_LIMIT, days=(day - day_of(now())).days, until=until.date() - DAY,
        late=now() >= until, changes=_changes(old, row.text), wordings=_wordings(before, after),
        full_words=full_words, value_words=value_words,
    )  # fmt: skip


@pages.get(f"/rulebook/proposals/{NUMBER}/text")
@needs(Action.MANAGE_RULEBOOK)
def proposal_file(number: int) -> Response:
    """The text, byte for byte."""
    with seeing() as conn:
        return _file(_proposal(conn, number).text, f"proposal-{number}.toml")


@pages.post(f"/rulebook/proposals/{NUMBER}/decide")
@needs(Action.MANAGE_RULEBOOK, step_up=True)
def decide(number: int) -> AnyResponse:
    """`decision` is approve or decline; `sha256` is the hash of the text that the page showed (B-103)."""
    said, reason, seen = text("decision", 10), text("reason", REASON_LIMIT), text("sha256", 64)
    if said not in ("approve", "decline"):
        raise invalid("decision", "unknown")
    refused = decided(number, said, reason, seen)
    if refused is None:
        say("已批准并公布 / approved and published" if said == "approve" else "已驳回 / declined")
        return redirect(url_for("rulebook.page"), 303)
    if wants_json() or refused.code == "proposal_unknown":
        raise problem_of(refused)
    say(refused.message, "danger")
    return make_response(proposal_page(number), STATUS.get(refused.code, 422))


def decided(number: int, said: str, reason: str, seen: str) -> Refusal | None:
    """Approve, if it still is what was `seen`, or decline; None: done."""
    actor, at = current_actor(), now()
    by = signed(actor.name, actor.user_id)

    def work(conn: Connection) -> Refusal | None:
        if said == "approve":
            # Part of a hash, or none, says nothing of what was read: it is no text's.
            whole = seen if len(seen) == HASH_DIGITS else "?"
            done = actions.approve(conn, number, services().shipped, by, reason, at, whole)
            refused = done if isinstance(done, Refusal) else None
        else:
            refused = actions.decline(conn, number, by, reason, at)
        if refused is None:
            _audit(conn, f"{said}d {number}", reason)
        return refused

    return _run(work)


def _run(work: Callable[[Connection], Result]) -> Result:
    """`work` in one transaction; Problem `rulebook_altered` where it may not rest on the book as it is stored."""

    def inside(conn: Connection) -> Result:
        services().latest_book(conn)
        return work(conn)

    return transact(inside)


def problem_of(refused: Refusal) -> Problem:
    status = STATUS.get(refused.code, 422)
    if status == 404:
        return Problem("not_found")
    if status == 422:
        return invalid(refused.field or "", refused.code, refused.message)
    return Problem(refused.code, refused.message, status=status)


def listed_of(book: Book, rows: Iterable[Row[Any]]) -> list[Listed]:
    """Newest first. What came with the product has no row before it is written down."""
    by_name = {row.name: row for row in rows}
    current, today = book.at(now()).name, day_of(now())
    found = []
    for edition in reversed(book.editions):
        row = by_name.get(edition.name)
        maker, checker = (row.maker, row.checker) if row else (actions.SHIPPED, actions.SHIPPED)
        days = (edition.effective - today).days
        found.append(Listed(edition.name, edition.effective, maker, checker, days, edition.name == current))
    return found


def pair_of(book: Book, name: str) -> tuple[Edition | None, Edition]:
    """The edition of this name and the one before it."""
    names = [edition.name for edition in book.editions]
    if name not in names:
        raise Problem("not_found")
    at = names.index(name)
    return (book.editions[at - 1] if at else None), book.editions[at]


def text_of(conn: Connection, edition: Edition) -> str:
    stored = edition_text(conn, edition.name)
    if stored is not None:
        return stored
    return next(one for one in packaged_texts() if read_edition(one).name == edition.name)


def _changes(old: str, new: str) -> Sequence[Change]:
    """But for name and day, which stand above the table."""
    return [change for change in differences(old, new) if change.key not in ("name", "effective")]


def _wordings(before: Edition, after: Edition) -> list[tuple[str, RuleText | None, RuleText | None]]:
    """Rules whose words change: id, as it was, as it will be."""
    old, new = rule_texts(before), rule_texts(after)
    both = ((rule, old.get(rule), new.get(rule)) for rule in dict.fromkeys((*new, *old)))
    return [(rule, was, will) for rule, was, will in both if was != will]


def _proposal(conn: Connection, number: int) -> Row[Any]:
    row = proposal(conn, number)
    if row is None:
        raise Problem("not_found")
    return row


def _file(content: str, name: str) -> Response:
    disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content.encode(), content_type="text/plain; charset=utf-8", headers=disposition)


def _audit(conn: Connection, subject: str, reason: str) -> None:
    entry = AuditEntry(current_actor().user_id, "rulebook", subject, request.remote_addr or "", reason=reason)
    record(conn, [entry], now())

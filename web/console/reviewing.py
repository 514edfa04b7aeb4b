"""What the screens of the review desk share: their filters, what is at stake, and how a decision is made (VIO-4)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta

from flask import request
from sqlalchemy import Connection

from basics.refusal import Refusal
from basics.text import TextError, clean
from penalties.actions import lock
from penalties.clusters import Cause
from penalties.lifecycle import CONFIRM, DISMISS
from penalties.lists import queries as lists
from penalties.reviewing.actions import LONGEST_REASON, SHORTEST_REASON, Verdict, decide
from penalties.reviewing.causes.queries import suspects_of
from penalties.reviewing.queries import blinded
from people.access import Actor
from sla.availability.queries import being_checked
from web import step_up
from web.console.fields import argument, choice, invalid
from web.notes import say
from web.services import now, services
from web.transactions import transact
from web.words import EXCUSES, word

DECISIONS = {CONFIRM: "已确认违规 {} 件 / confirmed", DISMISS: "已驳回 {} 件 / dismissed"}
EXCUSE_FILTERS = (lists.NOT_EXCUSED, lists.EXCUSED, *EXCUSES)
AGES = tuple(str(days) for days in lists.AGES if days)
KEPT = ("kind", "excuse", "station", "age", "value")
USUAL_REASONS = ("证据充分,情况属实", "推送延迟,不计网点责任", "总部分件错误", "渠道或系统故障")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the picked ones. `excused`, `checked` and `strange`: held back, as likely excused, as still being
    checked, as not of this cause."""

    done: int
    excused: int
    checked: int
    strange: int
    refused: list[Refusal]


def kinds() -> tuple[str, ...]:
    """Of every edition."""
    return tuple(dict.fromkeys(kind for edition in services().book.editions for kind in edition.fines))


def fines() -> tuple[str, ...]:
    """In fen, of every edition, smallest first."""
    return tuple(str(fen) for fen in sorted({fen for one in services().book.editions for fen in one.fines.values()}))


def filters() -> lists.Filters:
    """As the address has them."""
    age, value = choice("age", AGES), choice("value", fines())
    return lists.Filters(
        kind=choice("kind", kinds()), excuse=choice("excuse", EXCUSE_FILTERS), station=argument("station", 40),
        until=now() - timedelta(days=int(age)) if age else None, from_fen=int(value or 0),
    )  # fmt: skip


def kept() -> dict[str, str]:
    """The filters of this address, for a link."""
    return {name: request.args[name] for name in KEPT if request.args.get(name)}


def stakes(conn: Connection, chosen: lists.Filters) -> dict[str, object]:
    """Counts beside each filter, and what those that the filters let through are worth."""
    totals = lists.open_totals(conn, now(), chosen.station)
    age = int(request.args.get("age") or 0)
    through = [
        one
        for one in totals
        if (not chosen.kind or one.kind == chosen.kind) and one.fine_fen >= chosen.from_fen
        and (not age or one.age == 0 or one.age > age) and _lets_through(chosen.excuse, one.excuse)
    ]  # fmt: skip
    by_kind = {kind: sum(one.count for one in totals if one.kind == kind) for kind in kinds()}
    return {
        "by_kind": {kind: n for kind, n in by_kind.items() if n or kind == chosen.kind},
        "open_total": sum(one.count for one in totals),
        "excused": sum(one.count for one in totals if one.excuse),
        "older": {days: sum(one.count for one in totals if one.age == 0 or one.age > int(days)) for days in AGES},
        "worth": {fen: sum(one.count for one in totals if one.fine_fen >= int(fen)) for fen in fines()},
        "through": sum(one.count for one in through),
        "through_fen": sum(one.fen for one in through),
        "filters": chosen,
        "kept": kept(),
    }


def _lets_through(wanted: str, excuse: str) -> bool:
    if wanted == lists.EXCUSED:
        return excuse != ""
    if wanted == lists.NOT_EXCUSED:
        return excuse == ""
    return not wanted or excuse == wanted


def reason_given() -> str:
    """Empty when it is too short to be one. Problem when it is no text or too long."""
    try:
        given = clean(request.form.get("reason", ""), LONGEST_REASON).strip()
    except TextError as error:
        raise invalid("reason", error.code) from None
    return given if len(given) >= SHORTEST_REASON else ""


def reasons(conn: Connection) -> list[str]:
    """Proposals: what was said most of late, then the usual ones."""
    return list(dict.fromkeys([*lists.frequent_reasons(conn), *USUAL_REASONS]))


def decide_all(
    actor: Actor, picked: Sequence[int], decision: str, reason: str, cause: Cause | None = None,
    seen: Collection[int] = (),
) -> Outcome:  # fmt: skip
    """One decision on all of them, each with its own row in the log; under a cause none that is not of it. `seen`:
    those that the person was shown as likely excused."""
    if len(picked) > step_up.VERDICTS_AT_EASE:
        step_up.demand()
    percent = services().book.at(now()).second_review_percent

    def work(conn: Connection) -> Outcome:
        lock(conn, picked)  # a judgement at the same moment waits, or was waited for
        of = {one.id for one in suspects_of(conn, picked) if cause.holds(one)} if cause else set(picked)
        taken = [one for one in picked if one in of]
        # VIO-3, F-41: what is likely excused, or may soon be, is never confirmed among many, but by a person who has
        # seen this one.
        many = decision == CONFIRM and (cause is not None or len(picked) > 1)
        # Alone it is confirmed by whoever saw the excuse, not from a page that is older than it.
        excused = set(lists.excused_of(conn, taken)) if decision == CONFIRM else set()
        excused -= set() if many else set(seen)
        checked = set(being_checked(conn, taken, now())) - excused if many else set()
        key = cause.key if cause else ""
        verdicts = [Verdict(one, decision, reason, key) for one in taken if one not in excused and one not in checked]
        answers = decide(conn, verdicts, actor, percent, now())
        refused = [answer for answer in answers if answer is not None]
        done = len(answers) - len(refused)
        return Outcome(done, len(excused), len(checked), len(picked) - len(taken), refused)

    return transact(work)


def tell(outcome: Outcome, decision: str) -> None:
    """Row by row, in counts."""
    if outcome.excused:
        say(f"{outcome.excused} 件可能免责,须逐件处理 / likely excused, decide one by one", "warning")
    if outcome.checked:
        say(f"{outcome.checked} 件正在重新核查,请稍后再批量处理 / still being checked, try again later", "warning")
    if outcome.strange:
        say(f"{outcome.strange} 件不属于该原因,未处理 / not of this cause", "warning")
    if outcome.done:
        say(DECISIONS[decision].format(outcome.done))
    own = sum(one.code == "own_station" for one in outcome.refused)
    if own:
        say(f"{own} 件属于本人网点,不能处理 / of your own station", "danger")
    if gone := sum(one.code == "no_open_suspicion" for one in outcome.refused):
        say(f"{gone} 件已由他人处理 / decided already", "warning")


def tell_present(conn: Connection, actor: Actor, violation_id: int) -> None:
    """B-101: what is so now, to the one who came second; not to one who may still judge it blind."""
    case = lists.suspicion(conn, violation_id)
    if case is None or case.decided_at is None or blinded(conn, actor, [violation_id]):
        return
    state = word("case", case.case_state)
    say(f"现状:{case.logistics_no} {state.chinese},{case.decided_by} / now {state.english}", "warning")

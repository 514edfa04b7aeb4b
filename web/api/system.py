"""Availability, the rulebook, rehearsals and reports; and who is asking."""

from datetime import date
from typing import Any

from flask import Response

from basics.refusal import Refusal
from dispatch.rehearsal.queries import asked_for, rehearsal
from editions.queries import approved, proposals
from editions.rules import read_text
from people.access import Action, may
from rulebook.rule_texts import rule_texts
from sla.availability import queries as availability_queries
from sla.clock_safety import queries as clock_queries
from web.api.answers import refused
from web.api.fields import BIGGEST, Done, Page
from web.api.operation import Api
from web.api.system_shown import (
    AcceptClock,
    Alarm,
    AuditQuery,
    AuditRow,
    DecideEdition,
    Edition,
    Editions,
    EnterOutage,
    Health,
    Me,
    NameQuery,
    NumberGiven,
    Outage,
    Proposed,
    ProposedAll,
    ProposeEdition,
    Rehearsal,
    Rehearsals,
    Rehearse,
    Rule,
    Weekly,
    WeekQuery,
    WholeEdition,
    WithdrawOutage,
)
from web.auth import current_actor, current_scope, form_token
from web.console import audit as audit_page
from web.console import availability, rehearsals, rulebook, weekly
from web.console.fields import cursor_text
from web.errors import FieldError, Problem
from web.services import services
from web.transactions import seeing

api = Api("system", "系统 / System")
NUMBER = f"<int(max={BIGGEST}):number>"


@api.get("/me", None, "我是谁 / Who is asking")
def me() -> Me:
    """And what he may do."""
    actor = current_actor()
    actions = sorted(one.value for one in Action if may(actor, one))
    return Me(
        name=actor.name, role=actor.role, station=actor.station, province=actor.province, actions=actions,
        csrf_token=form_token(),
    )  # fmt: skip


@api.get("/availability", Action.SEE_HEALTH, "可用性 / Availability")
def health() -> Health:
    """The last outages, and the alarms of clocks."""
    with seeing() as conn:
        found = availability_queries.listed(conn, availability.MOST)
        alarms = clock_queries.alarms(conn, availability.MOST)
    return Health(
        outages=[Outage.model_validate(row) for row in found], alarms=[Alarm.model_validate(row) for row in alarms]
    )


@api.post("/availability/outages", Action.ENTER_OUTAGE, "登记故障 / Enter an outage")
def enter_outage(body: EnterOutage) -> Done:
    """Suspicions that it concerns are checked again."""
    refusal = availability.entered(body.source, body.since, body.until, body.note)
    if refusal is not None:
        raise refused(refusal, 409 if refusal.code == "outage_known" else 422)
    return Done()


@api.post("/availability/outages/withdraw", Action.ENTER_OUTAGE, "撤回故障 / Take an outage back")
def withdraw_outage(body: WithdrawOutage) -> Done:
    """What it excused is judged again."""
    availability.withdrawn(body.outage, body.note)
    return Done()


@api.post("/availability/accept", Action.ACCEPT_CLOCK, "确认时钟 / Accept a clock")
def accept_clock(body: AcceptClock) -> Done:
    """By an admin."""
    availability.accepted(body.process, body.note)
    return Done()


@api.get("/rulebook", Action.SEE_RULEBOOK, "规则版本 / Editions of the rulebook")
def editions() -> Editions:
    """For everybody."""
    with seeing() as conn:
        listed = rulebook.listed_of(services().latest_book(conn), approved(conn))
    return Editions(items=[Edition.model_validate(one) for one in listed])


@api.get("/rulebook/edition", Action.SEE_RULEBOOK, "一个规则版本 / One edition")
def edition(query: NameQuery) -> WholeEdition:
    """As text, byte for byte, and in words."""
    with seeing() as conn:
        book = services().latest_book(conn)
        _, found = rulebook.pair_of(book, query.name)
        listed = next(one for one in rulebook.listed_of(book, approved(conn)) if one.name == query.name)
        text = rulebook.text_of(conn, found)
    rules = [Rule(id=rule, zh=one.zh, en=one.en) for rule, one in rule_texts(found).items()]
    return WholeEdition(edition=Edition.model_validate(listed), text=text, rules=rules)


@api.get("/rulebook/proposals", Action.MANAGE_RULEBOOK, "规则提案 / Proposed editions")
def proposed() -> ProposedAll:
    """With the hash that an approval names."""
    with seeing() as conn:
        return ProposedAll(items=[Proposed.model_validate(row) for row in proposals(conn)])


@api.post("/rulebook/propose", Action.MANAGE_RULEBOOK, "提出规则版本 / Propose an edition")
def propose(body: ProposeEdition) -> NumberGiven:
    """Another admin decides."""
    return _number(rulebook.proposed(body.text.encode(), body.reason))


@api.post(
    f"/rulebook/proposals/{NUMBER}/decide", Action.MANAGE_RULEBOOK, "审批规则版本 / Decide an edition", step_up=True
)
def decide_edition(number: int, body: DecideEdition) -> Done:
    """Never one's own."""
    refusal = rulebook.decided(number, body.decision, body.reason, body.sha256)
    if refusal is not None:
        raise rulebook.problem_of(refusal)
    return Done()


@api.get("/rehearsals", Action.REHEARSE, "预演 / Rehearsals")
def rehearsed() -> Rehearsals:
    """Newest first."""
    with seeing() as conn:
        return Rehearsals(items=[Rehearsal.model_validate(row) for row in asked_for(conn)])


@api.get(f"/rehearsals/{NUMBER}", Action.REHEARSE, "一次预演 / One rehearsal")
def one_rehearsal(number: int) -> Rehearsal:
    """With its figures."""
    with seeing() as conn:
        row = rehearsal(conn, number)
    if row is None:
        raise Problem("not_found")
    return Rehearsal.model_validate(row)


@api.post("/rehearsals", Action.REHEARSE, "开始预演 / Rehearse a draft")
def rehearse(body: Rehearse) -> NumberGiven:
    """The same draft on the same days is rehearsed once."""
    days = date.fromisoformat(body.first), date.fromisoformat(body.last)
    number = rehearsals.asked(read_text(body.text.encode()), *days, "api")
    if isinstance(number, Refusal):
        raise Problem("invalid", number.message, errors=(FieldError(number.field or "first", number.code),))
    return NumberGiven(number=number)


@api.get("/audit", Action.SEE_AUDIT, "审计 / The audit")
def audit(query: AuditQuery) -> Page[AuditRow]:
    """Who did what and who looked at what, newest first. Asking is a look itself, and leaves a row."""
    found = audit_page.found_rows()
    items = [AuditRow.model_validate(row) for row in found.rows]
    return Page[AuditRow](items=items, next=cursor_text(found.following) or None)


@api.get("/weekly", Action.SEE_REPORT, "周报 / The week's figures")
def week(query: WeekQuery) -> Weekly:
    """Of one's scope."""
    asked = weekly.week_asked()
    table = weekly.figures_of(asked, current_scope())
    rows: list[Any] = table.to_dicts()
    return Weekly(week=asked, items=rows)


@api.get("/weekly.csv", Action.SEE_REPORT, "周报 CSV / The week's figures as CSV", media="text/csv")
def week_csv(query: WeekQuery) -> Response:
    """The same for spreadsheets."""
    return weekly.download()


def _number(result: int | Refusal) -> NumberGiven:
    if isinstance(result, Refusal):
        raise rulebook.problem_of(result)
    return NumberGiven(number=result)

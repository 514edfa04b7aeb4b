"""自助查询: a table that an HQ user composes from a fixed vocabulary, keeps under a name, shares and downloads. All of
the question is in the address; there is no SQL to type."""

import json
from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from typing import Any

from flask import Blueprint, Response, redirect, request, url_for
from sqlalchemy import Connection
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from basics.days import iso
from basics.refusal import Refusal
from people.access import Action
from reports.ask import actions, queries
from reports.ask.question import MOST_DIMENSIONS, MOST_MEASURES, MOST_ROWS, Question, read
from reports.ask.vocabulary import dimensions, measures, ratios
from reports.ask.words import named, reasons_of
from reports.kinds import Asked, NoReport
from reports.making.queries import make
from reports.paper.document import Document
from reports.runs import actions as runs
from reports.schedules import actions as schedule_actions
from reports.schedules import plan as schedule_plan
from web.auth import current_actor, needs
from web.console.acting import page as shown
from web.console.ask_form import FILTERS, form_of, groups, question_of
from web.console.fields import BIGGEST_ID, text
from web.console.reports import folding
from web.console.reports_asked import Wanted, newest_period, period_of, refused
from web.console.reports_asked import form_of as form_of_period
from web.console.reports_files import FORMS, sent
from web.console.reports_made import BIG, Made, is_big
from web.console.reports_schedules import own_box, wrong
from web.console.reports_shown import laid_out, tables
from web.errors import Problem
from web.language import t
from web.notes import say
from web.services import now, services
from web.transactions import seeing, transact
from web.words_reports import Kind

pages = Blueprint("ask", __name__)
KIND = Kind("ask", "自助查询", "Ask", "按所选维度和指标组成的表", "A table of chosen dimensions and measures", "week",
            ("network",), True)  # fmt: skip
LONGEST_QUESTION = 20_000


@pages.get("/reports/ask")
@needs(Action.ASK_REPORT)
def page() -> str | tuple[str, int]:
    """The form, and the answer when something was asked. Of a great many orders another process is offered."""
    given = _given()
    found, problem, asks, values, big = None, None, "", {}, False
    with seeing() as conn:
        kept = queries.kept(conn, current_actor().user_id)
    word = given.get("period", "") or newest_period(KIND)
    if given.getlist("what"):
        try:
            question, wanted = question_of(given, named(reasons_of(services().book))), wanted_of(word)
            asks = json.dumps(question.as_json(), ensure_ascii=False)
            with seeing(beyond=True) as conn:
                big = is_big(conn, wanted)
                found = None if big else made(conn, question, wanted)
        except (NoReport, Problem) as error:
            problem = str(error) if isinstance(error, NoReport) else error.detail
    if found is not None:
        link = url_for("reports_rows.page", kind=rows_of(word), period=word, number="now") + "&"
        values = {"tables": tables(Made(with_rows(found, word)), link), **folding(url_for("ask.page"), {})}
    body = shown(
        "ask.html", given=given, by=given.getlist("by"), what=given.getlist("what"), dimensions=dimensions(),
        groups=groups(), questions=kept, document=found, problem=problem, word=word, filters=FILTERS, most=MOST_ROWS,
        three=range(MOST_DIMENSIONS), eight=MOST_MEASURES, laid_out=laid_out, query=_query(given), forms=FORMS,
        mine=current_actor().user_id, names=_names(), asks=asks, big=big, bound=BIG, **values,
    )  # fmt: skip
    return (body, 422) if problem else body


def rows_of(word: str) -> str:
    """The report whose rows page knows such a period: the rows behind a measure are the same."""
    return {"week": "weekly", "month": "monthly"}.get(form_of_period(word), "operations")


def with_rows(found: Document, word: str) -> Document:
    """Only the weekly report's rows page knows channels."""
    if rows_of(word) == "weekly":
        return found
    [section] = found.sections
    lines = tuple(
        tuple(replace(cell, opens="") if "@channel:" in cell.opens else cell for cell in row) for row in section.rows
    )
    return replace(found, sections=(replace(section, rows=lines),))


def _names() -> dict[str, str]:
    """Measures and ratios in the reader's language."""
    rates = {code: t(one.zh, one.en) for code, one in ratios().items()}
    return {code: t(one.zh, one.en) for code, one in measures().items()} | rates


@pages.get("/reports/ask.<form>")
@needs(Action.ASK_REPORT)
def file(form: str) -> Response:
    """The same answer as a file."""
    if form not in FORMS:
        raise Problem("not_found")
    given = _given()
    try:
        question = question_of(given, named(reasons_of(services().book)))
    except NoReport as error:
        raise refused(error) from None
    return sent(answer(question, given.get("period", "") or newest_period(KIND)), form)


def answer(question: Question, word: str) -> Document:
    """Problem `report_too_big` where another process should make it."""
    wanted = wanted_of(word)
    try:
        with seeing(beyond=True) as conn:
            if is_big(conn, wanted):
                raise Problem("report_too_big", "订单太多,请在后台生成 / too many orders: ask for a run", status=409)
            return made(conn, question, wanted)
    except NoReport as error:
        raise refused(error) from None


def made(conn: Connection, question: Question, wanted: Wanted) -> Document:
    """NoReport."""
    more = {"asks": question.as_json()}
    return make(conn, Asked("ask", wanted.period, now(), services().book, more=more))


def wanted_of(word: str) -> Wanted:
    """Of the whole network. Problem for no such period."""
    period, start, end = period_of(KIND, word)
    return Wanted(KIND, period, start, end, "network", "now")


def put_down(question: Question, wanted: Wanted) -> int:
    """The run that makes it; asked twice within the hour it is made once. Problem."""
    actor, asks = current_actor(), question.as_json()
    said = repr((actor.user_id, wanted.period, json.dumps(asks, sort_keys=True), iso(now())[:13]))
    key = f"ask:{sha256(said.encode()).hexdigest()}"
    told = {"kind": "ask", "period": wanted.period, "scope": "network", "number": None, "more": {"asks": asks}}

    def work(conn: Connection) -> int:
        found = runs.ask(conn, key, "ask", told, actor.name, actor.user_id, now())
        if isinstance(found, Refusal):
            raise Problem(found.code, found.message, status=409)
        return found

    return transact(work)


def _given() -> MultiDict[str, str]:
    """The address's words; `q`: those of a kept question. Problem for an address without end."""
    if len(request.query_string) > LONGEST_QUESTION:
        raise Problem("invalid", "问题太长 / the question is too long")
    number = request.args.get("q", "")
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        return MultiDict(request.args)
    with seeing() as conn:
        row = queries.one(conn, current_actor().user_id, int(number))
    if row is None:
        raise Problem("not_found")
    try:
        found = form_of(read(row.asks))
    except NoReport as error:  # a word of it is no longer there
        raise refused(error) from None
    found["name"], found["period"] = row.name, request.args.get("period", "")
    if row.shared and row.user_id == current_actor().user_id:
        found["shared"] = "1"
    return found


def _query(given: MultiDict[str, str]) -> Mapping[str, Any]:
    """For links that ask the same."""
    return {name: given.getlist(name) for name in given if name not in ("q", "name", "shared")}


@pages.post("/reports/ask/save")
@needs(Action.ASK_REPORT)
def save() -> AnyResponse:
    """Under a name; the same name again replaces it."""
    number = saved(text("name", 200), told(text("asks", LONGEST_QUESTION)), bool(request.form.get("shared")))
    say("已保存 / Saved")
    return redirect(url_for("ask.page", q=number, period=text("period", 30) or None), 303)


@pages.post("/reports/ask/run")
@needs(Action.ASK_REPORT)
def run() -> AnyResponse:
    """Of a great many orders: in a process of its own."""
    number = put_down(told(text("asks", LONGEST_QUESTION)), wanted_of(text("period", 30)))
    return redirect(url_for("reports_runs.one", number=number), 303)


def told(asks: str) -> Question:
    """Of a form or the API, as JSON. Problem."""
    try:
        return read(json.loads(asks))
    except NoReport as error:
        raise refused(error) from None
    except (ValueError, RecursionError):
        raise refused(NoReport("question_invalid", "不是问题 / no question")) from None


def saved(name: str, question: Question, shared: bool) -> int:
    """Its number. Problem."""
    actor = current_actor()

    def work(conn: Connection) -> int:
        found = actions.save(conn, actor.user_id, name, question, shared, actor.name, now())
        if isinstance(found, Refusal):
            raise Problem(found.code, found.message)
        return found

    return transact(work)


@pages.post(f"/reports/ask/<int(max={BIGGEST_ID}):number>/schedule")
@needs(Action.ASK_REPORT)
def schedule(number: int) -> AnyResponse:
    """Into the inbox of HQ every Monday or month."""
    if scheduled(number, text("form", 8), text("every", 8)):
        say("已加入发送计划 / It will be sent")
    else:
        say("已有同样的发送计划 / There is one like it already", "warning")
    return redirect(url_for("reports_schedules.page"), 303)


def scheduled(number: int, form: str, every: str) -> bool:
    """False when there was one like it. Problem `not_found` for another's that is not shared."""
    if form not in schedule_plan.FORMS:
        raise wrong("form")
    if every not in (schedule_plan.WEEK, schedule_plan.MONTH):
        raise wrong("every")
    to, by = own_box(), current_actor()

    def work(conn: Connection) -> bool:
        if queries.one(conn, by.user_id, number, lock=True) is None:
            raise Problem("not_found")
        return schedule_actions.ask_for(conn, "ask", "network", to, form, every, by.name, now(), number)

    return transact(work)


@pages.post(f"/reports/ask/<int(max={BIGGEST_ID}):number>/delete")
@needs(Action.ASK_REPORT)
def delete(number: int) -> AnyResponse:
    """One's own."""
    deleted(number)
    say("已删除 / Deleted")
    return redirect(url_for("ask.page"), 303)


def deleted(number: int) -> None:
    """Problem `not_found` for another's; one that is scheduled stays."""

    def work(conn: Connection) -> None:
        found = actions.remove(conn, current_actor().user_id, number)
        if isinstance(found, Refusal):
            raise Problem(found.code, found.message, status=409)
        if not found:
            raise Problem("not_found")

    transact(work)

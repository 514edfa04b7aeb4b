"""Tables that HQ composes: asked, kept under a name, shared (web/console/ask.py)."""

import json
from typing import Annotated, Any, Literal

from pydantic import Field

from people.access import Action
from reports.ask.queries import kept as questions_kept
from reports.ask.question import LONGEST_VALUE, MOST_DIMENSIONS, MOST_FILTERS, MOST_MEASURES, MOST_ROWS, MOST_VALUES
from reports.ask.question import read as question_read
from reports.kinds import NoReport
from reports.paper.text import as_json
from web.api.fields import BIGGEST, CLEAN, Done, Given, Instant, Taken
from web.api.operation import Api
from web.api.reports_shown import Added, Period, Report, RunNumber
from web.auth import current_actor
from web.console import ask
from web.console.reports_asked import newest_period, refused
from web.transactions import seeing

api = Api("reports_ask", "自助查询 / Ask")
Word = Annotated[str, Field(max_length=40, pattern=r"^[A-Za-z0-9_:.-]*$")]
Value = Annotated[str, Field(max_length=LONGEST_VALUE), CLEAN]


class AskFilter(Taken):
    """Rows whose dimension is one of the values, or none of them."""

    dimension: Word
    values: Annotated[list[Value], Field(max_length=MOST_VALUES)]
    not_in: bool = False


class AskQuestion(Taken):
    """Words of the vocabulary; an unknown one is named in the answer."""

    dimensions: Annotated[list[Word], Field(max_length=MOST_DIMENSIONS, default_factory=list)]
    measures: Annotated[list[Word], Field(max_length=MOST_MEASURES)]
    filters: Annotated[list[AskFilter], Field(max_length=MOST_FILTERS, default_factory=list)]
    sort: Word = ""
    descending: bool = True
    limit: Annotated[int, Field(ge=1, le=MOST_ROWS)] = 100


class Asking(Taken):
    """`period` by default the last week."""

    question: AskQuestion
    period: Period = ""


class KeepQuestion(Taken):
    """The same name again replaces what was kept under it."""

    name: Annotated[str, Field(min_length=1, max_length=60), CLEAN]
    question: AskQuestion
    shared: bool = False


class ScheduleQuestion(Taken):
    """As of a schedule."""

    form: Literal["pdf", "xlsx", "line"]
    every: Literal["week", "month"]


class KeptQuestion(Given):
    """`mine`: one's own; else another's, who shares it."""

    id: int
    name: str
    question: dict[str, Any]
    shared: bool
    mine: bool
    saved_at: Instant
    saved_by: str


class KeptQuestions(Given):
    items: list[KeptQuestion]


@api.get("/reports/ask", Action.ASK_REPORT, "保存的查询 / Kept questions")
def kept() -> KeptQuestions:
    """One's own, and those that others share."""
    mine = current_actor().user_id
    with seeing() as conn:
        rows = questions_kept(conn, mine)
    items = [
        KeptQuestion(
            id=row.id, name=row.name, question=row.asks, shared=row.shared, mine=row.user_id == mine,
            saved_at=row.saved_at, saved_by=row.saved_by,
        )
        for row in rows
    ]  # fmt: skip
    return KeptQuestions(items=items)


@api.post("/reports/ask", Action.ASK_REPORT, "查询 / Ask")
def asked(body: Asking) -> Report:
    """The table; 409 `report_too_big` for a great many orders: then ask for a run."""
    found = ask.answer(_question(body.question), body.period or newest_period(ask.KIND))
    told: dict[str, Any] = json.loads(as_json(found))
    return Report.model_validate(told | {"made_at": found.made_at, "frozen": [], "later": []})


@api.post("/reports/ask/run", Action.ASK_REPORT, "后台查询 / Ask in the background")
def in_background(body: Asking) -> RunNumber:
    """What is asked twice within an hour is made once."""
    wanted = ask.wanted_of(body.period or newest_period(ask.KIND))
    return RunNumber(number=ask.put_down(_question(body.question), wanted))


@api.post("/reports/ask/save", Action.ASK_REPORT, "保存查询 / Keep a question")
def save(body: KeepQuestion) -> RunNumber:
    """Its number."""
    return RunNumber(number=ask.saved(body.name, _question(body.question), body.shared))


@api.post(f"/reports/ask/<int(max={BIGGEST}):number>/schedule", Action.ASK_REPORT, "定时发送 / Schedule a question")
def schedule(number: int, body: ScheduleQuestion) -> Added:
    """Into the inbox of HQ every Monday or on the 5th; added false: there is one like it."""
    return Added(added=ask.scheduled(number, body.form, body.every))


@api.post(f"/reports/ask/<int(max={BIGGEST}):number>/delete", Action.ASK_REPORT, "删除查询 / Delete a question")
def delete(number: int) -> Done:
    """One's own; what is scheduled stays."""
    ask.deleted(number)
    return Done()


def _question(told: AskQuestion) -> Any:
    try:
        return question_read(told.model_dump())
    except NoReport as error:
        raise refused(error) from None

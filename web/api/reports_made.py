"""Reports made in the background, and those that are sent by themselves."""

from typing import Any

from flask import Response
from sqlalchemy import Row

from people.access import Action
from web.api.fields import BIGGEST, Done
from web.api.operation import Api
from web.api.reports_shown import (
    Added,
    AddSchedule,
    AskRun,
    Copies,
    Copy,
    EndSchedule,
    FileQuery,
    KeptFile,
    Letter,
    ReportRun,
    RunNumber,
    Runs,
    Schedule,
    Schedules,
)
from web.console import reports_runs, reports_schedules
from web.transactions import seeing

api = Api("reports_made", "报表生成与发送 / Reports made and sent")
NUMBER = f"<int(max={BIGGEST}):number>"


@api.get("/reports/runs", Action.SEE_REPORT, "生成记录 / Runs")
def runs() -> Runs:
    """One's own."""
    return Runs(items=[_run(row) for row in reports_runs.own_runs()])


@api.get(f"/reports/runs/{NUMBER}", Action.SEE_REPORT, "一次生成 / A run")
def run(number: int) -> ReportRun:
    """How far it is."""
    row, _ = reports_runs.run_for(number)
    return _run(row)


@api.get(f"/reports/runs/{NUMBER}/file", Action.SEE_REPORT, "生成的报表 / What a run made", media="application/pdf")
def run_file(number: int, query: FileQuery) -> Response:
    """In the form asked for."""
    return reports_runs.file(number, query.form)


@api.post("/reports/runs/ask", Action.SEE_REPORT, "请求生成 / Ask for a run")
def ask(body: AskRun) -> RunNumber:
    """What is asked twice within an hour is made once."""
    return RunNumber(number=reports_runs.asked_for(body.kind, body.period, body.scope))


@api.get("/reports/schedules", Action.SEE_REPORT, "发送计划 / Schedules")
def schedules() -> Schedules:
    """Of one's own mailbox; of everybody's for who sees the whole network."""
    with seeing() as conn:
        found = reports_schedules.listed(conn)
    items = [
        Schedule(
            key=one.key, kind=one.kind, scope=one.scope, to_kind=one.to[0], to_code=one.to[1], form=one.form,
            every=one.every, made_at=one.made_at, made_by=one.made_by,
        )
        for one in found
    ]  # fmt: skip
    return Schedules(items=items)


@api.post("/reports/schedules/add", Action.SEE_REPORT, "新增发送计划 / Schedule a report")
def add(body: AddSchedule) -> Added:
    """To nobody who may not see it."""
    to = (body.to_kind, body.to_code) if body.to_kind else reports_schedules.own_box()
    return Added(added=reports_schedules.added(body.kind, body.scope, to, body.form, body.every))


@api.post("/reports/schedules/end", Action.SEE_REPORT, "停止发送计划 / End a schedule")
def end(body: EndSchedule) -> Done:
    """Nothing more is sent by it."""
    reports_schedules.ended(body.key)
    return Done()


@api.get("/reports/copies", Action.SEE_REPORT, "已发送的报表 / Reports as they were sent")
def copies() -> Copies:
    """With their delivery."""
    with seeing() as conn:
        found = reports_schedules.copies_of(conn)
    return Copies(items=[_copy(one) for one in found])


@api.get(f"/reports/copies/{NUMBER}", Action.SEE_REPORT, "一份留存 / A kept copy", media="application/pdf")
def kept(number: int) -> Response:
    """As it was sent."""
    return reports_schedules.kept(number)


def _run(row: Row[Any]) -> ReportRun:
    return ReportRun.model_validate(row)


def _copy(one: reports_schedules.Copy) -> Copy:
    row = one.message
    return Copy(
        subject=row.subject, created_at=row.created_at, to_kind=row.to_kind, to_code=row.to_code, read_at=row.read_at,
        files=[KeptFile.model_validate(file) for file in one.files],
        letters=[Letter.model_validate(letter) for letter in one.letters],
    )  # fmt: skip

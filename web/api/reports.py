"""Reports: what there is, a report in every form, the rows behind its cells (SETTLE-2, NOTICE-1)."""

import json
from typing import Any

from flask import Response

from basics.days import iso
from people.access import Action
from reports.paper.text import as_json
from web.api.operation import Api
from web.api.reports_shown import (
    Kinds,
    Later,
    Numbered,
    Report,
    ReportCell,
    ReportKind,
    ReportQuery,
    Rows,
    RowsFileQuery,
    RowsQuery,
)
from web.auth import current_scope
from web.console import reports_files, reports_rows
from web.console.reports import cards_for
from web.console.reports_asked import wanted
from web.console.reports_made import is_big, made
from web.errors import Problem
from web.services import services
from web.transactions import seeing

api = Api("reports", "报表 / Reports")


@api.get("/reports", Action.SEE_REPORT, "有哪些报表 / Which reports there are")
def kinds() -> Kinds:
    """Of one's scope, with the newest period of each."""
    with seeing() as conn:
        found = cards_for(conn, current_scope())
    items = [
        ReportKind(
            kind=one.kind.code, zh=one.kind.chinese, en=one.kind.english, newest=one.newest, running=one.running,
            frozen=list(one.frozen),
        )
        for one in found
    ]  # fmt: skip
    return Kinds(items=items)


@api.get("/reports/one", Action.SEE_REPORT, "一份报表 / A report")
def one(query: ReportQuery) -> Report:
    """Its frozen figures, and what the newest supplement says elsewhere."""
    with seeing(beyond=True) as conn:
        asked = wanted(conn, query.kind, query.period)
        if is_big(conn, asked):
            raise Problem("too_big", "订单太多,请先生成 / too many orders: ask for a run first", status=422)
        found = made(conn, asked)
    told: dict[str, Any] = json.loads(as_json(found.document))
    later = [
        Later(section=section, row=[str(word) for word in words], column=column, cell=ReportCell(value=str(cell.value)))
        for (section, words, column), cell in found.later.items()
    ]
    frozen = [Numbered.model_validate(snapshot) for snapshot in found.frozen]
    return Report.model_validate(told | {"made_at": found.document.made_at, "frozen": frozen, "later": later})


@api.get("/reports.pdf", Action.SEE_REPORT, "报表 PDF / A report as PDF", media="application/pdf")
def pdf(query: ReportQuery) -> Response:
    """To print and to send."""
    return reports_files.file(query.kind, query.period, "pdf")


@api.get("/reports.xlsx", Action.SEE_REPORT, "报表 XLSX / A report as workbook", media=reports_files.WORKBOOK)
def xlsx(query: ReportQuery) -> Response:
    """A workbook with a sheet of definitions."""
    return reports_files.file(query.kind, query.period, "xlsx")


@api.get("/reports.csv", Action.SEE_REPORT, "报表 CSV / A report as CSV", media="text/csv")
def csv(query: ReportQuery) -> Response:
    """A line a cell."""
    return reports_files.file(query.kind, query.period, "csv")


@api.get("/reports/rows", Action.SEE_REPORT, "单元格背后的记录 / The rows behind a cell")
def rows(query: RowsQuery) -> Rows:
    """A page of a hundred."""
    with seeing(beyond=True) as conn:
        network = services().networks.get(conn)
        found = reports_rows.behind(conn, query.kind, query.period, network, query.page)
    items = [{name: _value(value) for name, value in row.items()} for row in found.rows]
    return Rows(
        cell=str(found.key), measure=found.measure.code, how=found.measure.how, number=found.number,  # type: ignore[arg-type]
        figure=found.figure, over=found.over, many=found.many, marked=found.marked, items=items,
    )  # fmt: skip


@api.get("/reports/rows.csv", Action.SEE_REPORT, "记录 CSV / The rows as CSV", media="text/csv")
def rows_csv(query: RowsFileQuery) -> Response:
    """All of them."""
    return reports_rows.download(query.kind, query.period)


def _value(value: Any) -> Any:
    return iso(value) if hasattr(value, "isoformat") else value

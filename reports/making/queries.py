"""Makes a report of any kind: for the commands, the jobs, the console and the API."""

from sqlalchemy import Connection

from reports.ask.queries import document as ask
from reports.compliance.queries import document as weekly
from reports.fairness.queries import document as fairness
from reports.honesty.queries import document as honesty
from reports.kinds import Asked, Maker, NoReport, Say, silent
from reports.monthly.queries import month_document, year_document
from reports.operations.queries import document as operations
from reports.paper.document import Document

MAKERS: dict[str, Maker] = {
    "weekly": weekly,
    "monthly": month_document,
    "year": year_document,
    "fairness": fairness,
    "honesty": honesty,
    "operations": operations,
    "ask": ask,
}


def make(conn: Connection, asked: Asked, say: Say = silent) -> Document:
    """The report. NoReport."""
    if asked.kind not in MAKERS:
        raise NoReport("report_unknown", "没有这种报表 / no such report")
    return MAKERS[asked.kind](conn, asked, say)

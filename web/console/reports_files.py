"""A report as a file: PDF, workbook, CSV and JSON, all from the same figures as the page."""

from io import BytesIO

from flask import Blueprint, Response, send_file

from people.access import Action
from reports.paper.document import Document
from reports.paper.pdf import as_pdf
from reports.paper.text import as_csv, as_json
from reports.paper.xlsx import as_xlsx
from web.auth import needs
from web.console.reports_asked import wanted
from web.console.reports_made import document
from web.transactions import seeing

pages = Blueprint("reports_files", __name__)
FORMS = ("pdf", "xlsx", "csv", "json")
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pages.get("/reports/<kind>/<period>.pdf")
@needs(Action.SEE_REPORT)
def pdf(kind: str, period: str) -> Response:
    """To print and to send."""
    return file(kind, period, "pdf")


@pages.get("/reports/<kind>/<period>.xlsx")
@needs(Action.SEE_REPORT)
def xlsx(kind: str, period: str) -> Response:
    """A workbook with a sheet of definitions."""
    return file(kind, period, "xlsx")


@pages.get("/reports/<kind>/<period>.csv")
@needs(Action.SEE_REPORT)
def csv(kind: str, period: str) -> Response:
    """A line a cell."""
    return file(kind, period, "csv")


@pages.get("/reports/<kind>/<period>.json")
@needs(Action.SEE_REPORT)
def json(kind: str, period: str) -> Response:
    """For programs."""
    return file(kind, period, "json")


def file(kind: str, period: str, form: str) -> Response:
    """The same for the API."""
    with seeing(beyond=True) as conn:
        found = document(conn, wanted(conn, kind, period))
    return sent(found, form)


def sent(found: Document, form: str) -> Response:
    """A document as a download; its name holds no name of anybody."""
    if form == "pdf":
        content, media = as_pdf(found), "application/pdf"
    elif form == "xlsx":
        content, media = as_xlsx(found), WORKBOOK
    elif form == "csv":
        content, media = ("\ufeff" + as_csv(found)).encode(), "text/csv"
    else:
        content, media = as_json(found).encode(), "application/json"
    level, _, code = found.scope.partition(":")
    whose = f"-{code}" if level in ("station", "channel") else ""
    name = f"{found.kind}-{found.name.replace('/', '~')}{whose}.{form}"
    return send_file(BytesIO(content), media, as_attachment=True, download_name=name)

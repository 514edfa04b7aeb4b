"""The day sheet as a file, called by the installation's rule (DAY-1)."""

from collections.abc import Callable
from datetime import date
from io import BytesIO
from typing import Any

from flask import Blueprint, Response, send_file

from basics.days import day_of
from basics.sheet_names import sheet_name
from people.access import Action
from people.masking import mask_text
from pickups.board.queries import numbers_of
from pickups.closing import queries
from pickups.figures import FAILED
from reports.operations.day_sheet import Sheet, Signed, day_sheet
from reports.paper.document import Document
from reports.paper.pdf import as_pdf
from reports.paper.text import as_csv
from reports.paper.xlsx import as_xlsx
from web.auth import needs
from web.console.closing import known_station
from web.console.fields import argument, day, invalid
from web.services import now, services
from web.transactions import seeing
from web.words import word

pages = Blueprint("closing_sheet", __name__)

_TABLE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORMS: dict[str, tuple[str, Callable[[Document], bytes]]] = {
    "pdf": ("application/pdf", as_pdf),
    "xlsx": (_TABLE, as_xlsx),
    "csv": ("text/csv", lambda document: as_csv(document).encode("utf-8-sig")),
}


@pages.get("/closing/sheet")
@needs(Action.SEE_DAY_SHEETS)
def download() -> Response:
    """`station`, `day`, and `form`: pdf, xlsx or csv. As it was signed; else as things stand now."""
    station = known_station(argument("station", 40))
    asked, form = day("day"), argument("form", 4) or "pdf"
    if asked is None:
        raise invalid("day", "day_invalid")
    if form not in FORMS:
        raise invalid("form", "form_unknown")
    which = day_of(asked)
    media_type, write = FORMS[form]
    document, told = _made(station, which)
    name = sheet_name(services().settings.day_sheet_name, told)
    return send_file(BytesIO(write(document)), media_type, as_attachment=True, download_name=f"{name}.{form}")


def _made(station: str, which: date) -> tuple[Document, dict[str, str]]:
    """The sheet, and what its name may tell."""
    edition = services().book.at(now())
    with seeing(beyond=True) as conn:
        known = services().networks.get(conn).stations[station]
        row = queries.sheet_of(conn, station, which)
        figures: Any = row.figures if row is not None else queries.figures(conn, station, which)
        words = [(one, said) for one, said in row.unscanned] if row is not None else []
        ids = {one for own in figures.values() for one in own} | {one for one, _ in words}
        numbers = numbers_of(conn, ids, station)
    reasons = {FAILED + code: (f"失败:{one.zh}", f"failed: {one.en}") for code, one in edition.reasons.items()}
    titles = {name: (word("figure", name).chinese, word("figure", name).english) for name in figures} | reasons
    signed = None
    if row is not None:
        signed = Signed(row.signed_by, row.signed_at, row.digest, [(one, mask_text(said)) for one, said in words])
    sheet = Sheet(station, known.name, which, figures, titles, numbers, signed)
    told = {
        "station": station, "name": known.name, "province": known.province, "day": which.isoformat(),
        "year": f"{which:%Y}", "month": f"{which:%Y-%m}", "state": "未签" if row is None else "已签",
    }  # fmt: skip
    return day_sheet(sheet, edition.name, now()), told

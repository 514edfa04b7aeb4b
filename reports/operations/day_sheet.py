"""The day sheet of a station as a document (DAY-1): each figure, the orders behind it, who signed it and when. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from basics.days import iso
from pickups.figures import Figures, ordered
from reports.paper.document import Cell, Column, Document, Section, defined

_FIGURES = (
    Column("figure", "项目", "figure", "text", width=30),
    Column(
        "orders",
        "订单",
        "orders",
        "count",
        "当日订单;待办与未扫描为截至签字 / of the day; what is left: as of the signature",
    ),
)
_ORDERS = (
    Column("figure", "项目", "figure", "text", width=30),
    Column("logistics_no", "物流单号", "logistics no.", "text", width=26),
)
_WORDS = (
    Column("logistics_no", "物流单号", "logistics no.", "text", width=26),
    Column("word", "网点说明", "the station's word", "text", width=60),
)


@dataclass(frozen=True, slots=True)
class Signed:
    """`words`: order and the station's word on why it has no scan."""

    by: str
    at: datetime
    digest: str
    words: Sequence[tuple[int, str]]


@dataclass(frozen=True, slots=True)
class Sheet:
    """`titles`: of each figure, Chinese and English. `numbers`: order -> logistics number. `signed` None: not yet."""

    station: str
    name: str
    day: date
    figures: Figures
    titles: Mapping[str, tuple[str, str]]
    numbers: Mapping[int, str]
    signed: Signed | None


def day_sheet(sheet: Sheet, edition: str, now: datetime) -> Document:
    """As it was signed; else as things stand now, and says so."""
    figures, signed = ordered(sheet.figures), sheet.signed
    title = {name: " ".join(sheet.titles.get(name, (name,))) for name in figures}
    counts = tuple((Cell(title[name]), Cell(len(ids))) for name, ids in figures.items())
    numbers = tuple((Cell(title[name]), _number(sheet, one)) for name, ids in figures.items() for one in ids)
    sections = [
        Section("figures", "当日数据", "Figures of the day", _FIGURES, counts),
        Section("orders", "订单", "Orders", _ORDERS, numbers),
    ]
    state = [("签字 signed", "未签字 / not signed")]
    if signed is not None:
        state = [("签字 signed", f"{signed.by} · {iso(signed.at)}"), ("校验值 digest", signed.digest)]
        words = tuple((_number(sheet, one), Cell(word)) for one, word in signed.words)
        sections.append(Section("unscanned", "未扫描说明", "Orders without a scan", _WORDS, words))
    return Document(
        kind="day_sheet",
        title_zh="日结单",
        title_en="Day sheet",
        period=sheet.day.isoformat(),
        scope=f"station:{sheet.station}",
        number=None if signed is None else 0,
        edition=edition,
        made_at=now,
        sections=tuple(sections),
        facts=(("网点 station", f"{sheet.name} {sheet.station}"), *state),
        definitions=defined(sections),
    )


def _number(sheet: Sheet, order_id: int) -> Cell:
    return Cell(sheet.numbers.get(order_id, str(order_id)))

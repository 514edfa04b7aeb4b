"""How a figure is written for people, in every form that is read, not computed with. Exact: no binary fractions."""

from datetime import date, datetime
from unicodedata import east_asian_width

from basics.days import iso, shanghai
from basics.money import round_half_up, yuan
from reports.paper.document import Cell, Document, Hidden, Kind, Points, Share, Value

NOTHING = "—"
NUMBERS = frozenset({"count", "fen", "minutes", "share", "points", "rate"})  # aligned to the right
UNITS = {"fen": ("元", "yuan"), "minutes": ("分钟", "min"), "share": ("%", "%"), "points": ("百分点", "pp")}


def shown(kind: Kind, value: Value | Hidden) -> str:
    """`1,234.50`, `97.3%`, `+1.2`, `2026-05-04 09:00:00`; — for no figure, `<5` for one that is hidden."""
    if isinstance(value, Hidden):
        return f"<{value.least}"
    if isinstance(value, Share):
        return _share(kind, value)
    if isinstance(value, Points):
        over = difference(value)
        return NOTHING if over is None else f"{'+' if over[0] > 0 else ''}{decimal(100 * over[0], over[1], 1)}"
    if isinstance(value, datetime):
        return shanghai(value).strftime("%Y-%m-%d" if kind == "day" else "%Y-%m-%d %H:%M:%S")
    if isinstance(value, int):
        return yuan(value).removesuffix(" 元") if kind == "fen" else f"{value:,}"
    return value or (NOTHING if value is None else "")


def as_number(value: Share) -> tuple[int, int] | None:
    """A quotient with a positive divisor; None of nothing."""
    part, of = value
    return None if of == 0 else (part, of) if of > 0 else (-part, -of)


def difference(value: Points) -> tuple[int, int] | None:
    """now less before as a quotient with a positive divisor; None when one of them is of nothing."""
    now, before = as_number(value.now), as_number(value.before)
    if now is None or before is None:
        return None
    return now[0] * before[1] - before[0] * now[1], now[1] * before[1]


def day_words(value: str) -> date | None:
    """A day written as `2026-05-04`; None for other text."""
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def headlines(document: Document) -> tuple[tuple[str, str], ...]:
    """What stands beneath the title of every form: number, scope, edition, when it was made, and its own facts."""
    state = "尚未定稿,为现时数据 / not frozen, as things stand" if document.number is None else document.name
    if document.number:
        state += f" 第 {document.number} 次补充 / supplement {document.number}"
    return (
        ("编号 number", document.name if document.number is None else state),
        *((("状态 state", state),) if document.number is None else ()),
        ("范围 scope", document.scope),
        ("规则版本 edition", document.edition),
        ("生成 made at", iso(document.made_at)),
        *document.facts,
    )


def cell_words(kind: Kind, cell: Cell) -> str:
    """A cell for people; ▲ before what stands for something bad, so that it is not told by colour alone."""
    return f"▲ {shown(kind, cell.value)}" if cell.warns else shown(kind, cell.value)


def decimal(part: int, of: int, places: int) -> str:
    """part ÷ of, the last place rounded half away from zero."""
    scaled = round_half_up(abs(part) * 10**places, of)
    whole, rest = divmod(scaled, 10**places)
    return f"{'-' if part < 0 and scaled else ''}{whole:,}.{rest:0{places}d}"


def room(text: str) -> int:
    """How many Latin letters wide it is; a Chinese one takes two."""
    return len(text) if text.isascii() else sum(2 if east_asian_width(sign) in "WF" else 1 for sign in text)


def _share(kind: Kind, value: Share) -> str:
    quotient = as_number(value)
    if quotient is None:
        return NOTHING
    part, of = quotient
    return decimal(part, of, 2) if kind == "rate" else f"{decimal(100 * part, of, 1)}%"

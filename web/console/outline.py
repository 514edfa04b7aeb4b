"""What stood in a request, field by field, with what may be a customer's hidden (ROLE-2).

A request that was refused may hold anything anywhere, so a value is shown only when its name and its form both say that
it is nobody's: codes, times, signatures, numbers of orders.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from channels.form_gate import read_form
from channels.json_gate import Numeral, Unreadable, read_object
from channels.xml_gate import read_xml
from people.masking import HIDDEN

Line = tuple[str, str]  # path, value
Path = tuple[str | int, ...]  # names, and places in lists
MOST_LINES, LONGEST = 200, 80
# Last part of the names whose values are nobody's, when they look like it; all others are hidden.
_NOBODYS = re.compile(
    r"[a-z_\-]*(type|event|action|method|service|charset|format|version|nonce|code|status|result|channel|datum|pieces|"
    r"weight|weight_?k?g|start|end|flag|mode|success|"
    r"(app|partner|company|provider|merchant|msg|message|notify|event|request|trace)_?(id|key|no|code))",
    re.IGNORECASE,
)
_PERSONAL = re.compile(
    r"name|contact|mobile|phone|tel|addr|street|mail|remark|memo|note|text|reason|sender|receiver|consign|person|user|"
    r"goods|cargo|room|unit|door|house|building|floor|card|openid|"
    r"wechat|weixin|wxid|unionid|qq|account|nick|buyer|seller|member|customer",
    re.IGNORECASE,
)
_SIGNATURE = re.compile(r"[a-z_\-]*(sign|signature|digest|encrypt)", re.IGNORECASE)
_CLOCK = re.compile(r"[a-z_\-]*(time|timestamp|date|start|end|t|ts)", re.IGNORECASE)
_PLAIN = re.compile(r"[A-Za-z0-9_.:+/=\-]*", re.ASCII)
_CODE = re.compile(r"[A-Za-z0-9_.:/\-]{1,64}", re.ASCII)
# Written out, or Unix time in seconds or milliseconds; a phone number has another length.
_TIME = re.compile(
    r"20[0-9]{2}-[01][0-9]-[0-3][0-9]([T ][0-9:.]{5,15}(Z|[+-][0-9:]{5})?)?|1[0-9]{9}|1[0-9]{12}", re.ASCII
)
_LONG_NUMBER = re.compile(r"[0-9](?:[.:+/\-]?[0-9]){6,}", re.ASCII)
# Names of the fields that hold an order's number: txLogisticID, thirdOrderId, logistics_order_no.
_ORDER_NAME = re.compile(r"[a-z_\-]*(order|logistics?|tx)_?(no|id|num|number|code)", re.IGNORECASE)
_MOBILE = re.compile(r"(?<![0-9])1[3-9][0-9]{9}(?![0-9])", re.ASCII)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.\-]{0,40}", re.ASCII)
_ORDER = re.compile(r"[A-Za-z_]{2,5}[0-9][A-Za-z0-9_\-]{5,57}", re.ASCII)
_PHONE_DIGITS = 7
_INSIDE = 4  # forms in forms


def outline(body: bytes, prefixes: Sequence[str], *, behind_mask: bool = False) -> list[Line] | None:
    """Every field of a form, JSON or XML body with its value; None when it is none of them."""
    lines: list[Line] = []
    tree = _read(body, _INSIDE)
    if tree is None:
        return None
    for path, value in _leaves((), tree, _INSIDE):
        if len(lines) == MOST_LINES:
            lines.append(("…", ""))
            break
        if behind_mask:
            lines.append((".".join(map(str, path)), value))
            continue
        known = ".".join(map(_shown_name, path))
        lines.append((known, shown(known, value, prefixes)))
    return lines


def _shown_name(name: str | int) -> str:
    """Names come from whoever pushed, too: one that no program would use, or that holds a phone number, is hidden."""
    if isinstance(name, int):
        return str(name)
    digits = sum(map(str.isdigit, name))
    return name if _NAME.fullmatch(name) and digits < _PHONE_DIGITS else HIDDEN


def shown(path: str, value: str, prefixes: Sequence[str]) -> str:
    """The value, if it is nobody's; else the mark of what is hidden."""
    if not value:
        return ""
    name = path.rpartition(".")[2]
    if _PERSONAL.search(path) or name == HIDDEN:
        return HIDDEN
    if _ORDER_NAME.fullmatch(name):
        numbered = value.startswith(tuple(prefixes)) and _ORDER.fullmatch(value) and not _MOBILE.search(value)
        return value if numbered else HIDDEN
    if _CLOCK.fullmatch(name) and _TIME.fullmatch(value):
        return value
    if _SIGNATURE.fullmatch(name) and _PLAIN.fullmatch(value):
        return value if len(value) <= LONGEST else f"{value[:LONGEST]}…"
    if not _NOBODYS.fullmatch(name) or not _CODE.fullmatch(value) or _LONG_NUMBER.search(value):
        return HIDDEN
    return value


def _read(body: bytes, depth: int) -> Any:
    """Nested dicts, lists and texts; None when nothing can be made of it."""
    start = body.lstrip()[:1]
    try:
        if not depth or not start:
            return None
        if start == b"{":
            return read_object(body)
        if start == b"<":
            name, tree = read_xml(body.decode("utf-8", errors="replace"))
            return {name: tree}
        if b"=" in body:
            return {name: _text(value) for name, value in read_form(body).items()}
    except Unreadable:
        return None
    return None


def _text(value: bytes) -> str:
    for charset in ("utf-8", "gb18030"):
        try:
            return value.decode(charset)
        except UnicodeDecodeError:
            continue
    return value.decode("utf-8", errors="replace")


def _leaves(path: Path, value: Any, depth: int) -> Iterator[tuple[Path, str]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _leaves((*path, name), inner, depth)
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _leaves((*path, place), inner, depth)
    else:
        text = value.text if isinstance(value, Numeral) else "" if value is None else str(value)
        inside = _read(text.encode(errors="replace"), depth - 1) if text.lstrip()[:1] in ("{", "<") else None
        if inside is None:
            yield path, text
        else:
            yield from _leaves(path, inside, depth - 1)

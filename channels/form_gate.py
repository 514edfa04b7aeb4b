"""Forms from outside, read from the bytes received: a signature covers the bytes, not our reading of them."""

from typing import NoReturn
from urllib.parse import unquote_to_bytes

from basics.refusal import Refusal
from channels.json_gate import Unreadable

MOST_FIELDS = 100
_LONGEST_NAME = 64

WORDS = {
    "body_empty": "内容为空 / the body is empty",
    "form_invalid": "表单无法识别 / the form cannot be read",
    "field_repeated": "字段重复 / a field is there twice",
    "encoding_invalid": "字符编码不正确 / the bytes are not in the declared encoding",
}
# GB 18030 holds GBK, and a sender that says GBK may well send a character that only the former has.
CHARSETS = {"utf-8": "utf-8", "utf8": "utf-8", "gbk": "gb18030", "gb2312": "gb18030", "gb18030": "gb18030"}


def read_form(body: bytes) -> dict[str, bytes]:
    """Fields of an `application/x-www-form-urlencoded` body (or of a query), percent-decoded, not yet text.

    Unreadable: body_empty, form_invalid, field_repeated (all 400).
    """
    if not body.strip():
        _refuse("body_empty")
    pairs = body.split(b"&", MOST_FIELDS)
    if len(pairs) > MOST_FIELDS:
        _refuse("form_invalid")
    found: dict[str, bytes] = {}
    for pair in filter(None, pairs):
        name, _, value = pair.replace(b"+", b" ").partition(b"=")
        try:
            key = unquote_to_bytes(name).decode("ascii")
        except UnicodeDecodeError:
            _refuse("form_invalid")
        if not key or len(key) > _LONGEST_NAME:
            _refuse("form_invalid")
        if key in found:
            _refuse("field_repeated")
        found[key] = unquote_to_bytes(value)
    return found


def charset_of(declared: str | None) -> str:
    """Python's name of a declared charset; UTF-8 when none is. Unreadable: encoding_invalid."""
    known = CHARSETS.get((declared or "utf-8").strip().strip("\"'").lower())
    if known is None:
        _refuse("encoding_invalid")
    return known


def as_text(value: bytes, charset: str = "utf-8") -> str:
    """The value as text. Unreadable: encoding_invalid."""
    try:
        return value.decode(charset)
    except UnicodeDecodeError:
        _refuse("encoding_invalid")


def _refuse(code: str) -> NoReturn:
    raise Unreadable(Refusal(code, WORDS[code]))

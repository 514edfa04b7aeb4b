"""JSON from outside, read with limits before anything is made of it (D13, B-12, B-13, B-60..B-63)."""

import json
import re
from dataclasses import dataclass
from typing import Any, NoReturn

from basics.refusal import Refusal

DEEPEST = 32
_LONGEST_NUMBER = 32
_HUGE_EXPONENT = re.compile(r"[eE][+-]?0*[1-9][0-9]{2}", re.ASCII)
_NOT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))

WORDS = {
    "body_empty": "内容为空 / the body is empty",
    "encoding_invalid": "内容不是 UTF-8 / the body is not UTF-8",
    "json_invalid": "内容不是有效的 JSON 对象 / the body is no JSON object",
    "json_too_deep": "JSON 嵌套过深 / the JSON is nested too deeply",
    "json_number_invalid": "JSON 中的数字不可用 / a number that cannot be used",
    "field_repeated": "字段重复 / a field is there twice",
}


@dataclass(frozen=True, slots=True)
class Numeral:
    """A number exactly as it was written; nothing is computed from it before a pattern has seen it."""

    text: str


class Unreadable(Exception):
    """Carries the refusal out of the reading; never leaves an adapter."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.code)
        self.refusal = refusal


def read_object(body: bytes) -> dict[str, Any]:
    """The JSON object in `body`, its numbers as Numeral. Unreadable with a code of WORDS (all 400)."""
    if not body.strip():
        _refuse("body_empty")
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        _refuse("encoding_invalid")
    if _depth(body) > DEEPEST:
        _refuse("json_too_deep")
    try:
        tree = json.loads(
            text,
            parse_int=_numeral,
            parse_float=_numeral,
            parse_constant=_no_number,
            object_pairs_hook=_object,
        )
    except ValueError:
        _refuse("json_invalid")
    except RecursionError:  # `_depth` counts right only where the JSON is right; this is the net below it
        _refuse("json_too_deep")
    if not isinstance(tree, dict):
        _refuse("json_invalid")
    return tree


def _depth(body: bytes) -> int:
    """How deep brackets are nested outside strings. One pass without a regular expression (D16)."""
    outside = body.replace(b"\\\\", b"").replace(b'\\"', b"").split(b'"')[::2]
    depth = deepest = 0
    for byte in b"".join(outside).translate(None, _NOT_BRACKETS):
        depth += 1 if byte in b"[{" else -1
        deepest = max(deepest, depth)
    return deepest


def _numeral(text: str) -> Numeral:
    if len(text) > _LONGEST_NUMBER or _HUGE_EXPONENT.search(text):
        _refuse("json_number_invalid")
    return Numeral(text)


def _no_number(_name: str) -> NoReturn:
    """NaN and Infinity are no JSON, though Python's reader takes them."""
    _refuse("json_number_invalid")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        _refuse("field_repeated")
    return found


def _refuse(code: str) -> NoReturn:
    raise Unreadable(Refusal(code, WORDS[code]))

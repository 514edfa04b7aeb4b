"""What of a customer everybody may see (ROLE-2): one set of functions for screen, export and log. Pure.

What stands where a pseudonymised order had its people is shown as it is: it is nobody's.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

from basics.retention import PSEUDONYM
from basics.text import is_format

HIDDEN = "****"  # of fixed length: the hidden part must not tell its size

_NOT_DIGIT = re.compile(r"\D")
_EXTENSION = re.compile(r"(?:-|转|ext\.?|#|,|\uff03|\uff0c)\s*\d{1,6}\s*$", re.IGNORECASE)
_FIRST_DIGIT = re.compile(r"\d")  # full-width ones too
# What stands in a description of a way and in no name of a place; 市场 and 超市 are no 市.
_NO_NAME = "旁|隔壁|对面|附近|便利|超市|市场"
# 省 to 街道, in turn; a road's own name never starts such a part, but 路桥区 and 街道 do hold a road's word. Towns and
# roads have short names: what is longer is a description, and that may hold a person's name.
_OF_PLACE = rf"(?:(?!路(?!桥)|街(?!道)|巷|弄|村|胡同|{_NO_NAME})[^\s,\uff0c\u3001])"
_ADMINISTRATIVE = re.compile(
    rf"(?:{_OF_PLACE}{{1,11}}?(?:省|自治区|自治州|市(?!场)|州|盟|县|旗|(?<![小园社])区)|{_OF_PLACE}{{1,6}}?(?:镇|乡|街道))+"
)
_ROAD_OR_VILLAGE = re.compile(
    rf"^\s*(?:(?!{_NO_NAME})[^\s,\uff0c\u3001]){{1,6}}?(?:大道|公路|路|大街|街|巷|弄|胡同|村)"
)
# A number of 7 or more digits, whatever parts them: blanks, dashes, brackets, what draws nothing.
_PARTING = r"[\s.\-\u2010-\u2015\uff0d()\uff08\uff09/·\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]{0,8}"
# Digits as people write them to get past a mask: 一三八, 壹叁捌, ①③⑧, mixed with the usual ones.
_CHINESE_DIGITS = "零〇一二三四五六七八九"
_DIGIT = rf"[\d{_CHINESE_DIGITS}幺壹贰叁肆伍陆柒捌玖\u2460-\u2468\u24ea]"
# A mobile number in its three groups, whatever signs part them: 138,1234,5678.
_SIGNS = r"[\W_]{1,3}"
_NUMBER = (
    rf"(?![^\d]\s?20\d\d[-/.]){_DIGIT}(?:{_PARTING}{_DIGIT}){{6,}}|(?<!\d)1[3-9]\d{_SIGNS}\d{{4}}{_SIGNS}\d{{4}}(?!\d)"
)
# A day and a time of day are kept: the time of a call is asked for (DO-2).
_DAY = r"(?<!\d)20\d\d(?P<dash>[-/.])(?:0?[1-9]|1[0-2])(?P=dash)(?:3[01]|[0-2]?\d)(?!\d)"
_DATE_OR_NUMBER = re.compile(rf"(?P<date>{_DAY}(?:[ T]\d{{1,2}}[:\uff1a]\d\d(?!\d))?)|{_NUMBER}")
# An e-mail address stands between blanks and signs; possessive, so that a long text costs no more than its length.
_AT_SIGN = "[@\uff20\ufe6b]"
_BETWEEN = r"\s<>,;:\uff0c\uff1b\uff1a\u3001\u3002()\uff08\uff09"
_WORD = rf"[^{_BETWEEN}@\uff20\ufe6b]"
_EMAIL = re.compile(rf"(?<!{_WORD}){_WORD}++(?:{_AT_SIGN}++{_WORD}++)+")
# Building, unit, floor, room: each with its number.
_NO_PART = r"\s,\uff0c\u3001号幢栋座楼层室户单"
_OF_BUILDING = re.compile(rf"(?<![^{_NO_PART}元])[^{_NO_PART}]*+(?:号楼|单元|[号幢栋座楼层室户])")
# The same in free text, in a row. 户 and 3 号 count things and days as well, so they are none; of a road the number is.
_NUMBERED = r"[0-9A-Za-z\uff10-\uff19#-]{1,8}\s?(?:号楼|单元|[幢栋座室楼层])"
_DOOR = rf"(?:{_NUMBERED}|[{_CHINESE_DIGITS}十百]{{1,6}}(?:号楼|单元|[幢栋室]))"
_IN_WORDS = re.compile(
    rf"(?:[0-9\uff10-\uff19]{{1,5}}号\s?)?(?:{_DOOR}[\s,\uff0c-]?)+(?:[0-9]{{1,5}}(?![0-9年月日:]))?"
    rf"|(?<=[路街巷弄道])[0-9\uff10-\uff19{_CHINESE_DIGITS}十百]{{1,8}}(?:-[0-9]{{1,3}})?号"
)
# 3-2-501, 3#501: a house, a unit perhaps, a room; no date and no part of a longer number.
_BARE_DOOR = re.compile(r"(?<![\w#-])(?:\d{1,3}-\d{1,2}-\d{3,4}|\d{1,3}(?:[-#]\d{1,2})?#\d{3,4})(?![\d#-])", re.ASCII)
# What one is called elsewhere: 微信号 nana, vx nana88. Behind a bare word it must hold a digit or `_`.
_HANDLE = re.compile(
    r"(?P<word>(?:微信|薇信|v信|加\s?v|(?<![a-z])(?:wechat|weixin|vx|wx|qq))(?P<said>(?:账?号|id|是|为|[\s:\uff1a]){0,5}))"
    r"(?P<id>[a-z0-9_-]{5,30})|(?<![a-z0-9])wxid_[a-z0-9]+",
    re.IGNORECASE | re.ASCII,
)
LEAST_HIDDEN = 6  # digits of a phone number
MOST_PARTS = 8
SHORTEST_HIDDEN = 3  # characters of a part of an address that free text may not repeat


def mask_name(name: str | None) -> str:
    """First character, then one `*` for each further one; a single character is hidden, as is what draws nothing."""
    whole = (name or "").strip()
    if whole == PSEUDONYM:
        return whole
    text = "".join(one for one in whole if not is_format(one)).strip() or "*" * len(whole)
    return text[0] + "*" * (len(text) - 1) if len(text) > 1 else "*" * len(text)


def mask_phone(phone: str | None) -> str:
    """`138******78` for a mobile number, else as a landline."""
    text = _plain(phone)
    digits = _NOT_DIGIT.sub("", text).removeprefix("00")
    if len(digits) == 13 and digits.startswith("861"):
        digits = digits[2:]
    if len(digits) == 11 and digits.startswith("1"):
        return f"{digits[:3]}******{digits[-2:]}"
    return mask_landline(text)


def mask_landline(phone: str | None) -> str:
    """`021-******34`: area code and last two digits, of seven the last one; an extension is hidden, what is no number
    wholly so."""
    text = _plain(phone)
    if text == PSEUDONYM:
        return text
    digits = _NOT_DIGIT.sub("", text)
    if not text:
        return ""
    if len(digits) < 7:
        return HIDDEN
    area = _area_code(digits)
    if len(digits) - len(area) > 8 or re.search(r"[转#]|ext", text, re.IGNORECASE):
        digits = _NOT_DIGIT.sub("", _EXTENSION.sub("", text))
    local = digits[len(area) :]
    if len(local) <= LEAST_HIDDEN:
        return f"{area}-{HIDDEN}" if area and len(local) == LEAST_HIDDEN else HIDDEN
    shown = local[max(LEAST_HIDDEN, len(local) - 2) :]
    hidden = "*" * (len(local) - len(shown))
    return f"{area}-{hidden}{shown}" if area else hidden + shown


def _plain(phone: str | None) -> str:
    """Full-width digits and signs as everybody writes them."""
    return unicodedata.normalize("NFKC", phone or "").strip()


def mask_email(address: str) -> str:
    """`w***@example.com`; wholly hidden when it is none."""
    name, at, domain = address.strip().rpartition("@")
    return f"{name[0]}***@{domain}" if at and name else HIDDEN


def mask_address(address: str | None) -> str:
    """Up to the street or village; building, unit and room are hidden, and all where none is found."""
    text = (address or "").strip()
    if not text or text == PSEUDONYM:
        return text
    first_digit = _FIRST_DIGIT.search(text)
    readable = text[: first_digit.start()] if first_digit else text
    administrative = _ADMINISTRATIVE.match(readable)
    shown = administrative.group() if administrative else ""
    road = _ROAD_OR_VILLAGE.match(readable[len(shown) :])
    return shown + (road.group() if road else "") + HIDDEN


def address_secrets(address: str | None) -> set[str]:
    """Of an address what free text may not repeat: the whole, what is behind the mask, and its parts in a row that
    hold a number with what it numbers (`9876号4幢`, `501室`). A bare `501` is not told from other numbers."""
    text = (address or "").strip()
    if not text or text == PSEUDONYM:
        return set()
    end = text.removeprefix(mask_address(text).rstrip("*"))
    parts = [one.span() for one in _OF_BUILDING.finditer(end) if _FIRST_DIGIT.search(one[0])][:MOST_PARTS]
    rows = {end} | {end[since:until] for since, _ in parts for _, until in parts if since < until}
    rows |= {end[since : until - 1] for since, first in parts for _, until in parts if first < until}
    return {text} | {one for one in rows if len(one) >= SHORTEST_HIDDEN}


def mask_text(text: str | None, names: Iterable[str] = ()) -> str:
    """Free text without numbers of seven or more digits, full-width ones, parted ones and spelt ones too, without
    building, unit, room and the number in a road, names of other services (微信号), and without `names`.

    Dates stay. Of a name as much is left as `mask_name` leaves, of an e-mail address what `mask_email` leaves; among
    `names`, what holds a digit is a part of an address and wholly hidden (ROLE-2).
    """
    shown = _DATE_OR_NUMBER.sub(lambda found: found["date"] or HIDDEN, text or "")
    shown = _EMAIL.sub(lambda found: mask_email(re.sub(_AT_SIGN, "@", found[0])), shown)
    shown = _HANDLE.sub(_without_handle, shown)
    known = sorted({name.strip() for name in names} - {"", PSEUDONYM}, key=len, reverse=True)
    if known:
        shown = re.sub("|".join(map(_told, known)), _hidden, shown, flags=re.IGNORECASE)
    return _BARE_DOOR.sub(HIDDEN, _IN_WORDS.sub(HIDDEN, shown))


def mask_answer(answer: str, keep: Iterable[str]) -> str:
    """What a channel answered, without what may be a customer's number; the order's own numbers are no secret."""
    known = [one for one in keep if one]
    if not known:
        return mask_text(answer)
    parts = re.split(f"({'|'.join(map(re.escape, known))})", answer)
    return "".join(part if part in known else mask_text(part) for part in parts)


def _hidden(found: re.Match[str]) -> str:
    return HIDDEN if _FIRST_DIGIT.search(found[0]) else mask_name(found[0])


def _told(name: str) -> str:
    """A pattern of what is hidden: blanks within a name do not matter, nor more digits behind a part of an address."""
    if _FIRST_DIGIT.search(name):
        return re.escape(name) + (r"\d*" if name[-1].isdigit() else "")
    gap = r"\s{0,2}" if all(one > "\u2e80" or one.isspace() for one in name) else ""
    return r"\s{0,2}".join(gap.join(map(re.escape, part)) for part in name.split())


def _without_handle(found: re.Match[str]) -> str:
    known = (found["said"] or "").strip() or re.search(r"[\d_]", found[0])
    return (found["word"] or "") + HIDDEN if known else found[0]


def customer_names(*contents: Mapping[str, Any]) -> set[str]:
    """The names of sender and receiver in these contents of orders."""
    people = [content.get(who) or {} for content in contents for who in ("sender", "receiver")]
    return {person["name"] for person in people if person.get("name")}


def _area_code(digits: str) -> str:
    """Three digits for 010 and 02x, four for other numbers that begin with 0."""
    if not digits.startswith("0"):
        return ""
    return digits[:3] if digits[1] in "12" else digits[:4]

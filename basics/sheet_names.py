"""How a downloaded day sheet is called (DAY-1): a rule with places to fill in, which an installation may set. Pure.

A name goes into a header and onto anybody's disk: only letters, digits, Chinese signs and `-_.()` may stand in it.
"""

import re
from collections.abc import Mapping

USUAL = "{station}-{day}-日结"
PLACES = ("station", "name", "province", "day", "year", "month", "state")  # `state`: 已签 or 未签
LONGEST = 80  # signs of a rule; with the longest names still less than what a disk takes
LONGEST_NAME = 60  # of what is filled in
_PLACE = re.compile(r"\{([^{}]*)\}")
_SAFE = re.compile(r"[0-9A-Za-z\u4e00-\u9fff._()\-]*")
_UNSAFE = re.compile(r"[^0-9A-Za-z\u4e00-\u9fff_()\-]+")


def fault(rule: str) -> str:
    """Why a rule cannot be used; "" for a good one. A sheet's name must tell its station and its day."""
    places = _PLACE.findall(rule)
    rest = _PLACE.sub("", rule)
    if len(rule) > LONGEST:
        return f"at most {LONGEST} signs"
    if unknown := [place for place in places if place not in PLACES]:
        return f"no such place: {{{unknown[0][:20]}}}; there are " + ", ".join(f"{{{one}}}" for one in PLACES)
    if not _SAFE.fullmatch(rest) or rule.startswith((".", "-")) or rule.endswith("."):
        return "only letters, digits, Chinese and -_.() may stand in it, no - or . before it, no . behind it"
    if "station" not in places or "day" not in places:
        return "{station} and {day} must be in it: sheets would have the same name"
    return ""


def sheet_name(rule: str, told: Mapping[str, str]) -> str:
    """The name of a file, without what comes behind the last dot. What is filled in becomes safe, too."""
    return _PLACE.sub(lambda place: _UNSAFE.sub("_", told[place[1]])[:LONGEST_NAME], rule)

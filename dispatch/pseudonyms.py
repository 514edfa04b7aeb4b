"""An order without its people (RELIABILITY 11.3). Pure; what was done once changes nothing when done again.

The list names what may stay, so that a field which is new tomorrow goes too.
"""

import re
from collections.abc import Mapping
from typing import Any

from basics.retention import PSEUDONYM

KEPT = frozenset({
    "datum", "adcode", "window_start", "window_end", "waybill_no", "weight_g", "pieces", "online", "business_type",
    "source", "language",
})  # fmt: skip
WORDS = ("address", "goods", "remark")
POINT = ("lng", "lat")
DIGITS = 2  # of a degree: about a kilometre
_CODE = re.compile(r"[a-z0-9_]{1,40}", re.ASCII)
# What DO-2 asks for beside a reason may be a time; it proves something and is nobody's.
_TIME = re.compile(r"20\d\d[-/.]\d{1,2}[-/.]\d{1,2}(?:[ T]\d{1,2}:\d{2}(?::\d{2})?)?", re.ASCII)
SYSTEM = "system"


def without_people(content: Mapping[str, Any]) -> dict[str, Any]:
    """The content of an order: who sent and who receives it, where exactly and in which words is gone."""
    kept = {key: value for key, value in content.items() if key in KEPT}
    kept |= {key: coarse(content[key]) for key in POINT if key in content}
    kept |= {key: PSEUDONYM for key in WORDS if content.get(key)}
    return kept | {who: {"name": PSEUDONYM} for who in ("sender", "receiver") if content.get(who)}


def coarse(degrees: Any) -> Any:
    """A coordinate to DIGITS; what is no number is no place."""
    known = isinstance(degrees, int | float) and not isinstance(degrees, bool)
    return round(float(degrees), DIGITS) if known else None


def free_text(text: str | None) -> str | None:
    """What somebody wrote is gone, a code of ours stays."""
    return text if not text or _CODE.fullmatch(text) else PSEUDONYM


def event_data(data: Mapping[str, Any], origin: str = "") -> dict[str, Any]:
    """One line of an order's log. The words of a withdrawal that the system made are its own."""
    found = dict(data)
    if isinstance(found.get("content"), Mapping):
        found["content"] = without_people(found["content"])
    if isinstance(found.get("consent"), Mapping):
        found["consent"] = event_data(found["consent"])
    if found.get("detail") and not _TIME.fullmatch(found["detail"]):
        found["detail"] = PSEUDONYM
    if found.get("remark"):
        found["remark"] = PSEUDONYM
    if "reason" in found and found.get("origin", origin) != SYSTEM:
        found["reason"] = free_text(found["reason"])
    return found

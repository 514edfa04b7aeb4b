"""What `lanshou reconcile` shows of both sides without showing a customer (ROLE-2)."""

import re

from channels.order_compare import Difference
from people.masking import HIDDEN, mask_address, mask_name, mask_phone, mask_text

_FREE_TEXT = ("goods", "remark")
# Fields that may hold whatever somebody wrote (CHAN-5), and what is certainly no customer's.
_AS_WRITTEN = {
    "pieces": re.compile(r"[0-9.]{1,6}", re.ASCII),
    "weight_kg": re.compile(r"[0-9.]{1,6}", re.ASCII),
    "waybill_no": re.compile(r"(?!1[3-9][0-9]{9}$)[A-Z0-9]{8,32}", re.ASCII),
}


def said(one: Difference, full: bool) -> str:
    """A difference as the screen shows it; free text with `full` only."""
    if one.field in _FREE_TEXT and not full:
        return f"{one.field} 不同 / differs"  # people write names and addresses there, which no mask finds
    return f"{one.field} {masked(one.field, one.theirs) or '∅'} ≠ {masked(one.field, one.ours) or '∅'}"


def masked(name: str, text: str) -> str:
    """What of a cell everybody may see (ROLE-2). `name` is that of its column."""
    if name.endswith("_name"):
        return mask_name(text)
    if name.endswith("_phone"):
        return mask_phone(text)
    if name in ("address", "receiver_address"):
        return mask_address(text)
    if name == "lng,lat":
        return HIDDEN if text else ""
    if name in _FREE_TEXT:
        return mask_text(text)
    if name in _AS_WRITTEN and not _AS_WRITTEN[name].fullmatch(text):
        return HIDDEN if text else ""
    return text

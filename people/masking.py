"""What of a customer everybody may see (ROLE-2): one set of functions for screen, export and log. Pure."""

import re

HIDDEN = "****"  # of fixed length: the hidden part must not tell its size

_NOT_DIGIT = re.compile(r"\D")
_EXTENSION = re.compile(r"(?:-|转|ext\.?|#|,|,)\s*\d{1,6}\s*$", re.IGNORECASE)
_FIRST_DIGIT = re.compile(r"[0-90-9]")
# 省 to 街道, in turn; a road's own name never starts such a part, but 路桥区 and 街道 do hold a road's word.
_ADMINISTRATIVE = re.compile(
    r"(?:(?:(?!路(?!桥)|街(?!道)|巷|弄|村|胡同)[^\s,,]){1,11}?(?:省|自治区|自治州|市|州|盟|县|旗|(?<![小园社])区|镇|乡|街道))+"
)
_ROAD_OR_VILLAGE = re.compile(r"^\s*[^\s,,]{1,15}?(?:大道|公路|路|大街|街|巷|弄|胡同|村)")


def mask_name(name: str | None) -> str:
    """First character, then one `*` for each further one; a single character is hidden."""
    text = (name or "").strip()
    return text[0] + "*" * (len(text) - 1) if len(text) > 1 else "*" * len(text)


def mask_phone(phone: str | None) -> str:
    """`138******78` for a mobile number, else as a landline."""
    text = (phone or "").strip()
    digits = _NOT_DIGIT.sub("", text)
    if len(digits) == 13 and digits.startswith("861"):
        digits = digits[2:]
    if len(digits) == 11 and digits.startswith("1"):
        return f"{digits[:3]}******{digits[-2:]}"
    return mask_landline(text)


def mask_landline(phone: str | None) -> str:
    """`021-******34`: area code and last two digits; an extension is hidden, what is no number wholly so."""
    text = (phone or "").strip()
    digits = _NOT_DIGIT.sub("", text)
    if not text:
        return ""
    if len(digits) < 7:
        return HIDDEN
    area = _area_code(digits)
    if len(digits) - len(area) > 8 or re.search(r"[转#]|ext", text, re.IGNORECASE):
        digits = _NOT_DIGIT.sub("", _EXTENSION.sub("", text))
    local = digits[len(area) :]
    if len(local) < 5:
        return HIDDEN
    hidden = "*" * (len(local) - 2)
    return f"{area}-{hidden}{local[-2:]}" if area else hidden + local[-2:]


def mask_address(address: str | None) -> str:
    """Up to the street or village; building, unit and room are hidden, and all where none is found."""
    text = (address or "").strip()
    if not text:
        return ""
    first_digit = _FIRST_DIGIT.search(text)
    readable = text[: first_digit.start()] if first_digit else text
    administrative = _ADMINISTRATIVE.match(readable)
    shown = administrative.group() if administrative else ""
    road = _ROAD_OR_VILLAGE.match(readable[len(shown) :])
    return shown + (road.group() if road else "") + HIDDEN


def _area_code(digits: str) -> str:
    """Three digits for 010 and 02x, four for other numbers that begin with 0."""
    if not digits.startswith("0"):
        return ""
    return digits[:3] if digits[1] in "12" else digits[:4]

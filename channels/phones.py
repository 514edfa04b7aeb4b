"""Phone numbers as people write them, in one form."""

import re
import unicodedata

# A dot, a slash or brackets part digits; letters do not.
_PARTING = re.compile(r"[\s.\-/()]+")
_EXTENSION = re.compile(r"(?:转|,|;|#|x|ext\.?)\s*", re.IGNORECASE)
_MOBILE = re.compile(r"1[3-9][0-9]{9}", re.ASCII)
_LANDLINE = re.compile(r"(010|02[0-9]|0[3-9][0-9]{2})([1-9][0-9]{6,7})", re.ASCII)
_SERVICE = re.compile(r"[48]00[0-9]{7}", re.ASCII)
_DIGITS = re.compile(r"[0-9]{1,6}", re.ASCII)


def normal_phone(written: str) -> str | None:
    """`13800138000`, `0571-88881234`, `0571-88881234-802`; None when that is no Chinese phone number.

    Full-width digits, blanks, `+86` and `转` are understood. A number of 10 digits or with letters is none.
    """
    text = unicodedata.normalize("NFKC", written[:64]).strip()
    parts = _EXTENSION.split(text, maxsplit=1)
    number, extension = _without_country(_PARTING.sub("", parts[0])), parts[1:]
    if _MOBILE.fullmatch(number) or _SERVICE.fullmatch(number):
        shown = number
    elif landline := _LANDLINE.fullmatch(number):
        shown = f"{landline[1]}-{landline[2]}"
    else:
        return _with_dashed_extension(text) if not extension else None
    if not extension:
        return shown
    return f"{shown}-{extension[0].strip()}" if _DIGITS.fullmatch(extension[0].strip()) else None


def _without_country(number: str) -> str:
    for prefix in ("+86", "0086"):
        if number.startswith(prefix):
            rest = number.removeprefix(prefix)
            known = rest.startswith("0") or _MOBILE.fullmatch(rest) or _SERVICE.fullmatch(rest)
            return rest if known else f"0{rest}"  # abroad the zero of the area code is left out
    return number.removeprefix("86") if len(number) == 13 and number.startswith("861") else number


def _with_dashed_extension(text: str) -> str | None:
    """`0571-88881234-802`: the last dash parts the extension."""
    front, dash, extension = text.rpartition("-")
    if not dash or not _DIGITS.fullmatch(extension.strip()):
        return None
    shown = normal_phone(front)
    return f"{shown}-{extension.strip()}" if shown and shown.count("-") < 2 else None

"""The codes of a composed table's dimensions as people read them, and back from what somebody typed. Pure."""

from collections.abc import Mapping

from basics import names
from channels.registry import ADAPTERS, SOURCES, STAFF, STAFF_TITLE
from reports.ask.vocabulary import FLAGGED, NO, YES
from reports.measures import KINDS
from reports.monthly.sections import NAMES as MONEY
from rulebook.book import Book

NONE = "—"  # as a table shows what has no value
Named = Mapping[str, names.Names]  # dimension -> code -> 中文, English


def reasons_of(book: Book) -> names.Names:
    """Of every edition, a later one's name before an earlier one's."""
    return {code: (one.zh, one.en) for edition in book.editions for code, one in edition.reasons.items()}


def named(reasons: names.Names) -> Named:
    """`reasons`: see `reasons_of` (DO-2). `state` and `kind` are those of several frames."""
    violations = {kind: words[:2] for kind, words in KINDS.items()}
    titles = {code: ADAPTERS[code].title for code in SOURCES if code in ADAPTERS} | {STAFF: STAFF_TITLE}
    return {
        "channel": titles,
        "business_type": names.BUSINESS_TYPES,
        "state": {**names.STATES, **names.CASES},
        "kind": {**names.CLOCKS, **violations, **MONEY},
        "verdict": names.VERDICTS,
        "excuse": names.EXCUSES,
        "cause": names.CAUSES,
        "reason": reasons,
        "stage": names.CLOCKS,
        "routing_cause": names.ROUTING_CAUSES,
        "withdrawal_origin": names.ORIGINS,
    }


def shown(words: Named, dimension: str, code: str) -> str:
    """`中文 / English`; a code without words by itself."""
    found = words.get(dimension, {}).get(code)
    return " / ".join(found) if found else code or NONE


def code_of(words: Named, dimension: str, typed: str) -> str:
    """What somebody means: the code, either word, or both as the table shows them."""
    if typed == NONE:
        return ""
    if dimension in FLAGGED:
        return {word: one for one in (YES, NO) for word in one.split()}.get(typed.casefold(), typed)
    for code, both in words.get(dimension, {}).items():
        if typed.casefold() in {one.casefold() for one in (code, *both, " / ".join(both))}:
            return code
    return typed

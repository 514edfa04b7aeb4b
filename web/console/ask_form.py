"""The form of 自助查询: from the words of an address to a question and back."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from io import StringIO

from werkzeug.datastructures import MultiDict

from reports.ask.question import MOST_FILTERS, Filter, Question, read
from reports.ask.vocabulary import measures, ratios
from reports.ask.words import NONE, Named, code_of

FILTERS = range(1, MOST_FILTERS + 1)


@dataclass(frozen=True, slots=True)
class Group:
    """Measures that stand together in the form: (code, Chinese, English)."""

    zh: str
    en: str
    measures: Sequence[tuple[str, str, str]]


_GROUPS = (
    ("订单", "Orders", ("orders",)), ("时钟", "Clocks", ("clocks",)), ("经手", "Assignments", ("holdings",)),
    ("违规", "Violations", ("violations",)), ("资金", "Money", ("money",)), ("失败", "Failures", ("failures",)),
)  # fmt: skip


def groups() -> list[Group]:
    """By what is counted; rates last."""
    found = [
        Group(zh, en, [(one.code, one.zh, one.en) for one in measures().values() if one.frame in frames])
        for zh, en, frames in _GROUPS
    ]
    return [*found, Group("比率", "Rates", [(one.code, one.zh, one.en) for one in ratios().values()])]


def question_of(given: MultiDict[str, str], words: Named) -> Question:
    """What the form says. NoReport naming what is wrong."""
    filters = []
    for number in FILTERS:
        if given.get(f"f{number}"):
            values = _values(given[f"f{number}"], given.get(f"v{number}", ""), words)
            told = {"dimension": given[f"f{number}"], "values": values, "not_in": bool(given.get(f"n{number}"))}
            filters.append(told)
    limit = given.get("limit", "") or "100"
    return read({
        "dimensions": [one for one in given.getlist("by") if one], "measures": given.getlist("what"),
        "filters": filters, "sort": given.get("sort", ""), "descending": given.get("order", "") != "up",
        "limit": int(limit) if limit.isascii() and limit.isdigit() and len(limit) < 6 else 0,
    })  # fmt: skip


def _values(dimension: str, typed: str, words: Named) -> list[str]:
    """By commas; one that has a comma stands in quotes. Words of a table count as their codes."""
    try:
        rows = list(csv.reader([typed.replace("，", ",")], skipinitialspace=True, strict=True))
    except csv.Error:
        return []  # read() says that there is none
    return [code_of(words, dimension, one.strip()) for row in rows for one in row if one.strip()]


def _typed(one: Filter) -> str:
    line = StringIO()
    csv.writer(line, lineterminator="").writerow([value or NONE for value in one.values])
    return line.getvalue()


def form_of(question: Question) -> MultiDict[str, str]:
    """The form that asks it."""
    found: MultiDict[str, str] = MultiDict()
    found.setlist("by", list(question.dimensions))
    found.setlist("what", list(question.measures))
    for number, one in zip(FILTERS, question.filters, strict=False):
        found[f"f{number}"], found[f"v{number}"] = one.dimension, _typed(one)
        if one.not_in:
            found[f"n{number}"] = "1"
    found["sort"], found["order"] = question.sort, "" if question.descending else "up"
    found["limit"] = str(question.limit)
    return found

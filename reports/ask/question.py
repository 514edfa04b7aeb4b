"""A question as it is told: read strictly, an unknown word is named. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reports.ask.vocabulary import dimensions, measures, parts_of, ratios
from reports.kinds import NoReport

MOST_DIMENSIONS, MOST_MEASURES, MOST_FILTERS, MOST_VALUES, MOST_ROWS = 3, 8, 5, 50, 1000
LONGEST_VALUE = 100


@dataclass(frozen=True, slots=True)
class Filter:
    """Rows whose dimension is one of these values; `not_in`: is none of them."""

    dimension: str
    values: tuple[str, ...]
    not_in: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """`sort`: a measure or dimension of it. Rows beyond `limit` are summed up as one."""

    dimensions: tuple[str, ...]
    measures: tuple[str, ...]
    filters: tuple[Filter, ...] = ()
    sort: str = ""
    descending: bool = True
    limit: int = 100

    @property
    def frames(self) -> tuple[str, ...]:
        """Whose rows are counted."""
        return tuple(dict.fromkeys(part.frame for code in self.measures for part in parts_of(code)))

    def as_json(self) -> dict[str, Any]:
        """What `read` takes."""
        return {
            "dimensions": list(self.dimensions), "measures": list(self.measures),
            "filters": [{"dimension": one.dimension, "values": list(one.values), "not_in": one.not_in}
                        for one in self.filters],
            "sort": self.sort, "descending": self.descending, "limit": self.limit,
        }  # fmt: skip


def _wrong(zh: str, en: str) -> NoReport:
    return NoReport("question_invalid", f"{zh} / {en}")


def read(told: Any) -> Question:
    """From JSON. NoReport `question_invalid` naming what is wrong."""
    known = {"dimensions", "measures", "filters", "sort", "descending", "limit"}
    if not isinstance(told, Mapping) or not set(told) <= known:
        raise _wrong("问题的格式不对", "not a question: " + ", ".join(sorted(map(str, _extra(told, known))))[:100])
    by = _words(told.get("dimensions", []), dimensions(), MOST_DIMENSIONS, ("维度", "dimension"))
    what = _words(told.get("measures", []), [*measures(), *ratios()], MOST_MEASURES, ("指标", "measure"))
    if not what:
        raise _wrong("至少选一个指标", "choose at least one measure")
    filters = tuple(_filter(one) for one in _list(told.get("filters", []), MOST_FILTERS, ("筛选", "filter")))
    sort, limit = told.get("sort", ""), told.get("limit", 100)
    if sort not in ("", *by, *what):
        raise _wrong("排序须为所选的维度或指标", "sort by a chosen dimension or measure")
    if not isinstance(limit, int) or isinstance(limit, bool) or not 1 <= limit <= MOST_ROWS:
        raise _wrong(f"行数为 1 至 {MOST_ROWS}", f"1 to {MOST_ROWS} rows")
    if not isinstance(told.get("descending", True), bool):
        raise _wrong("升降序须为真假值", "descending is true or false")
    question = Question(by, what, filters, sort, told.get("descending", True), limit)
    _check_known(question)
    return question


def _extra(told: Any, known: Iterable[str]) -> set[Any]:
    return set(told) - set(known) if isinstance(told, Mapping) else {type(told).__name__}


def _list(told: Any, most: int, what: tuple[str, str]) -> Sequence[Any]:
    if not isinstance(told, list | tuple) or len(told) > most:
        raise _wrong(f"{what[0]}最多 {most} 个", f"at most {most} of {what[1]}")
    return told


def _words(told: Any, known: Iterable[str], most: int, what: tuple[str, str]) -> tuple[str, ...]:
    words = _list(told, most, what)
    allowed = set(known)
    for one in words:
        if not isinstance(one, str) or one not in allowed:
            raise _wrong(f"没有{what[0]} {str(one)[:40]}", f"no such {what[1]}: {str(one)[:40]}")
    if len(set(words)) != len(words):
        raise _wrong(f"{what[0]}重复", f"a {what[1]} stands twice")
    return tuple(words)


def _filter(told: Any) -> Filter:
    if not isinstance(told, Mapping) or not set(told) <= {"dimension", "values", "not_in"}:
        raise _wrong("筛选的格式不对", "not a filter")
    [dimension] = _words([told.get("dimension")], dimensions(), 1, ("维度", "dimension"))
    values = _list(told.get("values", []), MOST_VALUES, ("筛选值", "values of a filter"))
    if not values or not all(isinstance(one, str) and len(one) <= LONGEST_VALUE and _clean(one) for one in values):
        raise _wrong("筛选值须为文字", "values of a filter are texts")
    if not isinstance(told.get("not_in", False), bool):
        raise _wrong("筛选的格式不对", "not a filter")
    return Filter(dimension, tuple(dict.fromkeys(values)), told.get("not_in", False))


def _clean(text: str) -> bool:
    """No control character and no half of a pair: no database keeps them."""
    return all(ord(one) >= 32 and not 0xD800 <= ord(one) <= 0xDFFF for one in text)


def _check_known(question: Question) -> None:
    """Every measure must know every dimension, or the numbers beside each other would not be of the same rows."""
    for code in (*question.dimensions, *(one.dimension for one in question.filters)):
        dimension = dimensions()[code]
        for measure in question.measures:
            if not {part.frame for part in parts_of(measure)} <= dimension.frames:
                named = measures().get(measure) or ratios()[measure]
                raise _wrong(f"指标“{named.zh}”没有维度“{dimension.zh}”", f"{named.en} does not know {dimension.en}")

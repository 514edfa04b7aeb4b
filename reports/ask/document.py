"""A question answered from facts: one table, its total, and what did not fit summed up. Frames in, a section out."""

from collections.abc import Mapping

import polars as pl

from reports.ask.question import Filter, Question
from reports.ask.vocabulary import dimensions, measures, parts_of, ratios
from reports.ask.words import Named, shown
from reports.cube import LEVELS, Key
from reports.facts.frames import Facts
from reports.measures import Measure
from reports.paper.document import Cell, Column, Section, Share

TOTAL, OTHERS = "合计 / total", "其余 / others"
Values = Mapping[str, int | None]


def answered(question: Question, facts: Facts, words: Named) -> tuple[Section, int]:
    """The table, its codes in words, and how many rows it would have without a limit."""
    filtered = {frame: _filtered(question.filters, frame, facts[frame]) for frame in question.frames}
    table = _grouped(question, filtered, question.dimensions)
    [whole] = _grouped(question, filtered, ()).to_dicts() or [{}]
    ordered = _ordered(question, table)
    first = ordered.head(question.limit)
    lines = [_line(question, row, words) for row in first.to_dicts()]
    if ordered.height > question.limit:
        lines.append(_edge(question, OTHERS, _others(question, filtered, first)))
    if question.dimensions:
        lines.append(_edge(question, TOTAL, whole))
    section = Section("answer", "结果", "Answer", _columns(question), tuple(lines), sums=bool(question.dimensions))
    return section, ordered.height


def _needed(question: Question) -> list[Measure]:
    return list({part.code: part for code in question.measures for part in parts_of(code)}.values())


def _filtered(filters: tuple[Filter, ...], frame: str, rows: pl.LazyFrame) -> pl.LazyFrame:
    for one in filters:
        chosen = dimensions()[one.dimension].of(frame).fill_null("").is_in(list(one.values))
        rows = rows.filter(~chosen if one.not_in else chosen)
    return rows


def _grouped(question: Question, facts: Facts, by: tuple[str, ...]) -> pl.DataFrame:
    """A row a combination of values that any measure has; no rows of a frame are a missing value."""
    found: pl.DataFrame | None = None
    for frame in question.frames:
        asked = [one for one in _needed(question) if one.frame == frame]
        keys = [dimensions()[code].of(frame).fill_null("").alias(f"by:{code}") for code in by]
        values = sorted({name for one in asked for name in (*one.where().meta.root_names(), one.value) if name})
        rows = facts[frame].select(*keys, *values) if keys or values else facts[frame]
        # Only rows that a measure is about make a line: else every state of an order would stand there with noughts.
        rows = rows.filter(pl.any_horizontal(one.where().fill_null(False) for one in asked))
        counted = [_of_those(one) for one in asked]
        names = [f"by:{code}" for code in by]
        table = (rows.group_by(names).agg(counted) if names else rows.select(counted)).collect()
        if found is None:
            found = table
        elif names:
            found = found.join(table, on=names, how="full", coalesce=True)
        else:
            found = pl.concat([found, table], how="horizontal")
    assert found is not None
    return found


def _of_those(measure: Measure) -> pl.Expr:
    chosen = measure.where().fill_null(False)
    if measure.how == "count":
        return chosen.sum().cast(pl.Int64).alias(measure.code)
    values = pl.col(measure.value).filter(chosen)
    if measure.how == "sum":
        return values.sum().cast(pl.Int64).alias(measure.code)
    place = (values.count().cast(pl.Int64) * int(measure.how[1:]) + 99) // 100 - 1
    return values.drop_nulls().sort().get(place, null_on_oob=True).cast(pl.Int64).alias(measure.code)


def _ordered(question: Question, table: pl.DataFrame) -> pl.DataFrame:
    """By what was asked, then by the dimensions, so that it is the same whatever the threads."""
    names = [f"by:{code}" for code in question.dimensions]
    first = question.sort or (question.measures[0] if not names else "")
    if not names:
        return table
    if not first:
        return table.sort(names)
    if first in question.dimensions:
        return table.sort(f"by:{first}", *names, descending=[question.descending] + [False] * len(names))
    if first in ratios():
        of = ratios()[first]
        value = pl.col(of.part).fill_null(0) / pl.when(pl.col(of.of) > 0).then(pl.col(of.of))
    else:
        value = pl.col(first).fill_null(0) if measures()[first].how in ("count", "sum") else pl.col(first)
    order = [question.descending] + [False] * len(names)
    return table.sort(value, *names, descending=order, nulls_last=True)


def _others(question: Question, facts: Facts, first: pl.DataFrame) -> Values:
    """All rows but those of the lines that are shown, reckoned again: a median cannot be summed."""
    names = [f"by:{code}" for code in question.dimensions]
    keys = first.select(names).lazy()
    rest: Facts = {}
    for frame, rows in facts.items():
        keyed = rows.with_columns(
            dimensions()[code].of(frame).fill_null("").alias(f"by:{code}") for code in question.dimensions
        )
        rest[frame] = keyed.join(keys, on=names, how="anti")
    return dict(_grouped(question, rest, ()).to_dicts()[0])


def _columns(question: Question) -> tuple[Column, ...]:
    of = [Column(code, dimensions()[code].zh, dimensions()[code].en, "text", width=16) for code in question.dimensions]
    for code in question.measures:
        if code in ratios():
            of.append(Column(code, ratios()[code].zh, ratios()[code].en, "share", ratios()[code].says))
        else:
            one = measures()[code]
            of.append(Column(code, one.zh, one.en, one.unit, one.says))
    return tuple(of)


def _line(question: Question, row: Mapping[str, str | int | None], words: Named) -> tuple[Cell, ...]:
    texts = [str(row[f"by:{code}"] or "") for code in question.dimensions]
    values = {name: value for name, value in row.items() if not isinstance(value, str)}
    named = (Cell(shown(words, code, text)) for code, text in zip(question.dimensions, texts, strict=True))
    return (*named, *_cells(question, values, _place(question, texts)))


def _edge(question: Question, label: str, values: Values) -> tuple[Cell, ...]:
    blank = [Cell("") for _ in question.dimensions[1:]]
    place = ("network", "") if label == TOTAL and not question.filters else None
    return (Cell(label), *blank, *_cells(question, values, place))


def _place(question: Question, texts: list[str]) -> tuple[str, str] | None:
    """Where the cube has the same cell: of one dimension that is a level of its, without filters."""
    if question.filters:
        return None
    if not texts:
        return ("network", "")
    [level, *more] = question.dimensions
    return (level, texts[0]) if not more and level in LEVELS and texts[0] else None


def _cells(question: Question, values: Values, place: tuple[str, str] | None) -> list[Cell]:
    return [_cell(code, values, place) for code in question.measures]


def _cell(code: str, values: Values, place: tuple[str, str] | None) -> Cell:
    if code in ratios():
        of = ratios()[code]
        return Cell(Share(values.get(of.part) or 0, values.get(of.of) or 0), _opens(of.of, place))
    value = values.get(code)
    if value is None and measures()[code].how in ("count", "sum"):
        value = 0
    return Cell(value, _opens(code, place))


def _opens(code: str, place: tuple[str, str] | None) -> str:
    return str(Key(code, *place)) if place and code != "failures" else ""

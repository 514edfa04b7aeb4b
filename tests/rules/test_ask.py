"""Composed tables against a count in plain Python: grouping, filters, what did not fit, sorting, limits."""

from collections import defaultdict
from functools import cache
from random import Random
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from basics.days import shanghai, week_of
from reports.ask.document import OTHERS, TOTAL, answered
from reports.ask.question import MOST_ROWS, Filter, Question, read
from reports.ask.vocabulary import dimensions, measures, parts_of, ratios
from reports.ask.words import code_of, named, reasons_of, shown
from reports.cube import over, parse, rows
from reports.facts.frames import AT, FRAMES, Facts
from reports.kinds import NoReport
from reports.paper.document import Share
from rulebook.book import packaged
from tests.rules.compliance_facts import week_facts

WEEK = "2026-W19"
COUNTED = ("orders", "promise_kept", "pickup_p50", "pickup_p90", "withdrawn", "promise_rate")
OF_ORDERS = ("province", "station", "channel", "state", "online", "day", "hour", "withdrawal_origin", "business_type")


@cache
def facts() -> Facts:
    return week_facts(Random(5), WEEK, 150)


@cache
def frame(name: str) -> pl.DataFrame:
    return facts()[name].collect()


def value_of(row: dict[str, Any], code: str, name: str) -> str:
    """Of one row, in plain Python."""
    local = shanghai(row[AT[name]])
    times = {"day": local.strftime("%Y-%m-%d"), "hour": local.strftime("%H"), "week": week_of(local),
             "month": local.strftime("%Y-%m"), "weekday": str(local.isoweekday())}  # fmt: skip
    if code in times:
        return times[code]
    value = row[code]
    if isinstance(value, bool):
        return "是 yes" if value else "否 no"
    return "" if value is None else str(value)


def naive(question: Question, name: str) -> dict[tuple[str, ...], dict[str, int | None]]:
    """Values of the dimensions -> measure -> what its rows come to; only where any measure has a row."""
    found: dict[tuple[str, ...], dict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))
    needed = {part.code: part for code in question.measures for part in parts_of(code)}
    about = {
        code: frame(name).select(one.where().fill_null(False).alias("x"))["x"].to_list() for code, one in needed.items()
    }
    for place, row in enumerate(frame(name).to_dicts()):
        if any((value_of(row, one.dimension, name) in one.values) == one.not_in for one in question.filters):
            continue
        key = tuple(value_of(row, code, name) for code in question.dimensions)
        for code, one in needed.items():
            if about[code][place]:
                found[key][code].append(row[one.value] if one.value else 1)
    return {key: {code: _come_to(needed[code].how, values[code]) for code in needed} for key, values in found.items()}


def _come_to(how: str, values: list[Any]) -> int | None:
    values = sorted(value for value in values if value is not None)
    if how in ("count", "sum"):
        return sum(values)
    return values[-(-len(values) * int(how[1:]) // 100) - 1] if values else None


def said(question: Question) -> list[list[Any]]:
    return [[cell.value for cell in row] for row in answered(question, facts(), {})[0].rows]


def expected(question: Question, values: dict[str, int | None]) -> list[Any]:
    return [
        Share(values[ratios()[code].part] or 0, values[ratios()[code].of] or 0) if code in ratios() else values[code]
        for code in question.measures
    ]


FILTERS = st.builds(
    Filter, st.sampled_from(["channel", "state", "province"]),
    st.lists(st.sampled_from(["crm", "cainiao", "picked_up", "waiting", "浙江省", "=省", "无"]), min_size=1, max_size=3,
             unique=True).map(tuple),
    st.booleans(),
)  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.sampled_from(OF_ORDERS), max_size=3, unique=True).map(tuple),
    st.lists(st.sampled_from(COUNTED), min_size=1, max_size=4, unique=True).map(tuple),
    st.lists(FILTERS, max_size=2).map(tuple),
)
def test_as_counted_by_hand(by: tuple[str, ...], what: tuple[str, ...], filters: tuple[Filter, ...]) -> None:
    question = Question(by, what, filters, limit=MOST_ROWS)
    assert read(question.as_json()) == question
    due, found = naive(question, "orders"), said(question)
    if by:
        *found, total = found
        whole = naive(Question((), what, filters), "orders").get(
            (), dict.fromkeys(p.code for c in what for p in parts_of(c))
        )
        assert total[len(by):] == [
            0 if value is None and measures().get(code, measures()["orders"]).how == "count" else value
            for code, value in zip(what, expected(question, whole), strict=True)
        ]  # fmt: skip
        assert [tuple(row[: len(by)]) for row in found] == [tuple(one or "—" for one in key) for key in sorted(due)]
        assert [row[len(by):] for row in found] == [expected(question, due[key]) for key in sorted(due)]  # fmt: skip
    elif due:
        assert found == [expected(question, due[()])]


@pytest.mark.parametrize("name", FRAMES)
def test_every_dimension_with_every_measure(name: str) -> None:
    """Of each frame: all its measures, eight at a time, by each dimension; filtered by a value of the next one."""
    ours = [code for code in (*measures(), *ratios()) if {part.frame for part in parts_of(code)} == {name}]
    known = [code for code, one in dimensions().items() if name in one.frames]
    assert ours and len(known) > 6
    for place, code in enumerate(known):
        other = known[(place + 1) % len(known)]
        values = sorted({value_of(row, other, name) for row in frame(name).head(40).to_dicts()})[:2] or [""]
        for start in range(0, len(ours), 8):
            what = tuple(ours[start : start + 8])
            question = Question((code,), what, (Filter(other, tuple(values), place % 2 == 1),), limit=MOST_ROWS)
            due = naive(question, name)
            found = said(question)[:-1]
            assert [row[0] for row in found] == [key[0] or "—" for key in sorted(due)], (code, what)
            assert [row[1:] for row in found] == [expected(question, due[key]) for key in sorted(due)], (code, what)


@pytest.mark.parametrize(
    ("sort", "descending"), [("orders", True), ("orders", False), ("promise_rate", True), ("station", False)]
)
def test_sorted_cut_and_the_rest_reckoned_again(sort: str, descending: bool) -> None:
    """Ties by the dimension; a median of the rest is of its rows, not of medians."""
    question = Question(("station",), ("orders", "pickup_p50", "promise_rate"), (), sort, descending, 3)
    *shown, others, total = said(question)
    every = said(Question(("station",), question.measures, (), sort, descending, MOST_ROWS))[:-1]
    assert shown == every[:3] and others[0] == OTHERS and total[0] == TOTAL
    rest = Filter("station", tuple("" if row[0] == "—" else row[0] for row in shown), True)
    [again] = said(Question((), question.measures, (rest,)))
    assert others[1:] == again
    if sort == "orders":
        counts = [row[1] for row in every]
        assert counts == sorted(counts, reverse=descending)


def test_codes_stand_in_words_and_words_are_read_back() -> None:
    words = named(reasons_of(packaged()))
    assert shown(words, "state", "picked_up") == "已揽收 / picked up" and shown(words, "reason", "") == "—"
    assert shown(words, "reason", "wrong_number") == "电话号码有误 / wrong number"
    assert shown(words, "station", "HZ01") == shown(words, "state", "HZ01") == "HZ01"
    for dimension, codes in words.items():
        assert dimension in dimensions() and len(codes) == len({shown(words, dimension, one) for one in codes})
        for code in codes:
            for typed in (code, *codes[code], shown(words, dimension, code)):
                assert code_of(words, dimension, typed) == code, (dimension, typed)
    assert [code_of(words, "online", one) for one in ("YES", "否", "x", "—")] == ["是 yes", "否 no", "x", ""]


def test_what_opens_is_its_rows() -> None:
    """One dimension that is a level of the cube, without filters."""
    for question in (Question(("province",), COUNTED), Question(("channel",), COUNTED), Question((), COUNTED)):
        opened = [cell for row in answered(question, facts(), {})[0].rows for cell in row if cell.opens]
        assert len(opened) >= len(COUNTED)
        for cell in opened:
            key = parse(cell.opens)
            measure = measures()[key.measure]
            value = rows(facts(), measure, key).select(over(measure)).collect().item()
            assert value == (cell.value.of if isinstance(cell.value, Share) else cell.value), cell.opens
    assert not [
        cell
        for row in answered(Question(("province", "day"), COUNTED), facts(), {})[0].rows[:-1]
        for cell in row
        if cell.opens
    ]


def test_measures_of_several_frames_stand_in_one_row() -> None:
    question = Question(("station",), ("orders", "confirmed", "failures", "fines_fen"))
    found = {row[0]: row[1:] for row in said(question)[:-1]}
    for station in ("A", "C", "E"):
        ours = frame("violations").filter((pl.col("station") == station) & (pl.col("state") == "confirmed"))
        failed = frame("failures").filter(pl.col("station") == station).height
        assert found[station][1:] == [ours.height, failed, ours["fine_fen"].sum()]


@pytest.mark.parametrize(
    ("told", "names"),
    [
        ([], "not a question"), ({"measures": []}, "at least one measure"),
        ({"measures": ["orders; DROP"]}, "orders; DROP"),
        ({"measures": ["orders"], "dimensions": ["sender_phone"]}, "sender_phone"),
        ({"measures": ["orders"], "dimensions": ["province"] * 2}, "twice"),
        ({"measures": ["orders"], "dimensions": ["province", "channel", "day", "hour"]}, "at most 3"),
        ({"measures": ["orders"] * 9}, "at most 8"), ({"measures": ["orders"], "sql": "1"}, "sql"),
        ({"measures": ["orders"], "limit": 0}, "1 to 1000"), ({"measures": ["orders"], "limit": 1001}, "1 to 1000"),
        ({"measures": ["orders"], "limit": True}, "1 to 1000"),
        ({"measures": ["orders"], "sort": "fines_fen"}, "sort by"),
        ({"measures": ["orders"], "dimensions": ["reason"]}, "does not know"),
        ({"measures": ["orders"], "filters": [{"dimension": "excuse", "values": ["x"]}]}, "does not know"),
        ({"measures": ["orders"], "filters": [{"dimension": "province", "values": ["x"] * 51}]}, "at most 50"),
        ({"measures": ["orders"], "filters": [{"dimension": "province", "values": [1]}]}, "are texts"),
        ({"measures": ["orders"], "filters": [{"dimension": "province", "values": []}]}, "are texts"),
        ({"measures": ["orders"], "filters": [{"dimension": "province", "values": ["\0"]}]}, "are texts"),
        ({"measures": ["orders"], "filters": [{"dimension": "province", "values": ["\ud800"]}]}, "are texts"),
        ({"measures": [None]}, "None"), ({"measures": "orders"}, "at most 8"), (None, "NoneType"),
    ],
)  # fmt: skip
def test_nonsense_is_named(told: Any, names: str) -> None:
    with pytest.raises(NoReport) as why:
        read(told)
    assert why.value.code == "question_invalid" and names in str(why.value)


def test_exact_limits() -> None:
    eight = [one.code for one in measures().values() if one.frame == "orders"][:8]
    assert len(read({"measures": eight, "dimensions": ["province", "day", "hour"], "limit": 1000}).measures) == 8


def test_nothing_of_a_customer_can_be_asked_for() -> None:
    """ROLE-2: only columns of the facts, and of those no number and no text of people."""
    told = {one.code for one in dimensions().values()}
    assert not told & {"logistics_no", "order_id", "violation_id", "reviewer", "waybill_no"}
    times = {"month", "week", "day", "weekday", "hour"}
    assert all(one in times or any(one in schema for schema in FRAMES.values()) for one in told)

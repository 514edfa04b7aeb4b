"""What an edition changes, key by key; and a reader that nothing brings down but by saying which key is wrong."""

import re
import tomllib
from collections.abc import Iterator
from copy import deepcopy
from datetime import date
from typing import Any

import pytest

from rulebook.book import EditionError, read_edition
from rulebook.differences import Change, differences, leaves
from rulebook.reader import _Reader
from tests.rules.editions import FIRST_CALL, LADDER, TEXT, later_text


def changes(*edits: tuple[str, str], more: str = "") -> list[Change]:
    return differences(TEXT, later_text("2027-01-01", *edits, more=more))[2:]  # name and effective always differ


def test_nothing_differs_from_itself_and_comments_do_not_count() -> None:
    assert differences(TEXT, TEXT) == []
    assert differences(TEXT, "# 说明\n" + TEXT.replace("\n", "\r\n")) == []
    assert [(c.key, c.old, c.new) for c in differences(TEXT, later_text("2027-01-01", name="n"))] == [
        ("name", "2017-01-01", "n"),
        ("effective", "2017-01-01", "2027-01-01"),
    ]


def test_a_number_with_its_unit_and_rule() -> None:
    assert changes(("accept = { value = 30", "accept = { value = 20")) == [
        Change("clocks.accept", 30, 20, "duty minutes", "ACCEPT-1")
    ]
    assert changes(("V-ACCEPT = { value = 10000", "V-ACCEPT = { value = 20000")) == [
        Change("fines.V-ACCEPT", 10000, 20000, "fen", "V-ACCEPT")
    ]


def test_headings_rules_and_units_count() -> None:
    heading = ('heading = "timeliness", rule = "V-PICKUP"', 'heading = "truth", rule = "V-PICKUP"')
    assert changes(heading) == [Change("fines.V-PICKUP.heading", "timeliness", "truth", "", "V-PICKUP")]
    assert changes(('rule = "PROMISE-1"', 'rule = "PROMISE-2"')) == [
        Change("clocks.promise", 2, 2, "elapsed hours", "PROMISE-1 → PROMISE-2")
    ]
    elapsed = FIRST_CALL.replace("duty hours", "elapsed hours")
    found = differences(later_text(more=FIRST_CALL), later_text(more=elapsed))
    assert found == [Change("clock.first_call.length", 2, 2, "duty hours → elapsed hours", "CALL-1")]


def test_what_comes_and_what_falls_away() -> None:
    found = changes(("duplicate = {", "doubled = {"))
    assert [(c.key, c.old, c.new, c.rule) for c in found] == [
        ("reasons.doubled.zh", None, "重复下单", "DO-2"),
        ("reasons.doubled.en", None, "duplicate", "DO-2"),
        ("reasons.doubled.asks", None, "nothing", "DO-2"),
        ("reasons.duplicate.zh", "重复下单", None, "DO-2"),
        ("reasons.duplicate.en", "duplicate", None, "DO-2"),
        ("reasons.duplicate.asks", "nothing", None, "DO-2"),
    ]
    added = {change.key: change for change in changes(more=FIRST_CALL)}
    assert added["clock.first_call.length"] == Change("clock.first_call.length", None, 2, "duty hours", "CALL-1")
    assert added["clock.first_call.kept_by"].new == ["called", "picked_up"]


def test_a_setting_that_was_left_to_its_default() -> None:
    assert changes(more=LADDER) == [Change("ladder.tint", 15, 20, "duty minutes left", "DO-8")]
    assert changes(more=LADDER.replace("20", "15")) == [Change("ladder.tint", 15, 15, "duty minutes left", "DO-8")]
    assert {leaf.key: leaf.value for leaf in leaves(TEXT)}["ladder.risk"] == 50


# ---- the reader ---------------------------------------------------------------------------------------------------

FULL = later_text(more=LADDER + FIRST_CALL)
WRONG: tuple[Any, ...] = (
    0, -1, True, 1.5, float("nan"), 10**30, "", "x", [], [1], [[]], [{}], {}, {"a": 1}, {"a": {}}, date(1, 1, 1),
)  # fmt: skip


def paths(table: dict[str, Any], above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, value in table.items():
        yield (*above, name)
        if isinstance(value, dict):
            yield from paths(value, (*above, name))


def test_whatever_stands_anywhere_the_answer_is_a_key_in_both_languages() -> None:
    tree = tomllib.loads(FULL)
    refused = 0
    for path in list(paths(tree)):
        for wrong in WRONG:
            changed = deepcopy(tree)
            node = changed
            for part in path[:-1]:
                node = node[part]
            node[path[-1]] = deepcopy(wrong)
            try:
                _Reader(changed).edition("")
            except EditionError as error:
                refused += 1
                said = str(error)
                assert said.partition(":")[0].split(".")[0] in path or said.startswith(path[0]), said
                assert re.search("[\u4e00-\u9fff]", said) and " / " in said and len(said) < 600
    assert refused > 3_000


@pytest.mark.parametrize(
    "text",
    [
        "[" * 250_000, "\n".join(["[" * 900] * 200), "a = " + "[" * 900, "x = " + "{a=" * 300 + "1" + "}" * 300,
        "a" + ".a" * 120_000 + " = 1", "x = " + "9" * 5_000, "x = " + "9" * 900, "\ufeff" + TEXT, "clock = 5\n" + TEXT,
        TEXT.replace("[reasons]", "[reason]"), "routing = 5\n" + TEXT.replace("[routing]", "[route]"),
        TEXT + "\n[clock.accept]\nzh = 'x'\n", TEXT + "\n[clock.UP]\n", TEXT + "\n[clock]\nx = 1\n",
        TEXT.replace('"out of area"', '"' + "x" * 1_100 + '"'),
    ],
    ids=range(15),
)  # fmt: skip
def test_hostile_texts(text: str) -> None:
    with pytest.raises(EditionError) as caught:
        read_edition(text)
    assert len(str(caught.value)) < 600

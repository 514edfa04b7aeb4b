"""Every cell of the weekly report opens rows that give it again; parts add up to the whole (NOTICE-1, SETTLE-2)."""

import re
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from random import Random

import pytest

from basics.days import SHANGHAI, week_bounds
from reports.compliance.changes import Change
from reports.compliance.document import Made, weekly_document, weeks_before
from reports.compliance.figures import measures, ratios, week_of
from reports.compliance.tables import NOBODY
from reports.cube import Key, over, parse, rows
from reports.facts.frames import Facts
from reports.paper.document import Cell, Column, Document, Hidden, Points, Section, Share
from reports.paper.text import as_json, from_json
from tests.rules.compliance_facts import CODES, PROVINCES, STATIONS, week_facts, week_figures
from tests.rules.same_in_forms import same_in_every_form

WEEK = "2026-W19"
NOW = datetime(2026, 5, 11, 9, tzinfo=SHANGHAI)
SCOPES = [
    "network",
    "province:浙江省",
    "province:=省",
    "station:A",
    "station:A1",
    "station:E",
    "channel:crm",
    "channel:staff",
]
# What no rows stand behind: the difference of two cells, and silences, which are no facts (DUTY-3).
BARE = {("*", "difference"), ("silent", "silences"), ("silent", "minutes")}


@cache
def history() -> dict[str, Facts]:
    """By the name of the report that they are behind; the week before last is missing."""
    rng, weeks = Random(8), [week for week in weeks_before(WEEK) if week != "2026-W17"]
    return {f"{week}-0": week_facts(rng, week, 30) for week in weeks} | {
        "": week_facts(rng, WEEK, 900),
        f"{WEEK}-0": week_facts(rng, WEEK, 300),
    }


@cache
def of_rows(name: str, key: Key) -> int | None:
    measure = measures()[key.measure]
    found = rows(history()[name], measure, key).select(over(measure)).collect().item()
    return None if found is None else int(found)


@cache
def document(scope: str) -> Document:
    past = {
        name[:8]: week_of(week_figures(facts), name) for name, facts in history().items() if name[:8] not in ("", WEEK)
    }
    keys = [Key("orders", "network"), Key("fines_fen", "station", "A"), Key("accept_p90", "province", "浙江省"),
            Key("withdrawn", "channel", "crm")]  # fmt: skip
    changes = tuple(Change(key, of_rows(f"{WEEK}-0", key), of_rows("", key)) for key in keys)
    end = week_bounds(WEEK)[1]
    now = week_of(week_figures(history()[""]))
    return weekly_document(Made(WEEK, scope, now, past, STATIONS, 1, "2017-01-01", NOW, end, changes))


def cells(found: Document) -> Iterator[tuple[Section, str, Column, Cell]]:
    """With what its row is called."""
    for section in found.sections:
        for row in section.rows:
            for column, cell in zip(section.columns, row, strict=True):
                yield section, str(row[0].value), column, cell


@pytest.mark.parametrize("scope", SCOPES)
def test_the_rows_behind_every_cell_give_it_again(scope: str) -> None:
    seen = 0
    for section, first, column, cell in cells(document(scope)):
        where = f"{section.key} {column.name} {cell}"
        assert not isinstance(cell.value, Hidden | datetime), where
        if not cell.opens:
            bare = {("*", column.name), (section.key, column.name)} & BARE or first == NOBODY
            assert cell.value is None or column.kind == "text" or bare, where
            continue
        name, _, key = cell.opens.rpartition("/") if "/" in cell.opens.split("@")[0] else ("", "", cell.opens)
        found = of_rows(name, parse(key))
        seen += 1
        if isinstance(cell.value, Share):
            ratio = ratios()[column.name if column.name in ratios() else _ratio_called(first)]
            part = of_rows(name, Key(ratio.part, parse(key).level, parse(key).code))
            assert (parse(key).measure, cell.value) == (ratio.of, (part, found)), where
        else:
            assert cell.value == found, where
    assert seen > 100


def _ratio_called(name: str) -> str:
    """Where the ratios stand in rows."""
    [code] = [code for code, one in ratios().items() if f"{one.zh} / {one.en}" == name]
    return code


@pytest.mark.parametrize("scope", SCOPES)
def test_every_column_and_row_is_defined_and_the_document_survives_its_json(scope: str) -> None:
    found = document(scope)
    assert from_json(as_json(found)) == found
    assert all(column.says and column.en and column.zh for section in found.sections for column in section.columns)
    assert len({section.key for section in found.sections}) == len(found.sections)
    assert all(" / " in text for text in found.method)
    assert "\n" not in found.line and "周报" in found.line


@pytest.mark.parametrize("scope", ["network", "station:A"])
def test_every_form_has_every_cell(scope: str) -> None:
    assert same_in_every_form(document(scope)) > 100


def additive(section: Section) -> list[int]:
    """Places of the columns whose rows add up."""
    kinds = [at for at, column in enumerate(section.columns) if column.name in measures()]
    return [at for at in kinds if measures()[section.columns[at].name].how in ("count", "sum")]


@pytest.mark.parametrize(
    ("scope", "key"),
    [("network", "provinces"), ("network", "channels"), ("network", "stations"), ("province:浙江省", "stations"),
     ("network", "violations"), ("station:A", "violations")],
)  # fmt: skip
def test_stations_add_up_to_provinces_and_they_to_the_network(scope: str, key: str) -> None:
    section = next(one for one in document(scope).sections if one.key == key)
    assert section.sums and len(additive(section)) >= 5
    for at in additive(section):
        *parts, whole = (row[at].value for row in section.rows)
        assert sum(part for part in parts if isinstance(part, int)) == whole, section.columns[at].name
    shares = [at for at, column in enumerate(section.columns) if column.kind in ("share", "rate")]
    for at in shares:
        *parts, whole = (row[at].value for row in section.rows)
        assert Share(sum(one[0] for one in parts), sum(one[1] for one in parts)) == whole  # type: ignore[index, misc]


def test_no_report_names_stations_that_are_not_its_own() -> None:
    """ROLE-1: of a province its stations, of a station its house; its place is told without names."""
    for scope in SCOPES:
        told = as_json(document(scope))
        kind, _, code = scope.partition(":")
        mine = {
            "network": set(CODES), "channel": set(), "province": {c for c in CODES if PROVINCES[c] == code},
            "station": {c for c in CODES if c == code or STATIONS[c].parent == code},
        }[kind]  # fmt: skip
        assert kind == "channel" or set(re.findall(r"@station:(\w+)", told)) <= mine, scope
        if kind == "station":
            assert not [p for p in set(PROVINCES.values()) - {PROVINCES[code]} if p in told]
    assert "第" in dict(document("station:A").facts)["本省名次 place in its province, 接单及时 accepted in time"]


def test_a_missing_week_is_empty_and_said() -> None:
    found = document("network")
    trend = next(one for one in found.sections if one.key == "trend")
    assert [row[0].value for row in trend.rows] == [*weeks_before(WEEK), WEEK]
    empty = trend.rows[5]
    assert empty[0].value == "2026-W17" and {cell.value for cell in empty[1:]} == {None}
    assert trend.chart is not None and all(
        one.values[5] is None and one.values[7] is not None for one in trend.chart.series
    )
    assert any("2026-W17" in text and "2026-W18" not in text for text in found.method)


def test_without_last_week_there_is_no_difference() -> None:
    now = week_of(week_figures(history()[""]))
    found = weekly_document(Made(WEEK, "network", now, {}, STATIONS, None, "2017-01-01", NOW, NOW))
    for key in ("summary", "rates", "minutes", "money", "withdrawals"):
        section = next(one for one in found.sections if one.key == key)
        assert {row[2].value for row in section.rows} == {row[3].value for row in section.rows} == {None}
    assert "较上周" not in found.line and "(未定稿)" in found.line


def test_difference_is_this_week_less_last_week_and_marks_what_got_worse() -> None:
    sections = {one.key: one for one in document("network").sections}
    for row in (*sections["summary"].rows, *sections["money"].rows):
        assert row[3].value == row[1].value - row[2].value  # type: ignore[operator]
    for row in sections["rates"].rows:
        now, before = row[1].value, row[2].value
        assert isinstance(now, Share) and isinstance(before, Share) and row[3].value == Points(now, before)
        gained = now.part * before.of - before.part * now.of
        assert row[3].warns == (gained > 0 if "误派" in str(row[0].value) else gained < 0)


def test_a_supplement_lists_what_changed_of_its_scope_only() -> None:
    def changed(scope: str) -> list[tuple[str, ...]]:
        return [
            (section.key, str(row[0].value), row[2].opens, row[3].opens)
            for section in document(scope).sections if section.key.startswith("changes_") for row in section.rows
        ]  # fmt: skip

    orders = ("changes_count", "全网 / network", "2026-W19-0/orders@network:", "orders@network:")
    fines = ("changes_fen", 'A =HYPERLINK("x")', "2026-W19-0/fines_fen@station:A", "fines_fen@station:A")
    minutes = ("changes_minutes", "浙江省", "2026-W19-0/accept_p90@province:浙江省", "accept_p90@province:浙江省")
    drawn = ("changes_count", "CRM", "2026-W19-0/withdrawn@channel:crm", "withdrawn@channel:crm")
    assert [one[0::2] for one in changed("network")] == [one[0::2] for one in (orders, drawn, minutes, fines)]
    assert changed("province:浙江省") == [minutes, fines]
    assert changed("station:A") == [fines] and changed("station:A1") == changed("province:=省") == []
    assert [one[2] for one in changed("channel:crm")] == [drawn[2]]


@pytest.mark.parametrize("scope", ["network", "province:浙江省", "station:A", "channel:crm"])
def test_a_week_without_anything(scope: str) -> None:
    """Zero orders: counts are 0, shares and percentiles are of nothing, nobody is ranked."""
    found = weekly_document(
        Made(
            WEEK, scope, week_of(week_figures(week_facts(Random(1), WEEK, 0))), {}, STATIONS, 0, "2017-01-01", NOW, NOW
        )
    )
    sections = {one.key: one for one in found.sections}
    assert {row[1].value for row in sections["summary"].rows} == {0}
    assert {row[1].value for row in sections["minutes"].rows} == {None}
    assert {row[1].value for row in sections["rates"].rows} == {Share(0, 0)}
    assert all(not one.rows for key, one in sections.items() if key.startswith(("best", "worst")))
    assert "接单及时 —" in found.line

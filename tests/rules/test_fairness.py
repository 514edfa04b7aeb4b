"""The fairness report beside a naive count, its hidden rows, and its words."""

from collections import Counter, defaultdict
from random import Random
from typing import Any

import polars as pl
import pytest

from basics.days import shanghai
from reports import cube
from reports.facts.frames import Facts
from reports.fairness.counting import (
    BANDS,
    CAUSES,
    COUNTS,
    DECISIONS,
    DIMENSIONS,
    PASSED,
    band,
    by,
    by_cause,
    by_reviewer,
    finest,
    known,
)
from reports.fairness.hiding import LEAST
from reports.fairness.pages import Counted, fairness
from reports.kinds import Asked
from reports.measures import weekly_measures
from reports.paper.document import Document, Hidden, Section, Share
from reports.paper.text import as_json, from_json
from rulebook.book import packaged
from tests.rules.compliance_facts import week_facts
from tests.rules.facts_scene import NEXT

WEEK = "2026-W19"
EXCUSES = ["", "", "", "late_push", "our_outage", "misrouted", "closure"]
Row = dict[str, Any]


def facts_of(rng: Random, rows: int) -> tuple[Facts, pl.DataFrame, pl.DataFrame]:
    """A random week with excuses of every sort, who decided, and which assignments were misrouted."""
    found = week_facts(rng, WEEK, rows)
    own = found["violations"].collect()
    found["violations"] = own.with_columns(
        pl.Series("violation_id", range(own.height), pl.Int64),
        pl.Series("excuse", [rng.choice(EXCUSES) for _ in range(own.height)], pl.String),
    ).lazy()
    decided = [(number, rng.choice("甲乙丙丙丙")) for number in range(own.height) if rng.random() < 0.9]
    passed = [(row["order_id"], row["seq"], rng.random() < 0.3) for row in own.to_dicts()]
    return (
        found,
        pl.DataFrame(decided, schema=DECISIONS, orient="row"),
        pl.DataFrame(passed, schema=PASSED, orient="row"),
    )


def served(row: Row) -> bool:
    return row["state"] not in ("withdrawn", "held") and row["station"] not in ("", "DATA_CENTRE")


def naive(facts: Facts, passed: set[tuple[int, int]]) -> dict[str, dict[Any, Counter[str]]]:
    """Row by row in plain Python."""
    all_orders = [row for row in facts["orders"].collect().to_dicts() if served(row)]
    size = Counter(row["house"] for row in all_orders)

    def keys(row: Row) -> dict[str, Any]:
        many = sum(size[row["house"]] >= edge for edge in BANDS)
        hour = shanghai(row["created_at"]).hour
        return {"province": row["province"], "size": many, "hour": hour, "channel": row["channel"]}

    found: dict[str, dict[Any, Counter[str]]] = {name: defaultdict(Counter) for name in (*DIMENSIONS, "cause")}
    for row in all_orders:
        for name, key in keys(row).items():
            found[name][key]["orders"] += 1
    for row in facts["violations"].collect().to_dicts():
        cause = row["excuse"] if row["excuse"] in CAUSES else ""
        if not cause and (row["order_id"], row["seq"]) in passed:
            cause = "passed_on"
        stands, gone = row["state"] == "confirmed", row["state"] == "overturned"
        for name, key in {**keys(row), "cause": cause}.items():
            found[name][key].update({
                "suspicions": 1, "fines": stands, "fines_fen": row["fine_fen"] * stands, "caused": bool(cause),
                "caused_fines": stands and bool(cause), "fined": stands or gone, "overturned": gone,
                "appealed": row["appealed"] and (stands or gone),
            })  # fmt: skip
    return found


@pytest.mark.parametrize("seed", range(4))
def test_every_figure_counted_again(seed: int) -> None:
    facts, decisions, passed = facts_of(Random(seed), (0, 1, 60, 700)[seed])
    cases = known(facts["violations"], decisions, passed)
    counts = finest(facts, cases)
    wrong = {(one, seq) for one, seq, was in passed.rows() if was}
    expected = naive(facts, wrong)
    for name in DIMENSIONS:
        table = {row["key"]: row for row in by(counts, name).to_dicts()}
        assert table.keys() == expected[name].keys() and list(table) == sorted(table)
        assert all(table[key][one] == expected[name][key][one] for key in table for one in COUNTS)
    causes = by_cause(cases).to_dicts()
    assert [row["key"] for row in causes] == [*CAUSES, ""]
    assert all(row[one] == expected["cause"][row["key"]][one] for row in causes for one in ("suspicions", "fines"))
    who = dict(decisions.rows())
    own = [row | {"by": who.get(row["violation_id"], "")} for row in facts["violations"].collect().to_dicts()]
    assert by_reviewer(cases).rows() == [
        (
            name,
            sum(row["by"] == name for row in own),
            sum(row["by"] == name and row["state"] in ("confirmed", "overturned") for row in own),
            sum(row["by"] == name and row["state"] == "confirmed" for row in own),
            sum(row["fine_fen"] for row in own if row["by"] == name and row["state"] == "confirmed"),
            sum(row["by"] == name and row["state"] == "overturned" for row in own),
        )
        for name in sorted({row["by"] for row in own} - {""})
    ]


def test_a_size_begins_with_its_edge() -> None:
    table = pl.DataFrame({"orders": [0, BANDS[0] - 1, BANDS[0], BANDS[-1] - 1, BANDS[-1]]})
    assert table.select(band(pl.col("orders"))).to_series().to_list() == [0, 0, 1, len(BANDS) - 1, len(BANDS)]


# ---- the document


def counted(of: dict[str, Row], reviewers: list[Row] | None = None, causes: dict[str, int] | None = None) -> Counted:
    """Provinces with these counts, and one channel with them all."""
    rows = [{"key": key, **dict.fromkeys(COUNTS, 0), **some} for key, some in of.items()]
    whole = {"key": "crm", **{name: sum(row[name] for row in rows) for name in COUNTS}}
    schema = {"key": pl.String, **dict.fromkeys(COUNTS, pl.Int64)}
    names = ("decided", "fined", "fines", "fines_fen", "overturned")
    why = [{"key": key, "suspicions": (causes or {}).get(key, 0), "fines": 0, "fines_fen": 0} for key in (*CAUSES, "")]
    return Counted(
        {"province": pl.DataFrame(rows, schema=schema), "channel": pl.DataFrame([whole], schema=schema)},
        pl.DataFrame(reviewers or [], schema={"key": pl.String, **dict.fromkeys(names, pl.Int64)}),
        pl.DataFrame(why, schema={"key": pl.String, "suspicions": pl.Int64, "fines": pl.Int64, "fines_fen": pl.Int64}),
    )


def made_of(of: Counted, scope: str = "network") -> Document:
    return fairness(Asked("fairness", "2026-05", NEXT, packaged(), scope), of)


def table(made: Document, key: str) -> dict[str, dict[str, Any]]:
    [section] = [one for one in made.sections if one.key == key]
    assert isinstance(section, Section)
    names = [column.name for column in section.columns]
    return {str(row[0].value): dict(zip(names, (cell.value for cell in row), strict=True)) for row in section.rows}


def some(suspicions: int, fined: int, overturned: int = 0, orders_: int = 1_000, **more: int) -> Row:
    fines = fined - overturned
    return {
        "orders": orders_, "suspicions": suspicions, "fined": fined, "overturned": overturned, "fines": fines,
        "fines_fen": 10_000 * fines, **more,
    }  # fmt: skip


def test_few_cases_are_hidden_and_cannot_be_computed() -> None:
    """甲 has one too few, 丙 is the smallest other; 乙 has exactly enough suspicions, but too few fines to say what
    share of them fell."""
    of = {"甲": some(LEAST - 1, 2), "乙": some(LEAST, 4, 1), "丙": some(LEAST, 5), "丁": some(80, 60, 30)}
    made = made_of(counted(of))
    fines, fallen = table(made, "fines_province"), table(made, "appeals_province")
    shown = {key for key, row in fines.items() if not isinstance(row["suspicions"], Hidden)}
    assert shown == {"丙", "丁", "合计 / total"}, "ties go by the order of the table: 乙 before 丙"
    assert fines["甲"]["orders"] == 1_000 and fines["甲"]["fines_fen"] == fines["甲"]["interval"] == Hidden(LEAST)
    assert fines["丁"]["per_1000"] == Share(30_000, 1_000) and fines["丁"]["interval"] == "21.01 – 42.83"
    assert {key for key, row in fallen.items() if isinstance(row["fined"], Hidden)} == {"甲", "乙"}
    assert fallen["丁"]["overturned_share"] == Share(30, 60) and fallen["丁"]["interval"] == "37.7% – 62.3%"
    [section] = [one for one in made.sections if one.key == "fines_province"]
    assert section.chart is not None and section.chart.series[0].values == (None, None, 5.0, 30.0)
    assert not [cell for row in section.rows for cell in row if isinstance(cell.value, Hidden) and cell.opens]


def test_a_row_hidden_for_few_suspicions_is_hidden_among_appeals_too() -> None:
    """That none of 甲 was fined would tell what 乙, hidden with it, was fined; and both what the total leaves."""
    of = {"甲": some(4, 0), "乙": some(20, 10, 5), "丙": some(90, 60, 20)}
    told = table(made_of(counted(of)), "appeals_province")
    assert [row["fined"] for row in told.values()] == [Hidden(5), Hidden(5), 60, 70]
    facts = dict(made_of(counted({"甲": some(40, 4, 1)})).facts)
    assert facts["撤销率 overturned share"] == "<5" and facts["每千单罚款 fines per 1,000 orders"] == "3.00"


def test_hidden_causes_are_not_told_by_the_share_of_all() -> None:
    """One cause of three: the two hide each other. All causes together too few: what is left is hidden with them, and
    so is their share wherever it stands."""
    of = {"甲": some(60, 40, caused=12), "乙": some(40, 20)}
    causes = table(made_of(counted(of, causes={"misrouted": 4, "late_push": 8, "": 88})), "causes")
    assert [row["suspicions"] for row in causes.values()] == [Hidden(5), 0, 0, Hidden(5), 0, 88, 100]
    few = made_of(counted({"甲": some(60, 40, caused=3), "乙": some(40, 20)}, causes={"misrouted": 3, "": 97}))
    assert [row["suspicions"] for row in table(few, "causes").values()] == [Hidden(5), 0, 0, 0, 0, Hidden(5), 100]
    assert {row["caused"] for row in table(few, "fines_province").values()} == {Hidden(5)}
    tiny = table(made_of(counted({"甲": some(4, 4)}, causes={"": 4})), "causes")
    assert {value for row in tiny.values() for value in list(row.values())[1:]} == {Hidden(5)}, "no interval tells of 4"
    assert dict(few.facts)["疑似中总部或故障所致 suspicions caused by HQ"] == "<5"


def test_reviewers_fines_hide_with_what_fell() -> None:
    """Of seven decisions three were fines: that is shown, and what became of three is not; nor of the next fewest."""
    rows = [
        {"key": "a", "decided": 7, "fined": 3, "fines": 2, "fines_fen": 2, "overturned": 1},
        {"key": "b", "decided": 90, "fined": 50, "fines": 40, "fines_fen": 40, "overturned": 10},
        {"key": "c", "decided": 90, "fined": 60, "fines": 58, "fines_fen": 58, "overturned": 2},
    ]
    told = table(made_of(counted({}, rows)), "reviewers")
    assert [row["confirmed_share"] for row in told.values()] == [
        Share(3, 7), Share(50, 90), Share(60, 90), Share(113, 187),
    ]  # fmt: skip
    assert [row["fines"] for row in told.values()] == [Hidden(5), Hidden(5), 58, 100]
    assert [row["overturned"] for row in told.values()] == [Hidden(5), Hidden(5), 2, 13]


def test_what_chance_explains_and_what_it_does_not() -> None:
    """30 against 60 fines of 1,000 orders each: 10; and the words name who is most surely high."""
    of = {"甲": some(100, 60, 30), "乙": some(100, 61, 1), "丙": some(3, 3, orders_=2), "丁": some(50, 40, 10)}
    made = made_of(counted(of))
    [section] = [one for one in made.sections if one.key == "fines_province"]
    zh, _, en = section.note.partition(" / ")
    assert "差异大于偶然" in zh and "最高 乙 60.00" in zh and "丙" not in zh
    assert "more than chance" in en and "lowest 甲 30.00" in en
    rows = table(made, "chance")
    assert rows["撤销率:按省份 / overturned share by province"]["groups"] == 3
    assert rows["撤销率:按省份 / overturned share by province"]["p"] == "<0.001"
    assert rows["撤销率:按渠道 / overturned share by channel"]["groups"] is None
    equal = made_of(counted({"甲": some(100, 60, 30), "乙": some(100, 60, 30)}))
    assert "不超出偶然" in equal.sections[2].note and "最高" not in equal.sections[2].note
    assert "1 项" not in equal.line and "0 项差异大于偶然" in equal.line


def test_the_statistic_tells_nothing_of_hidden_groups() -> None:
    """甲 and 乙 are hidden and have 20 fines together: whichever of them has how many, the report is the same."""
    rest = {"丙": some(200, 190), "丁": some(300, 210)}
    one, other = ({"甲": some(4, 1), "乙": some(40, 19), **rest}, {"甲": some(4, 4), "乙": some(40, 16), **rest})
    first, second = made_of(counted(one)), made_of(counted(other))
    assert as_json(first) == as_json(second)
    assert table(first, "chance")["每千单罚款:按省份 / fines per 1,000 orders by province"]["groups"] == 3


def test_every_table_says_what_it_means() -> None:
    """Both languages, a definition for every column, stable codes, the same out of JSON; a province has none of
    provinces, and opens nothing that the cube cannot name."""
    made = made_of(counted({"甲": some(100, 60, 30), "乙": some(100, 61, 1)}))
    assert from_json(as_json(made)) == made and len(made.method) > 4 and "公平性 2026-05" in made.line
    for section in made.sections:
        assert len({column.name for column in section.columns}) == len(section.columns)
        for column in section.columns:
            assert column.zh and column.en and (" / " in column.says or column.name == "question")
    own = made_of(counted({"甲": some(100, 60, 30)}), "province:甲")
    assert not [one.key for one in own.sections if one.key.endswith("province")]
    opens = {cell.opens for one in own.sections for row in one.rows for cell in row} - {""}
    assert opens == {f"{code}@province:甲" for code in ("orders", "confirmed", "fines_fen", "overturned")}


def test_a_cell_opens_the_rows_that_it_counts() -> None:
    facts, decisions, passed = facts_of(Random(7), 500)
    cases = known(facts["violations"], decisions, passed)
    counts = finest(facts, cases)
    made = made_of(Counted({one: by(counts, one) for one in DIMENSIONS}, by_reviewer(cases), by_cause(cases)))
    measures, checked = {one.code: one for one in weekly_measures()}, 0
    for cell in (cell for section in made.sections for row in section.rows for cell in row if cell.opens):
        key = cube.parse(cell.opens)
        rows = cube.rows(facts, measures[key.measure], key)
        assert rows.select(cube.over(measures[key.measure])).collect().item() == cell.value
        checked += 1
    assert checked == 4 * (3 + 3 + 4), "three provinces, three channels, and the whole in four tables"

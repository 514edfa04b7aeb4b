"""The forms of a report: every value comes back from JSON, no text is ever a formula or markup."""

import csv
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO, StringIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from reports.paper import pdf
from reports.paper.document import Cell, Chart, Column, Document, Hidden, Kind, Points, Section, Series, Share, Value
from reports.paper.drawing import drawn
from reports.paper.pdf import as_pdf
from reports.paper.shown import shown
from reports.paper.text import NotADocument, as_csv, as_json, as_text, from_json, section_csv
from reports.paper.xlsx import as_xlsx
from tests.pdf import pages_of

AT = datetime(2026, 5, 11, 1, 0, 0, 250_000, tzinfo=UTC)
HOSTILE = (
    "=1+1", "+1", "-1", "@cmd", "\tx", "\rx", "#strong[x] $y$ *z* `c` \\ @ref <label>", "<r><t>x</r>", "&amp;<b>",
    "𠮷野家", "مرحبا", "x" * 90, "_x0041_", "{{ 7 }}", "a\x0bb\ufffe", "//", "- 1", "= 标题",
)  # fmt: skip
COLUMNS = (
    Column("name", "网点", "station", "text", width=20),
    Column("orders", "订单", "orders", "count", "本周创建 / created in the week"),
    Column("fines_fen", "罚款", "fines", "fen"),
    Column("took", "用时", "took", "minutes"),
    Column("rate", "及时率", "in time", "share"),
    Column("over", "较上周", "over last week", "points"),
    Column("per", "每千单", "per 1,000", "rate"),
    Column("at", "时刻", "at", "time"),
    Column("day", "日", "day", "day"),
)


def row(name: str, orders: Value | Hidden = 3) -> tuple[Cell, ...]:
    return (
        Cell(name), Cell(orders, "orders@station:A"), Cell(-123456), Cell(90), Cell(Share(1, 3), warns=True),
        Cell(Points(Share(1, 3), Share(1, 2))), Cell(Share(5, 2)), Cell(AT), Cell("2026-05-04"),
    )  # fmt: skip


def document(*sections: Section) -> Document:
    return Document(
        "weekly", "周报", "Weekly", "2026-W19", "network", 0, "2026-05", AT, sections,
        (("订单 orders", "=3"),), ("方法一 / one",), "一句话", (("订单 orders", "=本周"),),
    )  # fmt: skip


def table(rows: tuple[tuple[Cell, ...], ...], sums: bool = False, key: str = "stations", zh: str = "网点") -> Section:
    return Section(key, zh, "Stations", COLUMNS, rows, sums, "=note")


EVIL = document(table(tuple(row(text) for text in HOSTILE)))

words = st.text(max_size=8)
counts = st.integers(-(10**20), 10**20)
shares = st.builds(Share, counts, counts)
instants = st.datetimes(timezones=st.just(UTC))
values = st.one_of(
    st.none(), words, counts, instants, shares, st.builds(Points, shares, shares), st.builds(Hidden, counts)
)
kinds: st.SearchStrategy[Kind] = st.sampled_from(
    ["text", "count", "fen", "minutes", "share", "points", "rate", "time", "day"]
)
floats = st.one_of(st.none(), counts, st.floats(allow_nan=False, allow_infinity=False))


@st.composite
def sections(draw: st.DrawFn) -> Section:
    columns = draw(st.lists(st.builds(Column, words, words, words, kinds, words, st.integers(1, 60)), max_size=3))
    cells = st.tuples(*(st.builds(Cell, values, words, st.booleans()) for _ in columns))
    series = st.lists(st.builds(Series, words, words, words, st.lists(floats, max_size=3).map(tuple)), max_size=2)
    charts = st.builds(
        Chart, st.sampled_from(["line", "bar"]), kinds, st.lists(words, max_size=3).map(tuple), series.map(tuple)
    )
    rows = tuple(draw(st.lists(cells, max_size=3)))
    return Section(draw(words), "表", "t", tuple(columns), rows, draw(st.booleans()), "", draw(st.none() | charts))


@given(st.lists(sections(), max_size=2), st.none() | st.integers(0, 3), instants)
def test_what_json_says_is_the_document(those: list[Section], number: int | None, at: datetime) -> None:
    made = replace(document(*those), number=number, made_at=at)
    again = from_json(as_json(made))
    assert again == made
    found = [cell.value for one in again.sections for line in one.rows for cell in line]
    were = [cell.value for one in made.sections for line in one.rows for cell in line]
    assert [type(value) for value in found] == [type(value) for value in were]  # a Share equals a bare pair of counts
    assert list(csv.reader(StringIO(as_csv(made)))) and as_text(made)


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", "null", '{"form":2}', as_json(document()).replace('"form":1', '"form":2')]
)
def test_other_json_is_no_document(text: str) -> None:
    with pytest.raises(NotADocument):
        from_json(text)


@pytest.mark.parametrize(
    ("kind", "value", "says"),
    [
        ("fen", -5, "-0.05"), ("fen", 123456, "1,234.56"), ("count", 1234, "1,234"), ("share", Share(0, 0), "—"),
        ("share", Share(1, 2000), "0.1%"), ("share", Share(9999, 10000), "100.0%"), ("share", Share(-1, 3), "-33.3%"),
        ("points", Points(Share(1, 2), Share(1, 4)), "+25.0"), ("points", Points(Share(1, 2), Share(1, 2)), "0.0"),
        ("points", Points(Share(1, 4), Share(1, 2)), "-25.0"), ("points", Points(Share(0, 0), Share(1, 2)), "—"),
        ("rate", Share(5, 2), "2.50"), ("time", AT, "2026-05-11 09:00:00"), ("day", AT, "2026-05-11"),
        ("text", None, "—"), ("text", "", ""), ("count", Hidden(5), "<5"), ("share", Share(-1, 3000), "0.0%"),
    ],
)  # fmt: skip
def test_how_a_figure_is_written(kind: Kind, value: Value | Hidden, says: str) -> None:
    assert shown(kind, value) == says


def test_csv_holds_the_counts_of_a_share_and_disarms_text() -> None:
    [line] = csv.DictReader(StringIO(section_csv(document(table((row("=1+1"),))), "stations")))
    assert line["name"] == "'=1+1" and line["fines_fen"] == "-1234.56" and line["rate"] == "0.333333"
    assert (line["rate.part"], line["rate.of"], line["at"]) == ("1", "3", "2026-05-11T09:00:00+08:00")
    assert (line["over"], line["over.part"], line["over.before_of"]) == ("-16.666667", "1", "2")
    long = list(csv.DictReader(StringIO(as_csv(document(table((row("=1+1"),)))))))
    of = {one["column"]: one for one in long if one["section"] == "stations"}
    assert of["name"]["value"] == "'=1+1" and of["orders"]["rows"] == "orders@station:A" and of["rate"]["of"] == "3"
    assert {one["value"] for one in long if one["column"] == "订单 orders"} == {"'=3"}
    with pytest.raises(KeyError):
        section_csv(EVIL, "none")


def test_a_workbook_has_tables_and_no_formula() -> None:
    """G-13, 11.1."""
    file = as_xlsx(EVIL)
    assert file == as_xlsx(from_json(as_json(EVIL)))
    book: Any = load_workbook(BytesIO(file))
    cells = [cell for sheet in book for line in sheet.iter_rows() for cell in line]
    assert not [cell for cell in cells if cell.data_type == "f"] and "=1+1" in [cell.value for cell in cells]
    sheet = book["网点"]
    assert dict(sheet.tables.items()) == {"table_3": f"A1:I{len(HOSTILE) + 1}"} and sheet.freeze_panes == "B2"
    texts = [line[0].value for line in sheet.iter_rows(min_row=2)]
    kept = [text for text in HOSTILE if text.isprintable() and not text.startswith(("<r>", "_x"))]
    assert [text for text in kept if text not in texts] == [] and "<r><t>x</r> " in texts
    first = [(cell.value, cell.number_format) for cell in sheet[2]]
    assert first[1:4] == [(3, "#,##0"), (-1234.56, "#,##0.00;[Red]-#,##0.00"), (90, "#,##0")]
    assert first[4] == (pytest.approx(1 / 3), "0.0%") and first[5][0] == pytest.approx(-100 / 6)
    assert [str(value) for value, _ in first[7:9]] == ["2026-05-11 09:00:00", "2026-05-04 00:00:00"]
    assert book.sheetnames == ["概要", "网点", "说明"]
    assert "=note" in [cell.value for line in book["说明"].iter_rows() for cell in line]


def test_sheets_and_columns_have_names_that_a_workbook_may_have() -> None:
    long = "很长的名字" * 10
    titles = ["概要", "a/b*c?[d]:e\\f", long, long, "''", "History", "X", "x", ""]
    twice = (COLUMNS[0], replace(COLUMNS[0], en="STATION"), replace(COLUMNS[0], zh="", en=""))
    made = document(
        *(table((), zh=zh, key=f"k{at}") for at, zh in enumerate(titles)),
        Section(
            "twice", "twice", "", twice, ((Cell("1"), Cell("2"), Cell("3")), (Cell("Σ"), Cell(""), Cell(None))), True
        ),
        Section("sum", "sum", "", COLUMNS[:1], ((Cell("Σ"),),), True),
        Section("bare", "bare", "", (), ()),
    )
    book: Any = load_workbook(BytesIO(as_xlsx(made)))
    names = book.sheetnames
    assert len(names) == len(titles) + 5 == len({name.casefold() for name in names})
    assert all(0 < len(name) <= 31 and not set(name) & set("[]:*?/\\") and name.strip("'") == name for name in names)
    tables = [name for sheet in book for name in sheet.tables]
    assert len(tables) == len(set(tables)) == len(titles) + 2
    heads = [cell.value for cell in book["twice"][1]]
    assert heads == ["网点 station", "网点 STATION (2)", "name"]
    assert book["twice"].tables["table_12"].ref == "A1:C2" and book["twice"]["A3"].value == "Σ"
    assert book["sum"]["A3"].value == "Σ"  # a table has at least one row: the sum is below it


def test_a_text_longer_than_a_cell_is_cut_and_a_number_beyond_a_float_stays_whole() -> None:
    book: Any = load_workbook(BytesIO(as_xlsx(document(table((row("𠮷" * 20_000, 10**15 + 1),))))))
    long, exact = book["网点"]["A2"].value, book["网点"]["B2"].value
    assert long == "𠮷" * 16_383 + "…" and exact == str(10**15 + 1)


def test_paper_says_what_the_text_says() -> None:
    pages = ["".join(page).replace(" ", "") for page in pages_of(as_pdf(EVIL))]
    whole = "".join(pages)
    for text in HOSTILE:
        if text.isascii() and text.isprintable():
            assert text.replace(" ", "") in whole, text
    assert "𠮷野家" in whole and "▲33.3%" in whole and "-1,234.56" in whole and "方法一" in whole
    assert f"第1页/共{len(pages)}页" in pages[0] and as_pdf(EVIL) == as_pdf(from_json(as_json(EVIL)))


def test_a_long_table_repeats_its_head_and_a_wide_one_is_split(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = tuple(row(f"第{number:03d}号") for number in range(120))
    pages = ["".join(page) for page in pages_of(as_pdf(document(table(rows))))]
    assert all("station" in page for page in pages if "号" in page) and len(pages) > 2
    wide = replace(table(rows[:2]), columns=COLUMNS[:1] + COLUMNS[1:] * 4, rows=(rows[0][:1] + rows[0][1:] * 4,))
    text = "".join("".join(page) for page in pages_of(as_pdf(document(wide))))
    assert text.count("第000号") == 2 and text.count("-1,234.56") == 4
    monkeypatch.setattr(pdf, "MOST", 10 * len(COLUMNS))
    short = "".join("".join(page) for page in pages_of(as_pdf(document(table(rows, sums=True)))))
    assert "第008号" in short and "第119号" in short and "第009号" not in short and "110" in short


@pytest.mark.parametrize("shape", ["line", "bar"])
@pytest.mark.parametrize("values", [(), (None, None), (0, 0), (5, 5), (-3, 7), (0.9, None, 1.0), (10**9, 1), (1e-9, 0)])
def test_what_is_drawn_lies_on_the_paper(shape: Any, values: tuple[float | None, ...]) -> None:
    chart = Chart(shape, "share", tuple(str(at) for at in range(len(values))), (Series("a", "甲", "a", values),))
    made = drawn(chart)
    if made["shape"] != "none":
        heights = [y for one in made["series"] for y in one["y"] if y is not None] + [at for at, _ in made["ticks"]]
        assert all(-1e-9 <= y <= 1 + 1e-9 for y in heights) and 2 <= len(made["ticks"]) <= 7
        assert shape == "line" or 0 <= made["zero"] <= 1
    assert as_pdf(document(replace(table((row("a"),)), chart=chart)))

"""STATEMENT-1, I-18: a house's statement is its account, line by line and in sum, whatever was booked, closed or
reversed; and every form of it says the same."""

import csv
import random
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from io import BytesIO, StringIO
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import Engine, event

from basics.days import iso, shanghai
from penalties import actions, lifecycle
from penalties.booking.queries import balances
from penalties.statements.entry import Statement
from penalties.statements.queries import balance_of, houses, months_of, settled_of, statement
from people.access import EVERYWHERE, Scope
from reports.statement import COLUMNS, as_csv, table
from reports.statement_pdf import as_pdf
from reports.statement_xlsx import as_xlsx
from storage.session import writing
from storage.tables.dispatch import orders
from tests.pdf import words_of
from tests.rules.months import Months, at
from tests.rules.statement_scene import HOUSES, NAMES, by_hand, check, close, naive, scenario


@pytest.fixture
def months(engine: Engine) -> Iterator[Months]:
    with writing(engine) as conn:
        yield Months(conn)


@pytest.mark.parametrize("seed", range(12))
def test_statement_1_random_ledgers(months: Months, seed: int) -> None:
    scenario(months, random.Random(seed))
    for house in HOUSES:
        check(months, house)
    assert sum(balance_of(months.conn, house) for house in HOUSES) == sum(
        fen for account, fen in balances(months.conn).items() if account in HOUSES
    )


def test_statement_1_each_entry_says_what_it_rests_on(months: Months) -> None:
    """By hand: two fines, one of a level-2 station and reversed, money by hand; then the settlement of January."""
    kept, fell = months.fine("A", "1-05"), months.fine("A1", "1-06", 50_000, "V-FALSE-WAYBILL")
    months.overturn(fell, now="1-20 08:00")
    by_hand(months, "A", -20_000, "1-21")
    months.order("B", "1-07")
    [one] = check(months, "A")
    said = [(entry.kind, entry.station, entry.rule, entry.amount_fen, entry.balance_fen) for entry in one.entries]
    assert said == [
        ("fine", "A", "V-ACCEPT", 10_000, 10_000),
        ("fine", "A1", "V-FALSE-WAYBILL", 50_000, 60_000),
        ("reversal", "A1", "V-FALSE-WAYBILL", -50_000, 10_000),
        ("adjustment", "A", "ROLE-3", -20_000, -10_000),
    ]
    steps = [entry.step for entry in one.entries]
    assert [(step.state, step.by, step.reason) for step in steps[:3] if step] == [
        ("confirmed", "HQ", "查实"), ("confirmed", "HQ", "查实"), ("overturned", "HQ", "查实"),
    ]  # fmt: skip
    assert steps[2] and steps[2].at == at("1-20 08:00") and steps[3] is None
    asked = one.entries[3].request
    assert asked and (asked.maker, asked.checker) == ("财务甲 #1", "财务乙 #2") and "13812345678" not in asked.reason
    months.order("A", "2-02")
    months.settled("2026-02", "3-02")  # clean, online: 60 % of what is left of January's fines come back
    [_, second] = check(months, "A")
    refund = next(entry for entry in second.entries if entry.kind == "refund_1")
    assert refund.amount_fen == -6_000 and refund.settled and (refund.settled.month, refund.settled.number) == (
        "2026-02", 0,
    )  # fmt: skip
    assert next(row.seq for row in settled_of(months.conn, "A")) == refund.seq
    assert kept


def test_statement_1_a_reversal_after_the_close_is_in_the_month_that_is_open(months: Months) -> None:
    """LEDGER: with both dates; the closed month's statement stays as it was to the byte."""
    fell = months.fine("A", "1-05")
    months.order("B", "1-07")
    months.settled("2026-01", "2-02")
    close(months, "2026-01", "2-05")
    before = as_csv(table(statement(months.conn, "A", "2026-01"), NAMES))
    months.overturn(fell, now="2-20 10:00")
    assert as_csv(table(statement(months.conn, "A", "2026-01"), NAMES)) == before
    first, second = check(months, "A")
    assert first.closing_fen == second.opening_fen == 10_000 and first.closed_at == at("2-05")
    [entry] = second.entries
    assert (entry.kind, entry.amount_fen, entry.balance_fen) == ("reversal", -10_000, 0)
    assert entry.happened_at == at("2-20 10:00") and second.closed_at is None


def test_statement_1_a_reversal_in_an_open_month_is_in_the_month_of_its_fine(months: Months) -> None:
    fell = months.fine("A", "1-31 23:59:59")
    months.overturn(fell, now="2-20 10:00")
    [one] = check(months, "A")
    assert one.month == "2026-01" and [shanghai(entry.happened_at).month for entry in one.entries] == [1, 2]
    assert statement(months.conn, "A", "2026-02").entries == ()


def test_role_1_a_level_2_station_has_its_part_and_no_balance(months: Months) -> None:
    months.fine("A", "1-05")
    months.fine("A1", "1-06", 700)
    by_hand(months, "A", -20_000, "1-21")
    part = statement(months.conn, "A", "2026-01", "A1")
    assert part.is_part and part.opening_fen == 0 and part.closing_fen == 700
    assert [entry.station for entry in part.entries] == ["A1"]
    assert [(one.entries, one.closing_fen) for one in months_of(months.conn, "A", "A1")] == [(1, 700)]
    made = table(part, NAMES)
    assert "余额" not in str(made.rows) and "小计" in str(made.rows)


def test_a_statement_is_of_one_ledger_whatever_its_length(months: Months) -> None:
    """No query per row."""
    counted, seen = [], []

    def listen(*given: Any) -> None:
        seen.append(given[2])

    for fines in (1, 12):
        for day in range(fines):
            months.fine("A", f"1-{day + 1:02d} 1{fines % 10}:00")
        seen.clear()
        event.listen(months.conn, "before_cursor_execute", listen)
        statement(months.conn, "A", "2026-01")
        event.remove(months.conn, "before_cursor_execute", listen)
        counted.append(len(seen))
    assert counted[0] == counted[1] <= 8


def test_role_2_a_reason_repeats_nothing_of_the_customer(months: Months) -> None:
    one = months.suspicion("A", "1-05")
    content = {"sender": {"name": "欧阳金丝雀"}, "address": "浙江省杭州市西湖区文三路9876号4幢501室"}
    months.conn.execute(orders.update().values(content=content))
    reason = "欧阳金丝雀 13877665544 在 9876号4幢501室 投诉"

    assert actions.change(
        months.conn, [actions.Change(one, lifecycle.CONFIRM, at("1-06"), "HQ", reason)], at("1-06")
    ) == [None]
    text = as_csv(table(statement(months.conn, "A", "2026-01"), NAMES))
    assert "投诉" in text
    for canary in ("金丝雀", "13877665544", "9876号", "501室"):
        assert canary not in text


def test_role_1_whose_accounts_are_listed(months: Months) -> None:
    months.fine("A1", "1-06", 700)
    every = houses(months.conn, EVERYWHERE)
    assert [(row.code, fen) for row, fen in every.rows] == [("A", 700), ("B", 0), ("C", 0), ("D", 0), ("W", 0)]
    assert [row.code for row, _ in houses(months.conn, Scope(province="西省")).rows] == ["W"]
    assert [row.code for row, _ in houses(months.conn, Scope(stations=frozenset({"B", "A1"}))).rows] == ["B"]
    assert [row.code for row, _ in houses(months.conn, EVERYWHERE, "点c").rows] == ["C"]
    assert houses(months.conn, EVERYWHERE, "%").rows == []
    first = houses(months.conn, EVERYWHERE, limit=2)
    assert first.following == "B" and [row.code for row, _ in houses(months.conn, EVERYWHERE, "", "B", 2).rows] == [
        "C",
        "D",
    ]


# ---- every form of it -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_statement_1_csv_xlsx_and_pdf_equal_the_ledger_line_by_line(months: Months) -> None:
    scenario(months, random.Random(3))
    compared = 0
    for house in HOUSES:
        for one in check(months, house):
            made = table(one, NAMES)
            lines = [(row, fen) for row, fen in naive(months)[house] if row.month == one.month]
            _csv_is(as_csv(made), one, lines)
            _xlsx_is(as_xlsx(made), one, lines)
            _pdf_is(as_pdf(made), one, lines, made.digest)
            compared += len(lines)
    assert compared > 10


def _csv_is(text: str, one: Statement, lines: list[Any]) -> None:
    rows = list(csv.DictReader(StringIO(text)))
    assert [row["seq"] for row in rows[1:-1]] == [str(posting.seq) for posting, _ in lines]
    assert [Decimal(row["amount"]) * 100 for row in rows[1:-1]] == [fen for _, fen in lines]
    assert [row["happened_at"] for row in rows[1:-1]] == [iso(posting.happened_at) for posting, _ in lines]
    assert [row["key"] for row in rows[1:-1]] == [posting.key for posting, _ in lines]
    assert (
        Decimal(rows[0]["balance"]) * 100 == one.opening_fen and Decimal(rows[-1]["balance"]) * 100 == one.closing_fen
    )
    assert sum(Decimal(row["amount"]) for row in rows[1:-1]) * 100 == one.closing_fen - one.opening_fen


def _xlsx_is(content: bytes, one: Statement, lines: list[Any]) -> None:
    book: Any = load_workbook(BytesIO(content))
    sheet, definitions = book["对账单"], book["说明"]
    assert sheet.freeze_panes == "A2"
    head, first, *rows, last = list(sheet.iter_rows())
    assert [cell.value.split("\n")[1] for cell in head] == [column.name for column in COLUMNS]
    for row, (posting, fen) in zip(rows, lines, strict=True):
        amount = row[8]
        assert amount.data_type == "n" and round(amount.value * 100) == fen and "#,##0.00" in amount.number_format
        assert row[0].value == posting.seq and row[10].value == posting.key
        assert row[2].is_date and row[2].value == shanghai(posting.happened_at).replace(tzinfo=None, microsecond=0)
    assert round(first[9].value * 100) == one.opening_fen and round(last[9].value * 100) == one.closing_fen
    assert not [cell for each in book for row in each.iter_rows() for cell in row if cell.data_type == "f"]
    said = {row[0].value for row in definitions.iter_rows()}
    assert {f"{column.zh} {column.name}" for column in COLUMNS} <= said


def _pdf_is(content: bytes, one: Statement, lines: list[Any], digest: str) -> None:
    words = words_of(content)
    text = "".join(words)
    assert digest in text and "对账单" in text
    at_last = 0
    for entry, (posting, fen) in zip(one.entries, lines, strict=True):
        key = text.index(posting.key, at_last)
        row, at_last = text[at_last:key], key
        assert str(posting.seq) in row and row.endswith(_written(fen) + _written(entry.balance_fen)), row


def _written(fen: int) -> str:
    return f"{'-' if fen < 0 else ''}{abs(fen) // 100:,}.{abs(fen) % 100:02d}"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_text_is_no_formula_and_the_same_entries_are_the_same_bytes(months: Months) -> None:
    one = months.fine("A", "1-05")
    conn = months.conn
    found = statement(conn, "A", "2026-01")
    [entry] = found.entries
    assert entry.step and one
    evil = replace(entry, station="=1+1", logistics_no="@cmd", step=replace(entry.step, reason="=HYPERLINK(0)"))
    made = table(replace(found, entries=(evil,)), {})
    rows = list(csv.DictReader(StringIO(as_csv(made))))
    assert rows[1]["station"] == "'=1+1" and rows[1]["logistics_no"] == "'@cmd"
    book: Any = load_workbook(BytesIO(as_xlsx(made)))
    cells = [cell for row in book["对账单"].iter_rows() for cell in row]
    assert "=1+1" in [cell.value for cell in cells] and not [cell for cell in cells if cell.data_type == "f"]
    assert as_xlsx(made) == as_xlsx(made) and as_pdf(made) == as_pdf(made)

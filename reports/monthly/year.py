"""Twelve months beside each other: orders, rates, violations, and what the accounts moved."""

from collections.abc import Mapping

from reports.compliance.figures import Week, column, row
from reports.compliance.sections import LINES
from reports.monthly.compliance import of_the_month
from reports.monthly.money import Account
from reports.monthly.sections import statements
from reports.paper.document import Cell, Chart, Column, Section, Series

CODES = ("orders", "accept_rate", "pickup_rate", "promise_rate", "suspected", "confirmed", "overturned", "fines_fen")


def year_sections(accounts: Mapping[str, Account], figures: Mapping[str, Week], scope: str) -> list[Section]:
    """`figures`: of the months that have begun."""
    level, _, code = scope.partition(":")
    columns = (Column("month", "月份", "month", "text", "", 10), *(column(one) for one in CODES))
    # Their rows are opened from the month's own report: a cell of the cube is of one period.
    lines = tuple(
        (Cell(month), *(Cell(one.value) for one in row(week, CODES, level, code))) for month, week in figures.items()
    )
    series = tuple(_line(figures, one, level, code) for one in LINES)
    chart = Chart("line", "share", tuple(figures), series)
    orders = Section("months", "各月", "Months", columns, lines, chart=chart)
    money = statements(list(accounts.values()), None, ("month", "月份", "month"))
    bars = tuple(
        Series(kind, names[0], names[1], tuple(abs(one.moved.get(kind, 0)) for one in accounts.values()))
        for kind, names in (("fine", ("罚款", "fines")), ("reward", ("奖励", "rewards")))
    )
    drawn = Chart("bar", "fen", tuple(accounts), bars)
    named = Section("money", "各月账户", "The accounts by month", money.columns, money.rows, chart=drawn)
    return [of_the_month(orders), named]


def _line(figures: Mapping[str, Week], ratio: str, level: str, code: str) -> Series:
    shares = [week.share(ratio, level, code) for week in figures.values()]
    points = tuple(one.part / one.of if one.of else None for one in shares)
    return Series(ratio, column(ratio).zh, column(ratio).en, points)

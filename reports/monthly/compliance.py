"""The month's compliance figures, by the measures of the weekly report."""

from collections.abc import Mapping
from dataclasses import replace

from geo.stations import Station
from reports.compliance.figures import Week, both, column, name_of, row
from reports.compliance.sections import COUNTS, MINUTES, RATES
from reports.compliance.tables import channels, provinces, stations_table, with_figures
from reports.paper.document import Cell, Column, Section


def about_orders(now: Week, scope: str, stations: Mapping[str, Station]) -> list[Section]:
    """Counts, rates and minutes of the scope, and its parts."""
    level, _, code = scope.partition(":")
    counts = tuple(one for one in COUNTS if level != "station" or one != "at_data_centre")
    found = [
        _listed("counts", ("本月订单与违规", "Orders and violations of the month"), counts, now, (level, code)),
        _listed("rates", ("本月及时率", "Rates of the month"), RATES, now, (level, code)),
        _listed("minutes", ("本月用时", "Minutes of the month"), MINUTES, now, (level, code)),
    ]
    if level == "network":
        found += [provinces(now), channels(now)]
    if level != "station":
        codes = with_figures(now, stations, code or None)
        found.append(stations_table(now, stations, codes, (level, code)))
    return [of_the_month(one) for one in found]


def of_the_month(section: Section) -> Section:
    """The weekly report's measures, told of a month."""
    return replace(section, columns=tuple(replace(one, says=_of_a_month(one.says)) for one in section.columns))


def definitions() -> tuple[tuple[str, str], ...]:
    """Of what stands in rows instead of columns."""
    found = (column(code) for code in (*COUNTS, *RATES, *MINUTES))
    return tuple((both(one.zh, one.en), _of_a_month(one.says)) for one in found)


def _of_a_month(says: str) -> str:
    return says.replace("本周", "本月").replace("in the week", "in the month")


def _listed(key: str, names: tuple[str, str], codes: tuple[str, ...], now: Week, of: tuple[str, str]) -> Section:
    columns = (
        Column("item", "指标", "measure", "text", both("这一行是什么", "what the row is"), 30),
        Column("value", "本月", "this month", column(codes[0]).kind, both("本报表的月份", "the month of this report")),
    )
    lines = tuple((Cell(name_of(code)), *row(now, [code], *of)) for code in codes)
    return Section(key, *names, columns, lines)

"""The operations report as a document, of tables that somebody else has counted. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from reports.kinds import Asked
from reports.operations import words
from reports.operations.counting import BANDS, Presence
from reports.paper.document import Cell, Chart, Column, Document, Points, Section, Series, Share, Value, defined
from reports.paper.shown import shown


@dataclass(frozen=True, slots=True)
class Counted:
    """Tables as reports/operations/counting.py makes them. `channels`: Chinese and English names."""

    hours: pl.DataFrame
    calibration: pl.DataFrame
    tried: pl.DataFrame
    why: pl.DataFrame
    centre_hours: pl.DataFrame
    centre_total: pl.DataFrame
    feedback: pl.DataFrame
    channels: Mapping[str, str]
    provinces: Sequence[Presence]
    stations: Sequence[Presence]


def operations(asked: Asked, counted: Counted) -> Document:
    """The document of these figures: they are of the scope already."""
    sections = (
        _pace(counted.hours),
        _minutes(counted.hours),
        _forecast("forecast", ("预测与实际", "Forecast and what came"), words.BANDS, counted.calibration),
        _forecast("backtest", ("预测回测", "Forecast, back-tested"), words.TRIED, counted.tried),
        _why(counted.why, counted.centre_total),
        _centre_hours(counted.centre_hours, counted.centre_total),
        _feedback(counted.feedback, counted.channels),
        *_presence(counted.provinces, counted.stations),
    )
    assigned, accepted = (int(counted.hours[name].sum()) for name in ("assigned", "accepted"))
    [centre] = _named(counted.centre_total)
    minutes = centre["minutes"]
    return Document(
        kind="operations",
        title_zh="运营报表",
        title_en="Operations report",
        period=asked.period,
        scope=asked.scope,
        number=None,
        edition=asked.book.at(asked.now).name,
        made_at=asked.now,
        sections=sections,
        facts=(
            ("派到 assigned", f"{assigned:,}"),
            ("接单 accepted", f"{accepted:,}"),
            ("数据中心分钟 minutes at the data centre", f"{minutes:,}"),
            ("其中位与 90% p50 and p90", f"{shown('minutes', centre['p50'])} · {shown('minutes', centre['p90'])}"),
        ),
        method=words.METHOD,
        line=f"运营 {asked.period}:派到 {assigned:,},接单 {accepted:,},数据中心 {minutes:,} 分钟",
        definitions=defined(sections),
    )


def _pace(hours: pl.DataFrame) -> Section:
    rows = [_cells(_clock(row["hour"]), *(row[name] for name in ("assigned", "accepted"))) for row in _named(hours)]
    total = _cells("合计 total", *(int(hours[name].sum()) for name in ("assigned", "accepted")))
    series = [
        Series(column.name, column.zh, column.en, tuple(hours[column.name].to_list())) for column in words.HOURS[1:3]
    ]
    chart = Chart("bar", "count", _labels(hours), tuple(series))
    return Section("pace", "每小时节奏", "Pace by hour", words.HOURS[:3], (*rows, total), sums=True, chart=chart)


def _minutes(hours: pl.DataFrame) -> Section:
    columns = (words.HOURS[0], *words.HOURS[3:])
    rows = tuple(_cells(_clock(row["hour"]), row["p50"], row["p90"]) for row in _named(hours))
    series = tuple(Series(one.name, one.zh, one.en, tuple(hours[one.name].to_list())) for one in columns[1:])
    chart = Chart("line", "minutes", _labels(hours), series)
    return Section("accept_minutes", "每小时接单分钟", "Minutes to acceptance by hour", columns, rows, chart=chart)


def _forecast(key: str, title: tuple[str, str], columns: tuple[Column, ...], table: pl.DataFrame) -> Section:
    rows, labels, said, came = [], [], [], []
    for row in _named(table):
        band, times = row["band"], row["times"]
        mean, late = Share(row["said"], 1_000 * times), Share(row["late"], times)
        labels.append(f"{10 * band}–{10 * (band + 1)}%" if band < BANDS - 1 else "90–100%")
        rows.append(_cells(labels[-1], times, mean, late, Points(late, mean)))
        said.append(mean.part / mean.of)
        came.append(late.part / late.of)
    series = (
        Series("said", "平均所报", "mean risk", tuple(said)),
        Series("came", "实际超时", "came late", tuple(came)),
    )
    chart = Chart("line", "share", tuple(labels), series) if rows else None
    note = "" if rows else "本期没有可比的预测 / nothing to compare in the period"
    return Section(key, *title, columns, tuple(rows), note=note, chart=chart)


def _why(why: pl.DataFrame, total: pl.DataFrame) -> Section:
    rows = [_cells(_cause(row["why"]), *_centre(row)) for row in _named(why)]
    rows += _total(total) if rows else []
    return Section("centre", "数据中心", "At the data centre", words.CENTRE_WHY, tuple(rows), sums=bool(rows))


def _centre_hours(hours: pl.DataFrame, total: pl.DataFrame) -> Section:
    rows = [_cells(_clock(row["hour"]), *_centre(row)) for row in _named(hours)]
    rows += _total(total) if rows else []
    title = ("数据中心:按到达时段", "At the data centre, by hour of arrival")
    return Section("centre_hours", *title, words.CENTRE_HOURS, tuple(rows), sums=bool(rows))


def _feedback(table: pl.DataFrame, channels: Mapping[str, str]) -> Section:
    rows = []
    for row in _named(table):
        counts = [row[name] for name in ("messages", "sent", "waiting", "parked", "given_up")]
        rate = Share(row["sent"], row["messages"])
        name = channels.get(row["channel"], row["channel"])
        cells = _cells(name, *counts, rate, row["oldest"], row["p50"], row["p90"])
        parked = Cell(row["parked"], warns=row["parked"] > 0)
        rows.append((*cells[:4], parked, *cells[5:]))
    return Section("feedback", "回传", "Feedback to channels", words.FEEDBACK, tuple(rows))


def _presence(provinces: Sequence[Presence], stations: Sequence[Presence]) -> tuple[Section, Section]:
    areas = tuple(_cells(one.province, *_silent(one)) for one in provinces)
    own = tuple(_cells(one.station, one.province, *_silent(one)) for one in stations)
    return (
        Section("presence", "在岗", "Presence on duty", words.PROVINCES, areas),
        Section("silent", "静默网点", "Silent stations", words.STATIONS, own),
    )


def _silent(one: Presence) -> tuple[Value, ...]:
    return one.silences, one.silent, one.duty, Share(one.silent, one.duty)


def _centre(row: Mapping[str, Any]) -> list[Value]:
    return [row[name] for name in ("times", "minutes", "p50", "p90", "waits")]


def _total(table: pl.DataFrame) -> list[tuple[Cell, ...]]:
    """The row of sums; percentiles have none."""
    return [_cells("合计 total", row["times"], row["minutes"], None, None, row["waits"]) for row in _named(table)]


def _cause(code: str) -> str:
    return " ".join(words.WHY.get(code, (code,)))


def _clock(hour: int) -> str:
    return f"{hour:02d}:00"


def _labels(hours: pl.DataFrame) -> tuple[str, ...]:
    return tuple(map(_clock, hours["hour"].to_list()))


def _cells(*values: Value) -> tuple[Cell, ...]:
    return tuple(map(Cell, values))


def _named(table: pl.DataFrame) -> list[dict[str, Any]]:
    return list(table.iter_rows(named=True))

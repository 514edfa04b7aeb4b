"""The sections with a row for each province, station or channel, and who did best and worst."""

from collections.abc import Mapping, Sequence

import polars as pl

from basics.words import DATA_CENTRE
from channels.registry import ADAPTERS, STAFF, STAFF_TITLE
from geo.stations import Station
from reports.compliance.figures import Week, both, column, ratios, row
from reports.compliance.places import LEAST, WHOLE, Placed, best, bounds, placed, worst
from reports.paper.document import Cell, Column, Section, Share
from reports.paper.shown import decimal

Stations = Mapping[str, Station]
OF_A_CHANNEL = (
    "orders", "accept_on_time", "accept_late", "accept_rate", "pickup_on_time", "pickup_late", "pickup_rate",
    "promise_kept", "promise_rate", "accept_p50", "accept_p90", "accept_p99", "pickup_p50", "pickup_p90", "pickup_p99",
    "suspected", "confirmed", "dismissed", "overturned", "excused", "fines_fen", "booked_fen", "holdings",
    "reach_minutes", "reach_each", "misrouted", "unscanned",
)  # fmt: skip
OF_A_STATION = (*OF_A_CHANNEL, "refunds_fen", "rewards_fen")
OF_A_PROVINCE = (*OF_A_STATION, "at_data_centre", "withdrawn")
SILENCE = "on duty, no look at the desk for more than 20 minutes (DUTY-3)"
IN_ALL = "all of them together, a begun minute counted whole"
NOBODY = both("省份不明", "no province known")


def provinces(now: Week) -> Section:
    """A row a province, and the network."""
    first = _text("province", "省份", "province", "网点现在所属的省", "that the stations are in now")
    columns = (first, *_columns(OF_A_PROVINCE))
    codes = sorted(now.codes("province"))
    rows = [(Cell(code or NOBODY), *row(now, OF_A_PROVINCE, "province", code)) for code in codes]
    rows.append(_total(now, OF_A_PROVINCE, ("network", ""), 1))
    return Section("provinces", "各省", "Provinces", columns, tuple(rows), sums=True, note=_whole_note())


def channels(now: Week) -> Section:
    """A row a channel, and the network."""
    first = _text("channel", "渠道", "channel", "订单来自的渠道(CHAN-1)", "by which the order came (CHAN-1)")
    columns = (first, *_columns(OF_A_CHANNEL))
    codes = sorted(code for code in now.codes("channel") if code)
    rows = [(Cell(channel_name(code)), *row(now, OF_A_CHANNEL, "channel", code)) for code in codes]
    rows.append(_total(now, OF_A_CHANNEL, ("network", ""), 1))
    return Section("channels", "各渠道", "Channels", columns, tuple(rows), sums=True, note=_whole_note())


def channel_name(code: str) -> str:
    """As people call it."""
    title = STAFF_TITLE if code == STAFF else ADAPTERS[code].title if code in ADAPTERS else None
    return both(*title) if title else code


def stations_table(now: Week, stations: Stations, codes: Sequence[str], total: tuple[str, str]) -> Section:
    """A row a station that has a figure, level-2 stations on their own, and the whole they are part of."""
    columns = (*_of_station(), *_columns(OF_A_STATION))
    listed = sorted(codes, key=lambda code: (_province(stations, code), code))
    rows = [(*_whose(stations, code), *row(now, OF_A_STATION, "station", code)) for code in listed]
    rows.append(_total(now, OF_A_STATION, total, 3))
    return Section("stations", "各网点", "Stations", columns, tuple(rows), sums=True, note=_whole_note())


def house_table(now: Week, stations: Stations, codes: Sequence[str]) -> Section:
    """A level-1 station and its contracted areas, each by itself."""
    columns = (*_of_station(), *_columns(OF_A_STATION))
    rows = tuple((*_whose(stations, code), *row(now, OF_A_STATION, "station", code)) for code in codes)
    note = both("每行只计该网点自身", "each row is of that station alone")
    return Section("house", "本网点与承包区", "The station and its contracted areas", columns, rows, note=note)


def with_figures(now: Week, stations: Stations, province: str | None) -> list[str]:
    """The stations of a table: those of the province (None: of all) of which there is any figure it shows."""
    shown = {
        *(code for code in OF_A_STATION if code not in ratios()),
        *(part for one in OF_A_STATION if one in ratios() for part in (ratios()[one].part, ratios()[one].of)),
    }
    found = {code for level, code, measure in now.by if level == "station" and measure in shown}
    found -= {DATA_CENTRE, ""}
    return [code for code in found if province is None or _province(stations, code) == province]


def ranked(now: Week, ratio: str, codes: Sequence[str]) -> list[Placed]:
    """Those of these stations that have clocks enough."""
    return placed({code: now.share(ratio, "station", code) for code in codes})


def best_and_worst(now: Week, stations: Stations, codes: Sequence[str]) -> list[Section]:
    """Of the accept and of the pickup clocks; `codes` are all stations of the scope."""
    found = []
    for ratio, kind, english in (("accept_rate", "接单", "accepted"), ("pickup_rate", "揽收", "picked up")):
        order = ranked(now, ratio, codes)
        few = len(codes) - len(order)
        note = both(
            f"按 Wilson 区间排名;时钟少于 {LEAST} 个的网点不排名:{few} 个",
            f"ranked by the Wilson interval; stations with fewer than {LEAST} clocks are not ranked: {few}",
        )
        for key, names, chosen in (
            ("best", (f"{kind}最及时", f"Best: {english} in time"), best(order)),
            ("worst", (f"{kind}最不及时", f"Worst: {english} in time"), worst(order)),
        ):
            rows = tuple(_placed(now, stations, ratio, one, key == "best") for one in chosen)
            columns = (*_of_station(), *_ranking(ratio))
            found.append(Section(f"{key}_{ratio.removesuffix('_rate')}", *names, columns, rows, note=note))
    return found


def _ranking(ratio: str) -> tuple[Column, ...]:
    says = both("真实及时率以 95% 把握所在的区间", "the true share lies in it 95 times of 100")
    return (column(ratios()[ratio].of), column(ratio), Column("interval", "区间", "interval", "text", says, 18))


def _placed(now: Week, stations: Stations, ratio: str, one: Placed, good: bool) -> tuple[Cell, ...]:
    low, high = (f"{decimal(100 * end, WHOLE, 1)}%" for end in (one.low, one.high))
    share = now.cell(ratio, "station", one.code)
    clocks = now.cell(ratios()[ratio].of, "station", one.code)
    return (*_whose(stations, one.code), clocks, Cell(share.value, share.opens, not good), Cell(f"{low} – {high}"))


def silent_table(silences: pl.DataFrame, stations: Stations) -> Section:
    """Of reports/silent.py's frame; never fined (DUTY-3)."""
    columns = (
        *_of_station(),
        Column("silences", "静默次数", "silences", "count", both("当值时超过 20 分钟未看工作台(DUTY-3)", SILENCE)),
        Column("minutes", "静默分钟", "minutes in all", "minutes", both("各次之和,不足一分钟计一分钟", IN_ALL)),
    )
    rows = tuple(
        (*_whose(stations, one["station"]), Cell(one["silences"]), Cell(one["minutes"]))
        for one in silences.iter_rows(named=True)
    )
    note = both(
        "只提示,不罚款(DUTY-3);按生成本页时的记录,不随报表定稿",
        "shown, never fined (DUTY-3); as recorded when this page was made, not frozen with the report",
    )
    return Section("silent", "静默网点", "Silent stations", columns, rows, note=note)


def interval_words(share: Share) -> str:
    """`97.3% (95.1% – 98.6%)`."""
    low, high = (decimal(100 * end, WHOLE, 1) for end in bounds(share))
    return f"{decimal(100 * share.part, share.of, 1)}% ({low}% – {high}%)"


def one_line(text: str) -> str:
    """A name somebody typed, without line breaks and control signs."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def _of_station() -> tuple[Column, ...]:
    return (
        _text("province", "省份", "province", "网点现在所属的省", "that the station is in now"),
        _text("station", "网点编码", "station", "网点或承包区的编码", "code of the station or contracted area"),
        _text("name", "名称", "name", "网点现在的名称", "as the station is called now", 20),
    )


def _text(name: str, zh: str, en: str, says: str, english: str, width: int = 12) -> Column:
    return Column(name, zh, en, "text", both(says, english), width)


def _columns(codes: Sequence[str]) -> tuple[Column, ...]:
    return tuple(column(code) for code in codes)


def _province(stations: Stations, code: str) -> str:
    return stations[code].province if code in stations else ""


def _whose(stations: Stations, code: str) -> tuple[Cell, Cell, Cell]:
    name = one_line(stations[code].name) if code in stations else ""
    return Cell(_province(stations, code)), Cell(code), Cell(name)


def _total(now: Week, codes: Sequence[str], of: tuple[str, str], texts: int) -> tuple[Cell, ...]:
    return (Cell(both("合计", "total")), *(Cell(""),) * (texts - 1), *row(now, codes, *of))


def _whole_note() -> str:
    return both(
        "合计行的分位数是全体的分位数,不是各行之和", "percentiles of the last row are of all together, not a sum"
    )

"""The weekly compliance report of one scope, of figures that somebody else has read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import polars as pl

from basics.days import shanghai, week_bounds, week_of
from reports.compliance import tables
from reports.compliance.changes import Change, changed
from reports.compliance.figures import Week, both, column, name_of
from reports.compliance.places import LEAST, place
from reports.compliance.sections import COUNTS, MINUTES, MONEY, RATES, of_the_scope, trend
from reports.compliance.words import chat_line, method
from reports.paper.document import Document, Section, defined
from reports.silent import SCHEMA

WEEKS = 8  # of the trend, this one included


@dataclass(frozen=True, slots=True)
class Made:
    """What a report is made of. `now`: figures of at least the scope (of a station: of its whole province); `past`:
    those of weeks before, by week, of the scope at least. `stations`: the whole network. `changes` of a supplement.
    `until`: the instant up to which the week is told. `members`: stations that a frozen province had then; None: as
    the network is now."""

    week: str
    scope: str
    now: Week
    past: Mapping[str, Week]
    stations: tables.Stations
    number: int | None
    edition: str
    made_at: datetime
    until: datetime
    changes: tuple[Change, ...] = ()
    members: frozenset[str] | None = None
    silences: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=SCHEMA))


def split(scope: str) -> tuple[str, str]:
    """Level and code of `network`, `province:浙江省`, `station:HZ01`, `channel:crm`."""
    level, _, code = scope.partition(":")
    return level, code


def weeks_before(week: str) -> list[str]:
    """Those of the trend, the oldest first."""
    start, _ = week_bounds(week)
    return [week_of(start - timedelta(weeks=back)) for back in range(WEEKS - 1, 0, -1)]


def weekly_document(made: Made) -> Document:
    """Its sections, and in words what they rest on."""
    earlier = weeks_before(made.week)
    before = made.past.get(earlier[-1])
    of = split(made.scope)
    sections = (
        *of_the_scope(made.now, before, made.week, earlier[-1], of),
        trend([*earlier, made.week], {**made.past, made.week: made.now}, of),
        *_of_members(made, of),
        *changed(made.changes, of, made.stations, f"{made.week}-{(made.number or 0) - 1}"),
    )
    zh, en = _called(made, of)
    rows = {f"{name_of(code)}": says for code, says in _says()}
    missing = [week for week in earlier if week not in made.past]
    return Document(
        kind="weekly",
        title_zh=f"时效合规周报 {made.week} {zh}",
        title_en=f"Weekly compliance report {made.week}, {en}",
        period=made.week,
        scope=made.scope,
        number=made.number,
        edition=made.edition,
        made_at=made.made_at,
        sections=sections,
        facts=_facts(made, of),
        method=method(made.number, made.made_at, missing, of[0]),
        line=chat_line(made.now, before, of, made.week, zh, made.number),
        definitions=(*defined(sections), *rows.items()),
    )


def _says() -> list[tuple[str, str]]:
    """Definitions of what stands in rows instead of columns."""
    return [(code, column(code).says) for code in (*COUNTS, *RATES, *MINUTES, *MONEY) if column(code).says]


def _of_members(made: Made, of: tuple[str, str]) -> list[Section]:
    level, code = of
    if level == "channel":
        return []
    if level == "station":
        house = [code, *sorted(one.code for one in made.stations.values() if one.parent == code)]
        found = [tables.house_table(made.now, made.stations, house)] if len(house) > 1 else []
        mine = made.silences.filter(pl.col("station").is_in(house))
        return [*found, tables.silent_table(mine, made.stations)]
    province = code if level == "province" else None
    listed = tables.with_figures(made.now, made.stations, province if made.members is None else None)
    listed = [code for code in listed if made.members is None or code in made.members]
    everyone = {*listed, *(one.code for one in made.stations.values() if province in (None, one.province))}
    silences = made.silences if province is None else made.silences.filter(pl.col("province") == province)
    of_all = [tables.provinces(made.now), tables.channels(made.now)] if province is None else []
    return [
        *of_all,
        *tables.best_and_worst(made.now, made.stations, sorted(everyone)),
        tables.stations_table(made.now, made.stations, listed, of),
        tables.silent_table(silences, made.stations),
    ]


def _called(made: Made, of: tuple[str, str]) -> tuple[str, str]:
    level, code = of
    if level == "network":
        return "全网", "network"
    if level == "channel":
        name = tables.channel_name(code)
        return f"渠道 {name.split(' / ')[0]}", f"channel {name.split(' / ')[-1]}"
    if level == "station":
        name = tables.one_line(made.stations[code].name) if code in made.stations else ""
        return f"{name} {code}".strip(), f"station {code} {name}".strip()
    return code, code


def _facts(made: Made, of: tuple[str, str]) -> tuple[tuple[str, str], ...]:
    start, end = week_bounds(made.week)
    last = end - timedelta(days=1)
    found = [("本周 week", f"{start:%Y-%m-%d} – {last:%Y-%m-%d}")]
    if made.until < end:
        until = f"{shanghai(made.until):%Y-%m-%d %H:%M}"
        found.append(("截至 until", both(f"{until},本周尚未结束", "the week is not over")))
    found.append(("订单 orders", f"{made.now.value('orders', *of) or 0:,}"))
    if of[0] == "station" and of[1] in made.stations:
        station = made.stations[of[1]]
        found.append(("省份 province", station.province))
        if station.parent:
            found.append(("所属网点 of station", station.parent))
        found += [(f"本省名次 place in its province, {word}", _place(made, of[1], ratio)) for ratio, word in PLACES]
    return tuple(found)


PLACES = (("accept_rate", "接单及时 accepted in time"), ("pickup_rate", "揽收及时 picked up in time"))


def _place(made: Made, code: str, ratio: str) -> str:
    """In words, and nobody else's name in them."""
    province = made.stations[code].province
    codes = [one.code for one in made.stations.values() if one.province == province]
    order = tables.ranked(made.now, ratio, codes)
    at = place(order, code)
    if at is None:
        return both(f"时钟少于 {LEAST} 个,不排名", f"fewer than {LEAST} clocks, not ranked")
    words = tables.interval_words(made.now.share(ratio, "station", code))
    if len(order) == 1:
        return both(f"{words},本省没有别的可比网点", f"{words}, no other station of the province to compare with")
    many = len(order)
    return both(f"{words},{many} 个参与排名的网点中第 {at} 位", f"{words}, number {at} of {many} ranked stations")

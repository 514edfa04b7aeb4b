"""Makes the monthly report and the year: the ledger as it was known, and the month's compliance (REWARD, REFUND,
SETTLE, STATEMENT)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from basics.days import month_bounds
from basics.money import yuan
from basics.words import DATA_CENTRE
from geo.queries import stations_by_code
from geo.stations import Station
from reports.archive.queries import facts_of
from reports.compliance.figures import Week, both, week_of
from reports.cube import figures
from reports.kinds import Asked, NoReport, Say
from reports.measures import weekly_measures
from reports.monthly import sections as tell
from reports.monthly.books import queries as books
from reports.monthly.compliance import about_orders, definitions
from reports.monthly.money import Account, Settled, summed
from reports.monthly.year import year_sections
from reports.paper.document import Document, Section, defined
from reports.periods import bounds
from reports.snapshots import queries as snapshots
from reports.snapshots.parts import Damaged
from reports.snapshots.queries import Snapshot

MONTHLY, YEAR = "monthly", "year"
_FRAMES = ("orders", "clocks", "holdings", "violations", "money")
METHOD = (
    both(
        "资金各表取自账本:按入账月份,截至报表生成时刻",
        "money is the ledger's, by the month of booking, as known when the report was made",
    ),
    both(
        "合规各表按事情发生的时刻归入本月(SETTLE-2);已冻结的取冻结数",
        "compliance goes by when things happened (SETTLE-2); of a frozen month the frozen figures",
    ),
    both(
        "返款去向:本月发生的罚款,其两部分在其后两个月的结算中返还(REFUND-1)",
        "what became of the fines that happened in the month, by the settlements of the two months after (REFUND-1)",
    ),
)


def month_document(conn: Connection, asked: Asked, say: Say) -> Document:
    """The month of `asked.period`, for the network, a province or a station's house. NoReport."""
    start, end, stations, houses = _begin(conn, asked, "month")
    say(0, 3, "读取账本 / reading the ledger")
    frozen = _frozen(conn, asked)
    until = frozen.made_at if frozen else asked.now
    accounts, settled = books.accounts(conn, asked.period, until, houses), books.settled(conn, asked.period, until)
    money = list(_money(conn, asked, stations, houses, until, accounts, settled)) if houses != set() else []
    say(1, 3, "读取订单 / reading orders")
    now = _figures(conn, asked, frozen, start, min(end, asked.now), stations)
    say(2, 3, "汇总 / putting it together")
    found = (*money, *about_orders(now, asked.scope, stations))
    say(3, 3, "完成 / done")
    seq, chain = books.chain_head(conn, until)
    state = f"{len(settled)}" if settled else both("尚未结算", "not settled yet")
    facts = (
        (both("结算次数", "times settled"), state),
        (both("账本末号", "last posting"), f"{seq} {chain[:16]}"),
        (both("全部账户之和", "sum of all accounts"), yuan(books.trial_balance(conn, until))),
    )
    whole = summed(accounts.values(), "")
    line = (
        f"{asked.period} 月报 {asked.scope.partition(':')[2] or '全网'}:罚款 {yuan(whole.moved['fine'])};"
        f"冲正 {yuan(whole.moved['reversal'])};奖励 {yuan(whole.moved['reward'])};"
        f"返款 {yuan(whole.moved['refund_1'] + whole.moved['refund_2'])}"
    )
    edition = frozen.edition if frozen else asked.book.at(start).name
    number = frozen.number if frozen else None
    return _document(MONTHLY, ("月度报告", "Monthly report"), asked, number, edition, until, found, facts, line)


def year_document(conn: Connection, asked: Asked, say: Say) -> Document:
    """Twelve months beside each other. NoReport."""
    if asked.number not in (None, "now"):
        raise NoReport("never_frozen", "此报表不定稿,没有编号 / this report is never frozen: it has no numbers")
    _, end, stations, houses = _begin(conn, asked, "year")
    accounts = books.by_month(conn, asked.period, asked.now, houses)
    figures_of: dict[str, Week] = {}
    months = [f"{asked.period}-{number:02d}" for number in range(1, 13)]
    begun = [one for one in months if month_bounds(one)[0] <= asked.now]
    for done, one in enumerate(begun):  # a month at a time: a year of orders is not held at once
        say(done, len(begun), f"读取 / reading {one}")
        figures_of[one] = _month_of_year(conn, replace(asked, period=one, number=None), stations)
    found = year_sections(accounts, figures_of, asked.scope)
    total = summed(accounts.values(), "")
    kept = [one for one in begun if snapshots.newest(conn, MONTHLY, one)]
    facts = ((both("取自定稿的月份", "months taken from frozen reports"), "、".join(kept) or both("无", "none")),)
    line = f"{asked.period} 年报 {asked.scope.partition(':')[2] or '全网'}:罚款 {yuan(total.moved['fine'])}"
    edition = asked.book.at(min(end, asked.now)).name
    return _document(YEAR, ("年度报告", "Year"), asked, None, edition, asked.now, tuple(found), facts, line)


def _month_of_year(conn: Connection, asked: Asked, stations: Mapping[str, Station]) -> Week:
    start, end = month_bounds(asked.period)
    return _figures(conn, asked, _frozen(conn, asked), start, min(end, asked.now), stations)


def _begin(
    conn: Connection, asked: Asked, shape: str
) -> tuple[datetime, datetime, dict[str, Station], set[str] | None]:
    if len(asked.period) != (7 if shape == "month" else 4) or "W" in asked.period:
        raise NoReport("period_invalid", f"期间不可识别 / no such period: {asked.period[:40]}")
    start, end = bounds(asked.period)
    if start > asked.now:
        raise NoReport("period_future", "这一期还没有开始 / this period has not begun")
    stations = stations_by_code(conn)
    level, _, code = asked.scope.partition(":")
    if level == "network" and not code:
        return start, end, stations, None
    if level == "province" and any(one.province == code for one in stations.values()):
        return start, end, stations, {key for key, one in stations.items() if one.province == code and one.level == 1}
    if level == "station" and code in stations:
        return start, end, stations, {code} if stations[code].level == 1 else set()  # its account is its house's
    if level in ("province", "station"):
        raise NoReport(f"{level}_unknown", f"没有这个范围 / no such scope: {asked.scope[:60]}")
    raise NoReport("scope_invalid", f"范围不可识别 / no such scope: {asked.scope[:60]}")


def _money(
    conn: Connection,
    asked: Asked,
    stations: Mapping[str, Station],
    houses: set[str] | None,
    until: datetime,
    accounts: Mapping[str, Account],
    settled: Sequence[Settled],
) -> Iterator[Section]:
    month, level = asked.period, asked.scope.partition(":")[0]
    found, gap = books.places(conn, month, until)
    chains = [one for one in books.chains(conn, month, until) if houses is None or one.house in houses]
    whole = summed(accounts.values(), both("合计", "total"))
    if level == "station":
        yield tell.statements(list(accounts.values()), None, ("house", "一级网点", "house"))
        yield tell.postings(books.items(conn, month, until, houses, False, tell.MOST_ITEMS), stations, again=False)
        yield tell.chain_table(chains, stations)
        return
    if level == "network":
        yield tell.settlements(settled)
    if gap is not None:
        province = asked.scope.partition(":")[2]
        mine = [one for one in found if not province or one.province == province]
        yield tell.places_table(mine, gap, asked.book.at(month_bounds(month)[0]).reward_amount)
    yield tell.postings(books.items(conn, month, until, houses, True, tell.MOST_ITEMS), stations, again=True)
    yield tell.refunds(chains)
    if level == "province":
        yield tell.chain_table(chains, stations)
    if level == "network":
        yield tell.statements(
            tell.by_province(accounts, stations),
            summed(accounts.values(), both("合计", "total")),
            ("province", "省份", "province"),
        )
    named = [replace(one, house=tell.named(one.house, stations)) for one in accounts.values()]
    yield tell.statements(named, whole, ("house", "一级网点", "house"))


def _frozen(conn: Connection, asked: Asked) -> Snapshot | None:
    if asked.number == "now":
        return None
    if asked.number is None:
        return snapshots.newest(conn, MONTHLY, asked.period)
    found = snapshots.snapshot(conn, MONTHLY, asked.period, asked.number) if isinstance(asked.number, int) else None
    if found is None:
        raise NoReport("number_unknown", f"没有这一号 / no such number: {asked.period}-{asked.number}")
    return found


def _figures(
    conn: Connection, asked: Asked, frozen: Snapshot | None, start: datetime, until: datetime,
    stations: Mapping[str, Station],
) -> Week:  # fmt: skip
    """Of the scope and of the stations in it."""
    level, _, code = asked.scope.partition(":")
    own = None
    if level != "network":
        own = {key for key, one in stations.items() if code in ((one.province,) if level == "province" else (key,))}
    if frozen is not None:
        province = code if level == "province" else stations[code].province if level == "station" else None
        try:
            table = snapshots.figures_of(conn, frozen, None if province is None else (province,))
        except Damaged as error:
            raise NoReport("report_damaged", f"定稿已损坏 / the frozen report is damaged: {error}") from None
    else:
        members = None if own is None else own | ({"", DATA_CENTRE} if level == "province" else set())
        facts = facts_of(conn, asked.archive, start, until, _FRAMES, members, weekly_measures())
        levels = ("network", "province", "station", "channel") if level == "network" else ("province", "station")
        table = figures(facts, weekly_measures(), levels)
    found = week_of(table)
    if own is None:
        return found
    kept = {("province", code)} if level == "province" else set()
    shown = kept | {("station", key) for key in own}
    return Week("", {key: value for key, value in found.by.items() if key[:2] in shown})


def _document(
    kind: str, title: tuple[str, str], asked: Asked, number: int | None, edition: str, made_at: datetime,
    found: tuple[Section, ...], facts: tuple[tuple[str, str], ...], line: str,
) -> Document:  # fmt: skip
    whose = asked.scope.partition(":")[2]
    return Document(
        kind, f"{title[0]} {asked.period} {whose or '全网'}", f"{title[1]} {asked.period}, {whose or 'network'}",
        asked.period, asked.scope, number, edition, made_at, found, facts, METHOD, line,
        (*defined(found), *(definitions() if kind == MONTHLY else ())),
    )  # fmt: skip

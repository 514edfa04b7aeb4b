"""The tables of the month's money."""

from collections.abc import Mapping, Sequence

from geo.stations import Station
from reports.compliance.figures import both
from reports.monthly.money import KINDS, OUTCOMES, Account, Chain, Item, Places, Settled, counted, summed
from reports.paper.document import Cell, Column, Section, Value

MOST_ITEMS = 500  # postings listed
NAMES = {
    "fine": ("罚款", "fines"), "reversal": ("冲正", "reversals"), "reward": ("奖励", "rewards"),
    "refund_1": ("返款(次月)", "refunds, next month"), "refund_2": ("返款(第三月)", "refunds, month after"),
    "other": ("调整与其他", "adjustments and other"),
}  # fmt: skip
_OWES = both("正数:网点应付增加;负数:减少", "+ the station owes more, - less")
_PLACES = both("按一级网点数四舍五入(REWARD-1)", "by level-1 stations, rounded half up (REWARD-1)")
_GETS = both("正数:网点应得", "+ the station receives")


def _column(name: str, zh: str, en: str, kind: str = "text", says: str = "", width: int = 14) -> Column:
    return Column(name, zh, en, kind, says, width)  # type: ignore[arg-type]


def _rows(*lines: Sequence[Value]) -> tuple[tuple[Cell, ...], ...]:
    return tuple(tuple(Cell(value) for value in line) for line in lines)


def settlements(found: Sequence[Settled]) -> Section:
    """SETTLE-1: the first one, then what settling again changed."""
    columns = (
        _column("number", "第几次", "number", "count", both("0 为首次结算", "0 is the first"), 8),
        _column("at", "结算时间", "settled at", "time", width=20), _column("edition", "规则版本", "edition"),
        *(_column(f"{kind}_{what}", f"{NAMES[kind][0]}{zh}", f"{NAMES[kind][1]}{en}", shape, _GETS)
          for kind in ("reward", "refund_1", "refund_2")
          for what, zh, en, shape in (("count", "笔数", ", postings", "count"), ("fen", "", "", "fen"))),
    )  # fmt: skip
    lines: list[tuple[Value, ...]] = []
    for one in found:
        values = [part for kind in ("reward", "refund_1", "refund_2") for part in one.items.get(kind, (0, 0))]
        lines.append((one.number, one.at, one.edition, *values))
    note = "" if found else both("本月尚未结算", "the month is not settled yet")
    return Section("settlements", "结算", "Settlements", columns, _rows(*lines), note=note)


def places_table(found: Sequence[Places], gap: int, reward_fen: int) -> Section:
    """REWARD-1: places by province, earned and lapsed; their sum may differ from the edition's by rounding."""
    columns = (
        _column("province", "省份", "province"),
        _column("stations", "一级网点", "level-1 stations", "count"),
        _column("places", "名额", "places", "count", _PLACES),
        _column("winners", "已得", "earned", "count"),
        _column("lapsed", "空缺", "lapsed", "count", both("无人获得,作废", "nobody earned them")),
        _column("fen", "奖励", "rewards", "fen"),
    )  # fmt: skip
    lines: list[tuple[Value, ...]] = [
        (one.province, one.stations, one.places, one.winners, one.places - one.winners, one.winners * reward_fen)
        for one in found
    ]
    whole = [sum(int(str(line[at])) for line in lines) for at in range(1, 6)]
    lines.append((both("合计", "total"), *whole))
    words = f"各省名额之和比版本名额多 {gap} 个", f"all provinces have {gap} places more than the edition, by rounding"
    if gap < 0:
        words = (
            f"各省名额之和比版本名额少 {-gap} 个",
            f"all provinces have {-gap} places fewer than the edition, by rounding",
        )
    note = both(*words) if gap else both("各省名额之和等于版本名额", "the provinces' places are those of the edition")
    return Section("places", "各省奖励名额", "Rewards by province", columns, _rows(*lines), sums=True, note=note)


def postings(found: Sequence[Item], stations: Mapping[str, Station], again: bool) -> Section:
    """Postings with their reasons: of one's own, or of settling again."""
    columns = (
        _column("number", "第几次", "number", "count", width=8), _column("station", "网点", "station", width=22),
        _column("kind", "种类", "kind", width=18), _column("amount", "金额", "amount", "fen", _GETS),
        _column("why", "原因", "why", width=60),
    )  # fmt: skip
    lines: list[tuple[Value, ...]] = [
        (one.number, named(one.station, stations), both(*NAMES[one.kind]), one.amount_fen, one.why) for one in found
    ]
    names = ("再次结算的差额", "Differences of settling again") if again else ("奖励与返款", "Rewards and refunds")
    cut = both(f"只列前 {len(found)} 笔,全部见账本", f"the first {len(found)}; all are in the ledger")
    note = cut if len(found) >= MOST_ITEMS else ""
    return Section("differences" if again else "postings", *names, columns, _rows(*lines), note=note)


def refunds(found: Sequence[Chain]) -> Section:
    """REFUND-1: what became of the month's fines, each of the two parts by itself."""
    columns = (
        _column("part", "部分", "part", width=26), _column("outcome", "结果", "outcome", width=30),
        _column("houses", "一级网点", "houses", "count"),
        _column("fines", "本月罚款", "fines of the month", "fen"),
        _column("paid", "已返", "given back", "fen"),
    )  # fmt: skip
    lines: list[tuple[Value, ...]] = []
    parts = (("次月返 60%", "60 % for the next month"), ("第三月返其余", "the rest for the month after"))
    for part, names in enumerate(parts):
        for outcome, (houses, fines, paid) in counted(found, part).items():
            lines.append((both(*names), both(*OUTCOMES[outcome]), houses, fines, paid))
    return Section("refunds", "返款去向", "What became of the fines", columns, _rows(*lines))


def chain_table(found: Sequence[Chain], stations: Mapping[str, Station]) -> Section:
    """A row a house."""
    columns = (
        _column("house", "一级网点", "house", width=22), _column("fines", "本月罚款", "fines of the month", "fen"),
        _column("first", "次月返", "for the next month", "fen"), _column("first_outcome", "结果", "outcome", width=26),
        _column("second", "第三月返", "for the month after", "fen"),
        _column("second_outcome", "结果", "outcome", width=26),
    )  # fmt: skip
    lines: list[tuple[Value, ...]] = [
        (named(one.house, stations), one.fines_fen, one.first, both(*OUTCOMES[one.outcomes[0]]), one.second,
         both(*OUTCOMES[one.outcomes[1]]))
        for one in found
    ]  # fmt: skip
    return Section("chains", "各网点返款", "Refunds by house", columns, _rows(*lines))


def statements(lines: Sequence[Account], total: Account | None, by: tuple[str, str, str]) -> Section:
    """STATEMENT-1: opening, entries by kind, closing; `by`: what a row is."""
    columns = (
        _column(*by, width=22),
        _column("opening", "期初", "opening", "fen", both("正数:网点欠款", "+ the station owes")),
        *(_column(kind, *NAMES[kind], "fen", _OWES) for kind in KINDS),
        _column("closing", "期末", "closing", "fen", both("等于账本余额(STATEMENT-1)", "equals the ledger's balance")),
    )  # fmt: skip
    some = [*lines, *([total] if total else [])]
    rows: list[tuple[Value, ...]] = [
        (one.house, one.opening_fen, *(one.moved.get(kind, 0) for kind in KINDS), one.closing_fen) for one in some
    ]
    names = ("账户合计", "Statement totals")
    return Section(f"statements_{by[0]}", *names, columns, _rows(*rows), sums=total is not None)


def by_province(accounts: Mapping[str, Account], stations: Mapping[str, Station]) -> list[Account]:
    """One a province, in order; of a station that is gone "—"."""
    found: dict[str, list[Account]] = {}
    for house, one in accounts.items():
        station = stations.get(house)
        found.setdefault(station.province if station else "—", []).append(one)
    return [summed(some, province) for province, some in sorted(found.items())]


def named(code: str, stations: Mapping[str, Station]) -> str:
    """`西湖(HZ01)`; an unknown code stands for itself."""
    return f"{stations[code].name}({code})" if code in stations else code

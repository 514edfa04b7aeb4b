"""The sections about the whole scope of a report: this week beside the last one, violations by kind, eight weeks."""

from collections.abc import Mapping, Sequence

from basics.words import ORIGINS
from channels.messages import WITHDRAWAL_CODES
from reports.compliance.figures import Week, both, column, compared, measures, ratios, row
from reports.measures import KINDS, STATES
from reports.paper.document import Cell, Chart, Column, Section, Series, Share

Of = tuple[str, str]  # level and code
COUNTS = (
    "orders", "accept_clocks", "accept_on_time", "accept_late", "pickup_clocks", "pickup_on_time", "pickup_late",
    "promise_kept", "holdings", "misrouted", "unscanned", "at_data_centre", "withdrawn", "suspected", "confirmed",
    "dismissed", "overturned", "excused",
)  # fmt: skip
RATES = ("accept_rate", "pickup_rate", "promise_rate", "misrouted_rate")
MINUTES = ("accept_p50", "accept_p90", "accept_p99", "pickup_p50", "pickup_p90", "pickup_p99")
REACH = ("reach_minutes", "holdings", "reach_each", "misrouted", "misrouted_rate", "unscanned")
MONEY = ("fines_fen", "booked_fen", "refunds_fen", "rewards_fen")
TREND = (
    "orders", "accept_rate", "pickup_rate", "promise_rate", "accept_p50", "pickup_p50", "suspected", "confirmed",
    "fines_fen",
)  # fmt: skip
LINES = ("accept_rate", "pickup_rate", "promise_rate")


def of_the_scope(now: Week, before: Week | None, week: str, last: str, of: Of) -> list[Section]:
    """Summary, shares, minutes, what was lost before, violations, money, withdrawals."""
    channel = of[0] == "channel"  # settlements have no channel
    counts = tuple(code for code in COUNTS if of[0] != "station" or code != "at_data_centre")
    money = MONEY[:2] if channel else MONEY
    return [
        compared("summary", ("本周与上周", "This week and last week"), counts, now, before, of),
        compared("rates", ("按规则与按承诺", "By the rules and by the promise"), RATES, now, before, of),
        compared("minutes", ("接单与揽收用时", "Minutes to accept and to pick up"), MINUTES, now, before, of),
        _reach(now, before, (week, last), of),
        _violations(now, of),
        compared("money", ("罚款与返还", "Fines and what was given back"), money, now, before, of),
        compared(
            "withdrawals", ("撤单来源与原因", "Withdrawals by origin and reason"), _withdrawals(), now, before, of
        ),
    ]


def _withdrawals() -> tuple[str, ...]:
    """Reasons are those that a channel gives a code for; what people wrote is counted as free text."""
    reasons = (f"withdrawn_as:{code}" for code in (*WITHDRAWAL_CODES, "free"))
    return (*(f"withdrawn:{origin}" for origin in ORIGINS), *reasons, "withdrawn")


def week_column() -> Column:
    """Which week a row is of."""
    return Column("week", "周", "week", "text", both("ISO 周,周一零点起", "ISO week, from Monday 00:00"), 12)


def _reach(now: Week, before: Week | None, names: tuple[str, str], of: Of) -> Section:
    columns = (week_column(), *(column(code) for code in REACH))
    lines = [(Cell(names[0]), *row(now, REACH, *of))]
    if before is not None:
        lines.append((Cell(names[1]), *row(before, REACH, *of)))
    note = both(
        "订单派到网点之前已过去的分钟不由该网点负责(ACCEPT-2)",
        "minutes that were gone before an order lay with the station are not the station's (ACCEPT-2)",
    )
    return Section("reach", "到手之前", "Before it reached the station", columns, tuple(lines), note=note)


def _violations(now: Week, of: Of) -> Section:
    """A row a kind, and their sum."""
    says = {code: measures()[code].says for code in (*(one[0] for one in STATES), "excused")}
    columns = (
        Column("kind", "违规", "violation", "text", both("规则手册的违规种类", "kind of the rulebook"), 30),
        *(Column(code, measures()[code].zh, measures()[code].en, "count", told) for code, told in says.items()),
    )
    lines = [
        (Cell(f"{kind} {both(*names)}"), *row(now, [f"{code}:{kind}" for code in says], *of))
        for kind, names in KINDS.items()
    ]
    lines.append((Cell(both("合计", "total")), *row(now, list(says), *of)))
    note = both("应免责是其中的标记,不是另一种状态", "likely excused is a mark on any of them, not a state of its own")
    return Section("violations", "违规", "Violations by kind", columns, tuple(lines), sums=True, note=note)


def trend(weeks: Sequence[str], known: Mapping[str, Week], of: Of) -> Section:
    """A row a week, the oldest first; one without figures is empty."""
    columns = (week_column(), *(column(code) for code in TREND))
    lines = []
    for week in weeks:
        one = known.get(week)
        cells = (Cell(None),) * len(TREND) if one is None else row(one, TREND, *of)
        lines.append((Cell(week), *cells))
    chart = Chart("line", "share", tuple(weeks), tuple(_line(weeks, known, code, of) for code in LINES))
    return Section("trend", "八周走势", "Eight weeks", columns, tuple(lines), chart=chart)


def _line(weeks: Sequence[str], known: Mapping[str, Week], code: str, of: Of) -> Series:
    shares = [known[week].share(code, *of) if week in known else Share(0, 0) for week in weeks]
    points = tuple(share.part / share.of if share.of else None for share in shares)
    return Series(code, ratios()[code].zh, ratios()[code].en, points)

"""The measures of the weekly report: each a count, a sum or a percentile over rows of one frame of facts.

A measure says which rows it is about; the rows behind a cell are chosen by the same expression, so cell and rows cannot
differ. `where` is built when asked for: polars must do no work while modules are imported.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Literal

import polars as pl

from basics.words import DATA_CENTRE, ORIGINS
from reports.paper.document import Kind

How = Literal["count", "sum", "p50", "p90", "p99"]


@dataclass(frozen=True, slots=True)
class Measure:
    """`value`: the column that is summed or ranked; "" for a count. Percentiles are by nearest rank: the value of one of
    the rows. `unit` is how it is shown. `says`: its definition, `中文 / English`."""

    code: str
    zh: str
    en: str
    frame: str
    how: How
    where: Callable[[], pl.Expr]
    value: str = ""
    unit: Kind = "count"
    says: str = ""


@dataclass(frozen=True, slots=True)
class Ratio:
    """`part` of `of`, both codes of counts or sums; it opens the rows of `of`."""

    code: str
    zh: str
    en: str
    part: str
    of: str
    says: str = ""


# Each kind of RULEBOOK "Violations", and how it is called in a table.
KINDS = {
    "V-ACCEPT": ("接单超时", "late acceptance"),
    "V-PICKUP": ("揽收超时", "late pickup"),
    "V-FALSE-FAIL": ("虚假原因", "false reason"),
    "V-FALSE-WAYBILL": ("虚假单号", "false waybill"),
    "V-WRONG-ACCEPT": ("误接", "wrong acceptance"),
    "V-TRANSFER": ("转单违规", "transfer"),
}
ORIGIN_WORDS = {"sender": ("客户", "sender"), "platform": ("平台", "platform"), "station": ("网点", "station"),
                "system": ("系统", "system")}  # fmt: skip


def _served() -> pl.Expr:
    """REPLAY weekly.csv: with a station, neither withdrawn nor held."""
    state, station = pl.col("state"), pl.col("station")
    return ~state.is_in(["withdrawn", "held"]) & (station != "") & (station != DATA_CENTRE)


def _clock(kind: str, verdict: str) -> Callable[[], pl.Expr]:
    return lambda: (pl.col("kind") == kind) & (pl.col("verdict") == verdict)


def _due(kind: str) -> Callable[[], pl.Expr]:
    return lambda: (pl.col("kind") == kind) & pl.col("verdict").is_in(["kept", "missed"])


def _case(state: str, kind: str = "") -> Callable[[], pl.Expr]:
    def where() -> pl.Expr:
        found = pl.col("state") == state
        return found & (pl.col("kind") == kind) if kind else found

    return where


def _held() -> pl.Expr:
    return pl.col("station") != DATA_CENTRE


def _accepted() -> pl.Expr:
    return _held() & pl.col("accept_minutes").is_not_null()


def _picked_up() -> pl.Expr:
    return _served() & pl.col("pickup_minutes").is_not_null()


def _money(*kinds: str) -> Callable[[], pl.Expr]:
    return lambda: pl.col("kind").is_in(list(kinds))


def _excused(kind: str = "") -> Callable[[], pl.Expr]:
    def where() -> pl.Expr:
        found = (pl.col("state") != "cleared") & (pl.col("excuse") != "")
        return found & (pl.col("kind") == kind) if kind else found

    return where


def _withdrawn(origin: str = "") -> Callable[[], pl.Expr]:
    def where() -> pl.Expr:
        found = pl.col("state") == "withdrawn"
        return found & (pl.col("withdrawal_origin") == origin) if origin else found

    return where


STATES = (
    ("suspected", "疑似", "suspected", _case, "状态仍为疑似 / still suspected"),
    ("confirmed", "确认", "confirmed", _case, "总部已确认 / confirmed by HQ"),
    ("dismissed", "不成立", "dismissed", _case, "总部认定不成立 / dismissed by HQ"),
    ("overturned", "撤销", "overturned", _case, "确认后被撤销 / confirmed and later overturned"),
)


@cache
def weekly_measures() -> tuple[Measure, ...]:
    """Every measure of the weekly report, in the order in which forms show them."""
    plain = (
        Measure("orders", "订单", "orders", "orders", "count", _served, says="本周创建、最后由网点持有,不含撤单与暂扣 / created in the week, last held by a station, neither withdrawn nor held"),
        Measure("at_data_centre", "在数据中心", "at the data centre", "orders", "count", lambda: pl.col("state") == "at_data_centre", says="本周创建、尚在数据中心 / created in the week and still at the data centre"),
        Measure("accept_on_time", "接单按时", "accepted in time", "clocks", "count", _clock("accept", "kept"), says="截止时刻在本周的接单时钟,按时(ACCEPT-1) / accept clocks due in the week and kept"),
        Measure("accept_late", "接单超时", "accepted late", "clocks", "count", _clock("accept", "missed"), says="截止时刻在本周的接单时钟,超时 / accept clocks due in the week and missed"),
        Measure("accept_clocks", "接单时钟", "accept clocks", "clocks", "count", _due("accept"), says="按时与超时之和 / kept and missed"),
        Measure("pickup_clocks", "揽收时钟", "pickup clocks", "clocks", "count", _due("pickup"), says="按时与超时之和 / kept and missed"),
        Measure("pickup_on_time", "揽收按时", "picked up in time", "clocks", "count", _clock("pickup", "kept"), says="截止时刻在本周的揽收时钟,按时(PICKUP-1) / pickup clocks due in the week and kept"),
        Measure("pickup_late", "揽收超时", "picked up late", "clocks", "count", _clock("pickup", "missed"), says="截止时刻在本周的揽收时钟,超时 / pickup clocks due in the week and missed"),
        Measure("promise_kept", "践诺", "promise kept", "orders", "count", lambda: _served() & (pl.col("picked_up_at") <= pl.col("promise_at")), says="其中在对客户承诺的时限内揽收,只报告不罚款(PROMISE-1) / of the orders, picked up within the promise made to the sender; never fined"),
        Measure("accept_p50", "接单中位", "accept p50", "holdings", "p50", _accepted, "accept_minutes", "minutes", "从派到网点至接单的当值分钟,中位数(取最近名次) / duty minutes from assignment to acceptance, median by nearest rank"),
        Measure("accept_p90", "接单 90%", "accept p90", "holdings", "p90", _accepted, "accept_minutes", "minutes", "同上,第 90 百分位 / the same, 90th percentile"),
        Measure("accept_p99", "接单 99%", "accept p99", "holdings", "p99", _accepted, "accept_minutes", "minutes", "同上,第 99 百分位 / the same, 99th percentile"),
        Measure("pickup_p50", "揽收中位", "pickup p50", "orders", "p50", _picked_up, "pickup_minutes", "minutes", "从创建至揽收的分钟,中位数 / minutes from creation to pickup, median"),
        Measure("pickup_p90", "揽收 90%", "pickup p90", "orders", "p90", _picked_up, "pickup_minutes", "minutes", "同上,第 90 百分位 / the same, 90th percentile"),
        Measure("pickup_p99", "揽收 99%", "pickup p99", "orders", "p99", _picked_up, "pickup_minutes", "minutes", "同上,第 99 百分位 / the same, 99th percentile"),
        Measure("holdings", "经手", "assignments", "holdings", "count", _held, says="本周派到网点的次数,转单后再计 / assignments to a station that began in the week"),
        Measure("reach_minutes", "到手前分钟", "minutes before it reached you", "holdings", "sum", _held, "reach_minutes", "minutes", "从订单创建到派到本网点,各次之和:不由网点负责的时间 / from creation to the assignment, summed: minutes that are not the station's"),
        Measure("misrouted", "误派", "misrouted", "holdings", "count", lambda: _held() & pl.col("misrouted"), says="路由派来又转走的次数 / routed to the station and served by another"),
        Measure("unscanned", "未扫描", "un-scanned", "orders", "count", lambda: pl.col("unscanned"), says="已接或已揽、有单号而无相符扫描(DO-5) / accepted or confirmed, with a number and no matching scan"),
        Measure("withdrawn", "撤单", "withdrawn", "orders", "count", _withdrawn(), says="本周创建、已撤单 / created in the week and withdrawn"),
    )  # fmt: skip
    origins = tuple(
        Measure(f"withdrawn:{origin}", f"撤单:{ORIGIN_WORDS[origin][0]}", f"withdrawn by {ORIGIN_WORDS[origin][1]}", "orders", "count", _withdrawn(origin))
        for origin in ORIGINS
    )  # fmt: skip
    return plain + origins + _of_violations() + _of_money()


def _of_violations() -> tuple[Measure, ...]:
    found = [
        Measure(code, zh, en, "violations", "count", where(code), says=f"本周发生的违规,{says}")
        for code, zh, en, where, says in STATES
    ]
    found.append(Measure("excused", "应免责", "likely excused", "violations", "count", _excused(), says="本周发生,免责检查有一项不通过(VIO-3) / an innocence check failed"))  # fmt: skip
    for kind, (zh, en) in KINDS.items():
        found += [
            Measure(f"{code}:{kind}", f"{zh}·{word}", f"{en}, {english}", "violations", "count", where(code, kind))
            for code, word, english, where, _ in STATES
        ]
        found.append(Measure(f"excused:{kind}", f"{zh}·应免责", f"{en}, excused", "violations", "count", _excused(kind)))  # fmt: skip
    return tuple(found)


def _of_money() -> tuple[Measure, ...]:
    return (
        Measure("fines_fen", "罚款", "fines", "violations", "sum", _case("confirmed"), "fine_fen", "fen", "本周发生且现为确认的违规之罚款(SETTLE-2) / fines of violations that happened in the week and stand confirmed"),
        Measure("booked_fen", "入账罚款", "fines booked", "money", "sum", _money("fine", "reversal"), "amount_fen", "fen", "账本中本周发生的罚款减冲正 / fines less reversals in the ledger that happened in the week"),
        Measure("refunds_fen", "返款", "refunds", "money", "sum", _money("refund_1", "refund_2"), "credit_fen", "fen", "账本中本周的返款(REFUND-1) / refunds booked in the week"),
        Measure("rewards_fen", "奖励", "rewards", "money", "sum", _money("reward"), "credit_fen", "fen", "账本中本周的奖励(REWARD-1) / rewards booked in the week"),
    )  # fmt: skip


RATIOS = (
    Ratio("accept_rate", "接单及时率", "accepted in time", "accept_on_time", "accept_clocks", "按时 ÷(按时+超时) / kept ÷ (kept + missed)"),
    Ratio("pickup_rate", "揽收及时率", "picked up in time", "pickup_on_time", "pickup_clocks", "按时 ÷(按时+超时) / kept ÷ (kept + missed)"),
    Ratio("promise_rate", "践诺率", "promise kept", "promise_kept", "orders", "践诺 ÷ 订单 / promise kept ÷ orders"),
    Ratio("misrouted_rate", "误派率", "misrouted", "misrouted", "holdings", "误派 ÷ 经手 / misrouted ÷ assignments"),
)  # fmt: skip

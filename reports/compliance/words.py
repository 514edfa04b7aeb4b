"""What the weekly report says of itself: how it was made, and the line for a chat group."""

from collections.abc import Sequence
from datetime import datetime

from basics.days import iso
from reports.compliance.figures import Week, both
from reports.compliance.places import LEAST, TOP
from reports.paper.document import Points
from reports.paper.shown import shown


def method(number: int | None, made_at: datetime, missing: Sequence[str], level: str) -> tuple[str, ...]:
    """A paragraph each. `missing`: weeks of the trend without figures."""
    found = [_state(number, made_at), *_always()]
    if level in ("network", "province"):
        found.append(_ranking())
    if level == "station":
        found.append(
            both(
                "本省名次按 Wilson 95% 区间的下限排列,相同者并列,不列其他网点。各项数字只计本网点自身,承包区另列。",
                "The place in the province is by the lower end of the Wilson 95% interval, equals share it."
                " All figures are of this station alone, its contracted areas have rows of their own.",
            )
        )
    if missing:
        weeks = ", ".join(missing)
        found.append(
            both(
                f"走势中以下各周没有定稿,也未临时计算,留空:{weeks}。",
                f"Left empty in the trend, being neither frozen nor computed for this page: {weeks}.",
            )
        )
    return tuple(found)


def _state(number: int | None, made_at: datetime) -> str:
    if number is None:
        return both(
            f"本页未定稿:按 {iso(made_at)} 的数据计算,之后还会变。",
            f"Not frozen: as things stood at {iso(made_at)}, and they will change.",
        )
    if number == 0:
        return both(
            "本报表已定稿,数字不再改动;以后的变化另出补充。上周与走势用本号定稿时各周已有的定稿。",
            "Frozen: its figures never change, later changes are supplements. Last week and the trend are of what was"
            " frozen of those weeks by then.",
        )
    return both(
        f"本报表为第 {number} 次补充之后的数字;「变动」列出与第 {number - 1} 号不同的每一格,原报表不变。",
        f"The figures after supplement {number}; each cell that differs from number {number - 1} is listed under"
        " changes, the earlier report stays as it was.",
    )


def _always() -> tuple[str, ...]:
    return (
        both(
            "订单按创建时间、时钟按截止时刻、违规与账目按发生时刻、经手按派到网点的时刻计入本周(SETTLE-2),周一零点起至下周一零点止,不含终点。"
            "未到期与作废的时钟不计。网点按现在所属的省归省。",
            "Orders belong to the week by creation, clocks by their deadline, violations and postings by when they"
            " happened, assignments by their begin (SETTLE-2), from Monday 00:00 until before the next. Running and"
            " dropped clocks count nowhere. A station counts in the province it is in now.",
        ),
        both(
            "及时率 = 按时 ÷(按时+超时);旁边的践诺率是对客户的承诺,只报告不罚款(PROMISE-1)。分母为零显示「—」。"
            "分位数取最近名次,是某一单的真实分钟数;接单只计当值分钟,揽收计全部分钟。金额以分计算,不作舍入。",
            "On time = kept ÷ (kept + missed); promise kept beside it is what the sender was told, never fined"
            " (PROMISE-1). A share of nothing is —. Percentiles are by nearest rank: the real minutes of one order;"
            " acceptance counts duty minutes, pickup all. Money is whole fen, nothing is rounded.",
        ),
        both(
            "每一格可打开其后的明细行,明细之和即该格;比率打开其分母的行。增减没有自己的行,两个数字就在旁边。",
            "Each cell opens the rows behind it, which add up to it; a share opens the rows of its denominator."
            " Differences have no rows of their own: both figures stand beside them.",
        ),
    )  # fmt: skip


def _ranking() -> str:
    zh = (
        "最及时按 Wilson 95% 区间的下限、最不及时按上限排列,相同者按编码;少的单量因此不会排到两端。"
        f"时钟少于 {LEAST} 个的网点不排名。每边至多 {TOP} 个且不过半;没有超时的不列入最不及时,没有按时的不列入最及时。"
    )
    en = (
        "Best are ranked by the lower end and worst by the upper end of the Wilson 95% interval, ties by code: so a few"
        f" orders lead neither list. Stations with fewer than {LEAST} clocks are not ranked. At most {TOP} a side,"
        " and at most half of them; nobody without a late clock is listed as worst or without a kept one as best."
    )
    return both(zh, en)


def chat_line(now: Week, before: Week | None, of: tuple[str, str], week: str, scope: str, number: int | None) -> str:
    """One line in Chinese with the main figures."""
    state = "(未定稿)" if number is None else f"(第 {number} 次补充)" if number else ""
    rates = [_rate(now, before, of, code, name) for code, name in RATES]
    fines = shown("fen", now.value("fines_fen", *of))
    counts = [f"{name} {now.value(code, *of):,}" for code, name in COUNTS]
    return f"{week} 周报 {scope}{state}:" + ";".join([counts[0], *rates, *counts[1:], f"罚款 {fines} 元"])


RATES = (("accept_rate", "接单及时"), ("pickup_rate", "揽收及时"), ("promise_rate", "践诺"))
COUNTS = (("orders", "订单"), ("suspected", "疑似"), ("confirmed", "确认"))


def _rate(now: Week, before: Week | None, of: tuple[str, str], code: str, name: str) -> str:
    share = now.share(code, *of)
    words = f"{name} {shown('share', share)}"
    if before is None or not share.of or not before.share(code, *of).of:
        return words
    return f"{words}(较上周 {shown('points', Points(share, before.share(code, *of)))} 百分点)"

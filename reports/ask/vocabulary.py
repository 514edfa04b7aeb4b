"""The words of a question: what a table can be grouped and filtered by, and what it can count. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import polars as pl

from reports.facts.frames import AT, FRAMES
from reports.measures import RATIOS, Measure, Ratio, weekly_measures


@dataclass(frozen=True, slots=True)
class Dimension:
    """`of` makes its value, a text, from a frame's rows; `frames`: which frames know it."""

    code: str
    zh: str
    en: str
    frames: frozenset[str]
    of: Callable[[str], pl.Expr]


def _column(name: str) -> Callable[[str], pl.Expr]:
    return lambda _frame: pl.col(name).cast(pl.String)


def _local(frame: str) -> pl.Expr:
    """The Shanghai wall clock of the instant by which a row belongs to a period: +8 h, without a zone."""
    return pl.col(AT[frame]).dt.replace_time_zone(None) + pl.duration(hours=8)


def _time(shape: str) -> Callable[[str], pl.Expr]:
    return lambda frame: _local(frame).dt.strftime(shape)


YES, NO = "是 yes", "否 no"


def _flag(name: str) -> Callable[[str], pl.Expr]:
    return lambda _frame: pl.when(pl.col(name)).then(pl.lit(YES)).otherwise(pl.lit(NO))


_TIMES = (
    ("month", "月份", "month", "%Y-%m"), ("week", "周", "week", "%G-W%V"), ("day", "日期", "day", "%Y-%m-%d"),
    ("weekday", "星期(1 为周一)", "weekday, 1 is Monday", "%u"), ("hour", "小时", "hour", "%H"),
)  # fmt: skip
_COLUMNS = (
    ("province", "省份", "province"), ("house", "一级网点", "house"), ("station", "网点", "station"),
    ("channel", "渠道", "channel"), ("business_type", "业务类型", "business type"), ("state", "状态", "state"),
    ("kind", "种类", "kind"), ("verdict", "时钟结论", "verdict"), ("excuse", "免责理由", "excuse"),
    ("edition", "规则版本", "edition"), ("cause", "派单方式", "how assigned"), ("reason", "失败原因", "reason"),
    ("stage", "失败环节", "stage"), ("routing_cause", "路由依据", "routing cause"),
    ("withdrawal_origin", "撤单来源", "withdrawal origin"), ("adcode", "区县代码", "district code"),
)  # fmt: skip
_FLAGS = (("online", "线上", "online"), ("misrouted", "误派", "misrouted"), ("appealed", "已申诉", "appealed"))
FLAGGED = frozenset(code for code, _, _ in _FLAGS)


def _knowing(name: str) -> frozenset[str]:
    return frozenset(frame for frame, schema in FRAMES.items() if name in schema)


@cache
def dimensions() -> dict[str, Dimension]:
    """By code, in the order of a form."""
    found = [Dimension(code, zh, en, _knowing(code), _column(code)) for code, zh, en in _COLUMNS]
    found += [Dimension(code, zh, en, frozenset(FRAMES), _time(shape)) for code, zh, en, shape in _TIMES]
    found += [Dimension(code, zh, en, _knowing(code), _flag(code)) for code, zh, en in _FLAGS]
    return {one.code: one for one in found}


@cache
def measures() -> dict[str, Measure]:
    """Those of the weekly report and the failures, by code."""
    failed = Measure(
        "failures", "失败", "failures", "failures", "count", lambda: pl.col("order_id").is_not_null(),
        says="接单或揽收失败 / failed acceptances and pickups",
    )  # fmt: skip
    return {one.code: one for one in (*weekly_measures(), failed)}


@cache
def ratios() -> dict[str, Ratio]:
    """Quotients of two measures of one frame, by code."""
    return {one.code: one for one in RATIOS if measures()[one.part].frame == measures()[one.of].frame}


def parts_of(code: str) -> tuple[Measure, ...]:
    """What a measure or a ratio is reckoned from."""
    if code in ratios():
        return measures()[ratios()[code].part], measures()[ratios()[code].of]
    return (measures()[code],)

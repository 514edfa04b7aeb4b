"""The measures of the weekly report: each a count, a sum or a percentile over rows of one frame of facts.

A measure says which rows it is about; the rows behind a cell are chosen by the same expression, so cell and rows cannot
differ. `where` is built when asked for: polars must do no work while modules are imported.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

import polars as pl

from basics.words import DATA_CENTRE, ORIGINS, CaseState, State
from channels.messages import WITHDRAWAL_CODES
from reports import measure_words as words
from reports.facts.frames import FRAMES
from reports.measure_words import KINDS
from reports.paper.document import Kind

__all__ = ["KINDS", "RATIOS", "STATES", "How", "Measure", "Ratio", "weekly_measures"]

How = Literal["count", "sum", "p50", "p90", "p99"]
Where = Callable[[], pl.Expr]


@dataclass(frozen=True, slots=True)
class Measure:
    """`value`: the column that is summed or ranked; "" for a count. Percentiles are by nearest rank: the value of one
    of the rows. `unit` is how it is shown. `says`: its definition, `中文 / English`."""

    code: str
    zh: str
    en: str
    frame: str
    how: How
    where: Where
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


# States of a case that are counted, and how they are called after the name of a kind.
STATES = tuple((state.value, *words.MEASURES[state][:2]) for state in (
    CaseState.SUSPECTED, CaseState.CONFIRMED, CaseState.DISMISSED, CaseState.OVERTURNED,
))  # fmt: skip


@cache
def weekly_measures() -> tuple[Measure, ...]:
    """Every measure of the weekly report, in the order in which forms show them."""
    return (*_of_orders(), *_of_withdrawals(), *_of_violations(), *_of_money())


def columns_of(frame: str, measures: Sequence[Measure]) -> tuple[str, ...]:
    """The columns of a frame that these measures read, and those that tell who is who, in the frame's order."""
    of = [one for one in measures if one.frame == frame]
    used = {"province", "station", "channel", *(one.value for one in of)}
    used.update(name for one in of for name in one.where().meta.root_names())
    return tuple(name for name in FRAMES[frame] if name in used)


RATIOS = tuple(
    Ratio(code, *words.RATIOS[code][:2], part, of, words.RATIOS[code][2])
    for code, part, of in (
        ("accept_rate", "accept_on_time", "accept_clocks"),
        ("pickup_rate", "pickup_on_time", "pickup_clocks"),
        ("promise_rate", "promise_kept", "orders"),
        ("misrouted_rate", "misrouted", "holdings"),
    )
)


def _named(code: str, frame: str, how: How, where: Where, value: str = "", unit: Kind = "count") -> Measure:
    zh, en, says = words.MEASURES[code]
    return Measure(code, zh, en, frame, how, where, value, unit, says)


def _of_orders() -> tuple[Measure, ...]:
    ranks: tuple[How, ...] = ("p50", "p90", "p99")
    return (
        _named("orders", "orders", "count", _served),
        _named("at_data_centre", "orders", "count", lambda: pl.col("state") == State.AT_DATA_CENTRE.value),
        _named("accept_on_time", "clocks", "count", _clock("accept", "kept")),
        _named("accept_late", "clocks", "count", _clock("accept", "missed")),
        _named("accept_clocks", "clocks", "count", _clock("accept", "kept", "missed")),
        _named("pickup_clocks", "clocks", "count", _clock("pickup", "kept", "missed")),
        _named("pickup_on_time", "clocks", "count", _clock("pickup", "kept")),
        _named("pickup_late", "clocks", "count", _clock("pickup", "missed")),
        _named("promise_kept", "orders", "count", _promise_kept),
        *(_named(f"accept_{p}", "holdings", p, _accepted, "accept_minutes", "minutes") for p in ranks),
        *(_named(f"pickup_{p}", "orders", p, _picked_up, "pickup_minutes", "minutes") for p in ranks),
        _named("holdings", "holdings", "count", _with_a_station),
        _named("reach_minutes", "holdings", "sum", _with_a_station, "reach_minutes", "minutes"),
        _named("misrouted", "holdings", "count", lambda: _with_a_station() & pl.col("misrouted")),
        _named("unscanned", "orders", "count", lambda: pl.col("unscanned")),
    )


def _of_withdrawals() -> tuple[Measure, ...]:
    """By who did it and, as far as a channel gives a code, why; free text is nobody's to sort."""
    return (
        _named("withdrawn", "orders", "count", _withdrawn),
        *(_named(f"withdrawn:{one}", "orders", "count", _withdrawn_with("withdrawal_origin", one)) for one in ORIGINS),
        *(
            _named(f"withdrawn_as:{one}", "orders", "count", _withdrawn_with("withdrawal_code", one))
            for one in WITHDRAWAL_CODES
        ),
        _named("withdrawn_as:free", "orders", "count", _withdrawn_with("withdrawal_code", "")),
    )


def _of_violations() -> tuple[Measure, ...]:
    asked: tuple[tuple[str, Where], ...] = (*((state, _case(state)) for state, *_ in STATES), ("excused", _excused))
    return (
        *(_named(code, "violations", "count", where) for code, where in asked),
        *(_of_kind(kind, code, where) for kind in KINDS for code, where in asked),
    )


def _of_kind(kind: str, code: str, where: Where) -> Measure:
    (zh, en), (state_zh, state_en, says) = KINDS[kind], words.MEASURES[code]
    return Measure(
        f"{code}:{kind}", f"{zh}·{state_zh}", f"{en}, {state_en}", "violations", "count",
        lambda: where() & (pl.col("kind") == kind), says=says,
    )  # fmt: skip


def _of_money() -> tuple[Measure, ...]:
    return (
        _named("fines_fen", "violations", "sum", _case("confirmed"), "fine_fen", "fen"),
        _named("booked_fen", "money", "sum", _money("fine", "reversal"), "amount_fen", "fen"),
        _named("refunds_fen", "money", "sum", _money("refund_1", "refund_2"), "credit_fen", "fen"),
        _named("rewards_fen", "money", "sum", _money("reward"), "credit_fen", "fen"),
    )


# ---- which rows -------------------------------------------------------------------------------------------------


def _served() -> pl.Expr:
    """REPLAY weekly.csv: with a station, neither withdrawn nor held."""
    gone = pl.col("state").is_in([State.WITHDRAWN.value, State.HELD.value])
    return ~gone & (pl.col("station") != "") & _with_a_station()


def _with_a_station() -> pl.Expr:
    return pl.col("station") != DATA_CENTRE


def _promise_kept() -> pl.Expr:
    """REPLAY weekly.csv."""
    return _served() & (pl.col("picked_up_at") <= pl.col("promise_at"))


def _accepted() -> pl.Expr:
    return _with_a_station() & pl.col("accept_minutes").is_not_null()


def _picked_up() -> pl.Expr:
    return _served() & pl.col("pickup_minutes").is_not_null()


def _clock(kind: str, *verdicts: str) -> Where:
    return lambda: (pl.col("kind") == kind) & pl.col("verdict").is_in(list(verdicts))


def _withdrawn() -> pl.Expr:
    return pl.col("state") == State.WITHDRAWN.value


def _withdrawn_with(column: str, value: str) -> Where:
    return lambda: _withdrawn() & (pl.col(column) == value)


def _case(state: str) -> Where:
    return lambda: pl.col("state") == state


def _excused() -> pl.Expr:
    return pl.col("excuse") != ""


def _money(*kinds: str) -> Where:
    return lambda: pl.col("kind").is_in(list(kinds))

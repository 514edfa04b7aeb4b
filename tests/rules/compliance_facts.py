"""Random weeks as frames of facts, by their schemas and nothing of the code that reports them."""

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import polars as pl

from basics.days import week_bounds
from basics.words import DATA_CENTRE
from geo.stations import Station
from reports.cube import figures
from reports.facts.frames import FRAMES, Facts
from reports.measures import weekly_measures

NAMES = ['=HYPERLINK("x")', "+甲网点", "@SUM(1)", "-乙\n网点", "丙网点", "丁网点"]
CODES = ["A", "A1", "B", "C", "D", "E"]
PROVINCES = {"A": "浙江省", "A1": "浙江省", "B": "浙江省", "C": "江苏省", "D": "江苏省", "E": "=省"}
STATIONS = {
    code: Station(
        code, name, 2 if code == "A1" else 1, "A" if code == "A1" else None, PROVINCES[code], "standard", True
    )
    for code, name in zip(CODES, NAMES, strict=True)
}
CHANNELS = ["crm", "cainiao", "staff"]
_WORDS: dict[str, list[Any]] = {
    "channel": CHANNELS,
    "withdrawal_origin": ["sender", "platform", "station", "system"],
    "excuse": ["", "", "late_push"],
    "verdict": ["kept", "kept", "missed", "dropped", "running"],
}
_KINDS: dict[str, list[str]] = {
    "clocks": ["accept", "pickup", "transfer"],
    "violations": ["V-ACCEPT", "V-PICKUP", "V-FALSE-FAIL", "V-FALSE-WAYBILL", "V-WRONG-ACCEPT", "V-TRANSFER"],
    "money": ["fine", "reversal", "reward", "refund_1", "refund_2", "other"],
}
_STATES = {
    "orders": ["waiting", "picked_up", "picked_up", "withdrawn", "held", "at_data_centre"],
    "violations": ["suspected", "confirmed", "dismissed", "overturned"],
}


def week_facts(rng: Random, week: str, rows: int) -> Facts:
    """So many rows a frame, all of this week."""
    return {name: _frame(rng, name, week, rows).lazy() for name in FRAMES}


def week_figures(facts: Facts) -> pl.DataFrame:
    return figures(facts, weekly_measures())


def _frame(rng: Random, name: str, week: str, rows: int) -> pl.DataFrame:
    start = week_bounds(week)[0].astimezone(UTC)
    made = [_row(rng, name, start, number) for number in range(rows)]
    return pl.DataFrame(made, schema=FRAMES[name], orient="row")


def _row(rng: Random, name: str, start: datetime, number: int) -> dict[str, Any]:
    nobody = [DATA_CENTRE, ""] if name in ("orders", "holdings") else []
    station = rng.choice(CODES * 3 + nobody)
    if name == "holdings" and not station:
        station = DATA_CENTRE
    row = {column: _value(rng, name, column, kind, start) for column, kind in FRAMES[name].items()}
    province = PROVINCES.get(station) or rng.choice([*PROVINCES.values(), ""])
    row |= {
        "order_id": number,
        "logistics_no": f"IS{number}",
        "station": station,
        "house": station,
        "province": province,
    }
    if name == "orders" and station == DATA_CENTRE:
        row["state"] = "at_data_centre"
    if name == "orders" and station not in CODES:
        row["unscanned"] = False
    if name == "money":
        row["credit_fen"] = -row["amount_fen"]
        row["channel"] = "" if "re" in row["kind"][:2] and row["kind"] != "reversal" else row["channel"]
    return row


def _value(rng: Random, frame: str, column: str, kind: Any, start: datetime) -> Any:
    if column == "kind":
        return rng.choice(_KINDS[frame])
    if column == "state":
        return rng.choice(_STATES[frame])
    if column in _WORDS:
        return rng.choice(_WORDS[column])
    if kind == pl.Boolean:
        return rng.random() < 0.3
    if kind == pl.Int64:
        missing = column in ("accept_minutes", "pickup_minutes") and rng.random() < 0.3
        return None if missing else rng.randint(0, 900)
    if kind == pl.String:
        return ""
    return start + timedelta(seconds=rng.randint(0, 7 * 86_400 - 1))

"""Facts of a country's year, made up: as many orders as asked for, written into the archive month by month."""

import json
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from basics.days import month_bounds
from reports.archive import actions
from reports.archive.layout import Part, order_of, touched
from reports.archive.marks.queries import marks
from reports.facts.frames import FRAMES
from storage.session import connect, writing
from tests.databases import build_schema

MONTHS = tuple(f"2026-{month:02d}" for month in range(1, 13))
HOUSES, PROVINCES = 5_000, 31
CHANNELS = ("cainiao", "douyin", "pinduoduo", "crm", "official")
KINDS = ("V-ACCEPT", "V-PICKUP", "V-FALSE-FAIL", "V-FALSE-WAYBILL", "V-WRONG-ACCEPT", "V-TRANSFER")
STATES = ("picked_up", "withdrawn", "pickup_failed", "accept_failed", "waiting", "at_data_centre")
BY_HOUR = np.array([1, 1, 1, 1, 1, 2, 5, 12, 25, 40, 45, 40, 30, 32, 38, 42, 40, 34, 28, 24, 20, 14, 8, 3], float)
MINUTE = 60_000_000
Columns = dict[str, Any]


def make(folder: Path, orders: int) -> str:
    """The archive in `folder`, and beside it a database without orders whose months look as those were marked."""
    url = f"sqlite:///{folder}/index.db"
    engine = connect(url, throw_away=True)
    build_schema(engine)
    for number, month in enumerate(MONTHS):
        count = orders // len(MONTHS)
        parts = [
            part
            for frame, table in _month(month, 1 + number * count, count)
            for part in _put(folder, month, frame, table)
        ]
        with writing(engine) as conn:
            mark = marks(conn, {month: touched([], month)})[month]
            actions.record(conn, month, [_marked(part, mark) for part in parts], month_bounds(month)[1])
    engine.dispose()
    return url


def _put(folder: Path, month: str, frame: str, table: pl.DataFrame) -> list[Part]:
    return list(actions.put(folder, month, frame, table.sort(order_of(frame)), Counter()))


def _marked(part: Part, mark: Any) -> Part:
    return Part(part.month, part.frame, part.province, part.path, part.rows, part.size, part.digest, mark)


def _month(month: str, first: int, count: int) -> list[tuple[str, pl.DataFrame]]:
    random = np.random.default_rng(first)
    start, end = (int(at.timestamp()) * 1_000_000 for at in month_bounds(month))
    place = _places(random, count)
    days = (end - start) // (24 * 60 * MINUTE)
    hours = random.choice(24, count, p=BY_HOUR / BY_HOUR.sum())
    created = (
        start
        + random.integers(0, days, count) * 24 * 60 * MINUTE
        + hours * 60 * MINUTE
        + random.integers(0, 60 * MINUTE, count)
    )
    state = random.choice(len(STATES), count, p=[0.92, 0.04, 0.02, 0.01, 0.005, 0.005])
    base: Columns = {
        "order_id": np.arange(first, first + count),
        "created": created,
        "state": state,
        "place": place,
        "channel": random.choice(len(CHANNELS), count, p=[0.4, 0.2, 0.2, 0.1, 0.1]),
        "accept": np.minimum(random.lognormal(2.2, 1.0, count), 4_000).astype(np.int64),
        "pickup": np.minimum(random.lognormal(4.3, 0.8, count), 40_000).astype(np.int64),
    }
    return [
        ("orders", _orders(random, base)), ("clocks", _clocks(random, base, end)),
        ("holdings", _holdings(random, base, end)), *_cases(random, base, month), ("failures", _failures(base)),
    ]  # fmt: skip


def _places(random: np.random.Generator, count: int) -> Any:
    """A house each: some are a hundred times as large as others."""
    share = 1 / np.arange(1, HOUSES + 1) ** 0.6
    return random.choice(HOUSES, count, p=share / share.sum())


def _words(words: Sequence[str], which: Any) -> pl.Series:
    return pl.Series(words, dtype=pl.String).gather(which)


def _at(ticks: Any) -> pl.Series:
    return pl.Series(ticks, dtype=pl.Int64).cast(pl.Datetime("us", "UTC"))


def _of(base: Columns, rows: Any = slice(None)) -> Columns:
    order, house = base["order_id"][rows], base["place"][rows]
    level = order % 3  # two orders of three are with one of the house's contracted areas
    return {
        "order_id": order,
        "logistics_no": pl.select(pl.lit("IS26") + pl.Series(order).cast(pl.String).str.zfill(12)).to_series(),
        "channel": _words(CHANNELS, base["channel"][rows]),
        "province": _words([f"省{number:02d}" for number in range(PROVINCES)], house * 7 % 97 % PROVINCES),
        "house": _words([f"Z{number:05d}" for number in range(HOUSES)], house),
        "station": _words([f"{sign}{number:05d}" for number in range(HOUSES) for sign in "ZRS"], house * 3 + level),
    }


def _frame(name: str, columns: Columns) -> pl.DataFrame:
    height = len(columns["order_id"])
    filled = {
        column: columns.get(column, pl.Series([None], dtype=dtype).extend_constant(None, height - 1) if height else [])
        for column, dtype in FRAMES[name].items()
    }
    return pl.DataFrame(filled).cast(FRAMES[name])  # type: ignore[arg-type]


def _orders(random: np.random.Generator, base: Columns) -> pl.DataFrame:
    created, count = base["created"], len(base["order_id"])
    picked = base["state"] == 0
    ends = created + base["pickup"] * MINUTE
    found = _of(base) | {
        "business_type": _words(("send_express", "online_order"), random.integers(0, 2, count)),
        "online": random.random(count) < 0.95,
        "adcode": _words([str(110101 + n * 37) for n in range(2_800)], base["place"] % 2_800),
        "state": _words(STATES, base["state"]),
        "routing_cause": _words(("area", "address", "no_area"), random.choice(3, count, p=[0.9, 0.08, 0.02])),
        "created_at": _at(created),
        "received_at": _at(created + 1_500_000),
        "assigned_at": _at(created + 2_000_000),
        "accepted_at": _at(created + base["accept"] * MINUTE),
        "ended_at": _at(ends),
        "promise_at": _at(created + 120 * MINUTE),
        "picked_up_at": _at(ends).set(pl.Series(~picked), None),
        "confirmed_at": _at(ends + 9_000_000).set(pl.Series(~picked), None),
        "withdrawal_origin": _words(
            ("", "sender", "platform", "station", "system"),
            np.where(base["state"] == 1, random.integers(1, 5, count), 0),
        ),
        "withdrawal_code": _words(
            ("", "user_cancelled", "too_slow"), np.where(base["state"] == 1, random.integers(0, 3, count), 0)
        ),
        "unscanned": picked & (random.random(count) < 0.01),
        "pickup_minutes": pl.Series(base["pickup"]).set(pl.Series(~picked), None),
    }
    return _frame("orders", found)


def _clocks(random: np.random.Generator, base: Columns, end: int) -> pl.DataFrame:
    count = len(base["order_id"])
    made = []
    for kind, minutes, share in (("accept", 30, 1.0), ("pickup", 120, 0.93)):
        rows = np.flatnonzero((random.random(count) < share) & (base["state"] != 5))
        starts = base["created"][rows]
        due = np.minimum(starts + minutes * MINUTE, end - 1)
        verdict = random.choice(3, len(rows), p=[0.93, 0.05, 0.02])
        made.append(_frame("clocks", _of(base, rows) | {
            "seq": np.ones(len(rows), np.int64), "kind": pl.Series([kind]).extend_constant(kind, len(rows) - 1),
            "verdict": _words(("kept", "missed", "dropped"), verdict), "starts_at": _at(starts), "due_at": _at(due),
            "edition": _words(("2017-01-01",), np.zeros(len(rows), np.int64)),
        }))  # fmt: skip
    return pl.concat(made)


def _holdings(random: np.random.Generator, base: Columns, end: int) -> pl.DataFrame:
    """One of eight orders is passed on once, and then held by another."""
    count = len(base["order_id"])
    passed = np.flatnonzero(random.random(count) < 0.125)
    rows = np.concatenate([np.arange(count), passed])
    seq = np.concatenate([np.ones(count, np.int64), np.full(len(passed), 2)])
    created, accept = base["created"][rows], base["accept"][rows]
    away = np.isin(rows, passed) & (seq == 1)
    start = np.minimum(created + np.where(seq == 2, 25 * MINUTE, 2_000_000), end - 1)
    found = _of(base, rows) | {
        "seq": seq,
        "cause": _words(("routing", "transfer"), (seq == 2).astype(np.int64)),
        "created_at": _at(created),
        "started_at": _at(start),
        "ended_at": _at(start + 90 * MINUTE),
        "reach_minutes": (start - created) // MINUTE,
        "accepted_at": _at(start + accept * MINUTE).set(pl.Series(away), None),
        "accept_minutes": pl.Series(accept).set(pl.Series(away), None),
        "misrouted": away & (rows % 3 == 0),
    }
    return _frame("holdings", found)


def _cases(random: np.random.Generator, base: Columns, month: str) -> list[tuple[str, pl.DataFrame]]:
    """50,000 violations of 2.1 million orders; three of five are confirmed and fined, some fines fall."""
    count = len(base["order_id"])
    rows = np.flatnonzero(random.random(count) < 50_000 / 2_100_000)
    many = len(rows)
    happened = base["created"][rows]
    state = random.choice(4, many, p=[0.1, 0.6, 0.2, 0.1])
    ids = base["order_id"][rows] * 10
    found = _of(base, rows) | {
        "violation_id": ids,
        "seq": np.ones(many, np.int64),
        "kind": _words(KINDS, random.choice(6, many, p=[0.5, 0.3, 0.08, 0.06, 0.03, 0.03])),
        "state": _words(("suspected", "confirmed", "dismissed", "overturned"), state),
        "excuse": _words(("", "closure"), (random.random(many) < 0.1).astype(np.int64)),
        "fine_fen": np.full(many, 10_000),
        "happened_at": _at(happened),
        "edition": _words(("2017-01-01",), np.zeros(many, np.int64)),
        "decided_at": _at(happened + 5_000 * MINUTE),
        "reviewer": _words([f"reviewer{n}" for n in range(20)], random.integers(0, 20, many)),
        "appealed": random.random(many) < 0.1,
        "created_at": _at(base["created"][rows]),
    }
    fined = rows[state == 1]
    amount = np.full(len(fined), 10_000)
    money = _of(base, fined) | {
        "posting_id": base["order_id"][fined] * 10 + 1,
        "kind": _words(("fine", "reward", "refund_1"), random.choice(3, len(fined), p=[0.9, 0.05, 0.05])),
        "rule": _words(("FINE-1",), np.zeros(len(fined), np.int64)),
        "amount_fen": amount,
        "credit_fen": -amount,
        "happened_at": _at(base["created"][fined]),
        "recorded_at": _at(base["created"][fined] + 5_000 * MINUTE),
        "month": _words((month,), np.zeros(len(fined), np.int64)),
        "violation_id": base["order_id"][fined] * 10,
    }
    return [("violations", _frame("violations", found)), ("money", _frame("money", money))]


def _failures(base: Columns) -> pl.DataFrame:
    rows = np.flatnonzero((base["state"] == 2) | (base["state"] == 3))
    found = _of(base, rows) | {
        "stage": _words(("pickup", "accept"), (base["state"][rows] == 3).astype(np.int64)),
        "reason": _words(
            ("customer_cancelled", "no_contact", "out_of_area", "refused_goods"), base["order_id"][rows] % 4
        ),
        "failed_at": _at(base["created"][rows]),
        "business_type": _words(("send_express",), np.zeros(len(rows), np.int64)),
        "adcode": _words(("330106",), np.zeros(len(rows), np.int64)),
    }
    return _frame("failures", found)


if __name__ == "__main__":
    print(json.dumps({"url": make(Path(sys.argv[1]), int(sys.argv[2]))}))

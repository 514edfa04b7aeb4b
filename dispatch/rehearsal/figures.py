"""The figures of a rehearsal: fines, rewards and refunds of each house, before and under the draft, as plain data."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from basics.days import month_bounds, month_of, shanghai
from dispatch.rehearsal.outcome import Outcome

PARTS = ("fines", "rewards", "refunds")
SHOWN = 20  # houses among those that win or lose most


@dataclass(slots=True)
class Money:
    """Fen of one house. `draft`: with the decisions as they were made; `worst`: with what the draft finds besides
    confirmed, too. Fines cost the house, rewards and refunds are paid to it."""

    before: Counter[str] = field(default_factory=Counter)
    draft: Counter[str] = field(default_factory=Counter)
    worst: Counter[str] = field(default_factory=Counter)

    def net(self, which: str) -> int:
        """What the house is paid less what it is fined."""
        parts: Counter[str] = getattr(self, which)
        return parts["rewards"] + parts["refunds"] - parts["fines"]


@dataclass(slots=True)
class Tally:
    """What is counted while orders pass: cases by kind, and fines by house and Shanghai month."""

    orders: int = 0
    unreadable: int = 0
    kinds: dict[str, Counter[str]] = field(default_factory=dict)
    draft: Counter[tuple[str, str]] = field(default_factory=Counter)  # (house, month) -> fen
    worst: Counter[tuple[str, str]] = field(default_factory=Counter)
    dirty: set[tuple[str, str]] = field(default_factory=set)  # with a confirmed violation under the draft
    dirty_worst: set[tuple[str, str]] = field(default_factory=set)
    kept: Counter[tuple[str, str]] = field(default_factory=Counter)  # by how much the draft changes the accept clocks
    missed: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, one: Outcome, house: str) -> None:
        """Count one violation of a house."""
        counts = self.kinds.setdefault(one.kind, Counter())
        counts["before"] += bool(one.fined_before)
        counts["draft"] += bool(one.fined_after)
        counts["fell"] += bool(one.fined_before and not one.after)
        if one.new and one.after:
            counts["new_excused" if one.after.excused else "new"] += 1
        if one.after is None:
            return
        key = (house, month_of(one.after.happened_at))
        if one.fined_after:
            self.draft[key] += one.fined_after
            self.worst[key] += one.fined_after
            self.dirty.add(key)
            self.dirty_worst.add(key)
        elif one.new and not one.after.excused:
            self.worst[key] += one.after.fine_fen
            self.dirty_worst.add(key)


def whole_months(first: date, last: date) -> list[str]:
    """Shanghai months of which no day is missing from first to last: those can be settled."""
    found, day = [], first.replace(day=1)
    while day <= last:
        start, end = (shanghai(at).date() for at in month_bounds(day.strftime("%Y-%m")))
        if start >= first and end - timedelta(days=1) <= last:
            found.append(day.strftime("%Y-%m"))
        day = end
    return found


def figures(
    houses: Mapping[str, Money],
    provinces: Mapping[str, str],
    names: Mapping[str, str],
    tally: Tally,
    months: Mapping[str, Mapping[str, Any]],
) -> dict[str, Any]:
    """Everything that a screen, a table or a program shows of a rehearsal; fen, and codes of stations."""
    columns = [(part, which) for part in PARTS for which in ("before", "draft", "worst")]
    rows = [
        {
            "province": provinces.get(house, ""), "station": house, "name": names.get(house, ""),
            **{f"{part}_{which}": getattr(money, which)[part] for part, which in columns},
            "change": money.net("draft") - money.net("before"),
            "change_worst": money.net("worst") - money.net("before"),
        }
        for house, money in sorted(houses.items(), key=lambda item: (provinces.get(item[0], ""), item[0]))
    ]  # fmt: skip
    return {
        "orders": tally.orders,
        "unreadable": tally.unreadable,
        "kinds": {kind: dict(counts) for kind, counts in sorted(tally.kinds.items())},
        "months": months,
        "total": _sum(rows),
        "provinces": {name: _sum([row for row in rows if row["province"] == name]) for name in _provinces(rows)},
        "stations": [row for row in rows if any(value for key, value in row.items() if isinstance(value, int))],
        "winners": _most(rows, 1),
        "losers": _most(rows, -1),
    }


def _provinces(rows: list[dict[str, Any]]) -> list[str]:
    return sorted({row["province"] for row in rows})


def _sum(rows: list[dict[str, Any]]) -> dict[str, int]:
    keys = [f"{part}_{which}" for part in PARTS for which in ("before", "draft", "worst")] + ["change", "change_worst"]
    return {key: sum(row[key] for row in rows) for key in keys}


def _most(rows: list[dict[str, Any]], sign: int) -> list[str]:
    """Codes of the houses whose money changes most in one direction, the most first."""
    touched = [row for row in rows if sign * row["change"] > 0]
    return [row["station"] for row in sorted(touched, key=lambda row: (-sign * row["change"], row["station"]))[:SHOWN]]

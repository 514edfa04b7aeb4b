"""The figures of the weekly report, counted one by one: rows of what happened, and what each measure makes of them.

`facts(book, now)` are plain rows of a naive replay; `cells(rows)` are the figures of rows that are all of one period.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from tests.oracle.book import Book
from tests.oracle.clocks import HOURS, SHANGHAI
from tests.oracle.judge import Clock
from tests.oracle.network import DATA_CENTRE
from tests.oracle.orders import Assignment, View, matching
from tests.oracle.results import week
from tests.oracle.words import KINDS

Row = dict[str, Any]
Facts = dict[str, list[Row]]
Cell = tuple[str, str, str]  # level, code, measure
AT = {
    "orders": "created_at", "clocks": "due_at", "holdings": "started_at", "violations": "happened_at",
    "money": "happened_at",
}  # fmt: skip
LEVELS = {"network": None, "province": "province", "station": "station", "channel": "channel"}
TO_SCAN = ("accepted", "awaiting_waybill", "picked_up")
MINUTE = timedelta(minutes=1)


# ---- what happened ------------------------------------------------------------------------------------------------


def facts(book: Book, now: datetime) -> Facts:
    """Rows of every frame that a measure is about."""
    found: Facts = {frame: [] for frame in AT}
    for order in book.orders.values():
        view, clocks, _ = book.look(order, now)
        found["orders"].append(_order(book, view))
        found["clocks"] += [_clock(book, view, clock) for clock in clocks]
        found["holdings"] += _holdings(book, view)
    found["violations"] = _violations(book, now)
    found["money"] = _money(book)
    return found


def _of(book: Book, view: View, station: str) -> Row:
    """Whose a row is: the data centre's and nobody's are of the region in which the order was first routed."""
    if station in ("", DATA_CENTRE):
        first = view.assignments[0].station if view.assignments and not view.order.first.held else DATA_CENTRE
        province = "" if first == DATA_CENTRE else book.network.stations[first].province
    else:
        province = book.network.stations[station].province
    return {"station": station, "province": province, "channel": view.order.first.channel}


def _order(book: Book, view: View) -> Row:
    order = view.order
    withdrawn = min(order.withdrawals, key=lambda one: one[0], default=None)
    origin = "system" if withdrawn is None or withdrawn[0] != view.end else withdrawn[1]
    scans = book.scans.get(order.number.waybill_no, []) if order.number else []
    scanned = matching(view, book.network, scans)
    picked = view.picked
    return _of(book, view, view.station) | {
        "created_at": order.created,
        "state": view.state,
        "picked_up_at": picked,
        "promise_at": view.now_told.window_end or order.created + timedelta(hours=2),
        "pickup_minutes": None if picked is None else (picked - order.created) // MINUTE,
        "withdrawal_origin": origin if view.state == "withdrawn" else "",
        "withdrawal_code": "",  # a replay tells none
        "unscanned": view.state in TO_SCAN and order.number is not None and not scanned,
    }


def _clock(book: Book, view: View, clock: Clock) -> Row:
    return _of(book, view, clock.station) | {"due_at": clock.due, "kind": clock.kind, "verdict": clock.verdict}


def _holdings(book: Book, view: View) -> list[Row]:
    routed = [n for n, held in enumerate(view.assignments) if held.cause == "routing"]
    return [
        _of(book, view, held.station)
        | {
            "started_at": held.start,
            "reach_minutes": (held.start - view.order.created) // MINUTE,
            "accept_minutes": _accept_minutes(book, held),
            "misrouted": routed[-1:] == [n] and held.station != DATA_CENTRE
            and view.station not in ("", DATA_CENTRE, held.station),
        }
        for n, held in enumerate(view.assignments)
    ]  # fmt: skip


def _accept_minutes(book: Book, held: Assignment) -> int | None:
    """What a station did after an update that fell away counts for the holder before it, maybe the data centre."""
    if held.accepted is None or held.station == DATA_CENTRE:
        return None
    return duty_minutes(book.network.stations[held.station].duty, held.start, held.accepted)


def duty_minutes(duty: str, since: datetime, until: datetime) -> int:
    """DUTY-1: whole minutes on duty between two instants, a day at a time."""
    opens, closes = HOURS[duty]
    day = since.astimezone(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)
    total = timedelta()
    while day < until:
        begin, end = max(since, day + timedelta(hours=opens)), min(until, day + timedelta(hours=closes))
        total += max(end - begin, timedelta())
        day += timedelta(days=1)
    return total // MINUTE


def _violations(book: Book, now: datetime) -> list[Row]:
    found = [(number, one.state, one.suspicion) for (number, _, _), one in book.decisions.items()]
    open_ones = book.open_suspicions(book.orders.values(), now)
    found += [(order.logistics_no, "suspected", suspicion) for order, suspicion in open_ones]
    return [
        {
            "station": one.station, "province": book.network.stations[one.station].province,
            "channel": book.orders[number].first.channel, "happened_at": one.happened, "kind": one.kind,
            "state": state, "excuse": one.excuse, "fine_fen": book.edition.fines[one.kind],
        }
        for number, state, one in found
    ]  # fmt: skip


def _money(book: Book) -> list[Row]:
    def line(station: str, channel: str, kind: str, fen: int, at: datetime) -> Row:
        return {
            "station": station, "province": book.network.stations[station].province, "channel": channel,
            "kind": kind, "amount_fen": fen, "credit_fen": -fen, "happened_at": at,
        }  # fmt: skip

    found = []
    for (number, _, kind), decision in book.decisions.items():
        one, fine, channel = decision.suspicion, book.edition.fines[kind], book.orders[number].first.channel
        if decision.state != "dismissed":
            found.append(line(one.station, channel, "fine", fine, one.happened))
        if decision.overturned_at is not None:
            found.append(line(one.station, channel, "reversal", -fine, decision.overturned_at))
    return found + [line(one.house, "", one.kind, -one.amount, one.at) for one in book.settlements]


# ---- what is made of it -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Count:
    """A measure: of which rows, and whether they are counted (value ""), summed or ranked (rank > 0)."""

    frame: str
    holds: Callable[[Row], bool]
    value: str = ""
    rank: int = 0

    def of(self, rows: list[Row]) -> int | None:
        """The figure of these rows; None: there is none to show."""
        chosen = [row for row in rows if self.holds(row)]
        if not self.value:
            return len(chosen) or None
        values = sorted(row[self.value] for row in chosen if row[self.value] is not None)
        if self.rank:
            return values[ceil(len(values) * self.rank / 100) - 1] if values else None
        return sum(values) or None


def _served(row: Row) -> bool:
    return row["station"] not in ("", DATA_CENTRE) and row["state"] not in ("withdrawn", "held")


def _in_time(row: Row) -> bool:
    return _served(row) and row["picked_up_at"] is not None and row["picked_up_at"] <= row["promise_at"]


def _with_a_station(row: Row) -> bool:
    return bool(row["station"] != DATA_CENTRE)


def _is(**wanted: Any) -> Callable[[Row], bool]:
    return lambda row: all(
        row[name] in value if isinstance(value, tuple) else row[name] == value for name, value in wanted.items()
    )


def _measures() -> dict[str, Count]:
    both = ("kept", "missed")
    found = {
        "orders": Count("orders", _served),
        "at_data_centre": Count("orders", _is(state="at_data_centre")),
        "promise_kept": Count("orders", _in_time),
        "unscanned": Count("orders", _is(unscanned=True)),
        "withdrawn": Count("orders", _is(state="withdrawn")),
        "withdrawn_as:free": Count("orders", _is(state="withdrawn", withdrawal_code="")),
        "holdings": Count("holdings", _with_a_station),
        "misrouted": Count("holdings", lambda row: _with_a_station(row) and row["misrouted"]),
        "reach_minutes": Count("holdings", _with_a_station, "reach_minutes"),
        "fines_fen": Count("violations", _is(state="confirmed"), "fine_fen"),
        "booked_fen": Count("money", _is(kind=("fine", "reversal")), "amount_fen"),
        "refunds_fen": Count("money", _is(kind=("refund_1", "refund_2")), "credit_fen"),
        "rewards_fen": Count("money", _is(kind="reward"), "credit_fen"),
        "excused": Count("violations", lambda row: row["excuse"] != ""),
    }
    for kind in ("accept", "pickup"):
        found[f"{kind}_on_time"] = Count("clocks", _is(kind=kind, verdict="kept"))
        found[f"{kind}_late"] = Count("clocks", _is(kind=kind, verdict="missed"))
        found[f"{kind}_clocks"] = Count("clocks", _is(kind=kind, verdict=both))
    for rank in (50, 90, 99):
        found[f"accept_p{rank}"] = Count("holdings", _with_a_station, "accept_minutes", rank)
        found[f"pickup_p{rank}"] = Count("orders", _served, "pickup_minutes", rank)
    for origin in ("sender", "platform", "station", "system"):
        found[f"withdrawn:{origin}"] = Count("orders", _is(state="withdrawn", withdrawal_origin=origin))
    for code in ("user_cancelled", "duplicate", "not_contacted", "too_slow", "bad_service"):
        found[f"withdrawn_as:{code}"] = Count("orders", _is(state="withdrawn", withdrawal_code=code))
    for state in ("suspected", "confirmed", "dismissed", "overturned"):
        found[state] = Count("violations", _is(state=state))
        found |= {f"{state}:{kind}": Count("violations", _is(state=state, kind=kind)) for kind in KINDS}
    return found | {f"excused:{kind}": Count("violations", _excused_of(kind)) for kind in KINDS}


def _excused_of(kind: str) -> Callable[[Row], bool]:
    return lambda row: row["excuse"] != "" and row["kind"] == kind


MEASURES = _measures()


def weeks_of(found: Facts) -> dict[str, Facts]:
    """The rows of each week, by SETTLE-2's Mondays."""
    weeks: dict[str, Facts] = defaultdict(lambda: {frame: [] for frame in AT})
    for frame, rows in found.items():
        for row in rows:
            weeks[week(row[AT[frame]])][frame].append(row)
    return dict(weeks)


def cells(found: Facts) -> dict[Cell, int]:
    """Every measure at every level, over all these rows; none that has nothing to show."""
    figures: dict[Cell, int] = {}
    for level, column in LEVELS.items():
        for frame, rows in found.items():
            for code, some in _split(rows, column).items():
                for name, measure in MEASURES.items():
                    figure = measure.of(some) if measure.frame == frame else None
                    if figure is not None:
                        figures[level, code, name] = figure
    return figures


def _split(rows: Iterable[Row], column: str | None) -> dict[str, list[Row]]:
    parts: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        parts["" if column is None else row[column]].append(row)
    return parts

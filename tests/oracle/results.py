"""The book as the rows of REPLAY.md's result files."""

from collections import defaultdict
from datetime import datetime, timedelta

from tests.oracle.book import Book
from tests.oracle.clocks import SHANGHAI
from tests.oracle.judge import Clock
from tests.oracle.network import DATA_CENTRE
from tests.oracle.orders import View

Rows = dict[str, list[list[str]]]
FIGURES = (
    *("orders", "accept_on_time", "accept_late", "pickup_on_time", "pickup_late", "promise_kept"),
    *("suspected", "confirmed", "fines_fen"),
)
HEADERS = {
    "orders.csv": "logistics_no,channel,state,station,routing_cause,waybill_no,created_at,accepted_at,picked_up_at",
    "assignments.csv": "logistics_no,seq,station,started_at,ended_at,cause",
    "clocks.csv": "logistics_no,seq,kind,starts_at,due_at,verdict",
    "violations.csv": "logistics_no,seq,station,kind,state,happened_at,edition,excuse,fine_fen",
    "appeals.csv": "logistics_no,station,kind,stage,state,opened_at,closed_at",
    "ledger.csv": "key,happened_at,account,amount_fen,station,logistics_no,rule",
    "settlement.csv": "month,station,kind,amount_fen",
    "weekly.csv": "week,province,station," + ",".join(FIGURES),
    "rejected.csv": "line,do,code",
}
NUMBERS = ("seq", "line")


def shown(when: datetime | None) -> str:
    """Shanghai time, cut to the second."""
    return "" if when is None else when.astimezone(SHANGHAI).replace(microsecond=0).isoformat()


def week(when: datetime) -> str:
    year, number, _ = when.astimezone(SHANGHAI).isocalendar()
    return f"{year:04d}-W{number:02d}"


def ordered(name: str, rows: list[list[str]]) -> list[list[str]]:
    """By the columns from the left, seq and line as numbers, all else as text."""
    columns = HEADERS[name].split(",")
    numeric = [i for i, column in enumerate(columns) if column in NUMBERS]
    return sorted(rows, key=lambda row: [(int(v), "") if i in numeric else (0, v) for i, v in enumerate(row)])


def rows_of(book: Book, now: datetime, rejected: list[tuple[int, str, str]]) -> Rows:
    """All result files at `now`."""
    looks = [book.look(order, now) for order in book.orders.values()]
    views = [view for view, _, _ in looks]
    clocks = {view.order.logistics_no: found for view, found, _ in looks}
    found: Rows = {name: [] for name in HEADERS}
    found["rejected.csv"] = [[str(line), do, code] for line, do, code in rejected]
    found["violations.csv"] = _violations(book, now)
    found["appeals.csv"] = _appeals(book)
    found["ledger.csv"] = _ledger(book)
    found["settlement.csv"] = _settlement(book)
    for view in views:
        found["orders.csv"].append(_order(view))
        found["assignments.csv"] += _assignments(view)
        found["clocks.csv"] += _clocks(view, clocks[view.order.logistics_no])
    found["weekly.csv"] = _weekly(book, views, clocks, found["violations.csv"])
    return {name: ordered(name, rows) for name, rows in found.items()}


def _order(view: View) -> list[str]:
    order = view.order
    return [
        order.logistics_no, order.first.channel, view.state, view.station, view.routing_cause,
        order.number.waybill_no if order.number else "", shown(order.created), shown(view.accepted_at),
        shown(view.picked),
    ]  # fmt: skip


def _assignments(view: View) -> list[list[str]]:
    return [
        [view.order.logistics_no, str(seq), held.station, shown(held.start), shown(held.end), held.cause]
        for seq, held in enumerate(view.assignments, 1)
    ]


def _clocks(view: View, clocks: list[Clock]) -> list[list[str]]:
    return [[view.order.logistics_no, str(c.seq), c.kind, shown(c.starts), shown(c.due), c.verdict] for c in clocks]


def _violations(book: Book, now: datetime) -> list[list[str]]:
    standing = [
        (logistics_no, decision.state, decision.suspicion) for (logistics_no, _, _), decision in book.decisions.items()
    ]
    still_open = book.open_suspicions(book.orders.values(), now)
    standing += [(order.logistics_no, "suspected", suspicion) for order, suspicion in still_open]
    return [
        [
            number,
            str(s.seq),
            s.station,
            s.kind,
            state,
            shown(s.happened),
            book.edition.name,
            s.excuse,
            str(book.edition.fines[s.kind]),
        ]
        for number, state, s in standing
    ]


def _appeals(book: Book) -> list[list[str]]:
    return [
        [logistics_no, decision.suspicion.station, kind, s.stage, s.state, shown(s.opened), shown(s.closed)]
        for (logistics_no, _, kind), decision in book.decisions.items()
        for s in decision.stages
    ]


def _ledger(book: Book) -> list[list[str]]:
    rows = []
    for (logistics_no, seq, kind), decision in book.decisions.items():
        if decision.state == "dismissed":
            continue
        s, fine = decision.suspicion, book.edition.fines[kind]
        key, tail = f"fine:{logistics_no}:{seq}:{kind}", [s.station, logistics_no, kind]
        house = book.network.house(s.station)
        rows += _posting(key, s.happened, house, "fines", fine, tail)
        if decision.overturned_at is not None:
            rows += _posting(f"{key}:reversed", decision.overturned_at, house, "fines", -fine, tail)
    for m in book.settlements:
        other, rule = ("rewards", "REWARD-1") if m.kind == "reward" else ("refunds", "REFUND-1")
        key = f"settle:{m.month}:{m.house}:{m.kind}:{m.n}"
        rows += _posting(key, m.at, m.house, other, -m.amount, [m.house, "", rule])
    return rows


def _posting(key: str, when: datetime, house: str, other: str, fen: int, tail: list[str]) -> list[list[str]]:
    """LEDGER-1: `fen` on the house's account, the opposite on the other."""
    return [[key, shown(when), account, str(part), *tail] for account, part in ((house, fen), (other, -fen))]


def _settlement(book: Book) -> list[list[str]]:
    """All columns but `why`, which is free text."""
    return [[m.month, m.house, m.kind + ("_difference" if m.again else ""), str(m.amount)] for m in book.settlements]


def promise_kept(view: View) -> bool:
    """PROMISE-1: by the end of the window, else within 2 hours of creation."""
    by = view.now_told.window_end or view.order.created + timedelta(hours=2)
    return view.state == "picked_up" and view.picked is not None and view.picked <= by


def _weekly(
    book: Book, views: list[View], clocks: dict[str, list[Clock]], violations: list[list[str]]
) -> list[list[str]]:
    figures: dict[tuple[str, str], dict[str, int]] = defaultdict(lambda: dict.fromkeys(FIGURES, 0))
    for view in views:
        if view.station not in ("", DATA_CENTRE) and view.state not in ("withdrawn", "held"):
            mine = figures[week(view.order.created), view.station]
            mine["orders"] += 1
            mine["promise_kept"] += promise_kept(view)
        for clock in clocks[view.order.logistics_no]:
            if clock.kind != "transfer" and clock.verdict in ("kept", "missed"):
                column = f"{clock.kind}_{'on_time' if clock.verdict == 'kept' else 'late'}"
                figures[week(clock.due), clock.station][column] += 1
    for _, _, station, _, state, when, _, _, fine in violations:
        if state in ("suspected", "confirmed"):
            mine = figures[week(datetime.fromisoformat(when)), station]
            mine[state] += 1
            mine["fines_fen"] += int(fine) if state == "confirmed" else 0
    return [
        [when, book.network.stations[station].province, station, *(str(mine[f]) for f in FIGURES)]
        for (when, station), mine in figures.items()
    ]

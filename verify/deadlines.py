"""I-07: every clock once more, from the log, the rulebook edition that its row names, and the calendar."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from basics.words import DATA_CENTRE, ClockKind, Verdict
from rulebook.book import Book, Edition
from verify.finding import Finding, differs
from verify.hours import Hours
from verify.log import Holder, Meaning
from verify.orders import OrderRow, key_of
from verify.verdicts import verdict

WHOLE_DAY = (0, 24 * 60)


class ClockRow(Protocol):
    """What is read of `clocks`."""

    seq: int
    kind: str
    station: str
    starts_at: datetime
    due_at: datetime
    verdict: str
    edition: str


@dataclass(frozen=True, slots=True)
class Network:
    """What is read of the network: the house and the kind of duty of each station, and its closures."""

    house_of: Mapping[str, str]
    duty_of: Mapping[str, str]
    closed: Mapping[str, tuple[tuple[datetime, datetime], ...]]
    _hours: dict[tuple[str, int, int], Hours] = field(default_factory=dict)

    def hours(self, station: str, opens: int, closes: int) -> Hours:
        """Open times of a station whose day is [opens, closes), its closures left out."""
        key = (station, opens, closes)
        if key not in self._hours:
            self._hours[key] = Hours(opens, closes, self.closed.get(station, ()))
        return self._hours[key]


def clock_findings(
    order: OrderRow, meaning: Meaning, rows: Iterable[ClockRow], network: Network, book: Book
) -> Iterator[Finding]:
    """One finding for each clock that is not what it should be, is not there, or should not be."""
    stored = {(row.seq, row.kind): row for row in rows}
    late = False
    for seq, holder in enumerate(meaning.holders, start=1):
        for kind in (*_kinds(holder, late), *_of_the_rulebook(meaning, seq, network, book)):
            row = stored.pop((seq, kind), None)
            problem = "缺少这个时钟 / the clock is missing" if row is None else _problem(meaning, row, network, book)
            if problem:
                yield Finding("I-07", "clocks", key_of(order, seq, kind), problem)
            if kind == ClockKind.PICKUP and row is not None and row.verdict == Verdict.MISSED:
                late = True
    for seq, kind in stored:
        message = "日志中没有这个时钟的理由 / the log knows no reason for this clock"
        yield Finding("I-07", "clocks", key_of(order, seq, kind), message)


def _kinds(holder: Holder, late: bool) -> Iterator[str]:
    """CLOCK-2: the clocks of a holder; `late`: an earlier one missed its pickup clock (PICKUP-2)."""
    if holder.station == DATA_CENTRE:
        return
    yield ClockKind.ACCEPT
    if holder.to_transfer:
        yield ClockKind.TRANSFER
    if not late:
        yield ClockKind.PICKUP


def _of_the_rulebook(meaning: Meaning, seq: int, network: Network, book: Book) -> Iterator[str]:
    """The clocks that only the edition knows, without those that were over before this holder got the order."""
    holder, edition = meaning.holders[seq - 1], book.at(meaning.zero)
    if holder.station == DATA_CENTRE or holder.station not in network.duty_of:
        return
    for name, rule in edition.clock_rules.items():
        if rule.when == "outside" and not holder.to_transfer:
            continue
        over = rule.starts == "creation" and _own_times(meaning, seq, name, network, edition)[1] <= holder.since
        if not over or holder.since == meaning.zero:
            yield name


def _problem(meaning: Meaning, row: ClockRow, network: Network, book: Book) -> str | None:
    if row.station != meaning.holders[row.seq - 1].station:
        return differs("station", row.station, meaning.holders[row.seq - 1].station)
    if row.station not in network.duty_of:
        return f"没有这个网点 / no such station: {row.station}"
    try:
        edition = book.named(row.edition)
    except KeyError:
        return f"没有这个规则版本 / no such edition of the rulebook: {row.edition}"
    if row.kind not in tuple(ClockKind) and row.kind not in edition.clock_rules:
        return f"规则中没有这个时钟 / the edition knows no such clock: {row.kind}"
    starts_at, due_at = _times(meaning, row, network, edition)
    if row.starts_at != starts_at:
        return differs("starts_at", row.starts_at, starts_at)
    if row.due_at != due_at:
        return differs("due_at", row.due_at, due_at)
    # What nothing stopped runs until somebody looks after its deadline.
    own = edition.clock_rules.get(row.kind)
    expected = verdict(meaning, row.seq, row.kind, due_at, own.kept_by if own else None)
    possible = (expected,) if expected else (Verdict.RUNNING, Verdict.MISSED)
    return None if row.verdict in possible else differs("verdict", row.verdict, " | ".join(possible))


def _times(meaning: Meaning, row: ClockRow, network: Network, edition: Edition) -> tuple[datetime, datetime]:
    holder = meaning.holders[row.seq - 1]
    since = holder.since
    if row.kind == ClockKind.PICKUP:
        return _pickup(meaning, since, network.hours(row.station, *WHOLE_DAY), edition)
    if row.kind in edition.clock_rules:
        return _own_times(meaning, row.seq, row.kind, network, edition)
    duty = edition.duty[network.duty_of[row.station]]
    length = edition.accept if row.kind == ClockKind.ACCEPT else edition.transfer
    if row.seq == 1 and holder.cause == "routing":  # of the first routing they start at creation (CLOCK-2)
        since = meaning.zero
    # A clock starts with duty, closed or not (REPLAY clocks.csv); only its minutes leave the closures out.
    starts_at = Hours(duty.opens, duty.closes).first_open(since)
    return starts_at, network.hours(row.station, duty.opens, duty.closes).after(since, length)


def _own_times(meaning: Meaning, seq: int, name: str, network: Network, edition: Edition) -> tuple[datetime, datetime]:
    """Start and deadline of a clock of the edition's own. Closures count from the assignment on: before it they were
    another holder's."""
    rule, holder = edition.clock_rules[name], meaning.holders[seq - 1]
    first = seq == 1 and holder.cause == "routing"
    since = meaning.zero if first or rule.starts == "creation" else holder.since
    duty = edition.duty[network.duty_of[holder.station]]
    day = (duty.opens, duty.closes) if rule.counts == "duty" else WHOLE_DAY
    closed = [(max(f, holder.since), u) for f, u in network.closed.get(holder.station, ()) if u > holder.since]
    return Hours(*day).first_open(since), Hours(*day, tuple(closed)).after(since, rule.length)


def _pickup(meaning: Meaning, since: datetime, hours: Hours, edition: Edition) -> tuple[datetime, datetime]:
    """PICKUP-2: until E, or 4 h after the assignment if that is later; closed minutes since then do not count."""
    end = meaning.zero + edition.pickup
    if meaning.window_end is not None:
        end = max(end, meaning.window_end)
    least = since + edition.pickup_least_hold
    return (since if least > end else meaning.zero), hours.after(since, max(end, least) - since)

"""What a run of the ladder does (DO-8): which steps of which orders, and what is said to whom. Pure.

A night's orders share one deadline, so a run says one thing to each station for each step, however many its orders are.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from basics.days import shanghai
from geo.network import Network
from notify.messages import PROVINCE, STATION, Addressee, Message
from rulebook.book import Book
from rulebook.edition import Edition
from sla.duty import Calendar, first_instant
from sla.forecast import Pace, risk
from sla.ladder import CALL_LIST, MESSAGE, OFFER_TRANSFER, STEPS, counted_left, steps_now
from sla.silence import duty_ends

CalendarOf = Callable[[str, Edition], Calendar]
DESK, CALLS = "/desk", "/calls"
MOST_NAMED = 5  # stations, and logistics numbers, in a message
_TOLD_KINDS = {MESSAGE: "late_soon", OFFER_TRANSFER: "offer_transfer", CALL_LIST: "call_list"}


@dataclass(frozen=True, slots=True)
class Running:
    """An accept clock that runs and has begun; `taken`: the steps of its assignment so far."""

    order_id: int
    seq: int
    logistics_no: str
    region: str
    station: str
    starts_at: datetime
    due_at: datetime
    edition: str
    outside: bool
    taken: frozenset[str]


@dataclass(frozen=True, slots=True)
class Ring:
    """A step to take for an assignment, not after `until`: its deadline, or the end of the duty that goes on (DO-8).
    `told`: keys of the messages that say so."""

    of: Running
    step: str
    ahead: bool
    risk: float | None
    until: datetime
    told: tuple[str, ...] = ()


def plan(
    clocks: Iterable[Running], book: Book, calendar: CalendarOf, paces: Mapping[str, Pace], now: datetime
) -> list[Ring]:
    """The steps whose time has come at `now`, without what they tell."""
    found: list[Ring] = []
    ahead: dict[str, int] = {}
    lefts: dict[tuple[str, str, datetime], tuple[timedelta | None, datetime]] = {}
    for clock in sorted(clocks, key=lambda one: (one.station, one.due_at, one.order_id)):
        waiting_ahead = ahead[clock.station] = ahead.get(clock.station, -1) + 1
        edition = book.named(clock.edition)
        key = (clock.station, clock.edition, clock.due_at)
        if key not in lefts:
            own = calendar(clock.station, edition)
            left = counted_left(own, clock.starts_at, clock.due_at, now)
            lefts[key] = (left, min(clock.due_at, duty_ends(own, now)))
        left, until = lefts[key]
        if left is None or len(clock.taken) == len(STEPS):
            continue
        waited = edition.accept - left
        likely = risk(paces.get(clock.station), waiting_ahead, left, now, waited, clock.outside)
        rungs = steps_now(edition.ladder, left, likely, clock.taken)
        found += [Ring(clock, rung.step, rung.ahead, likely, until) for rung in rungs]
    return found


def by_house(rings: Sequence[Ring], network: Network, most: int) -> Iterable[list[Ring]]:
    """Batches of about `most`; a house is never parted, so that each is told once."""
    batch: list[Ring] = []
    last = None
    for ring in sorted(rings, key=lambda one: (_house(one, network), one.of.order_id, one.of.seq, one.step)):
        house = _house(ring, network)
        if len(batch) >= most and house != last:
            yield batch
            batch = []
        batch.append(ring)
        last = house
    if batch:
        yield batch


def addressed(rings: Iterable[Ring], network: Network, book: Book, calendar: CalendarOf, now: datetime) -> list[Ring]:
    """The same rings with the keys of what they will have told."""
    return [replace(one, told=tuple(key for _, key in _told(one, network, book, calendar, now))) for one in rings]


def messages(rings: Iterable[Ring], network: Network, book: Book, calendar: CalendarOf, now: datetime) -> list[Message]:
    """What these rings say: one message for each addressee and step."""
    groups: dict[tuple[Addressee, str, str], list[Ring]] = {}
    for ring in rings:
        for to, key in _told(ring, network, book, calendar, now):
            groups.setdefault((to, key, ring.step), []).append(ring)
    return [_message(to, key, step, some, network, now) for (to, key, step), some in groups.items()]


def _told(ring: Ring, network: Network, book: Book, calendar: CalendarOf, now: datetime) -> list[tuple[Addressee, str]]:
    """Whom a step tells, each with the message's key. A head, and the head of its house while that one is on duty; the
    province, whose list is on the screen, hears of it once in a span as long as the step: it telephones, and need not
    be rung for each order."""
    if ring.step in (MESSAGE, OFFER_TRANSFER):
        codes, house = [ring.of.station], _house(ring, network)
        if house not in codes and first_instant(calendar(house, book.named(ring.of.edition)), now) == now:
            codes.append(house)
        return [((STATION, code), f"{ring.step}:{code}:{now.isoformat()}") for code in codes]
    known = network.stations.get(ring.of.station)
    if ring.step != CALL_LIST or known is None:
        return []
    span = book.named(ring.of.edition).ladder.call_list
    slot = int(now.timestamp() // max(span.total_seconds(), 1))
    return [((PROVINCE, known.province), f"{CALL_LIST}:{known.province}:{slot}")]


def _house(ring: Ring, network: Network) -> str:
    return network.house_of.get(ring.of.station, ring.of.station)


def _message(to: Addressee, key: str, step: str, rings: Sequence[Ring], network: Network, now: datetime) -> Message:
    """The province's names some stations and no numbers: what comes later in its span is on the list alone."""
    orders, chinese, english, advice, link = len(rings), *_WORDS[step]
    due = shanghai(min(one.of.due_at for one in rings))
    when = f"{due:%H:%M}" if due.date() == shanghai(now).date() else f"{due:%m-%d %H:%M}"
    stations: dict[str, int] = {}
    for one in rings:
        stations[one.of.station] = stations.get(one.of.station, 0) + 1
    counted = step != CALL_LIST
    some = [_name(code, network) + f" {stations[code]} 单" * counted for code in list(stations)[:MOST_NAMED]]
    text = "、".join(some) + "等" * (len(stations) > len(some) or not counted)
    text += f",最早 {when} 到期" + "(按本网点速度预测)" * any(one.ahead for one in rings)
    if counted and orders <= MOST_NAMED:
        text += ":" + "、".join(one.of.logistics_no for one in rings)
    subject = f"{orders} 单{chinese} / {orders} {english}" if counted else f"{chinese} / {english}"
    only = rings[0].of.order_id if counted and orders == 1 else None
    until = min(one.until for one in rings)
    return Message(key, to, _TOLD_KINDS[step], subject, f"{text}。{advice} First due {when}.", link, only, until)


_WORDS = {
    MESSAGE: ("即将超时", "about to be late", "请尽快接单、转单或登记失败。/ Accept, transfer or fail them.", DESK),
    OFFER_TRANSFER: ("建议转单", "to transfer, perhaps", "来不及的请转给邻近网点。/ Or transfer them.", DESK),
    CALL_LIST: (
        "有网点须电话催办",
        "stations to call",
        "请按催办名单致电。/ Please call those listed.",
        CALLS,
    ),
}


def _name(code: str, network: Network) -> str:
    known = network.stations.get(code)
    return f"{known.name} {code}" if known else code


def ring_row(ring: Ring, now: datetime) -> dict[str, object]:
    """A row of `rings`."""
    of = ring.of
    return {
        "order_id": of.order_id, "seq": of.seq, "step": ring.step, "region": of.region, "station": of.station,
        "rung_at": now, "due_at": of.due_at, "risk": ring.risk, "ahead": ring.ahead,
        "told": {"messages": list(ring.told)},
    }  # fmt: skip

"""One order: the list of what was told, and what that amounts to, worked out from scratch each time."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tests.oracle.clocks import DAY
from tests.oracle.geometry import Pair
from tests.oracle.network import DATA_CENTRE, Network
from tests.oracle.words import Content, prefix_fits

FINAL = ("picked_up", "accept_failed", "pickup_failed", "withdrawn")


@dataclass(frozen=True)
class Fact:
    """Something that was told and not refused; acts and updates count at `at`.

    `station` is the one an assignment goes to, or the one that acts; `word` and `reason` are a failure's."""

    what: str
    at: datetime
    station: str = ""
    word: str = ""
    reason: str = ""
    content: Content | None = None


@dataclass(frozen=True)
class Number:
    """A waybill number that was given; `turn` is the order of telling."""

    by: str
    happened: datetime
    turn: int
    waybill_no: str


@dataclass(frozen=True)
class Scan:
    """A pickup scan; `scanned` is never later than it was told."""

    waybill_no: str
    station: str
    scanned: datetime


@dataclass(eq=False)
class Assignment:
    """A holder and its acts; `point` is the last told while it was held, `first_point` that of its start."""

    station: str
    start: datetime
    cause: str
    point: Pair | None
    first_point: Pair | None
    end: datetime | None = None
    accepted: datetime | None = None
    failed: Fact | None = None


@dataclass
class Order:
    """What was told. `first` is the first push; `withdrawals` are (when it was made, origin, reason, station)."""

    logistics_no: str
    received: datetime
    created: datetime
    first: Content
    facts: list[Fact] = field(default_factory=list)
    withdrawals: list[tuple[datetime, str, str, str]] = field(default_factory=list)
    numbers: list[Number] = field(default_factory=list)
    handled: bool = False

    @property
    def number(self) -> Number | None:
        """The present number: the channel's of the latest date, else what the station typed last."""
        channel = [n for n in self.numbers if n.by == "channel"]
        if channel:
            return max(channel, key=lambda n: (n.happened, n.turn))
        return self.numbers[-1] if self.numbers else None

    def contents(self) -> list[Content]:
        """All that was ever pushed of it."""
        return [self.first, *(fact.content for fact in self.facts if fact.content is not None)]

    def has(self, *what: str) -> bool:
        return any(fact.what in what for fact in self.facts)


@dataclass
class View:
    """What an order amounts to at one instant."""

    order: Order
    state: str = "held"
    station: str = ""
    routing_cause: str = ""
    accepted_at: datetime | None = None
    assignments: list[Assignment] = field(default_factory=list)
    content: Content | None = None
    base: datetime | None = None  # creation or release: where clocks "from creation" start
    released: bool = False
    confirmed: datetime | None = None
    first_scan: datetime | None = None
    end: datetime | None = None
    end_kind: str = ""  # picked_up, failed, withdrawn
    picked: datetime | None = None
    unproved: bool = False  # confirmed, and no matching scan made within 24 h is known
    routable: bool = False

    @property
    def now_told(self) -> Content:
        assert self.content is not None
        return self.content


def view_of(order: Order, network: Network, scans: list[Scan], now: datetime, at_end: bool = False) -> View:
    """Everything about an order from what was told; `now` matters for the 24 h of CHAN-5 and PICKUP-1."""
    whole = _walk(order, network, None)
    _finish(whole, network, scans, now, at_end)
    if whole.end is None:
        return whole
    view = _walk(order, network, whole.end)  # an update made after the end has no effect (fine print 1)
    view.first_scan, view.end, view.end_kind = whole.first_scan, whole.end, whole.end_kind
    view.picked, view.unproved, view.state = whole.picked, whole.unproved, whole.state
    return view


def _walk(order: Order, network: Network, end: datetime | None) -> View:
    """Follow the facts in the order of telling, leaving out updates made after `end`."""
    view = View(order, content=order.first)
    if not order.first.held:
        view.base = order.created
        _route_first(view, network, order.created)
    for fact in order.facts:
        if fact.what == "update":
            if end is None or fact.at <= end:
                _update(view, network, fact)
        elif fact.what in ("transfer", "dispatch"):
            _hand_over(view, fact.station, fact.at, fact.what)
        elif fact.what == "accept":
            view.accepted_at = fact.at
            if view.assignments:
                view.assignments[-1].accepted = fact.at
        elif fact.what == "fail" and view.assignments:
            view.assignments[-1].failed = fact
        elif fact.what == "confirm":
            view.confirmed = fact.at
    if view.assignments:
        view.station = view.assignments[-1].station
    view.state = _open_state(view)
    return view


def _open_state(view: View) -> str:
    if not view.assignments:
        return "held"
    if view.station == DATA_CENTRE:
        return "at_data_centre"
    if view.accepted_at is None:
        return "waiting"
    missing = view.order.first.business_type == "online_order" and view.order.number is None
    return "awaiting_waybill" if missing else "accepted"


def _route_first(view: View, network: Network, when: datetime) -> None:
    told = view.now_told
    if prefix_fits(view.order.logistics_no, view.order.first.channel):
        station, view.routing_cause = network.route(told.point, told.adcode, when)
    else:
        station, view.routing_cause = DATA_CENTRE, "prefix"
    view.routable = view.routing_cause != "prefix"
    _hand_over(view, station, when, "routing")


def _hand_over(view: View, station: str, when: datetime, cause: str) -> None:
    point = view.now_told.point
    if view.assignments:
        view.assignments[-1].end = when
    view.assignments.append(Assignment(station, when, cause, point, point))
    view.routable = view.routable and cause == "routing"
    view.accepted_at = None


def _update(view: View, network: Network, fact: Fact) -> None:
    """CHAN-3: a release, or new content that may route again."""
    old, new = view.now_told, fact.content
    assert new is not None
    view.content = new
    if not view.assignments and view.base is None:
        view.base, view.released = fact.at, True
        _route_first(view, network, fact.at)
        return
    if view.routable and (old.place, old.window) != (new.place, new.window):
        station, view.routing_cause = network.route(new.point, new.adcode, fact.at)
        if station != view.assignments[-1].station:
            _hand_over(view, station, fact.at, "routing")
    view.assignments[-1].point = new.point


def holder_at(view: View, when: datetime) -> int | None:
    """Which assignment holds at an instant; of one instant the one that begins then."""
    held = [i for i, a in enumerate(view.assignments) if a.start <= when]
    return held[-1] if held else None


def matching(view: View, network: Network, scans: list[Scan]) -> list[datetime]:
    """DO-4: the present number, the house that held the order then, not before creation."""
    number, found = view.order.number, []
    for scan in scans:
        if number is None or scan.waybill_no != number.waybill_no or scan.scanned < view.order.created:
            continue
        index = holder_at(view, scan.scanned)
        holder = "" if index is None else view.assignments[index].station
        if network.house(holder) and network.house(holder) == network.house(scan.station):
            found.append(scan.scanned)
    return sorted(found)


def _finish(view: View, network: Network, scans: list[Scan], now: datetime, at_end: bool) -> None:
    """How the order ended, if it did (CHAN-5, CHAN-6, PICKUP-1)."""
    order = view.order
    found = matching(view, network, scans)
    view.first_scan = found[0] if found else None
    failures = [fact for fact in order.facts if fact.what == "fail"]
    made = [when for when, *_ in order.withdrawals]
    lapse = order.received + timedelta(hours=24)
    if order.first.held and not order.has("update") and (lapse < now or (at_end and lapse == now)):
        made.append(lapse)
    if failures:
        view.state, view.end, view.end_kind = failures[0].word + "_failed", failures[0].at, "failed"
    elif view.confirmed is not None:
        _confirmed(view, view.confirmed, now)
    elif view.first_scan is not None and (not made or view.first_scan <= min(made)):
        view.end = view.picked = view.first_scan
        view.state, view.end_kind = "picked_up", "picked_up"
    elif made:
        view.state, view.end, view.end_kind = "withdrawn", min(made), "withdrawn"


def _confirmed(view: View, when: datetime, now: datetime) -> None:
    scan = view.first_scan
    view.state, view.end_kind, view.end = "picked_up", "picked_up", when
    if scan is not None and scan <= when + DAY:
        view.end = view.picked = min(scan, when)
    else:
        view.unproved = True
        view.picked = scan if scan is not None or now > when + DAY else when

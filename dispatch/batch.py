"""The orders of one batch in memory, between one read and one write (DESIGN law 9).

Intake and acts work on this; `actions.py` fills it from the database and writes what came of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from basics.words import DATA_CENTRE, ONLINE_ORDER, State
from channels.messages import Message, OrderPush, Scan, WaybillTold, Withdrawal
from channels.sender_texts import Telling
from dispatch.facts import Act, Event, Target
from dispatch.facts_of_life import Houses, View, sender_phone
from dispatch.feedback import Heard, payload, to_sender, to_tell, to_tell_sender
from dispatch.life import Life
from dispatch.places import key_of, read_place
from dispatch.routing import Place, Route
from dispatch.waybills import Known
from geo.addresses import Gazetteer
from geo.network import Network
from rulebook.book import Book, Edition
from sla.duty import Calendar
from sla.outages import Availability

Key = tuple[str, str]  # channel, logistics number


class World:
    """What decisions rest on besides the orders: the network, the rulebook, which senders are told (CHAN-7), the
    districts by name, and the record of outages. Without the last two no address is read and nobody was ever away, as
    in a replay."""

    def __init__(
        self,
        network: Network,
        book: Book,
        telling: Telling | None = None,
        gazetteer: Gazetteer | None = None,
        availability: Availability | None = None,
    ) -> None:
        self.network = network
        self.book = book
        self.telling = telling or Telling()
        self.gazetteer = gazetteer
        self.availability = availability
        self.houses = Houses(network.house_of)
        self._calendars: dict[tuple[str, str], Calendar] = {}

    def calendar(self, station: str, edition: Edition) -> Calendar:
        """Duty hours of a station under an edition, its closures left out (DUTY-1, ROUTE-6)."""
        key = (station, edition.name)
        if key not in self._calendars:
            known = self.network.stations.get(station)
            hours = edition.duty[known.duty if known else "standard"]
            closures = tuple((c.start, c.end) for c in self.network.closures_of(station))
            self._calendars[key] = Calendar(hours.opens, hours.closes, closures)
        return self._calendars[key]


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message whose order is unknown yet (CHAN-6)."""

    message: Message
    told_at: datetime
    by: str
    row_id: int | None = None


@dataclass(frozen=True, slots=True)
class ScanRow:
    """A scan as told, kept whatever order it may belong to (DO-4)."""

    scan: Scan
    told_at: datetime
    by: str
    new: bool


@dataclass(frozen=True, slots=True)
class Turn:
    """At `at` it was told that an order is picked up, or is not: its sender's phone `was` and is `now` that of a
    picked up order, None where it is none (VIO-2)."""

    life: Life
    at: datetime
    was: str | None
    now: str | None


@dataclass(slots=True)
class Batch:
    """Lives by key and id, who has which number, scans and waiting messages, and the routes of this batch's pushes."""

    world: World
    lives: dict[Key, Life] = field(default_factory=dict)
    by_id: dict[int, Life] = field(default_factory=dict)
    by_number: dict[str, list[Life]] = field(default_factory=dict)
    aliases: dict[Key, list[Life]] = field(default_factory=dict)
    owners: dict[str, Life] = field(default_factory=dict)
    scans: dict[str, list[ScanRow]] = field(default_factory=dict)
    waiting: dict[str, list[Waiting]] = field(default_factory=dict)
    arrived: list[Waiting] = field(default_factory=list)
    issued: dict[str, str] = field(default_factory=dict)  # given numbers -> station in whose stock they lie
    stocked: set[str] = field(default_factory=set)  # houses with stock, of holders whose numbers are not sure
    routes: dict[int, Route] = field(default_factory=dict)
    read_places: dict[tuple[Any, ...], Place] = field(default_factory=dict)  # an address is read once a batch
    heard: list[Heard] = field(default_factory=list)
    touched: dict[Key, Life] = field(default_factory=dict)
    watched: dict[Key, set[tuple[int, str]]] = field(default_factory=dict)  # confirmed violations of an order
    stirred: set[Key] = field(default_factory=set)  # watched orders that the item in hand changed
    overturned: dict[tuple[Key, int, str], datetime] = field(default_factory=dict)
    turned: list[Turn] = field(default_factory=list)

    def add(self, life: Life) -> None:
        self.lives[(life.channel, life.logistics_no)] = life
        self.by_number.setdefault(life.logistics_no, []).append(life)
        if life.alias:
            self.aliases.setdefault((life.channel, life.alias), []).append(life)
        if life.order_id is not None:
            self.by_id[life.order_id] = life
        if life.number is not None:
            self.owners[life.number.waybill_no] = life

    def forget(self, life: Life) -> None:
        """Leave an order as it is stored: what was done to it here is neither written nor told."""
        self.touched.pop((life.channel, life.logistics_no), None)
        self.heard = [one for one in self.heard if one.life is not life]

    def find(self, target: Target, at: datetime) -> Life | None:
        """The order meant, its hold ended if that was due before `at`. By number alone only if one order has it."""
        life = self._at(target)
        if life is not None:
            self.expire(life, at)
        return life

    def _at(self, target: Target) -> Life | None:
        if target.order_id is not None:
            return self.by_id.get(target.order_id)
        if target.channel:
            return self.lives.get((target.channel, target.logistics_no))
        having = self.by_number.get(target.logistics_no, ())
        return having[0] if len(having) == 1 else None

    def waited_for(self, push: OrderPush) -> list[Waiting]:
        """Take out what waited for this order, under its number or its other name, in the order of telling."""
        mine: list[Waiting] = []
        for name in {push.logistics_no, push.alias} - {""}:
            waited = self.waiting.pop(name, [])
            mine += [w for w in waited if getattr(w.message, "channel", "") in ("", push.channel)]
            if others := [w for w in waited if w not in mine]:
                self.waiting[name] = others
        return sorted(mine, key=lambda w: (w.told_at, w.row_id is None, w.row_id or 0))

    def told_of(self, told: Withdrawal, at: datetime) -> Life | None:
        """The order that a withdrawal means, its hold ended if that was due before `at`."""
        life = self.meant(told)
        if life is not None:
            self.expire(life, at)
        return life

    def meant(self, what: Message | Act) -> Life | None:
        """The order that a message or act is about, as it stands."""
        if isinstance(what, Scan):
            return self.owners.get(what.waybill_no)
        if isinstance(what, OrderPush | Withdrawal | WaybillTold):
            life = self._at(Target(what.logistics_no, what.channel))
            if life is None and isinstance(what, Withdrawal) and what.alias:
                having = self.aliases.get((what.channel, what.alias), [])  # of two orders neither is meant for certain
                return having[0] if len(having) == 1 else self.lives.get((what.channel, what.alias))
            return life
        return self._at(what.target)

    def edition(self, life: Life) -> Edition:
        return self.world.book.at(life.zero)

    def expire(self, life: Life, at: datetime, inclusive: bool = False) -> bool:
        """CHAN-5: a held order is reminded 2 h after receipt and withdrawn by the system 24 h after it; a correction at
        that instant is in time."""
        if life.view().state is not State.HELD:
            return False
        reminder, due = reminder_at(life, self.world.book), hold_ends(life, self.world.book)
        if not life.reminded and reminder < min(at, due):
            self.log(life, Event("reminded", reminder, max(at, reminder), "system"))
        if not (due < at or (inclusive and due == at)):
            return False
        data = {"origin": "system", "reason": "资料未补齐 / data never completed"}
        self.log(life, Event("withdrawn", due, max(at, due), "system", data))
        return True

    def log(self, life: Life, *events: Event) -> None:
        """Apply events to a life and note what its channel has to hear of them."""
        key = (life.channel, life.logistics_no)
        self.touched[key] = life
        if key in self.watched:
            self.stirred.add(key)
        before = life.view() if life.versions else None
        for event in events:
            life.apply(event)
        after = life.view()
        was, now = _collected(before), _collected(after)
        if was != now:
            self.turned.append(Turn(life, events[-1].recorded_at, was, now))
        self._tell(life, events[-1], before.state if before else None, after.state)

    def _tell(self, life: Life, last: Event, before: State | None, after: State) -> None:
        """What the channel, and perhaps the sender, hears of the last event."""
        online = bool(life.versions[0].content.get("online", True))
        kind = to_tell(last.kind, before, after)
        if kind and online:
            facts = payload(life, kind, last.happened_at, self.world.network, self.edition(life))
            self.heard.append(Heard(life, kind, last.recorded_at, facts))
        kind = to_tell_sender(last.kind, before, after)
        if kind and self.world.telling.wanted(life.channel, online):
            until = hold_ends(life, self.world.book)
            told = to_sender(life, kind, last, until, self.edition(life), self.world.telling)
            self.heard += [told] if told else []

    def number(self, life: Life, number: str, by: str, happened_at: datetime, at: datetime, who: str) -> None:
        """Give a number to an order; scans that waited for it become part of its log (REPLAY fine print 3)."""
        old = life.number
        self.log(life, Event("numbered", happened_at, at, who, {"waybill_no": number, "by": by}))
        now = life.number
        if now is None or (old is not None and old.waybill_no == now.waybill_no):
            return
        if old is not None:
            self.owners.pop(old.waybill_no, None)
        self.owners[now.waybill_no] = life
        for row in self.scans.get(now.waybill_no, ()):
            self.scanned(life, row, at)

    def scanned(self, life: Life, row: ScanRow, at: datetime) -> None:
        data = {"waybill_no": row.scan.waybill_no, "station": row.scan.station}
        self.log(life, Event("scanned", row.scan.scanned_at, at, row.by, data))

    def in_use(self, number: str, life: Life | None) -> bool:
        """WAYBILL-1: the number is the present one of another order, whatever its state."""
        owner = self.owners.get(number)
        return owner is not None and owner is not life

    def known_of(self, number: str, life: Life) -> Known:
        """What the guard has to know of a number for this order. A customer owns the number of an online order, so
        that it need not come from the stock of whoever types it (CHAN-2)."""
        holder, issued = life.view().station, self.issued.get(number)
        house = None if holder in (None, DATA_CENTRE) else self.world.houses.house(holder)
        own = life.versions[0].content["business_type"] != ONLINE_ORDER and house in self.stocked
        issued_to = None if issued is None else self.world.houses.house(issued)
        return Known(self.in_use(number, life), issued_to, house, own, self._scanned_by(house, number, life))

    def _scanned_by(self, house: str | None, number: str, life: Life) -> bool:
        """A scan of that house that the number would match, were it the order's (DO-4)."""
        told = (row.scan for row in self.scans.get(number, ()))
        return house is not None and any(
            self.world.houses.house(scan.station) == house and scan.scanned_at >= life.created_at for scan in told
        )

    def holds(self, life: Life, station: str) -> bool:
        """DO-1: the present or last holder, or the level-1 station above it. The data centre is nobody's."""
        holder = life.view().station
        if holder is None or holder == DATA_CENTRE:
            return False
        known = self.world.network.stations.get(holder)
        return station == holder or (known is not None and known.parent == station)

    def read(self, content: Mapping[str, Any], zero: datetime) -> Place:
        """Where a content says the pickup is, by the edition in force at `zero`, when its clocks started."""
        edition = self.world.book.at(zero)
        key = (edition.name, *key_of(content))
        if key not in self.read_places:
            self.read_places[key] = read_place(content, edition, self.world.gazetteer, self.world.network)
        return self.read_places[key]

    def outside(self, station: str, place: Place, at: datetime) -> bool:
        """TRANSFER-1: the point is known and was in no polygon of the station or of its contracted areas at `at`; a
        named place of theirs is a part of their area."""
        if station == DATA_CENTRE or place.lng is None or place.lat is None:
            return False
        network = self.world.network
        named = {one.station for one in network.named.all(place.adcode, place.fragments, at)}
        if named.intersection(network.with_contracted(station)):
            return False
        return not network.covers(station, place.lng, place.lat, at)


def _collected(view: View | None) -> str | None:
    return sender_phone(view.content) if view is not None and view.state is State.PICKED_UP else None


def hold_ends(life: Life, book: Book) -> datetime:
    """CHAN-5: 24 h after receipt, by the edition in force then."""
    return life.received_at + book.at(life.received_at).hold_close


def reminder_at(life: Life, book: Book) -> datetime:
    """CHAN-5: 2 h after receipt, by the edition in force then."""
    return life.received_at + book.at(life.received_at).hold_reminder

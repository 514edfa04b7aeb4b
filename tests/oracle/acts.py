"""What each line may do. A handler writes facts into the book, or returns the code it is refused with."""

from datetime import datetime

from tests.oracle.book import Book
from tests.oracle.clocks import DAY
from tests.oracle.desk import review
from tests.oracle.dispute import appeal, decide, notice, silence
from tests.oracle.money import settle
from tests.oracle.network import DATA_CENTRE
from tests.oracle.orders import FINAL, Fact, Number, Order, Scan, View
from tests.oracle.words import REASONS, Bad, Event, content_of, happened, one_of, text

Answer = str | None
ORIGINS = ("sender", "platform", "station", "system")


def handle(book: Book, event: Event, at: datetime) -> Answer:
    """Do one line; None when it was taken, else the refusal's code."""
    handler = HANDLERS.get(str(event.get("do")))
    if handler is None:
        return "bad_event"
    silence(book, at)
    try:
        return handler(book, event, at)
    except Bad:
        return "bad_event"


def order(book: Book, event: Event, at: datetime) -> Answer:
    logistics_no, created = text(event, "logistics_no"), happened(event, "created_at", at, True)
    content = content_of(event)
    known = book.orders.get(logistics_no)
    if known is not None:
        return _push_again(book, known, event, at)
    new = Order(logistics_no, at, created, content)
    if content.waybill_no and content.business_type == "online_order":
        _give(book, new, "channel", created, content.waybill_no)
    book.orders[logistics_no] = new
    book.by_phone.setdefault(content.phone, []).append(new)
    for when, origin, reason, station in book.waiting_withdrawals.pop(logistics_no, []):
        holder = book.view(new, at).station
        if origin != "station" or book.network.may_act(station, holder):
            new.withdrawals.append((max(when, created), origin, reason, station))
    withdrawn = min((when for when, *_ in new.withdrawals), default=None)
    waiting, own = book.waiting_numbers.pop(logistics_no, []), list(new.numbers)
    new.numbers.clear()  # a waiting number was told before the order's own
    for number in waiting:
        when = max(number.happened, created)
        if content.business_type == "online_order" and (withdrawn is None or when < withdrawn):
            _give(book, new, "channel", when, number.waybill_no)
    for number in own:
        _give(book, new, "channel", number.happened, number.waybill_no)
    return None


def _give(book: Book, order: Order, by: str, when: datetime, waybill_no: str) -> None:
    if book.number_trouble(order, waybill_no) is None:
        order.numbers.append(Number(by, when, len(order.numbers), waybill_no))
        book.by_number.setdefault(waybill_no, []).append(order)


def _push_again(book: Book, order: Order, event: Event, at: datetime) -> Answer:
    """CHAN-3 and fine print 2."""
    view = book.view(order, at)
    kept = {"channel": order.first.channel, "business_type": order.first.business_type}
    kept["online"] = order.first.raw["online"]
    content = content_of({**event, **kept})
    if content_of(event).raw == view.now_told.raw:
        return None
    if content.held:
        return "bad_event"
    if view.state in FINAL or order.has("accept", "fail"):
        return "order_already_accepted"
    order.facts.append(Fact("update", at, content=content))
    book.by_phone.setdefault(content.phone, []).append(order)
    if content.waybill_no and content.business_type == "online_order":
        _give(book, order, "channel", at, content.waybill_no)
    return None


def withdraw(book: Book, event: Event, at: datetime) -> Answer:
    logistics_no, origin = text(event, "logistics_no"), one_of(event, "origin", ORIGINS)
    reason = text(event, "reason")
    when = happened(event, "happened_at", at, False)
    station = text(event, "station") if origin == "station" else ""
    known = book.orders.get(logistics_no)
    if station and station not in book.network.stations:
        return "station_unknown"
    if known is None:
        book.waiting_withdrawals.setdefault(logistics_no, []).append((when, origin, reason, station))
        return None
    view, when = book.view(known, at), max(when, known.created)
    if (when, origin, reason, station) in known.withdrawals:
        return None  # CHAN-6: a repeated message does nothing
    if station and not book.network.may_act(station, view.station):
        return "not_holder"
    if view.confirmed is not None:
        return "already_picked_up"
    if view.end_kind == "failed":
        return "already_closed"
    if view.end is not None and view.end <= when:
        return "already_picked_up" if view.state == "picked_up" else "already_closed"
    known.withdrawals.append((when, origin, reason, station))
    return None


def waybill(book: Book, event: Event, at: datetime) -> Answer:
    logistics_no, waybill_no = text(event, "logistics_no"), text(event, "waybill_no")
    by = one_of(event, "by", ("channel", "station"))
    if by == "station":
        return _station_number(book, logistics_no, waybill_no, at)
    when = happened(event, "happened_at", at, False)
    known = book.orders.get(logistics_no)
    if known is None:
        waiting = book.waiting_numbers.setdefault(logistics_no, [])
        waiting.append(Number(by, when, len(waiting), waybill_no))
        return None
    trouble = book.number_trouble(known, waybill_no)
    if trouble is not None:
        return trouble
    view, when = book.view(known, at), max(when, known.created)
    if view.end_kind in ("picked_up", "failed"):
        return "waybill_locked"
    if view.end_kind == "withdrawn" and view.end is not None and view.end <= when:
        return "waybill_locked"
    if known.first.business_type != "online_order":
        return "waybill_conflict"
    _give(book, known, by, when, waybill_no)
    return None


def _station_number(book: Book, logistics_no: str, waybill_no: str, at: datetime) -> Answer:
    """DO-3, DO-9: supply what is missing, or correct within 24 h what a station typed first."""
    known = book.orders.get(logistics_no)
    if known is None:
        return "order_unknown"
    view, number = book.view(known, at), known.number
    closed = view.state in FINAL and view.confirmed is None
    if closed or (number is None and view.state not in ("accepted", "awaiting_waybill")):
        return "not_allowed_in_state"
    trouble = book.number_trouble(known, waybill_no)
    if trouble is not None:
        return trouble
    if number is not None:
        typed = next(n for n in known.numbers if n.by == number.by)
        late = at > typed.happened + DAY or view.first_scan is not None
        if number.by == "channel" or late or number.waybill_no == waybill_no:
            return "waybill_locked"
    _give(book, known, "station", at, waybill_no)
    return None


def scan(book: Book, event: Event, at: datetime) -> Answer:
    waybill_no, station = text(event, "waybill_no"), text(event, "station")
    when = happened(event, "scanned_at", at, True)
    if station not in book.network.stations:
        return "station_unknown"
    book.scans.setdefault(waybill_no, []).append(Scan(waybill_no, station, when))
    return None


def _acting(book: Book, event: Event, at: datetime) -> tuple[Order, View] | str:
    """The order and its view when the acting station is the holder or stands above it (DO-1)."""
    logistics_no, station = text(event, "logistics_no"), text(event, "station")
    known = book.orders.get(logistics_no)
    if known is None:
        return "order_unknown"
    if station not in book.network.stations:
        return "station_unknown"
    view = book.view(known, at)
    return (known, view) if book.network.may_act(station, view.station) else "not_holder"


def accept(book: Book, event: Event, at: datetime) -> Answer:
    found = _acting(book, event, at)
    if isinstance(found, str):
        return found
    known, view = found
    if view.state != "waiting":
        return "not_allowed_in_state"
    known.facts.append(Fact("accept", at, event["station"]))
    return None


def fail(book: Book, event: Event, at: datetime) -> Answer:
    stage, reason = one_of(event, "stage", ("accept", "pickup")), text(event, "reason")
    found = _acting(book, event, at)
    if isinstance(found, str):
        return found
    known, view = found
    allowed = ("waiting",) if stage == "accept" else ("accepted", "awaiting_waybill")
    if view.state not in allowed:
        return "not_allowed_in_state"
    if reason not in REASONS:
        return "reason_unknown"
    known.facts.append(Fact("fail", at, event["station"], stage, reason))
    return None


def transfer(book: Book, event: Event, at: datetime) -> Answer:
    target = text(event, "to")
    found = _acting(book, event, at)
    if found in ("order_unknown", "station_unknown"):
        return str(found)
    if target != DATA_CENTRE and target not in book.network.stations:
        return "station_unknown"
    if isinstance(found, str):
        return found
    known, view = found
    if view.state not in ("waiting", "accepted", "awaiting_waybill"):
        return "not_allowed_in_state"
    if target != DATA_CENTRE and not book.network.stations[target].accepts:
        return "station_not_accepting"
    if target == view.station:
        return "same_station"
    if any(held.station == target for held in view.assignments):
        target = DATA_CENTRE  # ROUTE-5
    known.facts.append(Fact("transfer", at, target))
    return None


def dispatch(book: Book, event: Event, at: datetime) -> Answer:
    logistics_no, target = text(event, "logistics_no"), text(event, "to")
    text(event, "operator")
    known = book.orders.get(logistics_no)
    if known is None:
        return "order_unknown"
    if target not in book.network.stations:
        return "station_unknown"
    if book.view(known, at).state != "at_data_centre":
        return "not_at_data_centre"
    if not book.network.stations[target].accepts:
        return "station_not_accepting"
    known.facts.append(Fact("dispatch", at, target))
    return None


def confirm(book: Book, event: Event, at: datetime) -> Answer:
    waybill_no = text(event, "waybill_no") if "waybill_no" in event else ""
    found = _acting(book, event, at)
    if isinstance(found, str):
        return found
    known, view = found
    if view.state not in ("accepted", "awaiting_waybill"):
        return "not_allowed_in_state"
    number = known.number
    trouble = book.number_trouble(known, waybill_no) if waybill_no else None
    if trouble is not None:
        return trouble
    if waybill_no and number is not None and number.waybill_no != waybill_no:
        return "waybill_conflict"
    if not waybill_no and (number is None or known.first.business_type == "send_express"):
        return "waybill_required"
    if number is None:
        _give(book, known, "station", at, waybill_no)
    known.facts.append(Fact("confirm", at, event["station"]))
    return None


def handle_withdrawal(book: Book, event: Event, at: datetime) -> Answer:
    found = _acting(book, event, at)
    if isinstance(found, str):
        return found
    known, view = found
    if view.state != "withdrawn" or known.handled:
        return "not_allowed_in_state"
    if known.withdrawals and min(known.withdrawals)[1] == "station":
        return "not_allowed_in_state"
    known.handled = True
    return None


HANDLERS = {
    "order": order, "withdraw": withdraw, "waybill": waybill, "scan": scan, "accept": accept, "fail": fail,
    "transfer": transfer, "dispatch": dispatch, "confirm": confirm, "handle_withdrawal": handle_withdrawal,
    "review": review, "notice": notice, "appeal": appeal, "decide": decide, "settle": settle,
}  # fmt: skip

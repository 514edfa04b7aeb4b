"""What may be told of an order in each of its states, rightly, wrongly, late or twice."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from tests.oracle import quarrels
from tests.oracle.author import MINUTE, Author
from tests.oracle.network import DATA_CENTRE
from tests.oracle.orders import FINAL, Order, View
from tests.oracle.pushes import PHONES, content, place, spoil
from tests.oracle.words import PREFIXES, REASONS


def announce(author: Author, n: int, created: datetime) -> None:
    """Plan the push of a new order, and sometimes messages that come before it."""
    rng = author.rng
    prefix = rng.choice((*PREFIXES, "LP", "wx")) if author.chance(0.95) else rng.choice(("ZZ", "lp", "CT_"))
    logistics_no = f"{prefix}{n:06d}"
    late = timedelta(0)
    if author.chance(0.3):
        late = rng.choice((MINUTE, 2 * MINUTE, 2 * MINUTE + timedelta(microseconds=1), 40 * MINUTE, 300 * MINUTE))
    author.created[logistics_no] = created
    author.budget[logistics_no] = rng.choice((4, 7, 11, 16))
    author.plan(created + late, "push", logistics_no)
    if author.chance(0.12):
        before = created + rng.choice((-90 * MINUTE, -MINUTE, late / 2, late))
        author.plan(before, "early", logistics_no)


def push(author: Author, logistics_no: str) -> None:
    """The first push; what came early may already use its number."""
    known = author.pushes.pop(logistics_no, None) or content(author, logistics_no)
    author.pushes[logistics_no] = known
    author.say("order", **known, created_at=author.created[logistics_no])
    if author.chance(0.1):
        author.say("order", **known, created_at=author.created[logistics_no])
    author.plan(author.later(author.order(logistics_no)), "tick", logistics_no)


def early(author: Author, logistics_no: str) -> None:
    """A withdrawal, waybill number or scan of an order nobody knows yet; acts are refused."""
    created = author.created[logistics_no]
    when = author.rng.choice((author.now, created, created + MINUTE, created - MINUTE))
    roll = author.rng.random()
    if roll < 0.35:
        withdraw(author, logistics_no, "sender", when)
    elif roll < 0.7:
        author.say(
            "waybill",
            logistics_no=logistics_no,
            waybill_no=author.fresh_number(),
            by="channel",
            happened_at=when,
        )
    elif roll < 0.9:
        known = author.pushes.setdefault(logistics_no, content(author, logistics_no))
        station = author.rng.choice(author.land.stations)
        author.say("scan", waybill_no=known.get("waybill_no", "55999999999999"), station=station, scanned_at=when)
    else:
        author.say("accept", logistics_no=logistics_no, station=author.rng.choice(author.land.stations))


def push_again(author: Author, order: Order, _: View) -> None:
    """The same again, or an update of one thing."""
    known = dict(author.pushes[order.logistics_no])
    rng, roll = author.rng, author.rng.random()
    if roll < 0.12:
        pass
    elif roll < 0.5:
        place(author, known)
    elif roll < 0.75:
        begin = author.now + timedelta(hours=rng.choice((1, 4, 26)))
        known |= {"window_start": begin.isoformat(), "window_end": (begin + timedelta(hours=2)).isoformat()}
    elif roll < 0.85:
        known["sender"] = {"name": "寄件人", "phone": rng.choice(PHONES)}
    elif roll < 0.95 and known["business_type"] == "online_order":
        known["waybill_no"] = author.fresh_number()
    else:
        spoil(author, known)
    if order.first.held and author.chance(0.8):
        known |= {"sender": {"name": "寄件人", "phone": rng.choice(PHONES)}, "weight_g": 500, "pieces": 1}
        if "lng" not in known:
            place(author, known)
    if author.say("order", **known, created_at=author.created[order.logistics_no]) is None:
        author.pushes[order.logistics_no] = known


# ---- messages


def withdraw(author: Author, logistics_no: str, origin: str, when: datetime, station: str = "") -> None:
    fields = {"station": station} if station else {}
    author.say("withdraw", logistics_no=logistics_no, origin=origin, reason="不想寄了", happened_at=when, **fields)
    if author.chance(0.12):
        author.say(
            "withdraw",
            logistics_no=logistics_no,
            origin=origin,
            reason="不想寄了",
            happened_at=when,
            **fields,
        )


def withdrawal(author: Author, order: Order, view: View) -> None:
    origin = author.rng.choice(("sender", "sender", "platform", "system", "station"))
    station = actor(author, view) if origin == "station" else ""
    if origin == "station" and view.station not in author.land.stations and author.chance(0.8):
        return
    withdraw(author, order.logistics_no, origin, author.past(order), station)


def number(author: Author, order: Order, _: View) -> None:
    """A waybill number by the channel or the station: new, impossible, in use or the same."""
    if order.first.business_type == "send_express" and not author.chance(0.2):
        return
    waybill_no = author.fresh_number()
    if author.chance(0.15):
        waybill_no = author.rng.choice(("55123", "55000000000001", "55000000000002"))
    fields: dict[str, Any] = {"logistics_no": order.logistics_no, "waybill_no": waybill_no}
    if author.chance(0.6):
        author.say("waybill", **fields, by="channel", happened_at=author.past(order))
    elif author.disputed or order.number is None or author.view(order).state != "waiting":
        author.say("waybill", **fields, by="station")


def scan(author: Author, order: Order, view: View) -> None:
    """Mostly by the house that holds the order, with its number."""
    known = order.number.waybill_no if order.number is not None else author.fresh_number()
    waybill_no = known if author.chance(0.93) else author.fresh_number()
    station = author.rng.choice(author.land.stations)
    if view.station in author.land.stations and author.chance(0.85):
        station = author.rng.choice(author.land.house(view.station))
    when = author.past(order)
    author.say("scan", waybill_no=waybill_no, station=station, scanned_at=when)
    if author.chance(0.1):
        author.say("scan", waybill_no=waybill_no, station=station, scanned_at=when)


# ---- acts


def actor(author: Author, view: View) -> str:
    """The holder, the level-1 station above it, or sometimes anybody."""
    if view.station not in author.land.stations or author.chance(0.04):
        return author.rng.choice(author.land.stations)
    parent = author.land.parents.get(view.station, "")
    return parent if parent and author.chance(0.25) else view.station


def accept(author: Author, order: Order, view: View) -> None:
    author.say("accept", logistics_no=order.logistics_no, station=actor(author, view))


def fail(author: Author, order: Order, view: View) -> None:
    stage = "accept" if view.state == "waiting" else "pickup"
    stage = stage if author.chance(0.95) else author.rng.choice(("accept", "pickup"))
    reason = author.rng.choice(("out_of_area", "customer_cancelled", "customer_cancelled", author.rng.choice(REASONS)))
    reason = reason if author.chance(0.96) else "short_staff"
    fields = {"logistics_no": order.logistics_no, "station": actor(author, view)}
    author.say("fail", **fields, stage=stage, reason=reason, note="电话 10:00")


def target(author: Author, view: View) -> str:
    """Where to: a station whose area holds the point, or anywhere."""
    point = view.now_told.point
    good = [s for s in author.land.stations if point is not None and author.replay.book.network.covers(s, point)]
    return author.rng.choice(good) if good and author.chance(0.45) else author.rng.choice(author.land.stations)


def transfer(author: Author, order: Order, view: View) -> None:
    to = DATA_CENTRE if author.chance(0.25) else target(author, view)
    if to == view.station and author.chance(0.8):
        return
    author.say("transfer", logistics_no=order.logistics_no, station=actor(author, view), to=to)


def dispatch(author: Author, order: Order, view: View) -> None:
    author.say("dispatch", logistics_no=order.logistics_no, to=target(author, view), operator="HQ-1")


def confirm(author: Author, order: Order, view: View) -> None:
    fields = {"logistics_no": order.logistics_no, "station": actor(author, view)}
    if order.number is None or order.first.business_type == "send_express":
        if author.chance(0.95):
            fields["waybill_no"] = order.number.waybill_no if order.number else author.fresh_number()
    elif author.chance(0.3):
        fields["waybill_no"] = order.number.waybill_no if author.chance(0.85) else author.fresh_number()
    if "waybill_no" in fields and author.chance(0.04):
        fields["waybill_no"] = author.rng.choice(("5500", "55000000000001"))
    author.say("confirm", **fields)


def handle(author: Author, order: Order, view: View) -> None:
    if (order.handled or view.station not in author.land.stations) and author.chance(0.85):
        return
    author.say("handle_withdrawal", logistics_no=order.logistics_no, station=actor(author, view))


Deed = Callable[[Author, Order, View], None]
DEEDS: dict[str, list[tuple[int, Deed]]] = {
    "held": [(12, push_again), (2, withdrawal), (2, number), (1, accept), (1, scan)],
    "at_data_centre": [(24, dispatch), (6, push_again), (3, withdrawal), (2, number), (1, accept), (2, scan)],
    "waiting": [
        (30, accept), (13, transfer), (9, push_again), (5, fail), (4, withdrawal), (7, scan), (5, number),
        (1, confirm),
    ],
    "accepted": [
        (26, confirm), (12, scan), (9, transfer), (5, fail), (4, withdrawal), (6, number), (1, accept),
        (1, push_again),
    ],
    "awaiting_waybill": [(6, number), (4, confirm), (2, transfer), (1, fail), (2, scan), (2, withdrawal)],
    "picked_up": [(24, scan), (5, withdrawal), (4, number), (1, push_again), (1, confirm), (1, transfer)],
    "withdrawn": [(8, handle), (12, scan), (6, withdrawal), (2, number), (1, accept), (1, push_again)],
    "accept_failed": [(8, scan), (2, withdrawal), (1, push_again), (1, fail), (1, number)],
    "pickup_failed": [(8, scan), (2, withdrawal), (1, push_again), (1, fail), (1, number)],
}  # fmt: skip


def tick(author: Author, logistics_no: str) -> None:
    """One step in the life of an order, then plan the next."""
    order = author.order(logistics_no)
    if order is None or author.budget[logistics_no] <= 0:
        return
    author.budget[logistics_no] -= 1
    view = author.view(order)
    weights, deeds = zip(*DEEDS[view.state], strict=True)
    if author.chance(0.85):
        author.rng.choices(deeds, weights)[0](author, order, view)
    over = author.view(order).state in FINAL
    if not over or author.chance(0.6):
        author.plan(author.later(order), "tick", logistics_no)


TOLD: dict[str, Callable[[Author, str], None]] = {
    "push": push, "early": early, "tick": tick,
    "desk": quarrels.desk, "monday": quarrels.monday, "dispute": quarrels.dispute, "settle": quarrels.settle,
}  # fmt: skip

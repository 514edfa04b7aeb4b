"""What may be told of an order in each of its states, rightly, wrongly, late or twice."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from tests.oracle.author import MINUTE, Author
from tests.oracle.network import DATA_CENTRE
from tests.oracle.orders import Order, View
from tests.oracle.words import KINDS, PREFIXES, REASONS

PHONES = [f"1380000{n:04d}" for n in range(8)]
CHANNEL_OF = {"LP": "cainiao", "KD": "kuaidi100", "IS": "crm", "wx": "wechat", "CT_H_": "touchpal", "ali": "alipay"}


# ---- pushes

def content(author: Author, logistics_no: str) -> dict[str, Any]:
    """A push; one in twelve lacks what CHAN-5 asks for."""
    rng = author.rng
    prefix = max((p for p in PREFIXES if logistics_no.startswith(p)), key=len, default="")
    channel = CHANNEL_OF.get(prefix, "crm")
    if channel == "wechat" and author.chance(0.4):
        channel = "website"
    if author.chance(0.04):
        channel = rng.choice(("cainiao", "alipay"))
    told: dict[str, Any] = {"logistics_no": logistics_no, "channel": channel}
    told["business_type"] = rng.choice(("send_express", "online_order", "online_order"))
    place(author, told)
    if author.chance(0.3):
        begin = author.now + timedelta(hours=rng.choice((1, 2, 20, 30)))
        told |= {"window_start": begin.isoformat(), "window_end": (begin + timedelta(hours=2)).isoformat()}
    if told["business_type"] == "online_order" and author.chance(0.6):
        told["waybill_no"] = author.fresh_number() if author.chance(0.9) else rng.choice(
            ("55", "54000000000001", "550000000000010", "55000000000001")
        )
    told["sender"] = {"name": "寄件人", "phone": rng.choice(PHONES)}
    told |= {"weight_g": 1000, "pieces": 1} if author.chance(0.7) else {}
    told |= {"online": False} if author.chance(0.1) else {}
    if author.chance(0.08):
        spoil(author, told)
    return told


def place(author: Author, told: dict[str, Any]) -> None:
    """A point, a district, both, or only words."""
    rng = author.rng
    for key in ("lng", "lat", "datum", "adcode", "address"):
        told.pop(key, None)
    roll = rng.random()
    if roll < 0.75:
        told["lng"], told["lat"] = author.land.point(rng)
        if author.chance(0.15):
            told["datum"] = rng.choice(("WGS-84", "BD-09", "GCJ-02"))
    elif roll < 0.78:
        told["lng"], told["lat"] = 20.5, 40.5  # not usable
    if roll >= 0.6:
        told["adcode"] = rng.choice(author.land.adcodes)
    if author.chance(0.2) or ("lng" not in told and "adcode" not in told):
        told["address"] = rng.choice(("浙江省杭州市西湖区文一西路1号", "重庆市渝中区", "新疆维吾尔自治区 乌鲁木齐市"))


def spoil(author: Author, told: dict[str, Any]) -> None:
    """Take away or break what CHAN-5 asks for."""
    way = author.rng.choice(("phone", "place", "weight", "pieces"))
    if way == "phone":
        told["sender"] = {"name": "寄件人"}
    elif way == "place":
        for key in ("lng", "lat", "datum", "adcode"):
            told.pop(key, None)
        told["address"] = author.rng.choice(("浙江省", " 重庆市, ", "新疆维吾尔自治区。", ""))
    elif way == "weight":
        told["weight_g"] = author.rng.choice((0, -5, "viel"))
    else:
        told["pieces"] = 0


def announce(author: Author, n: int, created: datetime) -> None:
    """Plan the push of a new order, and sometimes messages that come before it."""
    rng = author.rng
    prefix = rng.choice((*PREFIXES, "LP", "wx")) if author.chance(0.95) else rng.choice(("ZZ", "lp", "CT_"))
    logistics_no = f"{prefix}{n:06d}"
    late = timedelta(0)
    if author.chance(0.3):
        late = rng.choice((MINUTE, 2 * MINUTE, 2 * MINUTE + timedelta(microseconds=1), 40 * MINUTE, 300 * MINUTE))
    author.created[logistics_no] = created
    author.budget[logistics_no] = rng.choice((3, 6, 9, 14))
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
        author.say("waybill", logistics_no=logistics_no, waybill_no=author.fresh_number(), by="channel", happened_at=when)
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
        author.say("withdraw", logistics_no=logistics_no, origin=origin, reason="不想寄了", happened_at=when, **fields)


def withdrawal(author: Author, order: Order, view: View) -> None:
    origin = author.rng.choice(("sender", "sender", "platform", "system", "station"))
    station = actor(author, view) if origin == "station" else ""
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
    author.say("handle_withdrawal", logistics_no=order.logistics_no, station=actor(author, view))


Deed = Callable[[Author, Order, View], None]
DEEDS: dict[str, list[tuple[int, Deed]]] = {
    "held": [(8, push_again), (2, withdrawal), (1, number), (1, accept), (1, scan)],
    "at_data_centre": [(10, dispatch), (3, push_again), (2, withdrawal), (1, number), (1, accept), (1, scan)],
    "waiting": [
        (9, accept), (4, transfer), (3, push_again), (2, fail), (2, withdrawal), (2, scan), (2, number), (1, confirm),
    ],
    "accepted": [
        (8, confirm), (4, scan), (3, transfer), (2, fail), (2, withdrawal), (2, number), (1, accept), (1, push_again),
    ],
    "awaiting_waybill": [(6, number), (4, confirm), (2, transfer), (1, fail), (2, scan), (2, withdrawal)],
    "picked_up": [(8, scan), (3, withdrawal), (2, number), (1, push_again), (1, confirm), (1, transfer)],
    "withdrawn": [(4, handle), (5, scan), (3, withdrawal), (1, number), (1, accept), (1, push_again)],
    "accept_failed": [(2, scan), (2, withdrawal), (1, push_again), (1, fail), (1, number)],
    "pickup_failed": [(2, scan), (2, withdrawal), (1, push_again), (1, fail), (1, number)],
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
    author.plan(author.later(order), "tick", logistics_no)


def desk(author: Author, _: str) -> None:
    """HQ reviews some suspicions, or all, and publishes."""
    rng, book = author.rng, author.replay.book
    found = book.open_suspicions(book.orders.values(), author.now)
    for order, suspicion in rng.sample(found, min(len(found), 6)):
        fields = {"logistics_no": order.logistics_no, "station": suspicion.station, "kind": suspicion.kind}
        decision = rng.choice(("confirm", "confirm", "dismiss"))
        author.say("review", **fields, decision=decision, reason="查实")
    if author.chance(0.3):
        author.say("review", all=True, decision="confirm", reason="批量查实")
    if author.chance(0.3):
        author.say("notice", week=rng.choice(("2026-W18", "2026-W19")))


def nonsense(author: Author) -> None:
    """A line that must be refused and must change nothing."""
    rng, station = author.rng, author.rng.choice(author.land.stations)
    logistics_no = rng.choice(sorted(author.replay.book.orders) or ["LP000000"])
    known = {"logistics_no": logistics_no, "station": station}
    choice: list[tuple[str, dict[str, Any]]] = [
        ("accept", {"logistics_no": "LP999999", "station": station}),
        ("accept", {"logistics_no": logistics_no, "station": "NOWHERE"}),
        ("accept", {"logistics_no": logistics_no}),
        ("dance", known),
        ("order", {"logistics_no": "XX1", "channel": "pigeon", "business_type": "online_order", "created_at": author.now}),
        ("order", {"logistics_no": "XX2", "channel": "crm", "business_type": "gift", "created_at": author.now}),
        ("order", {"logistics_no": "XX3", "channel": "crm", "business_type": "online_order", "created_at": "yesterday"}),
        ("scan", {"waybill_no": "55000000000001", "station": "NOWHERE", "scanned_at": author.now}),
        ("transfer", {**known, "to": "NOWHERE"}),
        ("dispatch", {"logistics_no": logistics_no, "to": "NOWHERE", "operator": "HQ-1"}),
        ("fail", {**known, "stage": "breakfast", "reason": "other", "note": ""}),
        ("withdraw", {"logistics_no": logistics_no, "origin": "moon", "reason": "-", "happened_at": author.now}),
        ("review", {**known, "kind": rng.choice(KINDS), "decision": "maybe", "reason": "-"}),
        ("review", {"logistics_no": "LP999999", "station": station, "kind": "V-ACCEPT", "decision": "confirm", "reason": "-"}),
        ("notice", {"week": "2026-W33"}),
        ("notice", {"week": "in May"}),
        ("handle_withdrawal", {"logistics_no": "LP999999", "station": station}),
        ("settle", {"month": "2026-05"}),
    ]
    do, fields = rng.choice(choice)
    author.say(do, **fields)


TOLD: dict[str, Callable[[Author, str], None]] = {"push": push, "early": early, "tick": tick, "desk": desk}

"""What happens to the orders of the quarter."""

from datetime import datetime, timedelta
from typing import Any

from tests.oracle.clocks import SHANGHAI
from tests.quarter.author import DAY, HOUR, MONTHS, Author
from tests.quarter.land import RIVALRY

CHANNELS = {"LP": "cainiao", "KD": "kuaidi100", "IS": "crm", "wx": "wechat", "CT_H_": "touchpal", "ali": "alipay"}
DAYS = {4: 30, 5: 31, 6: 30}
NO_TIME = timedelta(0)
KINDS = SEND_EXPRESS, ONLINE_ORDER = "send_express", "online_order"
FAULTS = ("late_accept", "late_pickup", "false_waybill", "false_fail", "wrong_transfer", "told_late", "proved_late")


def populate(author: Author, orders: int) -> None:
    """Spread the orders over houses and months: busy and idle, clean and careless, with and without online orders."""
    rng, houses = author.rng, sorted(set(author.land.corners) - author.land.arranged)
    for month in MONTHS:
        busy = {house: 1 if house[:2] in RIVALRY else rng.choice((1, 2, 3, 5)) for house in houses}
        careless = {house: rng.choice((0, 0, 0, 0.05, 0.35)) for house in houses}
        counter = {house for house in houses if author.chance(0.08)}  # nothing online this month
        for house in rng.choices(houses, [busy[h] for h in houses], k=orders // len(MONTHS)):
            fault = rng.choice(FAULTS) if author.chance(careless[house]) else ""
            live(author, house, moment(author, month, house), fault, house not in counter)


def moment(author: Author, month: int, house: str) -> datetime:
    """Mostly by day, sometimes the first or last second of the month."""
    rng = author.rng
    if author.chance(0.01):
        first = datetime(2026, month, 1, tzinfo=SHANGHAI)
        return rng.choice((first, datetime(2026, month, DAYS[month], 23, 59, 59, tzinfo=SHANGHAI)))
    opens = 10 if house in author.land.xinjiang else 8
    hour, minute = rng.randint(opens, 18), rng.randint(0, 59)
    return datetime(2026, month, rng.randint(1, DAYS[month]), hour, minute, rng.randint(0, 59), tzinfo=SHANGHAI)


def live(author: Author, house: str, created: datetime, fault: str, online: bool) -> None:
    """Plan one order from its push to its end."""
    rng = author.rng
    late = author.minutes(3, 20) if author.chance(0.01) else NO_TIME  # VIO-3: pushed late
    kind, online = rng.choice(KINDS), online and not author.chance(0.05)
    number, holder, waybill = push(author, house, created, kind, online, late)
    story = STORIES.get(fault)
    if story is not None:
        story(author, number, holder, created, waybill)
    elif author.chance(0.03):
        withdrawn(author, number, holder, created)
    elif author.chance(0.03):
        by_data_centre(author, number, holder, created, waybill)
    elif author.chance(0.03):
        stage, after = rng.choice((("accept", 10), ("pickup", 200)))
        if stage == "pickup":
            author.tell(created + author.minutes(1, 9), "accept", logistics_no=number, station=holder)
        failed(author, number, holder, created + author.minutes(after, after + 15), stage, "cannot_enter")
    else:
        good(author, number, holder, created, waybill)


def push(
    author: Author, house: str, created: datetime, kind: str, online: bool = True, late: timedelta = NO_TIME
) -> tuple[str, str, str]:
    """Plan the line that brings an order to that house: its number, its first holder, the waybill number meant."""
    prefix = author.rng.choice(sorted(CHANNELS))
    number, waybill = f"{prefix}{author.plans:08d}", author.fresh_number()
    inner = house in author.land.inner and author.chance(0.3)
    lng, lat = author.land.point(house, author.rng, inner)
    told: dict[str, Any] = {"logistics_no": number, "channel": CHANNELS[prefix], "business_type": kind}
    told |= {"lng": lng, "lat": lat, "sender": {"name": "寄件人", "phone": f"138{author.plans:08d}"}}
    told |= {} if online else {"online": False}
    told |= {"waybill_no": waybill} if kind == ONLINE_ORDER else {}
    author.tell(created + late, "order", **told, created_at=created)
    return number, author.land.inner[house] if inner else house, waybill


def good(
    author: Author, number: str, holder: str, created: datetime, waybill: str, accept: int = 2, pickup: int = 60
) -> None:
    """Accepted, confirmed and scanned; by default all in time."""
    actor = holder[:4] if author.chance(0.3) else holder  # DO-1: or the level-1 station above
    author.tell(created + author.minutes(accept, accept + 26), "accept", logistics_no=number, station=actor)
    when = created + author.minutes(max(pickup, accept + 40), max(pickup, accept) + 400)
    author.tell(when, "confirm", logistics_no=number, station=actor, waybill_no=waybill)
    scan(author, when + author.minutes(-20, 600), when, holder, waybill)


def scan(author: Author, told: datetime, made: datetime, holder: str, waybill: str) -> None:
    author.tell(max(told, made), "scan", waybill_no=waybill, station=holder, scanned_at=made)
    if author.chance(0.05):
        author.tell(max(told, made) + HOUR, "scan", waybill_no=waybill, station=holder, scanned_at=made)


def failed(author: Author, number: str, holder: str, when: datetime, stage: str, reason: str) -> None:
    fields = {"logistics_no": number, "station": holder, "stage": stage}
    author.tell(when, "fail", **fields, reason=reason, note="10:00 电话")


def withdrawn(author: Author, number: str, holder: str, created: datetime) -> None:
    when = created + author.minutes(1, 300)
    author.tell(created + author.minutes(3, 29), "accept", logistics_no=number, station=holder)
    told = when + author.minutes(0, 90)
    author.tell(told, "withdraw", logistics_no=number, origin="sender", reason="不想寄了", happened_at=when)
    author.tell(told + HOUR, "handle_withdrawal", logistics_no=number, station=holder)


def by_data_centre(author: Author, number: str, holder: str, created: datetime, waybill: str) -> None:
    """Transferred to the data centre and dispatched to a neighbour, or back, sometimes wrongly (VIO-3 misrouted)."""
    author.tell(created + author.minutes(2, 20), "transfer", logistics_no=number, station=holder, to="DATA_CENTRE")
    to = author.rng.choice((holder, author.rng.choice(author.land.neighbours(holder[:4]))))
    when = created + author.minutes(40, 90)
    author.tell(when, "dispatch", logistics_no=number, to=to, operator="HQ-1")
    good(author, number, to, when, waybill, accept=author.rng.choice((1, 31)))


# ---- stories with a violation


def late_accept(author: Author, number: str, holder: str, created: datetime, waybill: str) -> None:
    good(author, number, holder, created, waybill, accept=31)


def late_pickup(author: Author, number: str, holder: str, created: datetime, waybill: str) -> None:
    good(author, number, holder, created, waybill, pickup=16 * 60 + 1)


def false_waybill(author: Author, number: str, holder: str, created: datetime, waybill: str) -> None:
    """Confirmed, and scanned by nobody, or by another house."""
    author.tell(created + author.minutes(2, 25), "accept", logistics_no=number, station=holder)
    when = created + author.minutes(60, 600)
    author.tell(when, "confirm", logistics_no=number, station=holder, waybill_no=waybill)
    if author.chance(0.3):
        scan(author, when + HOUR, when + HOUR, author.land.neighbours(holder[:4])[0], waybill)


def false_fail(author: Author, number: str, holder: str, created: datetime, waybill: str) -> None:
    failed(author, number, holder, created + author.minutes(2, 50), "accept", "out_of_area")


def wrong_transfer(author: Author, number: str, holder: str, created: datetime, waybill: str) -> None:
    """To a neighbour that does not cover the point: it passes the order on, or takes it and fails."""
    wrong = author.rng.choice(author.land.neighbours(holder[:4]))
    author.tell(created + author.minutes(2, 20), "transfer", logistics_no=number, station=holder, to=wrong)
    if author.chance(0.5):
        author.tell(created + author.minutes(25, 49), "transfer", logistics_no=number, station=wrong, to="DATA_CENTRE")
        when = created + author.minutes(55, 80)
        author.tell(when, "dispatch", logistics_no=number, to=holder, operator="HQ-2")
        good(author, number, holder, when, waybill)
    else:
        author.tell(created + author.minutes(25, 49), "accept", logistics_no=number, station=wrong)
        failed(author, number, wrong, created + author.minutes(90, 400), "pickup", "cannot_reach")


def told_late(author: Author, number: str, holder: str, created: datetime, waybill: str) -> None:
    """Confirmed late; a scan that was made in time is told days or weeks later (VIO-4: the fine falls)."""
    good(author, number, holder, created, waybill, pickup=17 * 60)
    told = created + author.rng.randint(3, 45) * DAY
    author.tell(told, "scan", waybill_no=waybill, station=holder, scanned_at=created + author.minutes(40, 900))


def proved_late(author: Author, number: str, holder: str, created: datetime, waybill: str) -> None:
    """Confirmed without a scan, which is told days or weeks later."""
    author.tell(created + author.minutes(2, 25), "accept", logistics_no=number, station=holder)
    when = created + author.minutes(60, 600)
    author.tell(when, "confirm", logistics_no=number, station=holder, waybill_no=waybill)
    told = when + author.rng.randint(2, 45) * DAY
    author.tell(told, "scan", waybill_no=waybill, station=holder, scanned_at=when + author.minutes(-30, 1300))


STORIES = {
    "late_accept": late_accept, "late_pickup": late_pickup, "false_waybill": false_waybill,
    "false_fail": false_fail, "wrong_transfer": wrong_transfer, "told_late": told_late, "proved_late": proved_late,
}  # fmt: skip

"""Does what people do about violations, on the state of that instant, through the real actions (REPLAY.md)."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import Connection, select

from basics.refusal import CODES, Refusal
from dispatch.batch import World
from penalties import actions as penalties
from penalties.appealing.actions import Asked, Decided, appeal, decide
from penalties.appealing.queries import standings
from penalties.appeals import Standing, decided, refuse, why_not
from penalties.lifecycle import CONFIRM, DISMISS
from penalties.noticing.actions import publish_notice
from penalties.queries import open_suspicions, suspicions_on
from penalties.settling.actions import settle
from replay.acts_of_people import About, ActOfPeople, Appeal, Decide, Notice, Review
from storage.tables.dispatch import orders
from storage.tables.sla import violations

BY = "replay"


def do(conn: Connection, what: ActOfPeople, world: World, now: datetime) -> Refusal | None:
    """One line. All that was due before `now` has been done."""
    if isinstance(what, Review):
        return _review(conn, what, world, now)
    if isinstance(what, Appeal):
        return _appeal(conn, what, world, now)
    if isinstance(what, Decide):
        return _decide(conn, what, world, now)
    if isinstance(what, Notice):
        answer: object = publish_notice(conn, what.week, now)
    else:
        answer = settle(conn, what.month, world.book, now)
    return answer if isinstance(answer, Refusal) else None


def _review(conn: Connection, what: Review, world: World, now: datetime) -> Refusal | None:
    if what.about is None:
        ids = open_suspicions(conn)
    else:
        found = _orders(conn, what.about, world)
        if isinstance(found, Refusal):
            return found
        ids = suspicions_on(conn, found, what.about.station, what.about.kind)
        if not ids:
            return Refusal("no_open_suspicion", "没有待稽核的疑似违规 / no open suspicion")
    act = CONFIRM if what.decision == "confirm" else DISMISS
    penalties.change(conn, [penalties.Change(one, act, now, BY, what.reason) for one in ids], now)
    return None


def _appeal(conn: Connection, what: Appeal, world: World, now: datetime) -> Refusal | None:
    found = _standings(conn, what.about, world, now)
    if isinstance(found, Refusal):
        return found
    # Where a kind stands twice on an order, the lowest seq for which it is possible (fine print 6).
    refusals = {one.violation_id: why_not(one, what.to, now, world.book) for one in found}
    possible = [one for one, refusal in refusals.items() if refusal is None]
    if not possible:
        return _first(refusals.values(), "not_confirmed")
    asked = Asked(possible[0], what.to, what.text, BY, now)
    answer = appeal(conn, [asked], world.book, now)[0]
    return answer if isinstance(answer, Refusal) else None


def _decide(conn: Connection, what: Decide, world: World, now: datetime) -> Refusal | None:
    found = _standings(conn, what.about, world, now)
    if isinstance(found, Refusal):
        return found
    answers = {one.violation_id: decided(one, what.stage, what.decision) for one in found}
    possible = [one for one, answer in answers.items() if not isinstance(answer, Refusal)]
    if not possible:
        return refuse("no_open_appeal")
    wanted = Decided(possible[0], what.stage, what.decision, what.reason, BY)
    return decide(conn, [wanted], world.book, now)[0]


def _orders(conn: Connection, about: About, world: World) -> Refusal | Sequence[int]:
    """The order, if it and the station are known."""
    found = conn.scalars(select(orders.c.id).where(orders.c.logistics_no == about.logistics_no)).all()
    if not found:
        return Refusal("order_unknown", "没有这个订单 / no such order")
    if about.station not in world.network.stations:
        return Refusal("station_unknown", "没有这个网点 / no such station")
    return found


def _standings(conn: Connection, about: About, world: World, now: datetime) -> Refusal | list[Standing]:
    """The station's violations of that kind on the order, by their seq, and how they stand."""
    found = _orders(conn, about, world)
    if isinstance(found, Refusal):
        return found
    v = violations.c
    query = select(v.id).where(v.order_id.in_(found), v.station == about.station, v.kind == about.kind)
    ids = conn.scalars(query.order_by(v.seq)).all()
    known = standings(conn, ids, now)
    return [known[one] for one in ids]


def _first(refusals: Iterable[Refusal | None], otherwise: str) -> Refusal:
    """Where two codes fit, the earlier in the list stands."""
    found = [one for one in refusals if one is not None]
    return min(found, key=lambda one: CODES.index(one.code), default=refuse(otherwise))

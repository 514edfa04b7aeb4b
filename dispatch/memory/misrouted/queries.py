"""Reads misrouting as sums, made by the database: one row a district and week, one a named place and side."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Connection, case, func, or_, select

from basics.words import DATA_CENTRE
from dispatch.misrouting import UNSURE, District, Effect, Figures, by_district
from storage.tables.dispatch import assignments, fragment_votes, orders
from storage.tables.geo import named_places

o, v, n = orders.c, fragment_votes.c, named_places.c


Week = tuple[str, datetime, datetime]  # name, start, end


def within(conn: Connection, weeks: Sequence[Week], most: int) -> list[Week]:
    """The last of these weeks, as many as have at most so many orders together: reading them all takes its time."""
    created = select(o.created_at).where(o.created_at >= weeks[0][1], o.created_at < weeks[-1][2])
    beyond = conn.scalar(created.order_by(o.created_at.desc()).offset(most).limit(1))
    return [week for week in weeks if beyond is None or week[1] > beyond]


def misrouting(conn: Connection, weeks: Sequence[Week]) -> list[District]:
    """Orders created in these weeks, which follow one another, without those at the data centre; the most misrouted
    first."""
    a = assignments.c
    routed = (
        select(a.station)
        .where(a.order_id == o.id, a.cause == "routing")
        .order_by(a.seq.desc())
        .limit(1)
        .correlate(orders)
        .scalar_subquery()
    )
    week = case(*((o.created_at < end, number) for number, (_, _, end) in enumerate(weeks)))
    each = (
        select(o.adcode, week.label("week"), o.station, o.routing_cause, routed.label("routed"))
        .where(o.created_at >= weeks[0][1], o.created_at < weeks[-1][2], o.station != DATA_CENTRE)
        .subquery()
    ).c
    wrong = case(((each.routed != DATA_CENTRE) & (each.station != each.routed), 1), else_=0)
    unsure = case(((each.routed == DATA_CENTRE) & each.routing_cause.in_(UNSURE), 1), else_=0)
    query = select(each.adcode, each.week, func.count(), func.sum(wrong), func.sum(unsure))
    rows = conn.execute(query.group_by(each.adcode, each.week))
    return by_district([(adcode, int(at), *map(int, sums)) for adcode, at, *sums in rows], len(weeks))


def effects(conn: Connection, ids: Collection[int], since: datetime) -> dict[int, Effect]:
    """Of these named places: orders with their fragment created since then, before the place held and while it did.

    Orders that were moved, or picked up where routing sent them: others say nothing yet.
    """
    if not ids:
        return {}
    after = case((o.created_at >= n.valid_from, 1), else_=0)
    wrong = case(((v.cause != "pickup") & v.against.is_not(None), v.order_id))
    unsure = case(((v.cause == "dispatch") & v.against.is_(None), v.order_id))
    figures = [func.count(each.distinct()) for each in (v.order_id, wrong, unsure)]
    query = (
        select(n.id, after.label("after"), *figures)
        .join(fragment_votes, (v.adcode == n.adcode) & (v.fragment == n.fragment))
        .join(orders, o.id == v.order_id)
        .where(n.id.in_(ids), o.created_at >= since, or_(n.valid_until.is_(None), o.created_at < n.valid_until))
        .group_by(n.id, after)
    )
    sides = {(place, side): Figures(*sums) for place, side, *sums in conn.execute(query)}
    return {place: Effect(sides.get((place, 0), Figures()), sides.get((place, 1), Figures())) for place in ids}

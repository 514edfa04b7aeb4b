"""What can happen to a month after it was archived, each as a row that changed and nothing else."""

from sqlalchemy import Engine, func, insert, select, update

from basics.days import month_bounds
from storage.session import writing
from storage.tables.dispatch import assignments, orders
from storage.tables.geo import stations
from storage.tables.penalties import appeals, cases
from storage.tables.sla import clocks, violations
from tests.rules.archive_scene import NOW


def one_more_event(engine: Engine, month: str) -> None:
    start, end = month_bounds(month)
    number = (
        select(func.min(orders.c.id)).where(orders.c.created_at >= start, orders.c.created_at < end).scalar_subquery()
    )
    with writing(engine) as conn:
        conn.execute(update(orders).where(orders.c.id == number).values(version=orders.c.version + 1, adcode="330199"))


def a_decision(engine: Engine, month: str) -> None:
    start, end = month_bounds(month)
    some = select(violations.c.id).where(violations.c.happened_at >= start, violations.c.happened_at < end)
    with writing(engine) as conn:
        number = conn.execute(select(cases.c.violation_id).where(cases.c.violation_id.in_(some))).scalars().first()
        changed_case = {"state": "overturned", "steps": cases.c.steps + 1}
        conn.execute(update(cases).where(cases.c.violation_id == number).values(changed_case))


def an_appeal(engine: Engine, month: str) -> None:
    start, end = month_bounds(month)
    with writing(engine) as conn:
        lodged = select(appeals.c.violation_id)
        wanted = select(violations.c.id, violations.c.station).where(
            violations.c.happened_at >= start, violations.c.happened_at < end, violations.c.id.not_in(lodged)
        )
        number, station = conn.execute(wanted).first()  # type: ignore[misc]
        conn.execute(insert(appeals).values(
            violation_id=number, stage="province", state="open", station=station, province="", opened_at=NOW,
            recorded_at=NOW, text="", by="", by_mail=False, closed_by="", reason="",
        ))  # fmt: skip


def a_late_verdict(engine: Engine, month: str) -> None:
    start, end = month_bounds(month)
    due = select(func.min(clocks.c.order_id)).where(
        clocks.c.verdict == "kept", clocks.c.due_at >= start, clocks.c.due_at < end
    )
    with writing(engine) as conn:
        these = (clocks.c.order_id == due.scalar_subquery()) & (clocks.c.verdict == "kept")
        conn.execute(update(clocks).where(these).values(verdict="missed"))


def another_province(engine: Engine, month: str) -> None:
    with writing(engine) as conn:
        conn.execute(update(stations).values(province="新省"))


def a_holding(engine: Engine, month: str) -> None:
    start, _ = month_bounds(month)
    with writing(engine) as conn:
        last = select(assignments).order_by(assignments.c.order_id, assignments.c.seq.desc()).limit(1)
        row = dict(conn.execute(last).mappings().one())
        conn.execute(insert(assignments).values(row | {"seq": row["seq"] + 1, "started_at": start}))

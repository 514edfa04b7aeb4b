"""I-25, DAY-1, DESIGN law 12: a new edition changes nothing of what began before it, whatever runs over midnight."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, select, update

from basics.days import SHANGHAI
from channels.messages import OrderPush
from dispatch.actions import conduct, sweep
from dispatch.batch import World
from dispatch.facts import Accept, Fail, Item, Target
from editions.queries import load_book
from geo.actions import import_stations
from rulebook.book import Book
from storage.session import reading, writing
from storage.tables.dispatch import orders
from storage.tables.sla import clocks, violations
from tests.rules.editions import FIRST_CALL, SHIPPED, approved_edition, later_text
from tests.rules.stage import NETWORK, STATIONS, content
from verify.queries import book_of, check

# Shorter times, other duty hours, other fines, another list of reasons and a clock more.
JUNE = later_text(
    "2026-06-01",
    ('opens = { value = "08:00"', 'opens = { value = "09:00"'),
    ('closes = { value = "20:00"', 'closes = { value = "18:00"'),
    ("accept = { value = 30", "accept = { value = 10"),
    ("pickup = { value = 16", "pickup = { value = 6"),
    ("pickup_least_hold = { value = 4", "pickup_least_hold = { value = 1"),
    ("V-ACCEPT = { value = 10000", "V-ACCEPT = { value = 77700"),
    ("cannot_enter = {", "door_closed = {"),
    more=FIRST_CALL,
)


def at(text: str) -> datetime:
    """`05-31 23:50` of 2026, Shanghai."""
    return datetime.fromisoformat(f"2026-{text}").replace(tzinfo=SHANGHAI)


def tell(conn: Connection, book: Book, when: str, *whats: Any) -> list[str | None]:
    answers = conduct(conn, [Item(at(when), what, "tester") for what in whats], World(NETWORK, book))
    return [answer.code if answer else None for answer in answers]


def pushed(no: str, created: str, **more: Any) -> OrderPush:
    return OrderPush("cainiao", no, at(created), content(**more))


def look(conn: Connection, book: Book, when: str) -> None:
    """Every order is judged once more, due or not."""
    conn.execute(update(orders).where(orders.c.ended_at.is_(None)).values(next_at=at(when) - timedelta(days=1)))
    while sweep(conn, World(NETWORK, book), at(when)):
        pass


def stood(conn: Connection) -> list[Any]:
    """What was judged of every order."""
    c, v = clocks.c, violations.c
    found: list[Any] = []
    found += conn.execute(
        select(c.order_id, c.seq, c.kind, c.starts_at, c.due_at, c.verdict, c.decided_by, c.edition).order_by(
            c.order_id, c.seq, c.kind
        )
    ).all()
    found += conn.execute(
        select(v.order_id, v.seq, v.kind, v.happened_at, v.edition, v.fine_fen, v.excuse).order_by(v.id)
    ).all()
    return found


def test_i_25_approving_changes_no_clock_verdict_or_violation(engine: Engine) -> None:
    """Orders that are late, kept, failed and running, judged before and after the approval: no difference."""
    with writing(engine) as conn:
        import_stations(conn, STATIONS, at("05-01 00:00"))
        assert tell(conn, SHIPPED, "05-04 09:00", *(pushed(f"LP{n}", "05-04 09:00") for n in range(3))) == [None] * 3
        assert tell(conn, SHIPPED, "05-04 09:30", Accept(Target("LP0"), "A")) == [None]
        assert tell(conn, SHIPPED, "05-05 11:55", pushed("LP9", "05-05 11:55")) == [None]
        look(conn, SHIPPED, "05-05 12:00")
        before = stood(conn)
        assert {row.verdict for row in before if hasattr(row, "verdict")} >= {"kept", "missed", "running"}
        approved_edition(conn, JUNE, at("05-05 12:00"))
        book = load_book(conn, SHIPPED, {})
        look(conn, book, "05-05 12:00")
        assert stood(conn) == before
    with reading(engine) as conn:
        assert check(conn, book_of(conn)) == []
    with writing(engine) as conn:  # and long after it took effect, what began before stays as it was
        known = {(row.order_id, row.seq, row.kind) for row in before if hasattr(row, "fine_fen")}
        look(conn, book, "06-20 12:00")
        after = [row for row in stood(conn) if not hasattr(row, "fine_fen") or (row[0], row[1], row[2]) in known]
        decided = [row for row in before if not hasattr(row, "verdict") or row.verdict != "running"]
        assert [row for row in decided if row not in after] == []
        assert check(conn, book_of(conn)) == []


def test_i_25_a_clock_keeps_its_edition_over_the_midnight_of_the_change(engine: Engine) -> None:
    """DUTY-1, ACCEPT-1: an order of 23:50 is due at 08:30 of the day on which duty begins at 09:00 for new ones."""
    with writing(engine) as conn:
        import_stations(conn, STATIONS, at("05-01 00:00"))
        approved_edition(conn, JUNE, at("05-05 12:00"))
        book = load_book(conn, SHIPPED, {})
        last, first = "05-31 23:59:59.999999", "06-01 00:00"
        tell(conn, book, "06-01 00:01", pushed("LP1", "05-31 23:50"), pushed("LP2", last), pushed("LP3", first))
        rows = conn.execute(
            select(orders.c.logistics_no, clocks.c.kind, clocks.c.due_at, clocks.c.edition)
            .join_from(orders, clocks)
            .where(clocks.c.kind.in_(["accept", "pickup"]))
            .order_by(orders.c.logistics_no, clocks.c.kind)
        ).all()
        assert [tuple(row) for row in rows] == [
            ("LP1", "accept", at("06-01 08:30"), "2017-01-01"),
            ("LP1", "pickup", at("06-01 15:50"), "2017-01-01"),
            ("LP2", "accept", at("06-01 08:30"), "2017-01-01"),
            ("LP2", "pickup", at("06-01 15:59:59.999999"), "2017-01-01"),
            ("LP3", "accept", at("06-01 09:10"), "2026-06-01"),
            ("LP3", "pickup", at("06-01 06:00"), "2026-06-01"),
        ]
        look(conn, book, "06-01 08:30")
        running = select(clocks.c.order_id).where(clocks.c.kind == "accept", clocks.c.verdict == "running")
        assert len(conn.execute(running).all()) == 3  # exactly 30 minutes of duty are in time
        look(conn, book, "06-01 09:10:00.000001")
        assert conn.execute(running).all() == []
        late = conn.execute(
            select(orders.c.logistics_no, violations.c.happened_at)
            .join_from(orders, violations)
            .where(violations.c.kind == "V-ACCEPT")
            .order_by(orders.c.logistics_no)
        ).all()
        assert [tuple(row) for row in late] == [
            ("LP1", at("06-01 08:30")), ("LP2", at("06-01 08:30")), ("LP3", at("06-01 09:10")),
        ]  # fmt: skip
    with writing(engine) as conn:
        assert check(conn, book_of(conn)) == []
        old = conn.scalar(select(orders.c.id).where(orders.c.logistics_no == "LP1"))
        conn.execute(update(clocks).where(clocks.c.order_id == old).values(edition="2026-06-01"))
        found = {(one.invariant, one.table) for one in check(conn, book_of(conn))}
        assert ("I-25", "clocks") in found, "verify sees a clock of another day's edition"


def test_do_2_a_dropped_reason_stays_for_the_orders_that_began_with_it(engine: Engine) -> None:
    with writing(engine) as conn:
        import_stations(conn, STATIONS, at("05-01 00:00"))
        approved_edition(conn, JUNE, at("05-05 12:00"))
        book = load_book(conn, SHIPPED, {})
        tell(conn, book, "06-01 00:01", pushed("LP1", "05-31 23:50"), pushed("LP2", "06-01 00:00"))
        for no, unknown, known in (("LP1", "door_closed", "cannot_enter"), ("LP2", "cannot_enter", "door_closed")):
            fails = [Fail(Target(no), "A", "accept", reason) for reason in (unknown, known)]
            assert tell(conn, book, "06-01 08:05", *fails) == ["reason_unknown", None]
    with reading(engine) as conn:
        assert check(conn, book_of(conn)) == []


def test_i_25_a_deadline_beyond_the_change_is_fined_by_the_edition_of_its_day(engine: Engine) -> None:
    """PICKUP-2: a booked window weeks ahead, judged before the approval: its clock stays, the tariff is that of the
    day it happened (readings, 23), also where the sweep had foreseen it."""
    fined = JUNE.replace("V-PICKUP = { value = 10000", "V-PICKUP = { value = 66600")
    with writing(engine) as conn:
        import_stations(conn, STATIONS, at("05-01 00:00"))
        window = {"window_end": "2026-06-03T12:00:00+08:00"}
        tell(conn, SHIPPED, "05-04 09:00", pushed("LP1", "05-04 09:00", **window))
        tell(conn, SHIPPED, "05-04 09:05", Accept(Target("LP1"), "A"))
        approved_edition(conn, fined, at("05-05 12:00"))
        book = load_book(conn, SHIPPED, {})
        while sweep(conn, World(NETWORK, book), at("06-03 12:00:00.000001")):
            pass
        [clock] = conn.execute(select(clocks.c.due_at, clocks.c.edition).where(clocks.c.kind == "pickup")).all()
        assert tuple(clock) == (at("06-03 12:00"), "2017-01-01")
        [late] = conn.execute(select(violations.c.happened_at, violations.c.edition, violations.c.fine_fen)).all()
        assert tuple(late) == (at("06-03 12:00"), "2026-06-01", 66_600)
    with reading(engine) as conn:
        assert check(conn, book_of(conn)) == []


def test_a_dropped_kind_of_violation_stays_for_the_clocks_that_began_with_it(engine: Engine) -> None:
    """A clock of an edition's own runs over the midnight from which neither it nor its fine exists any more."""
    fine = 'V-CALL = { value = 5000, unit = "fen", heading = "timeliness", rule = "V-CALL" }\nV-ACCEPT = {'
    with writing(engine) as conn:
        import_stations(conn, STATIONS, at("05-01 00:00"))
        calls = later_text("2026-06-01", ("V-ACCEPT = {", fine), more=FIRST_CALL + 'violation = "V-CALL"\n')
        approved_edition(conn, calls, at("05-05 12:00"))
        approved_edition(conn, later_text("2026-07-01"), at("06-05 12:00"))
        book = load_book(conn, SHIPPED, {})
        assert tell(conn, book, "06-30 19:00", pushed("LP1", "06-30 19:00")) == [None]
        while sweep(conn, World(NETWORK, book), at("07-01 09:00:00.000001")):
            pass
        late = conn.execute(
            select(violations.c.happened_at, violations.c.edition, violations.c.fine_fen).where(
                violations.c.kind == "V-CALL"
            )
        ).all()
        assert [tuple(row) for row in late] == [(at("07-01 09:00"), "2026-06-01", 5_000)]
        known = book.tariff("V-ACCEPT", at("07-01 00:00")), book.tariff("V-ACCEPT", at("06-30 23:59:59.999999"))
        assert [edition.name for edition in known] == ["2026-07-01", "2026-06-01"]
    with reading(engine) as conn:
        assert check(conn, book_of(conn)) == []

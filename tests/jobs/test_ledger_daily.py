"""Each day's head of the chain is written down in the database, beside it, and in a letter (RELIABILITY D7, I-13)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

from sqlalchemy import insert, select

from basics.days import midnight
from jobs.environment import Environment
from jobs.ledger import append_heads, heads_file
from jobs.tasks import perform
from notify.actions import add_contact
from penalties.booking.actions import post
from penalties.booking.queries import head
from penalties.ledger import ADJUSTMENTS, Posting
from storage.session import reading, writing
from storage.tables.notify import deliveries, messages
from storage.tables.penalties import ledger_heads
from tests.web.conftest import Clock
from tests.web.door import NOON
from verify.books.chain import read_heads

TASK = "ledger_daily"
DAY = timedelta(days=1)
OVER = midnight(NOON.date() + DAY)  # the end of the clock's first day


def book(env: Environment, number: int) -> None:
    lines = (("HZ01", 100), (ADJUSTMENTS, -100))
    with writing(env.engine) as conn:
        post(conn, [Posting(f"request:{number}", env.clock(), "HZ01", "", "ROLE-3", "2017-01-01", lines)], env.clock())


def days(env: Environment) -> dict[str, int]:
    with reading(env.engine) as conn:
        return {row.day: row.seq for row in conn.execute(select(ledger_heads))}


def lines(env: Environment) -> list[str]:
    file = heads_file(env.settings)
    return [" ".join(line.split()[:2]) for line in file.read_text().splitlines()] if file.exists() else []


def test_i_13_a_day_is_written_down_once_it_is_over(env: Environment, clock: Clock) -> None:
    """At 00:05 of the next day and not a moment before: what began to book before midnight has ended by then."""
    with writing(env.engine) as conn:
        add_contact(conn, ("finance", ""), "email", "ledger@example.cn", [], "test", NOON)
    perform(env, TASK)
    assert days(env) == {} and lines(env) == [], "nothing was ever booked"
    book(env, 1)
    clock.at = OVER - timedelta(seconds=1)
    book(env, 2)
    clock.at = OVER
    book(env, 3)
    clock.at = OVER + timedelta(minutes=5) - timedelta(microseconds=1)
    perform(env, TASK)
    assert days(env) == {}
    clock.forward(microseconds=1)
    for _ in range(3):
        perform(env, TASK)
    assert days(env) == {"2026-11-22": 2} and lines(env) == ["2026-11-22 2"]
    m = messages.c
    with reading(env.engine) as conn:
        chain = conn.scalar(select(ledger_heads.c.chain))
        told = conn.execute(select(m.to_kind, m.kind, m.text).order_by(m.to_kind)).all()
        letters = conn.execute(select(deliveries.c.address)).scalars().all()
    assert [(row.to_kind, row.kind) for row in told] == [("finance", "ledger"), ("hq", "ledger")]
    assert all(f"2:{chain}" in row.text and "booked that day: 2" in row.text for row in told)
    assert letters == ["ledger@example.cn"], "so it leaves the database"


def test_missed_days_are_caught_up(env: Environment, clock: Clock) -> None:
    """As they ended: what was booked later is in none of them."""
    book(env, 1)
    clock.forward(days=2)
    book(env, 2)
    clock.forward(days=1, hours=13)
    perform(env, TASK)
    assert days(env) == {"2026-11-22": 1, "2026-11-23": 1, "2026-11-24": 2, "2026-11-25": 2}
    assert lines(env) == [f"{day} {seq}" for day, seq in days(env).items()]
    with reading(env.engine) as conn:
        assert len(conn.execute(select(messages.c.id)).all()) == 8


def test_long_past_days_are_told_to_nobody(env: Environment, clock: Clock) -> None:
    """A ledger that is older than this job, or a long pause: written down all the same, a week of it told."""
    book(env, 1)
    clock.at = OVER + 29 * DAY + timedelta(minutes=5)
    perform(env, TASK)
    assert len(days(env)) == len(lines(env)) == 30
    with reading(env.engine) as conn:
        told = conn.execute(select(messages.c.key).where(messages.c.to_kind == "hq").order_by(messages.c.key)).scalars()
        assert [key[-10:] for key in told] == [str(date(2026, 12, 15) + DAY * n) for n in range(7)]


def test_a_crash_between_the_database_and_the_file(env: Environment, clock: Clock) -> None:
    """A line that was torn stays, as nothing in the file is ever changed, and is no finding."""
    book(env, 1)
    clock.forward(days=2)
    perform(env, TASK)
    file = heads_file(env.settings)
    whole = file.read_text(encoding="ascii")
    file.write_text(whole[:-20], encoding="ascii")
    assert read_heads(file.read_text(), "x")[1] == [], "torn, and not mended yet"
    perform(env, TASK)
    assert file.read_text(encoding="ascii") == f"{whole[:-20]}\n{whole.splitlines()[-1]}\n"
    assert [len(found) for found in read_heads(file.read_text(), "x")] == [2, 0]
    file.unlink()
    perform(env, TASK)
    assert file.read_text(encoding="ascii") == whole
    with file.open("a") as end:
        end.write("2026-11-30 nonsense\n2026-12-01 nonsense\n")
    assert [one.key for one in read_heads(file.read_text(), "x")[1]] == ["3", "4"], "neither begins a head"


def test_two_at_once_write_a_day_once(env: Environment, clock: Clock) -> None:
    book(env, 1)
    clock.forward(days=3)
    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(perform, env, TASK) for _ in range(4)]:
            done.result(20)
    assert sorted(days(env)) == ["2026-11-22", "2026-11-23", "2026-11-24"]
    assert sorted(set(lines(env))) == [f"{day} 1" for day in sorted(days(env))]
    with reading(env.engine) as conn:
        assert len(conn.execute(select(messages.c.id)).all()) == 6


def test_the_present_head_stands_beside_the_days(env: Environment, clock: Clock) -> None:
    book(env, 1)
    with writing(env.engine) as conn:
        last = head(conn)
        row = {"day": date(2026, 11, 21).isoformat(), "seq": 0, "chain": "", "written_at": NOON}
        conn.execute(insert(ledger_heads).values(row))
    append_heads(env, f"2026-11-22T12:00:00+08:00 {last.seq} {last.chain}")
    assert lines(env) == ["2026-11-21 0", "2026-11-22T12:00:00+08:00 1"]
    found, unreadable = read_heads(heads_file(env.settings).read_text(), "x")
    assert [one.is_daily for one in found] == [True, False] and unreadable == []

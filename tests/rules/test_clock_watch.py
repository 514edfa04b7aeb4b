"""D9, F-38: the wall against the database's clock, or where that is the same host's, against one that nobody sets."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select

from basics.now import now
from jobs.clock_watch import ClockWatch, may_write, steady
from sla.availability.actions import beat, channel_met
from sla.clock_safety.actions import GONE, accept, end_silent, raise_alarm
from sla.clock_safety.watch import APART, Look, Watch
from storage.session import reading, writing
from storage.tables.sla import clock_alarms
from tests.rules.courses import TICK, t

NOON = t("5 12:00")
SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
POSTGRESQL = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


def seconds(number: float) -> timedelta:
    return timedelta(seconds=number)


# ---- the rule


@pytest.mark.parametrize("sign", [1, -1])
def test_d9_exactly_5_s_is_fine_and_a_microsecond_more_is_not(sign: int) -> None:
    assert Watch().take(Look(NOON + sign * APART, 0, NOON)) is None
    assert Watch().take(Look(NOON + sign * (APART + TICK), 0, NOON)) == sign * (APART + TICK)


def test_d9_half_the_way_to_the_database_is_allowed_for() -> None:
    assert Watch().take(Look(NOON + seconds(7), 0, NOON, give=seconds(2))) is None
    assert Watch().take(Look(NOON + seconds(7) + TICK, 0, NOON, give=seconds(2))) is not None


def test_f_38_it_ends_when_they_agree_again() -> None:
    watch = Watch()
    assert [watch.take(Look(NOON + seconds(off), 0, NOON)) for off in (0, 90, 90, 1)] == [
        None, seconds(90), seconds(90), None,
    ]  # fmt: skip


@pytest.mark.parametrize("jump", [86_400, 3_600, -3_600])
def test_f_38_a_host_that_is_its_own_database_server_notices_a_jump(jump: int) -> None:
    """Both clocks are one: only a steady one tells. An admin may say that it is right; set right it agrees again."""
    for accepted in (True, False):
        watch, jumped = Watch(), NOON + seconds(2 + jump)
        assert watch.take(Look(NOON, 100, NOON)) is None
        assert watch.take(Look(jumped, 102, jumped)) == seconds(jump)
        later = jumped + seconds(60)
        assert watch.take(Look(later, 162, later)) == seconds(jump), "it does not get used to it"
        if accepted:
            watch.accept(Look(later, 162, later))
            assert watch.take(Look(later + seconds(2), 164, later + seconds(2))) is None
        else:
            assert watch.take(Look(NOON + seconds(70), 170, NOON + seconds(70))) is None


def test_f_38_both_may_move_by_exactly_5_s_and_one_alone_is_no_jump_of_both() -> None:
    watch = Watch()
    watch.take(Look(NOON, 0, NOON))
    assert watch.take(Look(NOON + APART, 0, NOON + APART)) is None
    watch = Watch()
    watch.take(Look(NOON, 0, NOON))
    moved = NOON + APART + TICK
    assert watch.take(Look(moved, 0, moved)) == APART + TICK
    assert watch.take(Look(moved, 0, NOON + TICK)) is None, "the wall alone, and within the 5 s of the database"


def test_a_slow_answer_loses_no_acceptance() -> None:
    """Half of its way may be as long as what was accepted: it proves nothing."""
    watch, off = Watch(), seconds(12)
    watch.take(Look(NOON + off, 0, NOON))
    watch.accept(Look(NOON + off, 1, NOON))
    assert watch.take(Look(NOON + off, 2, NOON)) is None
    assert watch.take(Look(NOON + off, 2, NOON, give=seconds(8))) is None
    assert watch.take(Look(NOON + off, 2, NOON)) is None


@pytest.mark.parametrize("jump", [90, -90, 3600, -3600])
def test_without_a_database_clock_a_jump_is_seen_until_the_wall_is_back(jump: int) -> None:
    watch = Watch()
    assert watch.take(Look(NOON, 100)) is None
    assert watch.take(Look(NOON + seconds(2), 102)) is None
    assert watch.take(Look(NOON + seconds(4 + jump), 104)) == seconds(jump)
    assert watch.take(Look(NOON + seconds(64 + jump), 164)) == seconds(jump), "it does not get used to it"
    assert watch.take(Look(NOON + seconds(70), 170)) is None


def test_a_clock_that_is_slewed_a_little_is_followed() -> None:
    """4 s off in every look, each held against the one before."""
    watch = Watch()
    assert all(watch.take(Look(NOON + seconds(9 * n), 5 * n)) is None for n in range(100))


def test_a_fresh_process_knows_that_time_does_not_run_backwards() -> None:
    watch = Watch()
    assert watch.take(Look(NOON - seconds(3600), 0, newest=NOON)) == seconds(-3600)
    assert watch.take(Look(NOON - seconds(3000), 600, newest=NOON)) == seconds(-3000)
    assert watch.take(Look(NOON - APART, 3595, newest=NOON)) is None
    assert Watch().take(Look(NOON + seconds(3600), 0, newest=NOON)) is None, "it was off for an hour"


def test_f_38_what_an_admin_accepted_holds_for_that_difference_only() -> None:
    for database in (NOON, None):
        watch = Watch()
        watch.take(Look(NOON, 0, database))
        odd = Look(NOON + seconds(90), 0, database)
        assert watch.take(odd) is not None
        watch.accept(odd)
        assert watch.apart is None and watch.take(odd) is None
        assert watch.take(Look(NOON + seconds(96), 0, database)) is not None


# ---- a process


@dataclass
class Host:
    """A process on a host whose clock can be set; without a database clock all of its time is virtual."""

    engine: Engine
    name: str = "web-1:7"
    off: timedelta = timedelta(0)
    at: Any = None  # None: real time
    steady: float = 0
    watch: ClockWatch = field(init=False)

    def __post_init__(self) -> None:
        self.start()

    def start(self) -> None:
        """A fresh process under the same name."""
        self.watch = ClockWatch(lambda: (self.at or now()) + self.off, lambda: self.steady, lambda: self.name)

    def look(self, passed: float = 2) -> bool:
        """After so many seconds."""
        self.steady = steady() if self.at is None else self.steady + passed
        if self.at is not None:
            self.at += seconds(passed)
        return self.watch.look(self.engine)

    def apart(self) -> timedelta | None:
        return self.watch.apart

    def alarms(self) -> list[tuple[int, bool, str | None]]:
        """Seconds off, whether it is over, who accepted."""
        with reading(self.engine) as conn:
            rows = conn.execute(select(clock_alarms).order_by(clock_alarms.c.id)).all()
        return [(round(row.seconds), row.ended_at is not None, row.accepted_by) for row in rows]

    def accept(self) -> Any:
        with writing(self.engine) as conn:
            return accept(conn, self.name, "管理员", "核对过", now())


@POSTGRESQL
def test_f_38_one_host_is_90_s_off_and_the_others_go_on(engine: Engine) -> None:
    wrong, right = Host(engine), Host(engine, "web-2:7")
    assert wrong.look() and right.look()
    wrong.off = seconds(90)
    assert not wrong.look() and not wrong.look() and right.look()
    apart = wrong.apart()
    assert apart is not None and abs(apart - seconds(90)) < seconds(1)
    assert wrong.alarms() == [(90, False, None)]
    wrong.off = seconds(-4)
    assert wrong.look() and wrong.apart() is None
    assert wrong.alarms() == [(90, True, None)]


@POSTGRESQL
def test_f_38_a_named_admin_accepts_and_that_process_goes_on(engine: Engine) -> None:
    host = Host(engine, off=seconds(-90))
    assert not host.look(), "at its very start"
    assert host.accept() is None and host.accept().code == "alarm_unknown"
    assert host.look() and host.look()
    assert host.alarms() == [(-90, True, "管理员")]
    host.off = seconds(-100)
    assert not host.look(), "it went further"
    assert host.alarms() == [(-90, True, "管理员"), (-100, False, None)]
    host.off = seconds(0)
    assert host.look(), "set right"
    host.off = seconds(-90)
    assert not host.look(), "what was accepted is no longer"


def virtual(engine: Engine, **more: Any) -> Host:
    return Host(engine, at=NOON, **more) if engine.dialect.name == "sqlite" else Host(engine, **more)


def test_an_alarm_of_a_process_that_is_gone_frees_no_other(engine: Engine) -> None:
    """In a container every process has the same name and number: what was accepted of one is not of the next."""
    host = virtual(engine)
    with writing(engine) as conn:
        beat(conn, (host.at or now()) + seconds(60))
    host.off = seconds(-90)
    assert not host.look()
    host.accept()
    host.start()
    assert not host.look() and not host.look()
    assert [alarm[1:] for alarm in host.alarms()] == [(True, "管理员"), (False, None)]


@SQLITE
def test_f_37_a_host_that_is_its_own_database_notices_a_jump(engine: Engine) -> None:
    host = Host(engine, at=NOON)
    assert host.look() and host.look(600)
    host.off = seconds(-3600)
    assert not host.look() and not host.look(600)
    assert host.accept() is None
    assert host.look() and host.look()
    assert host.alarms() == [(-3600, True, "管理员")]


@SQLITE
def test_what_a_channel_met_is_no_word_of_a_clock(engine: Engine) -> None:
    with writing(engine) as conn:
        beat(conn, NOON)
        channel_met(conn, "touchpal", (), NOON + seconds(9e6), NOON + seconds(9e6))
    assert Host(engine, at=NOON).look()


def test_the_alarm_of_a_process_that_is_gone_ends(engine: Engine) -> None:
    for later, over in ((GONE, False), (GONE + TICK, True)):
        with writing(engine) as conn:
            raise_alarm(conn, "web-1:7", 90, NOON)
            end_silent(conn, NOON + later)
        assert Host(engine).alarms() == [(90, over, None)]


def test_whoever_has_a_virtual_clock_may_write(engine: Engine) -> None:
    assert may_write(None, engine)


@SQLITE
def test_between_looks_the_last_one_counts(engine: Engine) -> None:
    host = Host(engine, at=NOON)
    assert may_write(host.watch, engine, look=False), "the first is a look"
    host.off = seconds(90)
    assert may_write(host.watch, engine, look=False)
    assert not may_write(host.watch, engine) and not may_write(host.watch, engine, look=False)


def test_a_steady_clock_is_never_set_back() -> None:
    first = steady()
    assert steady() >= first

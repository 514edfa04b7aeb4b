"""VIO-3, F-41: the product's own record of outages, on both databases."""

from datetime import datetime, timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy import Engine, select

from sla.availability.actions import beat, channel_met, enter, watch
from sla.availability.queries import AvailabilityCache, noticed
from sla.outages import TOLERANCE, Outage
from storage.session import reading, run, writing
from storage.tables import sla as t
from tests.rules.courses import TICK
from tests.rules.courses import t as at

START = at("5 08:00")


def beats(engine: Engine, *instants: datetime) -> None:
    for instant in instants:
        with writing(engine) as conn:
            beat(conn, instant)


def met(engine: Engine, well: bool, begun: str, now: str | None = None, source: str = "cainiao") -> None:
    with writing(engine) as conn:
        channel_met(conn, source, well, at(begun), at(now or begun))


def found(engine: Engine, source: str = "web") -> list[tuple[datetime, datetime | None]]:
    o = t.outages.c
    with reading(engine) as conn:
        query = select(o.started_at, o.ended_at).where(o.source == source).order_by(o.started_at)
        return [(row[0], row[1]) for row in conn.execute(query)]


def away(engine: Engine, source: str, since: str, until: str, now: str) -> int:
    with reading(engine) as conn:
        spans = AvailabilityCache().get(conn, at(now)).away(source, at(since), at(until))
    return sum((b - a).seconds for a, b in spans)


def test_beats_within_the_tolerance_are_no_outage(engine: Engine) -> None:
    beats(engine, START, START + TOLERANCE)
    assert found(engine) == []


def test_f_41_a_gap_between_beats_is_an_outage_once(engine: Engine) -> None:
    """One microsecond more than the tolerance; told once, however often it beats then."""
    end = START + TOLERANCE + TICK
    beats(engine, START, end, end, end + timedelta(seconds=5))
    assert found(engine) == [(START, end)]


def test_an_outage_is_when_no_process_was_well(engine: Engine) -> None:
    """Two of them, each away for longer than the tolerance, but never together."""
    beats(engine, *(START + timedelta(seconds=one) for one in (0, 20, 40, 60, 80, 100)))
    assert found(engine) == []


@pytest.mark.parametrize("back", [timedelta(hours=1), timedelta(days=400)])
def test_f_37_a_clock_set_back_makes_no_outage_and_nothing_negative(engine: Engine, back: timedelta) -> None:
    beats(engine, START, START - back, START - back + timedelta(seconds=5))
    assert found(engine) == []
    beats(engine, START - back + timedelta(seconds=60))
    [(since, until)] = found(engine)
    assert until is not None and until - since == timedelta(seconds=55)


def test_f_37_an_outage_that_began_later_than_now_ends_at_its_beginning(engine: Engine) -> None:
    beats(engine, START)
    with writing(engine) as conn:
        watch(conn, START + timedelta(minutes=1))
    beats(engine, START - timedelta(hours=1))
    assert found(engine) == [(START, START)]


def test_f_41_a_worker_sees_it_while_it_goes_on_and_the_next_beat_ends_it(engine: Engine) -> None:
    beats(engine, START)
    for seconds in (30, 31, 600):
        with writing(engine) as conn:
            watch(conn, START + timedelta(seconds=seconds))
        assert found(engine) == ([] if seconds == 30 else [(START, None)])
    beats(engine, START + timedelta(seconds=1260))
    assert found(engine) == [(START, START + timedelta(seconds=1260))]


def test_without_any_beat_nothing_is_known_and_nothing_is_an_outage(engine: Engine) -> None:
    with writing(engine) as conn:
        watch(conn, START)
    assert found(engine) == []
    with reading(engine) as conn:
        assert AvailabilityCache().get(conn, START).known_since("web") is None


def test_an_outage_nobody_has_put_down_yet_counts_all_the_same(engine: Engine) -> None:
    beats(engine, START)
    assert away(engine, "web", "5 08:00", "5 09:00", "5 08:00:30") == 0
    assert away(engine, "web", "5 08:00", "5 09:00", "5 08:00:30.000001") == 3600


def test_a_beat_at_once_in_eight_processes(engine: Engine) -> None:
    """One gap, one row."""
    beats(engine, START)
    together = Barrier(8)

    def one() -> None:
        together.wait()
        run(engine, lambda conn: beat(conn, START + timedelta(minutes=5)))

    threads = [Thread(target=one) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found(engine) == [(START, START + timedelta(minutes=5))]


# ---- channels


def test_a_channel_is_away_from_its_first_failure_to_its_next_success(engine: Engine) -> None:
    met(engine, True, "5 08:00")
    met(engine, False, "5 08:10", "5 08:10:15")
    met(engine, False, "5 08:11", "5 08:11:15")
    assert found(engine, "cainiao") == [(at("5 08:10"), None)]
    assert away(engine, "cainiao", "5 08:00", "5 09:00", "5 08:12") == 3000, "it goes on"
    met(engine, True, "5 08:30:50", "5 08:31")
    assert found(engine, "cainiao") == [(at("5 08:10"), at("5 08:31"))]
    assert away(engine, "cainiao", "5 08:00", "5 09:00", "5 09:00") == 1260
    assert found(engine, "alipay") == []


def test_a_channel_that_never_answered_is_known_since_it_was_first_tried(engine: Engine) -> None:
    met(engine, False, "5 08:10")
    with reading(engine) as conn:
        assert AvailabilityCache().get(conn, at("5 08:12")).known_since("cainiao") == at("5 08:10")
    assert away(engine, "cainiao", "5 08:00", "5 09:00", "5 08:12") == 3000


def test_a_hiccup_of_a_channel_leaves_nothing(engine: Engine) -> None:
    met(engine, False, "5 08:10")
    assert away(engine, "cainiao", "5 08:00", "5 09:00", "5 08:10:30") == 0
    met(engine, True, "5 08:10:30")
    assert found(engine, "cainiao") == []
    met(engine, False, "5 08:20")
    met(engine, True, "5 08:20:30.000001")
    assert found(engine, "cainiao") == [(at("5 08:20"), at("5 08:20:30.000001"))]


def test_a_failure_that_began_before_a_known_success_says_nothing(engine: Engine) -> None:
    """Two rounds at a time: the slow one of them ran into a time-out before the other got through."""
    met(engine, True, "5 08:10", "5 08:10:05")
    met(engine, False, "5 08:10", "5 08:10:15")
    assert found(engine, "cainiao") == []


# ---- what people enter


def test_an_outage_is_entered_once(engine: Engine) -> None:
    span = (at("5 08:00"), at("5 08:30"))
    now = at("5 10:00")
    with writing(engine) as conn:
        assert enter(conn, "cainiao", ["cainiao"], span, "总部赵敏", "公告", now) is None
        again = enter(conn, "cainiao", ["cainiao"], span, "总部赵敏", "公告", now)
        assert again is not None and again.code == "outage_known"
        refused = enter(conn, "web", ["cainiao"], span, "总部赵敏", "公告", now)
        assert refused is not None and refused.code == "outage_source_unknown"
    with reading(engine) as conn:
        assert noticed(conn, [(now - TICK, now)]) == [Outage("cainiao", *span)]
        assert noticed(conn, [(now, now + TOLERANCE)]) == []
    assert away(engine, "cainiao", "5 08:10", "5 09:00", "5 10:00") == 1200


def test_the_cache_sees_what_changes_within_seconds(engine: Engine) -> None:
    cache, now = AvailabilityCache(), START + timedelta(hours=1)
    with writing(engine) as conn:
        beat(conn, now)
    with reading(engine) as conn:
        assert cache.get(conn, now).away("web", START, now) == []
    with writing(engine) as conn:
        enter(conn, "web", ["web"], (START, START + timedelta(minutes=1)), "x", "", now)
    with reading(engine) as conn:
        assert cache.get(conn, now + timedelta(seconds=1.9)).away("web", START, now) == []
        assert cache.get(conn, now + timedelta(seconds=2)).away("web", START, now) != []
        assert cache.get(conn, now - timedelta(hours=9)).away("web", START, now) != [], "a clock set back"

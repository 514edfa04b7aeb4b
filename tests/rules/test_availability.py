"""VIO-3, F-41: the product's own record of outages, on both databases."""

from datetime import datetime, timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy import Engine, select

from sla.availability.actions import beat, channel_met, enter, take_news, watch, withdraw
from sla.availability.queries import AvailabilityCache
from sla.outages import TOLERANCE
from storage.session import reading, run, writing
from storage.tables import sla as t
from tests.rules.courses import TICK
from tests.rules.courses import t as at

START = at("5 08:00")


def beats(engine: Engine, *instants: datetime) -> None:
    for instant in instants:
        with writing(engine) as conn:
            beat(conn, instant)


def met(engine: Engine, *failing: int, begun: str, now: str | None = None, source: str = "cainiao") -> None:
    """A round that failed for these orders; none: a sign of life."""
    with writing(engine) as conn:
        channel_met(conn, source, failing, at(begun), at(now or begun))


def found(engine: Engine, source: str = "web") -> list[tuple[datetime, datetime | None]]:
    o = t.outages.c
    with reading(engine) as conn:
        mine = (o.source == source, o.withdrawn_at.is_(None))
        query = select(o.started_at, o.ended_at).where(*mine).order_by(o.started_at)
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


def test_f_37_an_outage_that_began_later_than_now_is_taken_back(engine: Engine) -> None:
    beats(engine, START)
    with writing(engine) as conn:
        watch(conn, START + timedelta(minutes=1))
    beats(engine, START - timedelta(hours=1))
    assert found(engine) == []
    with reading(engine) as conn:
        [row] = conn.execute(select(t.outages)).all()
    assert (row.ended_at, row.withdrawn_by) == (START, "system")
    assert away(engine, "web", "5 08:00", "5 09:00", "5 07:00") == 0


def test_f_37_a_clock_that_was_ahead_excuses_nobody_ahead(engine: Engine) -> None:
    """A machine boots 30 days ahead, and is set right two minutes later."""
    beats(engine, START, START + timedelta(days=30), START + timedelta(minutes=2))
    assert found(engine) == [(START, START + timedelta(minutes=2))]
    beats(engine, START + timedelta(minutes=2, seconds=20))
    assert away(engine, "web", "5 08:02", "6 09:00", "5 08:02:30") == 0
    with reading(engine) as conn:
        [row] = conn.execute(select(t.outages)).all()
    assert (row.thought_until, row.looked) == (START + timedelta(days=30), 0), (
        "suspicions of the time are looked at again"
    )


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


def test_a_channel_is_away_from_its_first_failure_to_its_last(engine: Engine) -> None:
    met(engine, begun="5 08:00")
    met(engine, 1, begun="5 08:10", now="5 08:10:15")
    assert found(engine, "cainiao") == []
    met(engine, 2, begun="5 08:11", now="5 08:11:15")
    assert found(engine, "cainiao") == [(at("5 08:10"), None)]
    assert away(engine, "cainiao", "5 08:00", "5 09:00", "5 08:12") == 3000, "it goes on"
    met(engine, 1, begun="5 08:20", now="5 08:20:15")
    met(engine, begun="5 08:30:50", now="5 08:31")
    assert found(engine, "cainiao") == [(at("5 08:10"), at("5 08:20:15"))], "of the time after it nobody knows"
    assert away(engine, "cainiao", "5 08:00", "5 09:00", "5 09:00") == 615
    assert found(engine, "alipay") == []
    with reading(engine) as conn:
        [row] = conn.execute(select(t.outages)).all()
    assert (row.thought_until, row.looked) == (at("5 08:31"), 0)


def test_one_message_that_a_channel_always_chokes_on_is_no_outage(engine: Engine) -> None:
    """All night, and nothing else to tell."""
    met(engine, begun="5 19:00")
    for hour in (20, 21, 22, 23):
        met(engine, 7, begun=f"5 {hour}:00")
    met(engine, begun="6 08:00")
    assert found(engine, "cainiao") == []
    met(engine, 7, begun="6 08:10")
    met(engine, begun="6 08:11")
    met(engine, 8, begun="6 08:20")
    assert found(engine, "cainiao") == [], "there was a sign of life between them"


def test_a_channel_that_never_answered_is_known_since_it_was_first_tried(engine: Engine) -> None:
    met(engine, 1, 2, begun="5 08:10")
    with reading(engine) as conn:
        assert AvailabilityCache().get(conn, at("5 08:12")).known_since("cainiao") == at("5 08:10")
    assert away(engine, "cainiao", "5 08:00", "5 09:00", "5 08:12") == 3000


def test_a_hiccup_of_a_channel_leaves_nothing(engine: Engine) -> None:
    met(engine, 1, 2, begun="5 08:10")
    assert away(engine, "cainiao", "5 08:00", "5 09:00", "5 08:10:30") == 0
    met(engine, begun="5 08:10:30")
    assert found(engine, "cainiao") == []


def test_a_failure_that_began_before_a_known_success_says_nothing(engine: Engine) -> None:
    """Two rounds at a time: the slow one of them ran into a time-out before the other got through."""
    met(engine, begun="5 08:10", now="5 08:10:05")
    met(engine, 1, 2, begun="5 08:10", now="5 08:10:15")
    assert found(engine, "cainiao") == []


def test_a_success_that_lies_ahead_hides_no_failure(engine: Engine) -> None:
    """A clock was ahead when it was written down."""
    met(engine, begun="9 08:00")
    met(engine, 1, 2, begun="5 08:10")
    assert found(engine, "cainiao") == [(at("5 08:10"), None)]


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
    assert away(engine, "cainiao", "5 08:10", "5 09:00", "5 10:00") == 1200


def test_an_outage_is_taken_back_and_may_be_entered_again(engine: Engine) -> None:
    now, longer = at("5 10:00"), (at("5 08:00"), at("5 08:30"))
    with writing(engine) as conn:
        assert enter(conn, "cainiao", ["cainiao"], longer, "总部赵敏", "公告", now) is None
        [one] = take_news(conn, [TOLERANCE], now + TOLERANCE)
        assert withdraw(conn, one, "总部赵敏", now) is None
        again = withdraw(conn, one, "总部赵敏", now)
        assert again is not None and again.code == "outage_unknown"
    assert away(engine, "cainiao", "5 08:00", "5 09:00", "5 10:01") == 0
    with writing(engine) as conn:
        assert take_news(conn, [TOLERANCE], now + TOLERANCE) == [one], "what it excused is looked at again"
        shorter = (at("5 08:00"), at("5 08:10"))
        assert enter(conn, "cainiao", ["cainiao"], shorter, "总部赵敏", "更正", now) is None
        assert enter(conn, "cainiao", ["cainiao"], shorter, "总部赵敏", "更正", now) is not None
    assert away(engine, "cainiao", "5 08:00", "5 09:00", "5 10:02") == 600


def test_news_of_an_outage_is_taken_once_at_each_age(engine: Engine) -> None:
    ages = (timedelta(seconds=5), timedelta(minutes=1))
    with writing(engine) as conn:
        assert (
            enter(conn, "web", ["web"], (at("5 08:00"), at("5 08:30")), "总部", "", START + timedelta(hours=1)) is None
        )
    taken = []
    for seconds in (4.999999, 5, 5, 59, 60, 61, 9000):
        with writing(engine) as conn:
            taken.append(len(take_news(conn, ages, START + timedelta(hours=1, seconds=seconds))))
    assert taken == [0, 1, 0, 0, 1, 0, 0]


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

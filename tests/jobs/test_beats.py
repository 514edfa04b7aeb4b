"""F-41: when a web process says that it is well, and when it must not."""

from typing import Any

import pytest

from editions.queries import EditionAltered
from jobs.availability import PATIENCE, beat
from jobs.environment import Environment
from sla.availability import actions
from tests.web.conftest import Clock
from tests.work import statements


def test_while_the_rulebook_is_altered_no_beat_says_that_we_are_well(
    env: Environment, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert beat(env)

    def altered(*_: Any) -> None:
        raise EditionAltered("x")

    monkeypatch.setattr(type(env.books), "held", altered)
    assert not beat(env)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_process_that_stands_still_in_its_beat_stops_no_other(env: Environment, clock: Clock) -> None:
    assert beat(env)
    with env.engine.connect() as conn:
        conn.begin()
        actions.beat(conn, clock.at)
        with statements(env.engine) as sent:
            assert beat(env)  # this thread holds the other's row: it would wait for ever
        assert f"SET LOCAL lock_timeout = {PATIENCE * 1000}" in sent
        conn.invalidate()

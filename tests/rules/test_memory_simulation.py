"""Routing memory on seeded traffic: a person who adopts what is proposed halves misrouting or better; a station that
sends its orders away at random gets nothing proposed that is wrong."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine

from basics.words import DATA_CENTRE
from dispatch.memory import actions as memory
from dispatch.memory.misrouted.queries import misrouting
from dispatch.memory.queries import Proposal, open_proposals
from dispatch.misrouting import Figures, together
from storage.session import reading, writing
from tests.rules.memory_world import START, MemoryWorld

SEEDS = (1, 2, 3, 4, 5)


def figures(world: MemoryWorld, first: int, days: int) -> Figures:
    start = START + timedelta(days=first)
    with reading(world.engine) as conn:
        return together(one.total for one in misrouting(conn, [("", start, start + timedelta(days=days))]))


def adopt_all(world: MemoryWorld, now: int) -> list[Proposal]:
    with writing(world.engine) as conn:
        found = open_proposals(conn)
        answers = [memory.adopt(conn, one.id, "hq", "", START + timedelta(days=now)) for one in found]
    assert not any(answers)
    world.renew()
    return found


def wrong(world: MemoryWorld, found: list[Proposal]) -> list[Proposal]:
    truth = {spot.name: spot.truth for spot in world.spots}
    return [one for one in found if truth[one.fragment] != one.station]


def halved(world: MemoryWorld, days: int, a_day: int) -> tuple[Figures, Figures]:
    world.days(0, days, a_day)
    found = adopt_all(world, days)
    assert found
    assert wrong(world, found) == []
    world.days(days, days, a_day)
    before, after = figures(world, 0, days), figures(world, days, days)
    print(f"seed {world.seed}: {len(found)} adopted of {len(world.spots)} streets and estates")
    print(f"misrouted {before.share:.2%} of {before.orders} -> {after.share:.2%} of {after.orders}")
    print(f"dispatched because routing was unsure {before.unsure} -> {after.unsure}")
    return before, after


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_adopting_what_is_proposed_halves_misrouting(engine: Engine) -> None:
    """ROUTE-4: 5 % wrong by fragment, every tenth transfer wrong, points and addresses missing."""
    before, after = halved(MemoryWorld(engine, seed=1), days=16, a_day=50)
    assert before.share > 0.03
    assert after.share <= before.share / 2
    assert after.unsure < before.unsure


@pytest.mark.soak
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("seed", SEEDS)
def test_on_any_seed(engine: Engine, seed: int) -> None:
    before, after = halved(MemoryWorld(engine, seed=seed), days=28, a_day=60)
    assert after.share <= before.share / 2


def lazy(engine: Engine, seed: int, share: float, silent: float, days: int) -> None:
    """What is proposed in spite of YH2 is right all the same, and YH2's own streets stay its own."""
    world = MemoryWorld(engine, seed, {"YH2": share}, silent)
    world.days(0, days, 60)
    with reading(world.engine) as conn:
        found = open_proposals(conn)
    assert wrong(world, found) == []
    assert DATA_CENTRE not in {one.station for one in found}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("silent", [0.1, 1.0])
def test_a_lazy_station_gets_nothing_adopted_by_threshold(engine: Engine, silent: float) -> None:
    """It sends half of its orders to anybody, and whoever gets one serves it, or does not."""
    lazy(engine, 1, 0.5, silent, days=14)


@pytest.mark.soak
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("share", [0.3, 0.6, 1.0])
@pytest.mark.parametrize("silent", [0.1, 0.5, 1.0])
@pytest.mark.parametrize("seed", SEEDS)
def test_lazy_on_any_seed(engine: Engine, seed: int, silent: float, share: float) -> None:
    lazy(engine, seed, share, silent, days=28)

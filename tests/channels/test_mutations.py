"""1,000 mutations of genuine messages of each channel (9,000 more in the soak): refused or equivalent, never a 5xx."""

import pytest
from sqlalchemy import Engine

from channels.registry import CHANNELS
from tests.channels.mutations import Gauntlet

ONLY_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
ONLY_POSTGRESQL = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


@ONLY_SQLITE
@pytest.mark.parametrize("seed", range(1, 4))
@pytest.mark.parametrize("name", CHANNELS)
def test_mutations_are_refused_or_equivalent(engine: Engine, name: str, seed: int) -> None:
    Gauntlet(engine, name, seed).run(300)


@ONLY_POSTGRESQL
@pytest.mark.parametrize("name", CHANNELS)
def test_the_same_on_postgresql(engine: Engine, name: str) -> None:
    Gauntlet(engine, name, 4).run(100)


@pytest.mark.soak
@ONLY_SQLITE
@pytest.mark.parametrize("seed", range(100, 118))
@pytest.mark.parametrize("name", CHANNELS)
def test_thousands_more(engine: Engine, name: str, seed: int) -> None:
    Gauntlet(engine, name, seed).run(500)

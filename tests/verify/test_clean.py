"""What the engine leaves is what the second opinion expects."""

from pathlib import Path

import pytest
from sqlalchemy import Engine

from rulebook.book import packaged
from storage.session import snapshot
from tests.oracle import histories
from tests.verify.replayed import STORIES, run, tell
from verify import queries

NAMES = sorted(path.parent.name for path in STORIES.glob("*/events.jsonl"))


@pytest.mark.parametrize(
    ("database_url", "name"),
    [("sqlite", name) for name in NAMES]
    + [pytest.param("postgresql", name, marks=[pytest.mark.soak] if n % 3 else []) for n, name in enumerate(NAMES)],
    indirect=["database_url"],
)
def test_every_story_is_clean(engine: Engine, name: str) -> None:
    """I-02, I-04, I-07, I-10, I-12. Every third on PostgreSQL too; all of them in the soak."""
    tell(engine, name)
    with snapshot(engine) as conn:
        assert queries.check(conn, packaged()) == []


@pytest.mark.parametrize("seed", range(3001, 3011))
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_random_histories_are_clean(engine: Engine, tmp_path: Path, seed: int) -> None:
    """Messages late and in any order, acts that are refused: whatever the engine made of them, it follows."""
    run(engine, histories.write(seed, tmp_path), tmp_path)
    with snapshot(engine) as conn:
        assert queries.check(conn, packaged()) == []


@pytest.mark.parametrize("chunk", [1, 2, 3])
def test_small_chunks_see_the_same(engine: Engine, chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "CHUNK", chunk)
    tell(engine, "scan_after_fine_overturns")
    with snapshot(engine) as conn:
        assert queries.check(conn, packaged()) == []


def test_an_empty_database_is_clean(engine: Engine) -> None:
    with snapshot(engine) as conn:
        assert queries.check(conn, packaged()) == []

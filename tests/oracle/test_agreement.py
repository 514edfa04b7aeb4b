"""The product's replay writes what the naive one calculates, on seeded random histories (law 14: a second opinion).

`make test` takes SEEDS; `make soak` takes many more, larger ones too.
"""

from pathlib import Path

import pytest

from tests.databases import PostgresServer
from tests.oracle import histories, naive
from tests.oracle.compare import compare
from tests.replaying import empty_postgres, replay, written

SEEDS = range(1001, 1021)
ON_BOTH = (1002, 1005, 1006)  # long ones, with appeals and settlements
SOAK = (*range(1021, 1031), *range(2001, 2401))


def agree(seed: int, folder: Path, orders: int = 40) -> Path:
    """Write the history of that seed, replay it both ways and compare; the product's result folder."""
    events = histories.write(seed, folder, orders)
    out = folder / "out"
    result = replay(events, folder, out)
    assert result.exit_code == 0, result.output
    differences = compare(out, naive.run(events, folder))
    assert not differences, f"seed {seed}, {orders} orders:\n" + "\n".join(differences)
    return out


@pytest.mark.parametrize("seed", [seed for seed in SEEDS if seed not in ON_BOTH])
def test_agreement(seed: int, tmp_path: Path) -> None:
    agree(seed, tmp_path)


@pytest.mark.parametrize("seed", ON_BOTH)
def test_postgresql_and_small_transactions_write_the_same_bytes(
    seed: int, tmp_path: Path, postgres_server: PostgresServer
) -> None:
    """How many lines share a transaction changes nothing: what is due is handled in between all the same."""
    agreed, events = written(agree(seed, tmp_path)), tmp_path / "events.jsonl"
    with empty_postgres(postgres_server) as url:
        result = replay(events, tmp_path, tmp_path / "postgresql", "--database", url)
    assert result.exit_code == 0, result.output
    assert written(tmp_path / "postgresql") == agreed
    for batch in ("1", "7"):
        assert replay(events, tmp_path, tmp_path / batch, "--batch", batch).exit_code == 0
        assert written(tmp_path / batch) == agreed, f"{batch} lines a transaction"


@pytest.mark.soak
@pytest.mark.parametrize("seed", SOAK)
def test_agreement_for_long(seed: int, tmp_path: Path) -> None:
    agree(seed, tmp_path, orders=40 if seed % 4 else 150)

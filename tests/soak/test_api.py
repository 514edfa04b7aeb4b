"""A thousand cases an operation of the API; 30 of them are in `make test`."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from schemathesis import Case

from tests.web.api.asked import Installation, drawn, installed, written

pytestmark = pytest.mark.soak
schema = written()


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Installation]:
    with installed(Path(shutil.copy(sqlite_template, tmp_path_factory.mktemp("api") / "soak.db"))) as made:
        yield made


@schema.parametrize()
@drawn(1_000)
def test_every_operation_a_thousand_times(case: Case, installation: Installation) -> None:
    installation.ask(case)

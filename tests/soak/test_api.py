"""A thousand cases an operation of the API; 30 of them are in `make test`."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import Phase
from schemathesis import Case

from storage.session import connect
from tests.web.api.asked import Installation, drawn, installed, written
from tests.web.console.conftest import furnish

pytestmark = pytest.mark.soak
schema = written()


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Installation]:
    database = Path(shutil.copy(sqlite_template, tmp_path_factory.mktemp("api") / "soak.db"))
    engine = connect(f"sqlite:///{database}", throw_away=True)
    furnish(engine)
    engine.dispose()
    with installed(database) as made:
        yield made


@schema.parametrize()
@drawn(1_000, Phase.explicit)
def test_every_operation_a_thousand_times(case: Case, installation: Installation) -> None:
    installation.ask(case)

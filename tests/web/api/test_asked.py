"""schemathesis: no operation fails, answers what the document does not say, or takes what its schema forbids."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from schemathesis import Case

from tests.web.api.asked import Installation, drawn, installed, written

schema = written()


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Installation]:
    with installed(Path(shutil.copy(sqlite_template, tmp_path_factory.mktemp("api") / "asked.db"))) as made:
        yield made


@schema.parametrize()
@drawn(30)
def test_every_operation(case: Case, installation: Installation) -> None:
    installation.ask(case)

"""What a browser loads for a desk full of orders, in bytes: under 300 KB the first time, under 30 KB after."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.web.conftest import Visitor
from tests.web.console.conftest import Land, local

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

As = Callable[[str], Visitor]
FIRST, AGAIN = 300_000, 30_000
ASKED = {"Accept-Encoding": "gzip, deflate, br"}
_FILES = re.compile(r'(?:href|src)="(/static/[^"]+)"')


@pytest.fixture
def database_url(sqlite_template: Path, tmp_path: Path) -> str:
    return f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'test.db')}"


def loaded(client: FlaskClient, address: str) -> int:
    """Bytes of an answer with its headers."""
    answer = client.get(address.replace("&amp;", "&"), headers=ASKED)
    assert answer.status_code == 200, address
    return len(answer.data) + len(str(answer.headers))


def test_sizes(land: Land, as_: As) -> None:
    """The desk of a station with sixty orders, HQ's review desk, an order's page."""
    for n in range(60):
        land.order(f"KD{n:04}", local("09:00"), remark=f"请在 {n} 点后联系,带纸箱")
    for login, path in (("hz01", "/desk"), ("hq", "/review"), ("hz01", f"/orders/{land.id('KD0001')}")):
        client = as_(login).client
        page = client.get(path).text
        files = set(_FILES.findall(page))
        assert files, path
        again = loaded(client, path)
        first = again + sum(loaded(client, one) for one in sorted(files))
        assert first < FIRST and again < AGAIN, f"{path}: {first} first, {again} again"


def test_every_file_is_named_in_a_page_or_loaded_by_one(land: Land, as_: As) -> None:
    """Nothing is asked of another host (11.2)."""
    for login, path in (("hz01", "/desk"), ("hq", "/"), ("hq", "/areas")):
        page = as_(login).get(path, follow_redirects=True).text
        assert not re.search(r'(?:href|src|action)="(?:https?:)?//', page), path

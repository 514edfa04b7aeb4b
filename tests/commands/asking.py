"""Asks `lanshou route` of the plain network of the stories, at one instant."""

import json
from typing import Any

from click.testing import CliRunner, Result

from app import cli
from tests.paths import REPO

PLAIN = str(REPO / "tests" / "stories" / "_networks" / "plain")
AT = "2026-05-04T10:00:00+08:00"


def run(*words: str) -> Result:
    return CliRunner().invoke(cli, ["route", *words], catch_exceptions=False)


def data(*words: str) -> dict[str, Any]:
    answer = run("--network", PLAIN, "--at", AT, "--json", *words)
    assert answer.exit_code == 0, answer.stderr
    found = json.loads(answer.stdout)
    assert isinstance(found, dict)
    return found

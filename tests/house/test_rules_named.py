"""Law 13: every rule that is built has a test that names it.

`rule_ids.txt` lists what is built. A rule joins the list together with its tests, and never leaves it.
"""

import re

from tests.house.source import python_files
from tests.paths import REPO

LIST = REPO / "tests" / "house" / "rule_ids.txt"
RULE_ID = re.compile(r"\b[A-Z]+-\d+\b|\bV-[A-Z]+\b")


def built() -> list[str]:
    lines = LIST.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def test_list_is_in_order() -> None:
    assert all(RULE_ID.fullmatch(rule) for rule in built())
    assert len(set(built())) == len(built())


def test_every_built_rule_is_named_by_a_test() -> None:
    """In a test file, or in a file beside a story."""
    tests = [source for source in python_files() if source.name.startswith("tests/")]
    texts = [source.text for source in tests if not source.name.startswith("tests/house/")]
    beside = [path for path in (REPO / "tests").rglob("*") if path.suffix in (".md", ".jsonl", ".toml")]
    named = set(RULE_ID.findall("\n".join(texts + [path.read_text(encoding="utf-8") for path in beside])))
    missing = [rule for rule in built() if rule not in named]
    assert not missing, f"no test names {missing}"

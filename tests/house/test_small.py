"""Law 15: small; and nothing half-done."""

import ast
import re

import pytest

from tests.house.source import Source, python_files, report

FILE_LINES = 300
FUNCTION_LINES = 50
LEFT_OVER = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X|NotImplemented" + r"Error)\b")


# A migration is one flat list, written by a tool (tools/new_migration.py) and read once.
LISTS = "storage/migrations/versions/"


def long_functions(source: Source) -> list[str]:
    findings = []
    for node in source.functions():
        lines = (node.end_lineno or node.lineno) - node.lineno + 1
        if lines > FUNCTION_LINES:
            findings.append(source.at(node.lineno, f"{node.name} has {lines} lines (at most {FUNCTION_LINES})"))
    return findings


def test_files_are_small() -> None:
    counted = [(source, source.text.count("\n")) for source in python_files() if not source.name.startswith(LISTS)]
    report([source.at(1, f"{n} lines (at most {FILE_LINES})") for source, n in counted if n > FILE_LINES])


def test_functions_are_small() -> None:
    sources = [source for source in python_files() if not source.name.startswith(LISTS)]
    report([finding for source in sources for finding in long_functions(source)])


def test_nothing_is_left_for_later() -> None:
    report(
        [
            source.at(number, line.strip())
            for source in python_files()
            for number, line in enumerate(source.text.splitlines(), 1)
            if LEFT_OVER.search(line)
        ]
    )


def test_every_public_thing_says_what_it_is() -> None:
    """Rooms are read by others: their modules and public functions of actions and queries have docstrings."""
    findings = []
    for source in python_files():
        if source.folder in ("tests", "tools", "bench", ""):
            continue
        if not ast.get_docstring(source.tree) and source.text.strip():
            findings.append(source.at(1, "no docstring"))
        if source.path.name in ("actions.py", "queries.py"):
            public = [node for node in source.functions() if node in source.tree.body and node.name[0] != "_"]
            bare = [node for node in public if not ast.get_docstring(node)]
            findings += [source.at(node.lineno, f"{node.name}: no docstring") for node in bare]
    report(findings)


@pytest.mark.parametrize("word", ["TO" + "DO", "FIX" + "ME: x", "raise NotImplemented" + "Error"])
def test_left_overs_are_seen(word: str) -> None:
    assert LEFT_OVER.search(f"# {word}")

"""A second opinion is one only if it shares nothing: the naive calculation and the authors of histories import nothing
of the product, and nothing of the tests that might bring it in."""

import sys

from tests.house.source import Source, parsed, report
from tests.paths import REPO

OWN = ("tests.oracle", "tests.quarter")
FINDERS = {"importlib", "runpy", "pkgutil", "ctypes", "subprocess", "imp"}  # other ways to run what was not imported
CALLS = {"__import__", "exec", "eval", "compile"}


def independent() -> list[Source]:
    """The calculation and the authors; the tests that compare them with the product may know both."""
    paths = [path for own in OWN for path in sorted((REPO / own.replace(".", "/")).rglob("*.py"))]
    return [Source(path) for path in paths if not path.name.startswith("test_")]


def foreign(source: Source) -> list[str]:
    """What a file imports beside the standard library and its own two folders."""
    findings = []
    for line, name in source.imports:
        top = name.split(".")[0]
        ours = any(name == own or name.startswith(own + ".") for own in OWN)
        if (not ours and top not in sys.stdlib_module_names) or top in FINDERS or ".test_" in name:
            findings.append(source.at(line, f"imports {name}"))
    calls = [call for call in source.calls if source.dotted(call.func) in CALLS]
    return findings + [source.at(call.lineno, "runs code it did not import") for call in calls]


def test_the_second_opinion_knows_nothing_of_the_product() -> None:
    sources = independent()
    names = {source.name for source in sources}
    assert {"tests/oracle/money.py", "tests/oracle/naive.py", "tests/quarter/author.py"} <= names
    report([finding for source in sources for finding in foreign(source)])


def test_what_would_bring_the_product_in_is_seen() -> None:
    for line in (
        "from penalties.settlement import targets",
        "import rulebook.book",
        "from basics import days",
        "from tests import replaying",
        "from tests.oracle.test_agreement import agree",
        "from ..replaying import replay",
        "import importlib",
        "import sqlalchemy",
        "__import__('penalties')",
    ):
        assert foreign(parsed(line + "\n", "tests/oracle/example.py")), line
    assert not foreign(parsed("import csv\nfrom tests.oracle.book import Book\n", "tests/quarter/example.py"))

"""No test asks a clock how fast something is: machines differ, and are busy. Work is counted (tests/work.py), speed is
measured by `make bench`. What waits for something may ask how long it has waited."""

import ast

import pytest

from tests.house.source import Source
from tests.paths import REPO

STOPWATCHES = frozenset(
    f"time.{name}{unit}"
    for name in ("perf_counter", "monotonic", "process_time", "thread_time")
    for unit in ("", "_ns")
)
CLOCKS = STOPWATCHES | {"time.time", "time.time_ns"}
# Guards of waiting, and leases, which live by a stopwatch.
ALLOWED = {
    ("tests/jobs/test_feedback.py", "until"),
    ("tests/channels/test_outbox_round.py", "test_f_10_nothing_is_begun_shortly_before_the_lease_ends"),
}


def readings(source: Source) -> list[tuple[str, str]]:
    """(file, function) that reads a stopwatch, or holds a reading of a clock against a number."""
    found = set()
    for function in [node for node in source.nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]:
        for node in ast.walk(function):
            if isinstance(node, ast.Name | ast.Attribute) and dotted(source, node) in STOPWATCHES:
                found.add((source.name, function.name))
            if isinstance(node, ast.Compare) and compares_a_span(source, node):
                found.add((source.name, function.name))
    return sorted(found)


def dotted(source: Source, node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return source.names.get(node.id, node.id)
    return f"{dotted(source, node.value)}.{node.attr}" if isinstance(node, ast.Attribute) else ""


def compares_a_span(source: Source, compare: ast.Compare) -> bool:
    """`time.time() - began < 5`"""
    if not any(isinstance(one, ast.Lt | ast.LtE | ast.Gt | ast.GtE) for one in compare.ops):
        return False
    return any(
        isinstance(side, ast.BinOp) and isinstance(side.op, ast.Sub) and isinstance(side.left, ast.Call)
        and dotted(source, side.left.func) in CLOCKS
        for side in (compare.left, *compare.comparators)
    )  # fmt: skip


def test_no_test_measures_time() -> None:
    files = [path for path in (REPO / "tests").rglob("*.py") if "soak" not in path.parts]
    found = [one for path in sorted(files) for one in readings(Source(path))]
    assert set(found) == ALLOWED


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("import time\ndef f():\n    b = time.perf_counter()\n    assert time.perf_counter() - b < 1", True),
        ("from time import process_time as p\ndef f():\n    b = p()", True),
        ("import time\ndef f(b):\n    assert time.time() - b < 1", True),
        ("import time\ndef f(b):\n    assert b - time.time() < 1\n    time.sleep(1)", False),
    ],
)
def test_it_sees_them(text: str, seen: bool, tmp_path_factory: pytest.TempPathFactory) -> None:
    source = Source(REPO / "tests" / "work.py")
    source.nodes = list(ast.walk(ast.parse(text)))
    assert bool(readings(source)) == seen

"""How much is done, counted: no test asks a clock how fast something is (speed is measured by `make bench`)."""

import re
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType, ModuleType
from typing import Any

import pytest
import shapely
import shapely.ops
from sqlalchemy import Engine, event

# What takes minutes and gigabytes where outlines cross often. The methods of shapes call these too.
OVERLAYS = (
    "buffer", "coverage_union", "coverage_union_all", "difference", "disjoint_subset_union",
    "disjoint_subset_union_all", "intersection", "intersection_all", "make_valid", "node", "polygonize",
    "polygonize_full", "symmetric_difference", "symmetric_difference_all", "unary_union", "union", "union_all",
)  # fmt: skip


@dataclass(slots=True)
class Work:
    """Calls of functions, Python's and C's, in this thread and those it begins."""

    calls: int = 0


@contextmanager
def counted() -> Iterator[Work]:
    """What is called within. The same on every machine, and the same again."""
    work = Work()

    def one(_frame: FrameType, what: str, _about: object) -> None:
        if what in ("call", "c_call"):
            work.calls += 1

    before = sys.getprofile()
    sys.setprofile(one)
    threading.setprofile(one)
    try:
        yield work
    finally:
        sys.setprofile(before)
        threading.setprofile(None)


@contextmanager
def statements(engine: Engine, but: str = "") -> Iterator[list[str]]:
    """Every statement that the engine sends within; not those of the thread `but`, which works at its own pace."""
    sent: list[str] = []

    def one(_conn: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if threading.current_thread().name != but:
            sent.append(statement)

    event.listen(engine, "before_cursor_execute", one)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", one)


def forbid_overlays(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on nothing may be cut, united or repaired: whoever begins it fails the test, however fast he is."""
    long = {id(getattr(shapely, name)): name for name in OVERLAYS if hasattr(shapely, name)}
    long |= {id(getattr(shapely.ops, name)): name for name in ("split", "unary_union", "polygonize")}
    for module in [one for name, one in sys.modules.items() if name.split(".")[0] in ("shapely", "geo", "web")]:
        for name, value in list(vars(module).items()):
            if id(value) in long:
                monkeypatch.setattr(module, name, _forbidden(long[id(value)]))


def _forbidden(name: str) -> Callable[..., Any]:
    def refuse(*_: Any, **__: Any) -> Any:
        pytest.fail(f"shapely.{name} was entered")

    return refuse


@dataclass(slots=True)
class Pattern:
    """A compiled pattern that remembers how long the texts were that it was given."""

    pattern: re.Pattern[str]
    given: list[int] = field(default_factory=list)

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.pattern, name)
        if not callable(found):
            return found

        def noted(*args: Any, **more: Any) -> Any:
            self.given.append(len(args[1] if name in ("sub", "subn") else args[0]))
            return found(*args, **more)

        return noted


def watch_patterns(monkeypatch: pytest.MonkeyPatch, *modules: ModuleType) -> list[int]:
    """The lengths of all texts given from now on to the patterns that these modules have compiled."""
    given: list[int] = []
    for module in modules:
        for name, value in list(vars(module).items()):
            if isinstance(value, re.Pattern):
                monkeypatch.setattr(module, name, Pattern(value, given))
    return given

"""The house's source as syntax trees, for the tests that check its laws (DESIGN.md)."""

import ast
from collections.abc import Iterator
from functools import cached_property, lru_cache
from pathlib import Path

from tests.paths import REPO

EDGES = ("web", "jobs", "commands", "replay")
ROOMS = (
    "basics",
    "rulebook",
    "channels",
    "geo",
    "people",
    "pickups",
    "penalties",
    "sla",
    "dispatch",
    "reports",
    "demo",
    "verify",
    "editions",
    "notify",
    "sandbox",
)
FOLDERS = (*ROOMS, *EDGES, "storage")
# The files of a room that may touch the world; everything else in a room is pure.
IMPURE_NAMES = ("actions.py", "queries.py", "wire.py")


class Source:
    """One Python file of the repository."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = path.relative_to(REPO).as_posix()
        self.folder = self.name.split("/")[0] if "/" in self.name else ""
        self.text = path.read_text(encoding="utf-8")
        self.tree = ast.parse(self.text, self.name)
        self.nodes = list(ast.walk(self.tree))

    @property
    def is_edge(self) -> bool:
        return self.folder in EDGES or self.name == "app.py"

    @property
    def is_pure(self) -> bool:
        """Pure by name (law 1)."""
        return self.folder in ROOMS and self.path.name not in IMPURE_NAMES

    @cached_property
    def imports(self) -> list[tuple[int, str]]:
        """(line, dotted name) of everything imported; `from a import b` gives `a.b`."""
        found = []
        for node in self.nodes:
            if isinstance(node, ast.Import):
                found += [(node.lineno, alias.name) for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                base = self.absolute(node)
                found += [(node.lineno, f"{base}.{alias.name}") for alias in node.names]
        return found

    @cached_property
    def names(self) -> dict[str, str]:
        """What an imported name stands for: `{"dt": "datetime.datetime", "t": "storage.tables.dispatch"}`."""
        known = {}
        for node in self.nodes:
            if isinstance(node, ast.Import):
                for alias in node.names:
                    # `import a.b` binds a; `import a.b as c` binds a.b
                    top = alias.name.split(".")[0]
                    known[alias.asname or top] = alias.name if alias.asname else top
            elif isinstance(node, ast.ImportFrom):
                base = self.absolute(node)
                known |= {alias.asname or alias.name: f"{base}.{alias.name}" for alias in node.names}
        return known

    def absolute(self, node: ast.ImportFrom) -> str:
        """The module of a `from … import`, relative ones resolved."""
        if not node.level:
            return node.module or ""
        package = self.name.split("/")[: -node.level]
        return ".".join([*package, *(node.module.split(".") if node.module else [])])

    def dotted(self, node: ast.expr) -> str | None:
        """`dt.now` as `datetime.datetime.now`, by the imports; None when it does not begin with a name."""
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            return None
        return ".".join([self.names.get(node.id, node.id), *reversed(parts)])

    @cached_property
    def calls(self) -> list[ast.Call]:
        return [node for node in self.nodes if isinstance(node, ast.Call)]

    def functions(self) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
        for node in self.nodes:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield node

    def at(self, line: int, what: str) -> str:
        """One finding, as editors can jump to it."""
        return f"{self.name}:{line}: {what}"


@lru_cache
def python_files() -> tuple[Source, ...]:
    """Every Python file of ours, tests and tools included."""
    folders = (*FOLDERS, "tests", "tools", "bench")
    paths = [path for folder in folders for path in sorted((REPO / folder).rglob("*.py"))]
    return tuple(Source(path) for path in (*sorted(REPO.glob("*.py")), *paths))


@lru_cache
def product() -> tuple[Source, ...]:
    """What runs at a user's: app.py and the folders of the house."""
    return tuple(source for source in python_files() if source.folder in (*FOLDERS, ""))


def parsed(text: str, name: str = "dispatch/example.py") -> Source:
    """A made-up file, to test a law's own check."""
    source = Source.__new__(Source)
    source.path, source.name, source.folder, source.text = REPO / name, name, name.split("/")[0], text
    source.tree = ast.parse(text)
    source.nodes = list(ast.walk(source.tree))
    return source


def report(findings: list[str]) -> None:
    """Fails with one finding a line."""
    assert not findings, "\n" + "\n".join(findings)

"""Law 1, pure by name: only actions.py, queries.py and wire.py of a room touch database, network or files.
Law 5: nobody but the edges obtains the time. Law 7: nobody below the edges opens or ends a transaction."""

import ast

import pytest

from tests.house.source import IMPURE_NAMES, ROOMS, Source, parsed, product, report

WORLD = (
    "sqlalchemy", "alembic", "psycopg", "sqlite3", "redis", "rq", "storage",
    "flask", "flask_login", "flask_wtf", "werkzeug", "wtforms", "click", "rich", "structlog", "logging",
    "requests", "urllib3", "urllib.request", "http.client", "http.server", "socket", "ssl", "smtplib",
    "subprocess", "multiprocessing", "threading", "asyncio", "concurrent.futures", "signal",
    "os", "shutil", "tempfile", "time", "basics.now", "basics.settings",
)  # fmt: skip
FILE_CALLS = {"open", "io.open"}
FILE_METHODS = {"open", "read_text", "read_bytes", "write_text", "write_bytes", "mkdir", "unlink"}
# The two files of basics that exist to read the world, and the reader of the packaged editions.
MAY_IMPORT = {"basics/now.py": {"time"}, "basics/settings.py": {"os"}}
MAY_READ_FILES = {
    "rulebook/book.py",
    "basics/settings.py",
    "demo/network.py",
    "geo/addresses.py",
    "people/passwords.py",
}  # the last writes its own folder
# A channel from outside, in a process of its own: it lives by the real clock and the real network (decision 5).
OUTSIDERS = {"demo/live.py", "demo/receiver.py"}

CLOCKS = {
    "datetime.datetime.now", "datetime.datetime.utcnow", "datetime.datetime.today", "datetime.date.today",
    "time.time", "time.time_ns", "time.localtime", "time.gmtime", "time.ctime", "time.strftime",
    "sqlalchemy.func.now", "sqlalchemy.func.current_timestamp", "sqlalchemy.func.localtimestamp",
    "sqlalchemy.sql.func.now",
}  # fmt: skip


def impure(source: Source) -> list[str]:
    """What a pure file does that only an impure one may."""
    allowed = MAY_IMPORT.get(source.name, set())
    findings = []
    for line, name in source.imports:
        world = next((word for word in WORLD if name == word or name.startswith(word + ".")), None)
        if world and world not in allowed:
            findings.append(source.at(line, f"a pure file imports {name}"))
        folder, _, inside = name.partition(".")
        if folder in ROOMS and f"{inside.split('.')[0]}.py" in IMPURE_NAMES:
            findings.append(source.at(line, f"a pure file imports {name}"))
    for call in source.calls:
        method = call.func.attr if isinstance(call.func, ast.Attribute) else None
        reads = source.dotted(call.func) in FILE_CALLS or method in FILE_METHODS
        if reads and source.name not in MAY_READ_FILES:
            findings.append(source.at(call.lineno, "a pure file touches files"))
    return findings


def clocks(source: Source) -> list[str]:
    """Where a file reads the wall clock, called or handed on as a function."""
    nodes = [node for node in source.nodes if isinstance(node, ast.Attribute | ast.Name)]
    return [
        source.at(node.lineno, f"reads the wall clock ({source.dotted(node)}); time is an argument")
        for node in nodes
        if source.dotted(node) in CLOCKS
    ]


def transactions(source: Source) -> list[str]:
    """Where a file opens or ends a transaction."""
    ends = {"commit", "rollback", "begin", "connect"}
    findings = [
        source.at(call.lineno, f".{call.func.attr}() below the edge")
        for call in source.calls
        if isinstance(call.func, ast.Attribute) and call.func.attr in ends
    ]
    imported = [(line, name) for line, name in source.imports if name.startswith("storage.session")]
    return findings + [source.at(line, f"imports {name} below the edge") for line, name in imported]


def test_pure_files_touch_nothing() -> None:
    report(
        [
            finding
            for source in product()
            if source.is_pure and source.name not in OUTSIDERS
            for finding in impure(source)
        ]
    )


def test_only_basics_now_reads_the_wall_clock() -> None:
    others = [source for source in product() if source.name not in OUTSIDERS | {"basics/now.py"}]
    report([finding for source in others for finding in clocks(source)])


def test_only_edges_obtain_now() -> None:
    inside = [source for source in product() if not source.is_edge]
    report(
        [
            source.at(line, f"imports {name}: `now` is an argument here")
            for source in inside
            for line, name in source.imports
            if name == "basics.now" or name.startswith("basics.now.")
        ]
    )


def test_transactions_are_opened_and_ended_at_the_edge() -> None:
    inside = [source for source in product() if not source.is_edge and source.folder != "storage"]
    report([finding for source in inside for finding in transactions(source)])


def test_in_storage_only_session_and_migrations_commit() -> None:
    allowed = ("storage/session.py", "storage/migrate.py", "storage/migrations/")
    storage = [source for source in product() if source.folder == "storage"]
    others = [source for source in storage if not source.name.startswith(allowed)]
    report([finding for source in others for finding in transactions(source)])


@pytest.mark.parametrize(
    "line",
    [
        "import sqlalchemy as sa",
        "from sqlalchemy import select",
        "import flask",
        "from urllib.request import urlopen",
        "from storage.tables import dispatch",
        "from dispatch.queries import orders",
        "from dispatch import queries",
        "from . import actions",
        "from basics.now import now",
        "open('x')",
        "path.read_text()",
    ],
)
def test_impure_lines_are_seen(line: str) -> None:
    assert impure(parsed(line))


@pytest.mark.parametrize(
    "line", ["from dispatch.lifecycle import step", "from basics import days", "import json", "reopen(order)"]
)
def test_pure_lines_pass(line: str) -> None:
    assert not impure(parsed(line))


@pytest.mark.parametrize(
    "text",
    [
        "from datetime import datetime\ndatetime.now()",
        "from datetime import UTC, datetime as dt\ndt.now(UTC)",
        "import datetime\ndatetime.date.today()",
        "import datetime as d\nf(default=d.datetime.utcnow)",
        "import time as clock\nclock.time()",
        "from time import time\ntime()",
        "from sqlalchemy import func\nfunc.now()",
    ],
)
def test_clocks_are_seen(text: str) -> None:
    assert clocks(parsed(text))


@pytest.mark.parametrize(
    "text", ["now = order.now", "from basics.now import now\nnow()", "import time\ntime.monotonic()"]
)
def test_other_times_pass(text: str) -> None:
    assert not clocks(parsed(text))


@pytest.mark.parametrize("line", ["conn.commit()", "engine.begin()", "from storage.session import writing"])
def test_transactions_are_seen(line: str) -> None:
    assert transactions(parsed(line))

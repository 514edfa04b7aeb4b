"""`lanshou init`: once makes everything, again changes nothing, and nothing of others is taken."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine, text

from app import cli
from storage import migrate
from storage.schema import create_all
from storage.session import connect, reading, writing


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder that is not there yet."""
    folder = tmp_path / "deep" / "data"
    monkeypatch.setenv("LANSHOU_DATA", str(folder))
    for name in ("DATABASE_URL", "REDIS_URL", "LANSHOU_SECRET_FILE"):
        monkeypatch.delenv(name, raising=False)
    return folder


def init(*more: str) -> Result:
    return CliRunner().invoke(cli, ["init", *more])


def test_makes_everything(data: Path) -> None:
    told = init()
    assert told.exit_code == 0, told.output
    key = data / "secret.key"
    assert key.stat().st_mode & 0o777 == 0o600
    assert data.stat().st_mode & 0o777 == 0o700
    assert len(bytes.fromhex(key.read_text())) == 32
    assert (data / "lanshou.db").stat().st_mode & 0o777 == 0o600
    engine = connect(f"sqlite:///{data}/lanshou.db")
    assert migrate.current(engine) == migrate.newest()
    assert {one.stat().st_mode & 0o777 for one in data.glob("lanshou.db*")} == {0o600}
    engine.dispose()


def test_a_database_that_others_can_read_is_named(data: Path) -> None:
    init()
    (data / "lanshou.db").chmod(0o644)
    told = init()
    assert told.exit_code == 0
    assert "others can read the database" in told.output


def test_again_changes_nothing(data: Path) -> None:
    init()
    key = (data / "secret.key").read_bytes()
    engine = connect(f"sqlite:///{data}/lanshou.db")
    with writing(engine) as conn:
        conn.execute(text("INSERT INTO network_version VALUES (1, 5, '2026-05-04 00:00:00')"))
    told = init()
    assert told.exit_code == 0
    assert "was there" in told.output and "made" not in told.output
    assert (data / "secret.key").read_bytes() == key
    with reading(engine) as conn:
        assert conn.scalar(text("SELECT version FROM network_version")) == 5
    engine.dispose()


def test_on_both_databases(engine: Engine, database_url: str) -> None:
    """An older database is brought up to date."""
    migrate.downgrade(engine, "base")
    told = init("--database", database_url)
    assert told.exit_code == 0, told.output
    assert f"∅ → {migrate.newest()}" in told.output
    assert migrate.current(engine) == migrate.newest()


def test_a_key_that_others_can_read_is_named(data: Path) -> None:
    init()
    (data / "secret.key").chmod(0o644)
    told = init()
    assert told.exit_code == 0
    assert "chmod 600" in told.output


def test_a_database_of_others_stays_theirs(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/replay.db"
    engine = connect(url)
    with writing(engine) as conn:
        create_all(conn)
    told = init("--database", url)
    assert told.exit_code == 2
    assert "no migration made" in told.output
    assert migrate.current(engine) is None
    engine.dispose()


def test_a_database_of_a_newer_program(data: Path) -> None:
    init()
    engine = connect(f"sqlite:///{data}/lanshou.db")
    with writing(engine) as conn:
        conn.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    told = init()
    assert told.exit_code == 2
    assert "9999" in told.output and "Traceback" not in told.output


def test_a_lost_database_is_not_replaced(data: Path) -> None:
    """RELIABILITY F-35: never a new empty database in its place."""
    data.mkdir(parents=True)
    (data / "lanshou.db-wal").write_bytes(b"")
    told = init()
    assert told.exit_code == 2
    assert not (data / "lanshou.db").exists()


def test_a_file_in_the_way(data: Path) -> None:
    data.parent.mkdir()
    data.write_text("no folder")
    told = init()
    assert told.exit_code == 2
    assert "Traceback" not in told.output


def test_a_file_that_is_no_database(data: Path) -> None:
    data.mkdir(parents=True)
    (data / "lanshou.db").write_bytes(b"x" * 5000)
    told = init()
    assert told.exit_code == 2
    assert (data / "lanshou.db").read_bytes() == b"x" * 5000

"""`lanshou archive`: closed months only, whole or not at all, and what it says of what lies there."""

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine, func, select, update

from app import cli
from reports.archive import actions
from storage.session import reading, writing
from storage.tables.dispatch import orders
from storage.tables.reports import archived
from tests.rules.archive_scene import alike, close
from tests.rules.months import Months, at

Do = Callable[..., Result]


@pytest.fixture
def do(engine: Engine, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Do:
    """Run the command over `engine`, in which May is closed and June is not."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("LANSHOU_DATA", str(tmp_path))
    with writing(engine) as conn:
        months = Months(conn)
        for station, created in (
            ("A", "5-10"),
            ("A1", "5-31 23:59:59"),
            ("W", "6-01 00:00"),
            (None, "5-12"),
            ("D", "4-30"),
        ):
            months.order(station, created, accept="kept" if created != "4-30" else None)
        months.confirm(months.suspicion("B", "5-11"), now="6-06")
        close(conn, "2026-05")
    return lambda *args: CliRunner().invoke(cli, ["archive", *args])


def count(engine: Engine) -> int:
    with reading(engine) as conn:
        return conn.scalar(select(func.count()).select_from(archived)) or 0


def test_a_closed_month_is_archived_listed_and_verified(do: Do, engine: Engine, tmp_path: Path) -> None:
    assert "nothing is archived" in do("--list").output
    told = do("2026-05")
    assert told.exit_code == 0, told.output
    assert told.output.startswith("2026-05: 7 行 / rows, 7 个文件 / files")
    folder = tmp_path / "archive"
    assert sorted(path.name for path in (folder / "orders" / "month=2026-05").iterdir()) == [
        "province=东省", "province=无省份",
    ]  # fmt: skip
    assert alike(engine, folder, at("5-01 00:00"), at("6-01 00:00"))["orders"].height == 3
    assert alike(engine, folder, at("5-20"), None)["orders"].height == 2
    assert "有效 / in use" in do("--list").output and do("--verify").exit_code == 0
    again = do("2026-05")
    assert again.output == told.output and count(engine) == 7


def test_open_and_unknown_months_are_refused(do: Do, engine: Engine) -> None:
    told = do("2026-06")
    assert told.exit_code == 1 and "[month_open]" in told.output and "尚未关账" in told.output
    assert do("2026-13").exit_code == 2 and do().exit_code == 2 and do("May").exit_code == 2
    assert count(engine) == 0


def test_what_is_damaged_changed_or_nobodys_is_told(do: Do, engine: Engine, tmp_path: Path) -> None:
    assert do("2026-05").exit_code == 0
    folder = tmp_path / "archive" / "orders" / "month=2026-05" / "province=东省"
    (file,) = folder.iterdir()
    file.write_bytes(file.read_bytes()[:-1])
    (folder / "part-0.parquet").write_bytes(b"")
    with writing(engine) as conn:
        conn.execute(update(orders).where(orders.c.logistics_no == "IS1").values(version=2))
    told = do("--verify", "2026-05")
    assert told.exit_code == 1
    assert f"missing or altered: {file.relative_to(tmp_path / 'archive')}" in told.output
    assert "nobody's: orders/month=2026-05/province=东省/part-0.parquet" in told.output
    assert "数据库已有变化" in told.output and do("--list").exit_code == 0
    assert do("2026-05").exit_code == 0 and do("--verify").exit_code == 0
    assert len(list(folder.iterdir())) == 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_full_disk_changes_nothing(do: Do, engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced, left = os.fsync, [9]

    def full(handle: int) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        synced(handle)

    monkeypatch.setattr(os, "fsync", full)
    told = do("2026-05")
    assert told.exit_code == 1 and "nothing has changed: No space left on device" in told.output
    assert count(engine) == 0 and not list((tmp_path / "archive").rglob("part-*"))
    monkeypatch.undo()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_one_at_a_time(do: Do, tmp_path: Path) -> None:
    with actions.alone(tmp_path / "archive"):
        told = do("2026-05")
    assert told.exit_code == 1 and "another archiving is running" in told.output
    assert do("2026-05").exit_code == 0

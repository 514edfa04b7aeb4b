"""The archive is a copy: figures are the same with and without it, whatever happens to either (decision 18)."""

import errno
import logging
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
from sqlalchemy import Engine, insert, select, update

from basics.days import month_bounds
from basics.refusal import Refusal
from reports.archive import actions
from reports.archive.queries import facts_of, parts, standing
from reports.cube import figures
from reports.facts.queries import load
from reports.kinds import Asked
from reports.making.queries import make
from reports.measures import weekly_measures
from rulebook.book import packaged
from storage.session import connect, snapshot, writing
from storage.tables.dispatch import orders, scans
from storage.tables.reports import archived
from storage.tables.sla import clocks
from tests.rules.archive_changes import (
    a_decision,
    a_holding,
    a_late_verdict,
    an_appeal,
    another_province,
    one_more_event,
)
from tests.rules.archive_scene import NOW, alike, archive, changed, close, lived, months_of, told

SEED = 7  # a history that ends with every clock of its first months decided


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one history and its closed months, some archived; tests work on copies."""
    folder = tmp_path_factory.mktemp("archive")
    engine = lived(SEED, folder)
    months = months_of(engine)
    with writing(engine) as conn:
        close(conn, *months)
    made = [month for month in months if not isinstance(archive(engine, folder / "archive", month), Refusal)]
    engine.dispose()
    assert len(made) >= 2, "choose another seed"
    return folder


@pytest.fixture
def town(history: Path, tmp_path: Path) -> tuple[Engine, Path]:
    """The database and the archive's folder."""
    shutil.copytree(history, tmp_path / "town")
    return connect(f"sqlite:///{tmp_path}/town/lived.db", throw_away=True), tmp_path / "town" / "archive"


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*.parquet*")}


def named(engine: Engine) -> set[str]:
    with snapshot(engine) as conn:
        return {part.path for part in parts(conn)}


@pytest.mark.parametrize("seed", [3, 11])
def test_random_histories_read_the_same_with_and_without_the_archive(seed: int, tmp_path: Path) -> None:
    engine, folder = lived(seed, tmp_path), tmp_path / "archive"
    months = months_of(engine)
    with writing(engine) as conn:
        close(conn, *months)
    for month in months:
        made = archive(engine, folder, month)
        if isinstance(made, Refusal):
            assert made.code == "clocks_running"
    (first, _), (_, last) = month_bounds(months[0]), month_bounds(months[-1])
    every = alike(engine, folder, None, None)
    assert every["orders"].height and not changed(engine, folder)
    half = timedelta(days=17, hours=5)
    for start, end in ((first, last), (first + half, last - half), (None, first + half), (first + half, None)):
        alike(engine, folder, start, end)
    some = sorted(set(every["holdings"]["station"]))[:3]
    alike(engine, folder, first, last, some)
    alike(engine, folder, first, last, [some[0], "", "DATA_CENTRE"])
    alike(engine, folder, first, last, ["nobody's"])
    with snapshot(engine) as conn:
        plain, measures = figures(load(conn, first, last), weekly_measures()), weekly_measures()
        only = list(dict.fromkeys(one.frame for one in measures))
        assert figures(facts_of(conn, folder, first, last, only, measures=measures), measures).equals(plain)
        assert figures(facts_of(conn, None, first, last), measures).equals(plain)
        assert not plain.is_empty() and facts_of(conn, folder, first, first, ["money"], measures=measures)
    engine.dispose()


def test_files_are_read_and_not_the_database(town: tuple[Engine, Path]) -> None:
    """The mark does not look at a station's name in an order's row: a change nobody logs shows who was read."""
    engine, folder = town
    before = alike(engine, folder, None, None)
    with snapshot(engine) as conn:
        month = parts(conn)[0].month
    start, end = month_bounds(month)
    with writing(engine) as conn:
        conn.execute(update(orders).where(orders.c.created_at < end).values(routing_cause="planted"))
    with snapshot(engine) as conn:
        ours = told(facts_of(conn, folder, start, end))
    assert ours["orders"].height and "planted" not in set(ours["orders"]["routing_cause"])
    within = pl.col("created_at").is_between(start, end, closed="left")
    assert ours["orders"].equals(before["orders"].filter(within))


def test_every_report_reads_the_archive(town: tuple[Engine, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a whole archived month no frame of facts comes from the database, and the report is the same."""
    engine, folder = town
    with snapshot(engine) as conn:
        month = parts(conn)[0].month
        asked = [Asked(kind, month, NOW, packaged(), number="now") for kind in ("fairness", "honesty", "operations")]
        plain = [make(conn, one) for one in asked]
        monkeypatch.setattr("reports.facts.queries.read", None)
        assert [make(conn, replace(one, archive=folder)) for one in asked] == plain


@pytest.mark.parametrize("change", [one_more_event, a_decision, an_appeal, a_late_verdict, another_province, a_holding])
def test_a_month_that_changed_is_read_from_the_database_until_archived_again(
    town: tuple[Engine, Path], change: Callable[[Engine, str], None]
) -> None:
    engine, folder = town
    with snapshot(engine) as conn:
        month = next(part.month for part in parts(conn) if part.frame == "violations" and part.rows)
    before = alike(engine, folder, None, None)
    change(engine, month)
    assert month in changed(engine, folder)
    after = alike(engine, folder, None, None)
    assert any(not after[frame].equals(before[frame]) for frame in before), "nothing of the facts changed"
    for one in changed(engine, folder):
        assert not isinstance(archive(engine, folder, one), Refusal)
    assert not changed(engine, folder) and files(folder) == named(engine)
    again = alike(engine, folder, None, None)
    assert all(again[frame].equals(after[frame]) for frame in after)


def test_do_5_a_scan_that_comes_after_archiving_is_seen(town: tuple[Engine, Path]) -> None:
    engine, folder = town
    facts = alike(engine, folder, None, None)["orders"]
    missing = facts.filter("unscanned")
    assert missing.height, "choose another seed"
    with writing(engine) as conn:
        found = conn.execute(
            select(orders.c.waybill_no, orders.c.station, orders.c.assigned_at).where(
                orders.c.id == missing["order_id"][0]
            )
        ).one()
        conn.execute(insert(scans).values(
            waybill_no=found.waybill_no, station=found.station, scanned_at=found.assigned_at, told_at=NOW, operator=""
        ))  # fmt: skip
    after = alike(engine, folder, None, None)["orders"]
    assert after.filter("unscanned").height == missing.height - 1


def _missing(path: Path) -> None:
    path.unlink()


def _truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-7])


def _altered(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 3] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize("harm", [_missing, _truncated, _altered])
def test_a_damaged_file_gives_no_wrong_figure(
    town: tuple[Engine, Path], harm: Callable[[Path], None], caplog: pytest.LogCaptureFixture
) -> None:
    engine, folder = town
    with snapshot(engine) as conn:
        part = max((part for part in parts(conn) if part.frame == "orders"), key=lambda part: part.rows)
    harm(folder / part.path)
    with caplog.at_level(logging.ERROR):
        alike(engine, folder, None, None)
    assert part.month in caplog.text and part.path in caplog.text
    with snapshot(engine) as conn:
        assert {one.month: one.damaged for one in standing(conn, folder, files=True) if one.damaged} == {
            part.month: (part.path,)
        }
    archive(engine, folder, part.month)
    with snapshot(engine) as conn:
        assert not any(one.damaged or one.stray for one in standing(conn, folder, files=True))


class Killed(BaseException):
    """No code of ours gets to say a word afterwards."""


@pytest.mark.parametrize("after", [0, 2, 30])
def test_killed_at_any_point_and_run_again(
    town: tuple[Engine, Path], monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    engine, folder = town
    with snapshot(engine) as conn:
        month = parts(conn)[0].month
    one_more_event(engine, month)
    before, lying = named(engine), files(folder)
    synced, left = os.fsync, [after]

    def dies(handle: int) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise Killed
        synced(handle)

    monkeypatch.setattr(os, "fsync", dies)
    with pytest.raises(Killed), snapshot(engine) as conn:
        actions.write(conn, folder, month)
    assert named(engine) == before and lying <= files(folder)
    alike(engine, folder, None, None)
    monkeypatch.undo()
    made = archive(engine, folder, month)
    assert not isinstance(made, Refusal)
    assert files(folder) == named(engine) >= {part.path for part in made}
    assert month not in changed(engine, folder)
    again = archive(engine, folder, month)
    assert again == made, "the same rows give the same files"


def test_a_full_disk_leaves_no_half_file(town: tuple[Engine, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    engine, folder = town
    with snapshot(engine) as conn:
        month = parts(conn)[0].month

    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    lying = files(folder)
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"), snapshot(engine) as conn:
        actions.write(conn, folder, month)
    assert files(folder) == lying and not list(folder.rglob("*.half"))


def test_two_at_once_are_refused(tmp_path: Path) -> None:
    with actions.alone(tmp_path), pytest.raises(actions.Busy), actions.alone(tmp_path):
        raise AssertionError("both write")
    with actions.alone(tmp_path):
        pass


def test_open_months_and_running_clocks_are_refused(town: tuple[Engine, Path]) -> None:
    engine, folder = town
    with snapshot(engine) as conn:
        month = parts(conn)[0].month
        refused = actions.write(conn, folder, "2031-01")
        assert isinstance(refused, Refusal) and refused.code == "month_open"
        with pytest.raises(ValueError):
            actions.write(conn, folder, "2026-13")
    start, end = month_bounds(month)
    with writing(engine) as conn:
        conn.execute(update(clocks).where(clocks.c.due_at >= start, clocks.c.due_at < end).values(verdict="running"))
    refused = archive(engine, folder, month)
    assert isinstance(refused, Refusal) and refused.code == "clocks_running"


def test_facts_in_another_form_are_not_read(town: tuple[Engine, Path]) -> None:
    """A later edition of the program makes other facts of the same rows."""
    engine, folder = town
    with writing(engine) as conn:
        for row in conn.execute(select(archived)).all():
            same = (
                (archived.c.month == row.month)
                & (archived.c.frame == row.frame)
                & (archived.c.province == row.province)
            )
            conn.execute(update(archived).where(same).values(mark=row.mark | {"form": "an older one"}))
    assert changed(engine, folder) == {part.split("month=")[1][:7] for part in named(engine)}
    alike(engine, folder, None, None)

"""The weekly report from a database: as things stand now, and as it was frozen (NOTICE-1, SETTLE-2, PROMISE-1)."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from sqlalchemy import update

from basics.days import week_bounds
from channels.messages import Scan
from geo.queries import stations_by_code
from penalties.lifecycle import CONFIRM
from reports.compliance import queries
from reports.compliance.figures import measures
from reports.cube import FIGURES, Key, figures, over, parse, rows
from reports.facts.queries import load
from reports.kinds import Asked, NoReport, silent
from reports.making.queries import make
from reports.measures import weekly_measures
from reports.paper.document import Document, Share
from reports.queries import frames
from reports.snapshots import queries as snapshots
from reports.snapshots.actions import freeze
from reports.snapshots.parts import Damaged, parts_of
from reports.weekly import weekly
from storage.session import connect, writing
from storage.tables import geo
from tests.rules.courses import BOOK, t
from tests.rules.scene import Scene, accepts, pushed
from tests.rules.stage import IN_A1, IN_B, NOWHERE, NUMBER

WEEK, NEXT = "2026-W18", "2026-W19"  # 27 April and 4 May


@pytest.fixture(scope="module")
def scene(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """Made once, and only looked at: late and kept, level 2, another province, the data centre, held, confirmed."""
    file = shutil.copy(sqlite_template, tmp_path_factory.mktemp("compliance") / "test.db")
    with writing(connect(f"sqlite:///{file}", throw_away=True)) as conn:
        made = Scene(conn).stations()
        made.tell("3 07:50", pushed("LP1", "3 07:50", where=IN_A1), pushed("LP2", "3 07:50", where=NOWHERE))
        made.tell("3 09:00", pushed("LP3", "3 09:00", where=IN_B), accepts("LP3", "B"), pushed("LP7", "3 09:00"))
        made.sweep("4 12:00")
        made.tell("5 10:00", pushed("LP4", "5 10:00", waybill_no=NUMBER), pushed("LP5", "5 10:00", sender={}))
        made.tell("5 10:05", accepts("LP4"))
        made.tell("5 11:00", Scan(NUMBER, "A", t("5 11:00")))
        made.tell("6 10:00", pushed("LP6", "6 10:00", where=IN_B))
        made.sweep("7 12:00")
        made.review("7 12:00", CONFIRM, list(made.suspicions().values())[:2])
        yield made


def report(scene: Scene, week: str, now: str = "20 12:00", **more: Any) -> Document:
    return make(scene.conn, Asked("weekly", week, t(now), BOOK, **more))


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the week itself is read."""
    monkeypatch.setattr(queries, "CHEAP", -1)


def cells(document: Document) -> dict[str, Any]:
    """What each key is told to be; twice the same when told twice."""
    found: dict[str, Any] = {}
    for section in document.sections:
        for row in section.rows:
            for column, cell in zip(section.columns, row, strict=True):
                if cell.opens and column.kind not in ("share", "rate"):
                    assert found.setdefault(cell.opens, cell.value) == cell.value, cell.opens
    return found


@pytest.mark.usefixtures("alone")
@pytest.mark.parametrize("week", [WEEK, NEXT])
def test_the_table_of_stations_is_weekly_csv(scene: Scene, week: str) -> None:
    """REPLAY weekly.csv: each of its figures, and no other station."""
    found = report(scene, week)
    told = cells(found)
    wanted = weekly(frames(scene.conn, *week_bounds(week))).rows(named=True)
    assert wanted
    for row in wanted:
        for name, value in row.items():
            if name not in ("week", "province", "station"):
                assert told[f"{name}@station:{row['station']}"] == value, (row["station"], name)
    [table] = [one for one in found.sections if one.key == "stations"]
    assert {row["station"] for row in wanted} <= {str(row[1].value) for row in table.rows[:-1]}


@pytest.mark.parametrize("scope", ["network", "province:浙江省", "station:A", "channel:cainiao"])
def test_a_scope_says_what_the_rows_of_all_say(scene: Scene, scope: str) -> None:
    """Read for its stations only, and the data centre of its province; weeks before too."""
    told = cells(report(scene, NEXT, scope=scope))
    facts = {"": load(scene.conn, *week_bounds(NEXT)), f"{WEEK}-now/": load(scene.conn, *week_bounds(WEEK))}
    of_facts = {name: dict_of(figures(of, weekly_measures())) for name, of in facts.items()}
    assert len(told) > 80 and any(key.startswith(f"{WEEK}-now/") and told[key] for key in told)
    for opens, value in told.items():
        name, slash, key = opens.rpartition("/")
        if name + slash not in facts:
            assert value in (0, None), "weeks before the first order"
            continue
        asked = parse(key)
        measure = measures()[asked.measure]
        nothing = None if measure.how.startswith("p") else 0
        assert value == of_facts[name + slash].get((asked.level, asked.code, asked.measure), nothing), opens
    level, _, code = scope.partition(":")
    clocks, whose = measures()["accept_clocks"], Key("accept_clocks", level, code)
    assert rows(facts[""], clocks, whose).select(over(clocks)).collect().item() == told[str(whose)]


def dict_of(table: pl.DataFrame) -> dict[tuple[str, str, str], int]:
    return {(level, code, measure): value for level, code, measure, value in table.iter_rows()}


@pytest.mark.usefixtures("alone")
def test_a_running_week_is_told_until_now(scene: Scene) -> None:
    """LP4 was accepted at 10:05 of its clock until 10:30: it counts from then on, not before, like a missed one."""
    assert cells(report(scene, NEXT, "5 10:29:59"))["accept_clocks@network:"] == 0
    late = report(scene, NEXT, "5 10:30:00.000001")
    assert cells(late)["accept_clocks@network:"] == 1
    assert "截至 until" in dict(late.facts) and late.number is None and late.name == f"{NEXT}-now"
    assert "截至 until" not in dict(report(scene, NEXT, "11 00:00").facts)


@pytest.mark.usefixtures("alone")
def test_what_a_report_cannot_be_made_of(scene: Scene) -> None:
    for week, now, scope, code in (
        ("2026-W99", "20 12:00", "network", "period_invalid"), ("2026-05", "20 12:00", "network", "period_invalid"),
        ("", "20 12:00", "network", "period_invalid"), ("2026-W19/x", "20 12:00", "network", "period_invalid"),
        (NEXT, "3 23:59:59", "network", "period_future"),
        (NEXT, "4 00:00", "province:", "scope_invalid"), (NEXT, "4 00:00", "network:A", "scope_invalid"),
        (NEXT, "4 00:00", "network:", "scope_invalid"),
        (NEXT, "4 00:00", "house:A", "scope_invalid"), (NEXT, "4 00:00", "", "scope_invalid"),
        (NEXT, "4 00:00", "province:天上省", "province_unknown"), (NEXT, "4 00:00", "station:Z", "station_unknown"),
        (NEXT, "4 00:00", "channel:pigeon", "channel_unknown"),
    ):  # fmt: skip
        with pytest.raises(NoReport) as error:
            report(scene, week, now, scope=scope)
        assert error.value.code == code and " / " in str(error.value), (week, scope)
    assert cells(report(scene, NEXT, "4 00:00"))["orders@network:"] == 0, "its first instant is not before it"


def figures_with(orders: int) -> pl.DataFrame:
    made = [("network", "", "orders", orders), ("province", "浙江省", "orders", orders - 1),
            ("station", "A", "orders", 7), ("station", "B", "orders", 8)]  # fmt: skip
    return pl.DataFrame(made, schema=FIGURES, orient="row")


@pytest.fixture
def shelf(scene: Scene) -> Iterator[None]:
    """Week 18 frozen, then week 19, then both supplemented; nobody else sees it."""
    put_back = scene.conn.begin_nested()
    whose = {"A": "浙江省", "B": "江苏省"}
    told = ((WEEK, "4 09:00", 100), (NEXT, "11 09:00", 200), (WEEK, "18 09:00", 101), (NEXT, "18 09:00", 202))
    for week, now, many in told:
        made = freeze(scene.conn, "weekly", week, [], figures_with(many), whose, "2017-01-01", "tester", t(now))
        assert isinstance(made, snapshots.Snapshot)
    yield
    put_back.rollback()


def last_week(document: Document) -> tuple[Any, str]:
    [summary] = [one for one in document.sections if one.key == "summary"]
    return summary.rows[0][2].value, summary.rows[0][2].opens


@pytest.mark.usefixtures("shelf")
def test_what_was_frozen_is_told_and_what_it_was_compared_with_then(scene: Scene) -> None:
    first, newest = report(scene, NEXT, number=0), report(scene, NEXT)
    assert (first.number, first.made_at, cells(first)["orders@network:"]) == (0, t("11 09:00"), 200)
    assert last_week(first) == (100, f"{WEEK}-0/orders@network:"), "not what a later supplement says"
    assert (newest.number, cells(newest)["orders@network:"]) == (1, 202)
    assert last_week(newest) == (101, f"{WEEK}-1/orders@network:")
    [changes] = [one for one in newest.sections if one.key.startswith("changes_")]
    assert [cell.value for cell in changes.rows[0][2:]] == [200, 202, 2]
    assert not [one for one in first.sections if one.key.startswith("changes_")]
    assert any("2026-W17" in text for text in first.method), "not frozen: a frozen report computes nothing anew"


@pytest.mark.usefixtures("shelf")
def test_now_is_never_frozen(scene: Scene) -> None:
    found = report(scene, NEXT, number="now")
    assert found.number is None and cells(found)["orders@network:"] == 2
    assert last_week(found) == (101, f"{WEEK}-1/orders@network:")
    assert not any("2026-W17" in text for text in found.method), "computed, as it is cheap"


@pytest.mark.usefixtures("shelf")
def test_a_scope_sees_its_own_of_what_was_frozen(scene: Scene) -> None:
    found = report(scene, NEXT, scope="province:浙江省", number=0)
    told = cells(found)
    assert told["orders@province:浙江省"] == 199 and told["orders@station:A"] == 7
    assert not [key for key in told if "station:B" in key or "network" in key]
    assert cells(report(scene, NEXT, scope="station:B"))["orders@station:B"] == 8


@pytest.mark.usefixtures("shelf")
def test_what_was_frozen_of_a_station_that_moved_stays(scene: Scene) -> None:
    """Its figures lie with the province of then; that one still adds up, and the new one does not count it."""
    put_back = scene.conn.begin_nested()
    scene.conn.execute(update(geo.stations).where(geo.stations.c.code == "B").values(province="浙江省"))
    told = cells(report(scene, NEXT, scope="station:B", number=0))
    before, now = (cells(report(scene, NEXT, scope=f"province:{one}", number=0)) for one in ("江苏省", "浙江省"))
    put_back.rollback()
    assert told["orders@station:B"] == 8 and told[f"{WEEK}-0/orders@station:B"] == 8
    assert before["orders@station:B"] == 8 and "orders@station:A" not in before
    assert now["orders@station:A"] == 7 and "orders@station:B" not in now


@pytest.mark.usefixtures("shelf")
@pytest.mark.parametrize(
    ("number", "code"), [(2, "number_unknown"), (-1, "number_invalid"), ("newest", "number_invalid")]
)
def test_numbers_that_there_are_not(scene: Scene, number: Any, code: str) -> None:
    with pytest.raises(NoReport) as error:
        report(scene, NEXT, number=number)
    assert error.value.code == code


@pytest.mark.usefixtures("shelf")
def test_a_damaged_one_is_refused_and_not_computed_anew(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    def damaged(*_: Any) -> pl.DataFrame:
        raise Damaged("a part of figures is not what was frozen")

    monkeypatch.setattr(snapshots, "figures_of", damaged)
    with pytest.raises(NoReport) as error:
        report(scene, NEXT)
    assert error.value.code == "report_damaged"


def test_too_much_to_read_leaves_the_weeks_before_empty(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """CHEAP is how many orders it may be; the scope's own are counted."""
    assert last_week(report(scene, NEXT))[0] == 3
    monkeypatch.setattr(queries, "CHEAP", 2)
    assert last_week(report(scene, NEXT, scope="station:B"))[0] == 1
    monkeypatch.setattr(queries, "CHEAP", 0)
    found = report(scene, NEXT)
    assert last_week(found) == (None, "") and any(WEEK in text for text in found.method)


@pytest.mark.usefixtures("alone")
def test_progress_and_the_line_for_a_chat_group(scene: Scene) -> None:
    steps: list[tuple[int, int]] = []
    found = queries.document(
        scene.conn, Asked("weekly", NEXT, t("20 12:00"), BOOK), lambda done, of, _: steps.append((done, of))
    )
    assert steps == [(0, 3), (1, 3), (2, 3), (3, 3)]
    assert found.line.startswith(f"{NEXT} 周报 全网(未定稿):订单 2;接单及时 ") and found.line.endswith("元")
    assert queries.document(scene.conn, Asked("weekly", NEXT, t("20 12:00"), BOOK), silent) == found
    [rates] = [one for one in found.sections if one.key == "rates"]
    assert isinstance(rates.rows[0][1].value, Share)


def test_what_is_frozen_of_real_orders_is_what_stood_then_and_opens_its_rows(scene: Scene) -> None:
    """Decision 18: the same cells as live, and the rows behind them are frozen with them."""
    put_back = scene.conn.begin_nested()
    facts, live = load(scene.conn, *week_bounds(NEXT)), cells(report(scene, NEXT, number="now"))
    tables = [one for name, frame in facts.items() for one in parts_of(name, frame.collect())]
    whose = {code: one.province for code, one in stations_by_code(scene.conn).items()}
    measured = figures(facts, weekly_measures())
    made = freeze(scene.conn, "weekly", NEXT, tables, measured, whose, "2017-01-01", "tester", t("11 09:00"))
    assert isinstance(made, snapshots.Snapshot)
    frozen, behind = cells(report(scene, NEXT, number=0)), snapshots.facts_of(scene.conn, made)
    put_back.rollback()
    assert frozen == {opens: value for opens, value in live.items() if "/" not in opens} and len(frozen) > 150
    for opens in sorted(frozen)[::3]:
        key = parse(opens)
        measure = measures()[key.measure]
        assert rows(behind, measure, key).select(over(measure)).collect().item() == frozen[opens], opens

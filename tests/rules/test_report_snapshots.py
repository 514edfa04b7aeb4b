"""Frozen reports (decision 18): what was published stays, a supplement tells what changed, rows equal figures, two at
once freeze once, and a damaged part is never shown."""

from datetime import datetime, timedelta
from random import Random
from typing import Any

import polars as pl
import pytest
from sqlalchemy import Connection, Engine, func, select, text
from sqlalchemy.exc import DBAPIError

from basics.days import week_bounds
from basics.refusal import Refusal
from reports.cube import figures, over, parse, rows
from reports.facts.frames import FRAMES
from reports.measures import weekly_measures
from reports.snapshots.actions import freeze
from reports.snapshots.parts import Damaged, changed, parts_of, unpacked
from reports.snapshots.queries import Snapshot, changes_of, facts_of, figures_of, newest, numbers, snapshot
from storage import triggers
from storage.session import reading, run, writing
from storage.tables.reports import parts, snapshots
from tests.rules.compliance_facts import PROVINCES, week_facts
from tests.rules.together import together

WEEK = "2026-W19"
END = week_bounds(WEEK)[1]
Frames = dict[str, pl.DataFrame]


def week(seed: int = 1, count: int = 60) -> Frames:
    return {name: frame.collect() for name, frame in week_facts(Random(seed), WEEK, count).items()}


def put(conn: Connection, facts: Frames, at: datetime = END, read_at: datetime | None = None) -> Any:
    table = figures({name: frame.lazy() for name, frame in facts.items()}, weekly_measures())
    whole = [one for name, frame in facts.items() for one in parts_of(name, frame)]
    return freeze(conn, "weekly", WEEK, whole, table, PROVINCES, "2017-01-01", "test", at, read_at)


def made(engine: Engine, facts: Frames, at: datetime = END) -> Snapshot:
    found = run(engine, lambda conn: put(conn, facts, at))
    assert isinstance(found, Snapshot)
    return found


def later(facts: Frames) -> Frames:
    """One suspicion is confirmed, of one station."""
    table = facts["violations"].sort("violation_id", "order_id")
    first = table.with_row_index().filter(pl.col("state") == "suspected")["index"][0]
    state = pl.when(pl.int_range(pl.len()) == first).then(pl.lit("confirmed")).otherwise(pl.col("state"))
    return facts | {"violations": table.with_columns(state.alias("state"))}


def test_a_period_that_is_not_over_is_none(engine: Engine) -> None:
    """SETTLE-2: Monday 00:00 is over, a microsecond before is not."""
    with writing(engine) as conn:
        refused = put(conn, week(), END - timedelta(microseconds=1))
        assert isinstance(refused, Refusal) and refused.code == "period_not_over"
        assert isinstance(put(conn, week(), END), Snapshot)


def test_facts_read_before_anothers_number_are_no_supplement_of_it(engine: Engine) -> None:
    """Two processes freeze at once; the one that read first writes last. At the same instant it may be newer."""
    old = week()
    first = made(engine, later(old), END + timedelta(minutes=1))
    before = first.made_at - timedelta(microseconds=1)
    with writing(engine) as conn:
        refused = put(conn, old, END + timedelta(minutes=2), before)
        assert isinstance(refused, Refusal) and refused.code == "already_frozen"
        assert isinstance(put(conn, old, END + timedelta(minutes=2), first.made_at), Snapshot)


@pytest.mark.parametrize("content", [b"", b"PAR1", b"PAR1" + bytes(40) + b"PAR1", b"x" * 100])
def test_a_damaged_part_is_said_to_be_damaged(content: bytes) -> None:
    """polars panics over some bytes, which is no Exception."""
    one = next(iter(parts_of("orders", week(1, 3)["orders"])))
    assert unpacked("orders", one.content, one.digest).height == one.rows
    for damaged in (content, one.content[:-9] + content, one.content[:20] + b"x" + content + one.content[20:]):
        with pytest.raises(Damaged):
            unpacked("orders", damaged, one.digest)


def test_every_cell_equals_its_rows_and_the_same_again_changes_nothing(engine: Engine) -> None:
    facts = week()
    first = made(engine, facts)
    shuffled = {name: frame.sample(fraction=1, shuffle=True, seed=3) for name, frame in facts.items()}
    assert run(engine, lambda conn: put(conn, shuffled)) is None
    measures = {one.code: one for one in weekly_measures()}
    with reading(engine) as conn:
        assert numbers(conn, "weekly", WEEK) == [first] and first.number == first.changed == 0
        found, behind = figures_of(conn, first), facts_of(conn, first)
        assert {name: frame.collect().height for name, frame in behind.items()} == dict.fromkeys(FRAMES, 60)
    assert found.height > 200
    asked = [(one["value"], parse(f"{one['measure']}@{one['level']}:{one['code']}")) for one in found.to_dicts()
             if one["level"] == "network" or one["code"]]  # fmt: skip
    told = pl.collect_all(
        [rows(behind, measures[key.measure], key).select(over(measures[key.measure])) for _, key in asked]
    )
    assert [value for value, _ in asked] == [one.item() for one in told]


def test_a_change_is_a_supplement_and_the_first_stays(engine: Engine) -> None:
    facts = week()
    first = made(engine, facts)
    with reading(engine) as conn:
        published = figures_of(conn, first)
    second = made(engine, later(facts), END + timedelta(days=7))
    with reading(engine) as conn:
        assert (second.number, newest(conn, "weekly", WEEK)) == (1, second)
        assert snapshot(conn, "weekly", WEEK, 0) == first and figures_of(conn, first).equals(published)
        told, now = changes_of(conn, second), figures_of(conn, second)
        assert told.equals(changed(published, now).sort("cell")) and told.height == second.changed > 0
        cells = {one["cell"]: (one["was"] or 0, one["is"] or 0) for one in told.to_dicts()}
        was, now_confirmed = cells["confirmed@network:"]
        assert now_confirmed == was + 1 and cells["suspected@network:"][1] == cells["suspected@network:"][0] - 1
        kept = conn.execute(select(parts.c.frame).where(parts.c.snapshot_id == second.id)).scalars().all()
        assert set(kept) == {"violations", "figures", "changes"} and kept.count("violations") == 1
        assert facts_of(conn, second, ["orders"])["orders"].collect().height == 60
        assert changes_of(conn, first).height == 0


def test_what_is_gone_is_gone_in_the_supplement_only(engine: Engine) -> None:
    facts = week()
    first = made(engine, facts)
    second = made(engine, facts | {"money": facts["money"].clear()}, END + timedelta(days=1))
    assert run(engine, lambda conn: put(conn, facts | {"money": facts["money"].clear()})) is None
    third = made(engine, facts, END + timedelta(days=2))
    with reading(engine) as conn:
        heights = [facts_of(conn, one, ["money"])["money"].collect().height for one in (first, second, third)]
    assert heights == [60, 0, 60] and third.digest == first.digest != second.digest


def test_two_at_once_freeze_once(engine: Engine) -> None:
    """The second waits for the first, and finds nothing new, or that it was taken."""
    if engine.dialect.name == "sqlite":
        mine, other = run(engine, lambda conn: put(conn, week())), run(engine, lambda conn: put(conn, week()))
    else:
        mine, other = together(engine, lambda conn: put(conn, week()), lambda conn: put(conn, week()))
    assert isinstance(mine, Snapshot) and (other is None or isinstance(other, Refusal))
    with reading(engine) as conn:
        assert conn.scalar(select(func.count()).select_from(snapshots)) == 1


def test_broken_off_nothing_is_seen(engine: Engine) -> None:
    """RELIABILITY F-51: no half report."""
    with pytest.raises(RuntimeError), writing(engine) as conn:
        put(conn, week())
        raise RuntimeError("killed")
    with reading(engine) as conn:
        assert newest(conn, "weekly", WEEK) is None
        assert conn.scalar(select(func.count()).select_from(parts)) == 0


def test_nothing_frozen_can_be_changed_and_damage_is_told(engine: Engine) -> None:
    first = made(engine, week())
    for statement in ("UPDATE report_parts SET rows = 0", "DELETE FROM report_snapshots"):
        with pytest.raises(DBAPIError, match="append-only"), writing(engine) as conn:
            conn.execute(text(statement))
    with writing(engine) as conn:
        triggers.remove(conn)
        conn.execute(parts.update().where(parts.c.frame == "orders").values(digest="0" * 64))
        conn.execute(parts.update().where(parts.c.frame == "clocks").values(content=b"PAR1"))
    with reading(engine) as conn:
        for frame in ("orders", "clocks"):
            with pytest.raises(Damaged, match=frame):
                facts_of(conn, first, [frame])
        assert figures_of(conn, first).height


def test_a_province_reads_its_own_parts(engine: Engine) -> None:
    first = made(engine, week())
    with reading(engine) as conn:
        found = figures_of(conn, first, ["江苏省"]).filter(pl.col("level") == "station")
        assert set(found["code"]) <= {"C", "D", "", "DATA_CENTRE"} and {"C", "D"} <= set(found["code"])
        there = facts_of(conn, first, ["orders"], ["江苏省"])["orders"].collect()
        assert set(there["province"]) == {"江苏省", ""} and there.height < 60

"""What a rulebook text may not say, and what nobody may do to an edition behind the program's back (I-25, ROLE-3)."""

from typing import Any

import pytest
from sqlalchemy import Engine, delete, select, text, update
from sqlalchemy.exc import DBAPIError

from basics.refusal import Refusal
from channels.messages import Scan
from dispatch.actions import sweep
from dispatch.batch import World
from dispatch.facts import Accept, Confirm, Target
from editions.actions import approve, pin_shipped
from editions.queries import EditionAltered, load_book
from editions.rules import text_hash
from geo.actions import import_stations
from rulebook.book import EditionError, read_edition
from storage import triggers
from storage.session import reading, writing
from storage.tables.editions import edition_proposals, editions
from storage.tables.sla import clocks, violations
from tests.rules.editions import CHECKER, SHIPPED, approved_edition, later_text
from tests.rules.stage import NETWORK, STATIONS
from tests.rules.test_editions import ALTERED, JUNE, NOW, proposed
from tests.rules.test_editions_running import at, pushed, tell
from verify.queries import book_of, check

REASON = "cannot_enter = { zh"
REFUSED = [
    ("fines.V-ACCEPT.value", ("V-ACCEPT = { value = 10000", "V-ACCEPT = { value = 0")),
    ("reasons.cannot_enter.zh", ('zh = "无法进入"', 'zh = "无\\u0000法"')),
    ("reasons.cannot_enter.zh", ('zh = "无法进入"', 'zh = "无\\u001b[31m法"')),
    ("reasons.cannot_enter.zh", ('zh = "无法进入"', f'zh = "{"长" * 201}"')),
    ("reasons.", (REASON, "Cannot-Enter = { zh")),
    ("reasons.", (REASON, '"a\\u0000b" = { zh')),
    ("reasons.", (REASON, f"{'x' * 41} = {{ zh")),
    ("country.west", ("west = { value = 73", "west = { value = 136")),
    ("country.south", ("south = { value = 3", "south = { value = 54")),
    ("held.reminder", ("reminder = { value = 2", "reminder = { value = 24")),
    ("calendar.change_announced_by", ("change_announced_by = { value = 15", "change_announced_by = { value = 27")),
]


@pytest.mark.parametrize(("key", "change"), REFUSED)
def test_a_text_that_contradicts_itself_or_hides_something(key: str, change: tuple[str, str]) -> None:
    with pytest.raises(EditionError) as refused:
        read_edition(later_text("2026-06-01", change))
    assert key in str(refused.value)
    assert "\x00" not in str(refused.value) and "\x1b" not in str(refused.value)


ALLOWED = [
    ("V-ACCEPT = { value = 10000", "V-ACCEPT = { value = 1"),
    ('zh = "无法进入"', f'zh = "{"长" * 200}"'),
    (REASON, f"{'x' * 40} = {{ zh"),
    ("west = { value = 73", "west = { value = 135"),
    ("reminder = { value = 2", "reminder = { value = 23"),
    ("change_announced_by = { value = 15", "change_announced_by = { value = 26"),
]


@pytest.mark.parametrize("change", ALLOWED)
def test_at_the_very_edge_it_may_stand(change: tuple[str, str]) -> None:
    assert read_edition(later_text("2026-06-01", change)).name == "2026-06-01"


@pytest.mark.parametrize("values", [{"effective": "2026-07-01"}, {"name": "2026-07"}])
def test_b_103_name_and_day_are_those_of_the_text(engine: Engine, values: dict[str, str]) -> None:
    number = proposed(engine)
    with writing(engine) as conn:
        conn.execute(update(edition_proposals).values(values))
        refused = approve(conn, number, SHIPPED, CHECKER, "同意", NOW, text_hash(JUNE))
        assert isinstance(refused, Refusal) and refused.code == "version_conflict"


@pytest.mark.parametrize("all_rows", [False, True])
def test_i_25_an_approved_edition_does_not_vanish(engine: Engine, all_rows: bool) -> None:
    with writing(engine) as conn:
        approved_edition(conn, JUNE, NOW)
        triggers.remove(conn)
        conn.execute(delete(editions) if all_rows else delete(editions).where(editions.c.name == "2026-06-01"))
        triggers.install(conn)
    with writing(engine) as conn:
        pin_shipped(conn, SHIPPED, NOW)  # as a process does that starts
        with pytest.raises(EditionAltered, match="2026-06-01"):
            load_book(conn, SHIPPED, {})
        assert [(one.invariant, one.key) for one in check(conn, book_of(conn))] == [("I-25", "2026-06-01")]


def test_i_25_text_and_hash_together_are_held_against_the_proposal(engine: Engine) -> None:
    with writing(engine) as conn:
        approved_edition(conn, JUNE, NOW)
        triggers.remove(conn)
        forged = {"text": ALTERED, "sha256": text_hash(ALTERED)}
        conn.execute(update(editions).where(editions.c.name == "2026-06-01").values(forged))
        triggers.install(conn)
    with reading(engine) as conn, pytest.raises(EditionAltered, match="2026-06-01"):
        load_book(conn, SHIPPED, {})


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_ledger_1_sqlite_replaces_no_row_that_only_grows(engine: Engine) -> None:
    """INSERT OR REPLACE deletes; an insert that leaves what is there alone goes on working."""
    with writing(engine) as conn:
        approved_edition(conn, JUNE, NOW)
    columns = ", ".join(column.name for column in editions.c)
    with pytest.raises(DBAPIError, match="append-only"), writing(engine) as conn:
        conn.execute(text(f"INSERT OR REPLACE INTO editions ({columns}) SELECT {columns} FROM editions"))
    with writing(engine) as conn:
        pin_shipped(conn, SHIPPED, NOW)
        assert conn.scalars(select(editions.c.name).order_by(editions.c.name)).all() == ["2017-01-01", "2026-06-01"]


@pytest.mark.parametrize(("scanned", "late"), [("06-03 09:00:00", False), ("06-03 09:00:00.000001", True)])
def test_pickup_1_a_held_order_is_proved_by_the_edition_of_its_release(
    engine: Engine, scanned: str, late: bool
) -> None:
    """Created in May with 24 h of proof, released in June with 48 h: all of it is June's, to the microsecond."""
    longer = later_text("2026-06-01", ("scan_proof = { value = 24", "scan_proof = { value = 48"))
    with writing(engine) as conn:
        import_stations(conn, STATIONS, at("05-01 00:00"))
        approved_edition(conn, longer, at("05-05 12:00"))
        book = load_book(conn, SHIPPED, {})
        told: list[tuple[str, Any]] = [
            ("05-31 19:50", pushed("LP1", "05-31 19:50", sender={"name": "x"})),
            ("06-01 08:30", pushed("LP1", "06-01 08:30")),
            ("06-01 08:40", Accept(Target("LP1"), "A")),
            ("06-01 09:00", Confirm(Target("LP1"), "A", "55000000000001")),
            (scanned, Scan("55000000000001", "A", at(scanned))),
        ]
        answers = [tell(conn, book, when, what) for when, what in told]
        assert answers == [[None]] * len(told)
        while sweep(conn, World(NETWORK, book), at("06-05 12:00")):
            pass
        kinds = conn.scalars(select(violations.c.kind)).all()
        assert ("V-FALSE-WAYBILL" in kinds) is late
        assert set(conn.scalars(select(clocks.c.edition))) == {"2026-06-01"}
        assert check(conn, book_of(conn)) == []

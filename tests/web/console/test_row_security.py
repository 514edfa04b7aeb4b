"""I-23: behind the wall of a scope PostgreSQL shows the rows of that scope alone, whatever a query forgets."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, func, select, text, true
from sqlalchemy.exc import ProgrammingError

from dispatch.lists import queries as lists
from storage import row_security
from storage.schema import complete_metadata
from storage.session import reading, writing
from storage.tables.dispatch import orders
from storage.tables.notify import messages
from storage.tables.penalties import lines, postings
from tests.web.conftest import Visitor
from tests.web.console.conftest import Land, local
from tests.web.console.money import credit
from tests.web.console.test_notices import ids, publish  # noqa: F401

pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
As = Callable[[str], Visitor]
WHERE = {"orders": "station", "assignments": "station", "clocks": "station", "violations": "station"}
SCOPES = {
    "stations:HZ01,HZ01A": {"HZ01", "HZ01A"}, "stations:HZ01A": {"HZ01A"}, "stations:HZ02": {"HZ02"},
    "province:浙江省": {"HZ01", "HZ01A", "HZ02"}, "province:新疆维吾尔自治区": {"XJ01"}, "stations:": set(),
    "province:": set(), "": set(),
}  # fmt: skip


@pytest.fixture
def full(land: Land, ids: dict[str, int]) -> Land:  # noqa: F811
    """Late orders of four stations: clocks, cases, postings, a notice, messages."""
    publish(land)
    for house in ("HZ01", "HZ02", "XJ01"):
        credit(land.engine, house, 10_000, f"reward:{house}")
    return land


def behind(conn: Connection, scope: str, user: int = 0) -> None:
    row_security.enter(conn, {"scope": scope, "user": str(user)})


@pytest.mark.parametrize("scope", SCOPES)
def test_i_23_a_query_without_where_sees_the_scope_alone(full: Land, scope: str) -> None:
    allowed = SCOPES[scope]
    with reading(full.engine) as conn:
        behind(conn, scope)
        for table, column in WHERE.items():
            seen = set(conn.scalars(text(f"SELECT DISTINCT {column} FROM {table}")))
            assert seen == allowed, table
        for table in ("cases", "case_log", "notice_items"):
            of_cases = text(f"SELECT DISTINCT v.station FROM {table} t LEFT JOIN violations v ON v.id = t.violation_id")
            assert set(conn.scalars(of_cases)) == allowed, table
        events = text("SELECT DISTINCT o.station FROM events e LEFT JOIN orders o ON o.id = e.order_id")
        assert set(conn.scalars(events)) == allowed
        told = set(conn.execute(select(messages.c.to_kind, messages.c.to_code).distinct()))
        assert {code for kind, code in told if kind == "station"} <= allowed and ("hq", "") not in told
        booked = conn.execute(select(lines.c.account).join(postings).distinct()).scalars()
        assert {one for one in booked if one[:2] in ("HZ", "XJ")} <= allowed | {"HZ01"}
        assert set(conn.scalars(select(postings.c.station))) <= allowed | {"HZ01"}


def test_i_23_every_table_is_thought_of(engine: Engine) -> None:
    """A new table with a station's things needs its policy, or a word here why it has none."""
    public = {
        "stations", "areas", "area_changes", "area_findings", "districts", "district_shapes", "named_places",
        "closures", "network_version", "editions", "edition_proposals", "channels", "outages", "clock_alarms",
        "beats", "notices", "closed_months", "ledger_heads", "settlements", "rehearsals", "proposals",
        "votes_counted", "border_entries", "waiting", "users", "report_snapshots",
    }  # fmt: skip
    tables = set(complete_metadata().tables)
    assert tables - public - row_security.CLOSED - set(row_security.POLICIES) == set()
    with reading(engine) as conn:
        guarded = set(conn.scalars(text("SELECT tablename FROM pg_policies WHERE policyname = 'lanshou_web'")))
        assert guarded == set(row_security.POLICIES)
        owns = text("SELECT count(*) FROM pg_class WHERE relowner = 'lanshou_web'::regrole")
        assert conn.scalar(owns) == 0
        may_all = text("SELECT rolbypassrls OR rolsuper OR rolcanlogin FROM pg_roles WHERE rolname = 'lanshou_web'")
        assert conn.scalar(may_all) is False


def test_i_23_nothing_is_written_and_some_is_closed(full: Land) -> None:
    for statement in (
        "UPDATE orders SET version = 0", "DELETE FROM messages", "SELECT * FROM audit",
        "SELECT password_hash FROM users", "SELECT * FROM channel_secrets", "SELECT body FROM inbox",
    ):  # fmt: skip
        with pytest.raises(ProgrammingError, match="permission denied"), writing(full.engine) as conn:
            behind(conn, "province:浙江省")
            conn.execute(text(statement))


def test_i_23_the_wall_ends_with_its_transaction(full: Land) -> None:
    """The next one on the same connection sees everything again; within one, a scope check alone is behind it."""
    for _ in range(3):
        with reading(full.engine) as conn:
            behind(conn, "stations:HZ02")
            assert conn.scalar(select(func.count()).select_from(orders)) == 1
        with reading(full.engine) as conn:
            assert conn.scalar(select(func.count()).select_from(orders)) == 4
    with writing(full.engine) as conn:
        conn.execution_options(**{row_security.WALL: {"scope": "stations:HZ02", "user": "0"}})
        with row_security.behind_wall(conn):
            assert conn.scalar(select(func.count()).select_from(orders)) == 1
        assert conn.scalar(select(func.count()).select_from(orders)) == 4


def test_i_23_a_broken_filter_leaks_nothing(full: Land, as_: As, monkeypatch: pytest.MonkeyPatch) -> None:
    """The scope of every query passes everything: the first wall is gone, the second stands."""
    full.order("KD9", local("09:00", "2026-05-11"), "HZ01")
    foreign, visitor = full.id("KD9"), as_("hz02")
    monkeypatch.setattr(lists, "visible", lambda scope: true())
    assert as_("hz01").get(f"/orders/{foreign}").status_code == 200
    assert visitor.get(f"/orders/{foreign}").status_code == 404
    for page in ("/orders", "/desk", "/unscanned", "/violations"):
        assert "KD9" not in visitor.get(page).text, page
    assert visitor.post(f"/orders/{foreign}/accept", {}, "/desk").status_code == 404
    assert visitor.post(f"/orders/{foreign}/look", {"reason": "核实地址"}, "/desk").status_code == 404
    assert full.row("KD9").state == "waiting"


def test_without_the_role_the_queries_stand_alone(
    full: Land,
    as_: As,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """An administrator who has not made it yet: pages are served, and the log says so once."""
    with writing(full.engine) as conn:
        row_security.remove(conn)
    visitor = as_("hz02")
    assert [visitor.get("/orders").status_code for _ in range(3)] == [200, 200, 200]
    said: list[Any] = [one for one in caplog.records if "row security is not installed" in one.getMessage()]
    assert len(said) == 1
    with writing(full.engine) as conn:
        row_security.install(conn)
        row_security.install(conn)

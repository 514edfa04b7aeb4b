"""Statements that both databases spell differently."""

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from dispatch.lists.queries import visible
from people.access import Scope


def test_a_province_is_looked_up_by_its_stations() -> None:
    """Behind the wall (decision 15) PostgreSQL asks a function for each row before `IN (SELECT ...)`, and not before a
    list; SQLite uses no index for a truth that is compared with 1."""
    few = select(1).where(visible(Scope(province="浙江省"), few=True))
    assert "orders.station = ANY (ARRAY(SELECT stations.code" in str(few.compile(dialect=postgresql.dialect()))
    assert "= 1" not in str(few.compile(dialect=sqlite.dialect()))

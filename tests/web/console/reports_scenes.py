"""A week with something in every cell, and how it is frozen."""

from collections.abc import Callable

from basics.days import week_bounds
from geo.queries import stations_by_code
from reports.cube import figures
from reports.facts.queries import load
from reports.measures import weekly_measures
from reports.snapshots.actions import freeze
from reports.snapshots.parts import parts_of
from reports.snapshots.queries import Snapshot
from storage.session import writing
from tests.web.conftest import Visitor
from tests.web.console.conftest import Land, local
from tests.web.console.test_notices import confirm

WEEK = "2026-W19"
As = Callable[[str], Visitor]


def week(land: Land) -> None:
    """Eight orders at four stations on Wednesday: two a station, one of them late; the late ones' cases confirmed."""
    day = "2026-05-06"
    for number, place in enumerate(("HZ01", "HZ01A", "HZ02", "XJ01")):
        land.order(f"KD{number}", local("09:00", day), place)
        land.order(f"KD1{number}", local("10:00", day), place)
        land.accept(f"KD1{number}", place, local(f"10:{10 + number}", day))
    land.confirm("KD10", "HZ01", local("10:40", day), "55000000000001")
    land.sweep(local("14:00", day))
    land.clock.at = local("09:00", "2026-05-11")
    confirm(land, *(one for one, kind, _ in land.cases() if kind == "V-ACCEPT"))


def frozen(land: Land, kind: str = "weekly", period: str = WEEK) -> Snapshot:
    """As the job of Monday does it; again: a supplement."""
    start, end = week_bounds(period)
    with writing(land.engine) as conn:
        facts = load(conn, start, end)
        table = figures(facts, weekly_measures())
        provinces = {code: one.province for code, one in stations_by_code(conn).items()}
        whole = [one for name, frame in facts.items() for one in parts_of(name, frame.collect())]
        made = freeze(conn, kind, period, whole, table, provinces, "2017-01-01", "test", land.clock.at)
    assert isinstance(made, Snapshot)
    return made

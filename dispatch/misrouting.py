"""Misrouting: what routing sent to one station and another served, by district and week; before and after a place.

An order that routing was not sure of and HQ dispatched is no error of routing (ROUTE-2): it is shown apart.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from basics.days import week_bounds, week_of

# Why routing was not sure of a station; a closure or a number of another channel says nothing of areas.
UNSURE = ("no_area", "several_stations", "no_district", "ambiguous_address", "far_from_district")


@dataclass(frozen=True, slots=True)
class Figures:
    """Orders that a station holds or served; of them misrouted, and dispatched by HQ because routing was unsure."""

    orders: int = 0
    misrouted: int = 0
    unsure: int = 0

    @property
    def share(self) -> float:
        """Misrouted, of all; 0 of none."""
        return self.misrouted / self.orders if self.orders else 0.0

    def plus(self, other: "Figures") -> "Figures":
        """Both together."""
        return Figures(self.orders + other.orders, self.misrouted + other.misrouted, self.unsure + other.unsure)


@dataclass(frozen=True, slots=True)
class District:
    """Figures of a district, one for each week asked for, oldest first. `adcode` "" when none was known."""

    adcode: str
    weeks: tuple[Figures, ...]

    @property
    def total(self) -> Figures:
        """All weeks together."""
        return together(self.weeks)


@dataclass(frozen=True, slots=True)
class Effect:
    """Orders of a named place's own fragment, before it held and since."""

    before: Figures = Figures()
    after: Figures = Figures()


def together(figures: Iterable[Figures]) -> Figures:
    """The sum."""
    total = Figures()
    for one in figures:
        total = total.plus(one)
    return total


def last_weeks(now: datetime, count: int) -> list[tuple[str, datetime, datetime]]:
    """(2026-W47, start, end) of the running week and those before it, oldest first."""
    names = [week_of(now - timedelta(weeks=back)) for back in range(count - 1, -1, -1)]
    return [(name, *week_bounds(name)) for name in names]


def by_district(rows: Iterable[tuple[str | None, int, int, int, int]], weeks: int) -> list[District]:
    """From (adcode, number of the week, orders, misrouted, unsure); the most misrouted first."""
    found: dict[str, list[Figures]] = {}
    for adcode, week, orders, misrouted, unsure in rows:
        own = found.setdefault(adcode or "", [Figures()] * weeks)
        own[week] = Figures(orders, misrouted, unsure)
    districts = [District(adcode, tuple(figures)) for adcode, figures in found.items()]
    return sorted(districts, key=lambda one: (-one.total.misrouted, -one.total.unsure, one.adcode))


def side_by_side(weeks: Sequence[Sequence[District]]) -> list[District]:
    """Districts of several weeks, each read for itself; the most misrouted first."""
    rows = [
        (one.adcode, number, one.total.orders, one.total.misrouted, one.total.unsure)
        for number, districts in enumerate(weeks)
        for one in districts
    ]
    return by_district(rows, len(weeks))


def of_all(districts: Sequence[District], weeks: int) -> District:
    """All districts as one."""
    return District("", tuple(together(one.weeks[week] for one in districts) for week in range(weeks)))

"""ROUTE-1: which named place of an address counts, at an instant. Pure."""

from datetime import datetime

import pytest

from geo.named_places import NamedPlace, NamedPlaces
from tests.rules.courses import t

DISTRICT, ESTATE, ROAD = "330102", "竹苑", "五常大道"


def place(fragment: str, station: str, start: str = "1 00:00", end: str | None = None) -> NamedPlace:
    return NamedPlace(DISTRICT, fragment, station, t(start), t(end) if end else None)


def stations(found: list[NamedPlace]) -> list[str]:
    return [one.station for one in found]


NOW: datetime = t("10 12:00")


def test_all_places_of_an_address_the_most_exact_first() -> None:
    known = NamedPlaces([place(ROAD, "B"), place(ESTATE, "A"), place("翡翠城", "C", end="9 00:00")])
    assert stations(known.all(DISTRICT, [ESTATE, "翡翠城", ROAD], NOW)) == ["A", "B"]
    assert stations(known.all(DISTRICT, [ROAD, ESTATE], NOW)) == ["B", "A"]
    assert stations(known.all(DISTRICT, [ESTATE, "翡翠城", ROAD], t("8 23:59"))) == ["A", "C", "B"]
    assert known.all("330103", [ESTATE], NOW) == known.all(None, [ESTATE], NOW) == known.all(DISTRICT, [], NOW) == []
    assert NamedPlaces([]).all(DISTRICT, [ESTATE], NOW) == []


def test_a_station_that_stopped_accepting_does_not_hide_the_next() -> None:
    known = NamedPlaces([place(ESTATE, "N"), place(ROAD, "B")])
    both = [ESTATE, ROAD]
    first, second = known.find(DISTRICT, both, NOW), known.find(DISTRICT, both, NOW, {"B", "C"}.__contains__)
    assert (first and first.station, second and second.station) == ("N", "B")
    assert known.find(DISTRICT, both, NOW, {"C"}.__contains__) is None
    assert known.find(DISTRICT, [ESTATE], NOW, {"B"}.__contains__) is None


@pytest.mark.parametrize("turn", [1, -1])
def test_of_two_owners_at_once_the_later_word_counts(turn: int) -> None:
    """No row is written so; should there be any, it does not go by the order in which the tables give them."""
    rows = [place(ESTATE, "A"), place(ESTATE, "B", "5 00:00", "20 00:00"), place(ESTATE, "C", "6 00:00", "8 00:00")]
    known = NamedPlaces(rows[::turn])
    days = {"4 00:00": "A", "5 00:00": "B", "6 00:00": "C", "8 00:00": "B", "20 00:00": "A"}
    for day, station in days.items():
        assert stations(known.all(DISTRICT, [ESTATE], t(day))) == [station]

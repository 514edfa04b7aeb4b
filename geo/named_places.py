"""Streets, estates and buildings that a person gave to a station: parts of its service area in words.

Within its district such a place goes before every polygon: it is the smallest area there is (ROUTE-1, decision 9).
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class NamedPlace:
    """`fragment` of an address in the district `adcode` belongs to `station`; `valid_until` None: still."""

    adcode: str
    fragment: str
    station: str
    valid_from: datetime
    valid_until: datetime | None = None


class NamedPlaces:
    """All of them, those that hold no more included: a verdict goes by what held then."""

    def __init__(self, places: Iterable[NamedPlace]) -> None:
        """Of two that hold at one instant the later word counts."""
        self._places: dict[tuple[str, str], list[NamedPlace]] = defaultdict(list)
        for place in sorted(places, key=lambda one: one.valid_from, reverse=True):
            self._places[place.adcode, place.fragment].append(place)

    def __bool__(self) -> bool:
        return bool(self._places)

    def all(self, adcode: str | None, fragments: Sequence[str], at: datetime) -> list[NamedPlace]:
        """The places of an address, at most one for each of its fragments and in their order, the most exact first."""
        if adcode is None or not self._places:
            return []
        each = (self._places.get((adcode, fragment), ()) for fragment in fragments)
        held = (next((place for place in own if _holds(place, at)), None) for own in each)
        return [place for place in held if place is not None]

    def find(
        self,
        adcode: str | None,
        fragments: Sequence[str],
        at: datetime,
        accepts: Callable[[str], bool] | None = None,
    ) -> NamedPlace | None:
        """The place of the first fragment that has one; with `accepts` the first whose station is one of those."""
        places = self.all(adcode, fragments, at)
        return next((place for place in places if accepts is None or accepts(place.station)), None)


def _holds(place: NamedPlace, at: datetime) -> bool:
    return place.valid_from <= at and (place.valid_until is None or at < place.valid_until)

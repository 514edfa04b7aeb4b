"""Streets, estates and buildings that a person gave to a station: parts of its service area in words.

Within its district such a place goes before every polygon: it is the smallest area there is (ROUTE-1, decision 9).
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
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
        self._places: dict[tuple[str, str], list[NamedPlace]] = defaultdict(list)
        for place in places:
            self._places[place.adcode, place.fragment].append(place)

    def __bool__(self) -> bool:
        return bool(self._places)

    def find(self, adcode: str | None, fragments: Sequence[str], at: datetime) -> NamedPlace | None:
        """The place of the first fragment that has one; `fragments` stand the most exact first."""
        if adcode is None or not self._places:
            return None
        for fragment in fragments:
            for place in self._places.get((adcode, fragment), ()):
                if place.valid_from <= at and (place.valid_until is None or at < place.valid_until):
                    return place
        return None

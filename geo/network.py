"""The whole network as one value that does not change: stations, areas, districts, closures, named places."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Final

import numpy as np

from geo.areas import Area, AreaIndex
from geo.districts import DistrictShapes
from geo.named_places import NamedPlace, NamedPlaces
from geo.stations import Closure, Station, merged


class Network:
    """Built from checked rows (`geo.folder.build`, or the tables). An unknown station is a KeyError.

    `areas` may be an index that is there already: it costs a second to build. `shapes` None: nobody imported any.
    """

    def __init__(
        self,
        stations: Sequence[Station],
        areas: Sequence[Area] | AreaIndex,
        districts: Iterable[tuple[str, str]],
        closures: Iterable[Closure],
        named: Iterable[NamedPlace] = (),
        shapes: DistrictShapes | None = None,
    ) -> None:
        by_code = {station.code: station for station in sorted(stations, key=lambda one: one.code)}
        children: dict[str, list[str]] = {code: [] for code in by_code}
        for station in by_code.values():
            if station.parent is not None:
                children[station.parent].append(station.code)
        serves: dict[str, set[str]] = defaultdict(set)
        for adcode, code in districts:
            serves[adcode].add(code)
        closed: dict[str, list[Closure]] = defaultdict(list)
        for closure in closures:
            closed[closure.station].append(closure)

        # Mappings are in the order of their codes; `children` has an entry, maybe empty, for each station.
        self.stations: Final[Mapping[str, Station]] = MappingProxyType(by_code)
        self.children: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
            {code: tuple(under) for code, under in children.items()}
        )
        # Of every station its level-1 station: asked for with each push, so made once.
        self.house_of: Final[dict[str, str]] = {station.code: station.house for station in by_code.values()}
        # adcode -> stations that serve it, whether they accept or not.
        self.serves: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
            {adcode: tuple(sorted(serves[adcode])) for adcode in sorted(serves)}
        )
        self.areas: Final = areas if isinstance(areas, AreaIndex) else AreaIndex(areas)
        self.named: Final = NamedPlaces(named)
        self.shapes: Final = shapes
        self._closures: Final = {code: merged(own) for code, own in closed.items()}

    def house(self, code: str) -> str:
        """The level-1 station of `code`."""
        return self.stations[code].house

    def province(self, code: str) -> str:
        """The province of a station."""
        return self.stations[code].province

    def closures_of(self, code: str) -> tuple[Closure, ...]:
        """Closures of that one station (ROUTE-6), sorted, none touching another."""
        return self._closures.get(code, ())

    def closed(self, code: str, at: datetime) -> bool:
        """Whether the station is closed at that instant: from <= at < until."""
        own = self._closures.get(code)
        if own is None:
            return False
        place = bisect_right(own, at, key=lambda closure: closure.start) - 1
        return place >= 0 and at < own[place].end

    def covers(self, code: str, lng: float, lat: float, at: datetime) -> bool:
        """TRANSFER-1's *inside*: a polygon of the station or of its contracted areas held the point at that instant.

        Whether they accept does not matter.
        """
        return self.areas.covers(self.with_contracted(code), lng, lat, at)

    def covers_many(
        self, codes: Sequence[str], points: Sequence[tuple[float, float]], ats: Sequence[datetime]
    ) -> list[bool]:
        """`covers` for n stations, n points (lng, lat) and n instants at once."""
        return self.areas.covers_many(
            [self.with_contracted(code) for code in codes], np.array(points, dtype=np.float64).reshape(-1, 2), ats
        )

    def with_contracted(self, code: str) -> tuple[str, ...]:
        """The station and its contracted areas."""
        return (code, *self.children[code])

"""Who earns one of the month's rewards: places of a province, candidates and their order (REWARD-1, REWARD-2)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from basics.money import round_half_up


@dataclass(frozen=True, slots=True)
class HouseMonth:
    """What a month's money of a house rests on. `station` is its level-1 station; orders are those created in the
    month, last held by the house and not withdrawn; `kept` and `missed` its accept clocks of the month's orders;
    `dirty`: a confirmed violation of it happened in the month (SETTLE-2)."""

    station: str
    province: str
    send_express: int = 0
    online: int = 0
    kept: int = 0
    missed: int = 0
    dirty: bool = False

    @property
    def candidate(self) -> bool:
        return self.send_express > 0 and not self.dirty

    @property
    def in_time(self) -> Fraction:
        """Accept clocks kept of those decided, exactly; 1 without any (REWARD-2)."""
        decided = self.kept + self.missed
        return Fraction(self.kept, decided) if decided else Fraction(1)


def places(level_1: Mapping[str, int], of_edition: int) -> dict[str, int]:
    """Province -> its places, from its number of level-1 stations. Their sum may differ from `of_edition`."""
    everywhere = sum(level_1.values())
    return {province: round_half_up(of_edition * count, everywhere) for province, count in level_1.items()}


def ranking(houses: Iterable[HouseMonth]) -> dict[str, list[HouseMonth]]:
    """Province -> its candidates, the best first; provinces without one are left out."""
    found: dict[str, list[HouseMonth]] = defaultdict(list)
    for house in sorted((house for house in houses if house.candidate), key=_order):
        found[house.province].append(house)
    return dict(found)


def orders_to_pass(behind: HouseMonth, ahead: HouseMonth) -> int:
    """Orders that the one behind needs to stand before the other, who gets none, if no further clock is decided."""
    tie = _order(behind)[1:] < _order(ahead)[1:]
    return ahead.send_express - behind.send_express + (0 if tie else 1)


def _order(house: HouseMonth) -> tuple[int, Fraction, str]:
    return -house.send_express, -house.in_time, house.station

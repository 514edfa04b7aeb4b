"""How a house stands in a month that runs: its rank, what is missing to a place, and what a violation would cost it.

All of it is what the settlement would say if the month ended now (REWARD-2, REFUND-1).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from penalties import refunds, rewards
from penalties.rewards import HouseMonth, orders_to_pass
from penalties.settlement import KINDS, Fined, Key, Target, Terms


@dataclass(frozen=True, slots=True)
class Stake:
    """Fen that one confirmed violation now would lose besides its own fine: the reward of the place it holds, the
    month's parts of the fines of the two months before, and what the next month would bring of the last one's."""

    reward: int
    refund_1: int
    refund_2: int
    rest: int

    @property
    def lost(self) -> int:
        return self.reward + self.refund_1 + self.refund_2 + self.rest


@dataclass(frozen=True, slots=True)
class Standing:
    """A house's month as it stands.

    `rank` None: no candidate, because it is dirty or has no send_express order. `to_place`: orders that bring it into
    the rewarded ranks while the others stand still, None when it is there or cannot be; `ahead`: orders by which the
    first one without a place would pass it, None when there is none or it has no place itself.
    `reward`, `refund_1` and `refund_2` are what the settlement would pay for the month, `stake` what can be lost, and
    `costs` says by kind of violation what one would cost in all.
    """

    house: HouseMonth
    rank: int | None
    candidates: int
    places: int
    to_place: int | None
    ahead: int | None
    reward: int
    refund_1: int
    refund_2: int
    stake: Stake
    costs: Mapping[str, int]


def standings(
    houses: Sequence[HouseMonth], fined: Mapping[str, Fined], level_1: Mapping[str, int], terms: Terms,
    due: Mapping[Key, Target], fines: Mapping[str, int], over: bool,
) -> list[Standing]:  # fmt: skip
    """One for each house. `due`: the month's targets; `fines`: kind -> fen of the edition in force; `over`: no more
    orders can come."""
    places, ranking = rewards.places(level_1, terms.places), rewards.ranking(houses)
    ranks = {one.station: rank for order in ranking.values() for rank, one in enumerate(order, 1)}
    found = []
    for house in houses:
        order, of_province = ranking.get(house.province, []), places.get(house.province, 0)
        rank = ranks.get(house.station)
        reward, refund_1, refund_2 = (due[house.station, kind].amount_fen for kind in KINDS)
        stake = at_stake(house, fined.get(house.station, Fined()), reward, terms, over)
        missing = None if over else to_place(house, order, rank, of_province)
        lead = ahead(house, order, rank, of_province)
        costs = {kind: fen + stake.lost for kind, fen in fines.items()}
        found.append(
            Standing(
                house, rank, len(order), of_province, missing, lead, reward, refund_1, refund_2, stake, costs
            )
        )  # fmt: skip
    return found


def at_stake(house: HouseMonth, fined: Fined, reward: int, terms: Terms, over: bool) -> Stake:
    """What one confirmed violation now would lose. Of a month that is dirty already nothing is left to lose; one that
    runs may still get its online orders."""
    if house.dirty:
        return Stake(0, 0, 0, 0)
    earns = not over or refunds.earns(house.dirty, house.online)
    refund_1 = refunds.first_part(fined.last, terms.last_percent) if earns else 0
    refund_2 = refunds.rest(fined.before_last, terms.before_last_percent) if earns and not fined.ended else 0
    return Stake(reward, refund_1, refund_2, refunds.rest(fined.last, terms.last_percent))


def to_place(house: HouseMonth, order: Sequence[HouseMonth], rank: int | None, places: int) -> int | None:
    """Orders to the last of the rewarded ranks of its province. One without orders yet starts behind all."""
    if house.dirty or places == 0 or (rank is not None and rank <= places):
        return None
    if len(order) < places:
        return 1
    return orders_to_pass(house, order[places - 1])


def ahead(house: HouseMonth, order: Sequence[HouseMonth], rank: int | None, places: int) -> int | None:
    """Orders that the first one without a place needs to pass it."""
    if rank is None or rank > places or len(order) <= places:
        return None
    return orders_to_pass(order[places], house)

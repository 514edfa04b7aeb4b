"""The money of a month: what each house should have, and what is still to be posted for it (SETTLE-1)."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from hashlib import sha256

from basics.days import SECOND, month_bounds, month_of
from basics.money import yuan
from penalties import refunds, rewards
from penalties.rewards import HouseMonth
from rulebook.book import Book, Edition

REWARD, REFUND_1, REFUND_2 = "reward", "refund_1", "refund_2"
KINDS = (REWARD, REFUND_1, REFUND_2)
Key = tuple[str, str]  # level-1 station, kind


@dataclass(frozen=True, slots=True)
class Network:
    """Who belongs where in a month: level-1 station -> province, level-2 station -> its house."""

    provinces: Mapping[str, str]
    houses: Mapping[str, str]

    def house(self, station: str | None) -> str | None:
        """The house of a holder; None for the data centre and for nobody."""
        code = self.houses.get(station or "", station or "")
        return code if code in self.provinces else None

    def kept(self) -> dict[str, dict[str, str]]:
        """As a settlement keeps it."""
        return {"provinces": dict(self.provinces), "houses": dict(self.houses)}

    def level_1(self) -> dict[str, int]:
        """Province -> number of its level-1 stations, accepting or not (REWARD-1)."""
        return dict(sorted(Counter(self.provinces.values()).items()))


@dataclass(frozen=True, slots=True)
class Fined:
    """Confirmed fines of a house in fen: of the month before, and of the one before that. `ended`: a confirmed
    violation happened in the month before, and what the one before that would still have brought is gone."""

    last: int = 0
    before_last: int = 0
    ended: bool = False


@dataclass(frozen=True, slots=True)
class Terms:
    """What the rulebook says of a month's money: rewards by the edition of its first day, a refund's percent by that
    of the first day of the month of the fines, so that both parts of a refund go by one."""

    month: str
    edition: str
    places: int
    reward: int
    last: str  # the month before
    last_edition: str
    last_percent: int
    before_last: str
    before_last_edition: str
    before_last_percent: int

    def edition_of(self, kind: str) -> str:
        return {REWARD: self.edition, REFUND_1: self.last_edition, REFUND_2: self.before_last_edition}[kind]


@dataclass(frozen=True, slots=True)
class Target:
    """What a house should have had in all, and why, zh-CN and English."""

    amount_fen: int
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Posted:
    """What was posted so far of one kind, by how many postings."""

    amount_fen: int
    postings: int


@dataclass(frozen=True, slots=True)
class Item:
    """One posting of a settlement. `amount_fen`: + the station receives. `difference`: the month was settled before."""

    station: str
    kind: str
    amount_fen: int
    why: str
    difference: bool
    key: str


@dataclass(frozen=True, slots=True)
class Winner:
    """A rewarded house and what put it there."""

    rank: int
    station: str
    name: str
    send_express: int
    kept: int
    missed: int


@dataclass(frozen=True, slots=True)
class Province:
    """Places of a province and who earned them; fewer winners than places: the others lapse (REWARD-1)."""

    province: str
    stations: int
    candidates: int
    places: int
    winners: tuple[Winner, ...]


@dataclass(frozen=True, slots=True)
class DryRun:
    """What settling a month would post now. `number`: how often it was settled before. `gap`: places of all provinces
    less those of the edition. `also`: other settled months that a decision since then changed. `digest`: SHA-256 of
    all but `also`, and of the network that a first settlement freezes, for whoever signs what another one saw."""

    month: str
    edition: str
    number: int
    provinces: tuple[Province, ...]
    places: int
    gap: int
    items: tuple[Item, ...]
    also: tuple[str, ...]
    digest: str


def before(month: str) -> str:
    """The month before, `2026-05` -> `2026-04`."""
    return month_of(month_bounds(month)[0] - SECOND)


def terms(book: Book, month: str) -> Terms:
    """What applies to a month. ValueError when there is no such month."""
    last = before(month)
    before_last = before(last)
    of = {name: _on_first(book, name) for name in (month, last, before_last)}
    return Terms(
        month, of[month].name, of[month].reward_places, of[month].reward_amount,
        last, of[last].name, of[last].refund_first_month_percent,
        before_last, of[before_last].name, of[before_last].refund_first_month_percent,
    )  # fmt: skip


def _on_first(book: Book, month: str) -> Edition:
    return book.at(month_bounds(month)[0])


def targets(
    houses: Sequence[HouseMonth], fined: Mapping[str, Fined], level_1: Mapping[str, int], terms: Terms
) -> dict[Key, Target]:
    """What each of these houses should have of each kind, with the reason, zero included."""
    places = rewards.places(level_1, terms.places)
    ranks = {one.station: n for order in rewards.ranking(houses).values() for n, one in enumerate(order, 1)}
    found = {}
    for house in houses:
        fines = fined.get(house.station, Fined())
        rank, open_places = ranks.get(house.station), places.get(house.province, 0)
        found[house.station, REWARD] = _reward(house, rank, open_places, terms)
        found[house.station, REFUND_1] = _refund_1(house, fines, terms)
        found[house.station, REFUND_2] = _refund_2(house, fines, terms)
    return found


def _reward(house: HouseMonth, rank: int | None, places: int, terms: Terms) -> Target:
    if house.dirty:
        return _dirty(terms)
    if rank is None:
        return Target(0, f"{terms.month} 没有寄件订单", f"no send_express order in {terms.month}")
    decided = house.kept + house.missed
    zh = (
        f"{house.province}第 {rank} 名，名额 {places} 个：寄件 {house.send_express} 单，按时接单 {house.kept}/{decided}"
    )
    en = (
        f"rank {rank} in {house.province} with {places} places: {house.send_express} send_express orders, "
        f"{house.kept} of {decided} accept clocks kept"
    )
    return Target(terms.reward if rank <= places else 0, zh, en)


def _refund_1(house: HouseMonth, fines: Fined, terms: Terms) -> Target:
    percent = terms.last_percent
    if not fines.last:
        return Target(0, f"{terms.last} 没有罚款", f"no fines in {terms.last}")
    if not refunds.earns(house.dirty, house.online):
        return _not_earned(house, terms)
    zh = f"{terms.last} 罚款 {yuan(fines.last)}的 {percent}%：{terms.month} 无违规且有线上订单"
    en = f"{percent}% of {yuan(fines.last)} of fines of {terms.last}: {terms.month} clean, with online orders"
    return Target(refunds.first_part(fines.last, percent), zh, en)


def _refund_2(house: HouseMonth, fines: Fined, terms: Terms) -> Target:
    percent = terms.before_last_percent
    if not fines.before_last:
        return Target(0, f"{terms.before_last} 没有罚款", f"no fines in {terms.before_last}")
    if fines.ended:
        return Target(0, f"{terms.last} 有确认的违规，返款终止", f"ended by a confirmed violation in {terms.last}")
    if not refunds.earns(house.dirty, house.online):
        return _not_earned(house, terms)
    zh = f"{terms.before_last} 罚款 {yuan(fines.before_last)}的其余部分：{terms.month} 无违规且有线上订单"
    fined = f"{yuan(fines.before_last)} of fines of {terms.before_last}"
    en = f"the rest of {fined}: {terms.month} clean, with online orders"
    return Target(refunds.rest(fines.before_last, percent), zh, en)


def _not_earned(house: HouseMonth, terms: Terms) -> Target:
    if house.dirty:
        return _dirty(terms)
    return Target(0, f"{terms.month} 没有线上订单，该部分失效", f"no online order in {terms.month}: this part lapses")


def _dirty(terms: Terms) -> Target:
    return Target(0, f"{terms.month} 有确认的违规", f"a confirmed violation in {terms.month}")


def differences(
    month: str, due: Mapping[Key, Target], posted: Mapping[Key, Posted], settled_before: bool
) -> Iterator[Item]:
    """What is to be posted, by station and kind: targets less what was posted, nothing for no difference (SETTLE-1)."""
    for station, kind in sorted(due, key=lambda key: (key[0], KINDS.index(key[1]))):
        target, done = due[station, kind], posted.get((station, kind), Posted(0, 0))
        amount = target.amount_fen - done.amount_fen
        if amount:
            key = f"settle:{month}:{station}:{kind}:{done.postings + 1}"
            yield Item(station, kind, amount, _why(target, done, settled_before), settled_before, key)


def _why(target: Target, done: Posted, settled_before: bool) -> str:
    if not settled_before:
        return f"{target.zh} / {target.en}"
    due, had = yuan(target.amount_fen), yuan(done.amount_fen)
    return f"应为 {due}，此前已记 {had}。{target.zh} / {due} due, {had} posted before. {target.en}"


def provinces(
    houses: Sequence[HouseMonth], level_1: Mapping[str, int], terms: Terms, names: Mapping[str, str]
) -> tuple[Province, ...]:
    """Each province with its places and winners."""
    places, order = rewards.places(level_1, terms.places), rewards.ranking(houses)
    return tuple(
        Province(
            province, count, len(order.get(province, ())), places[province],
            tuple(
                Winner(rank, one.station, names.get(one.station, ""), one.send_express, one.kept, one.missed)
                for rank, one in enumerate(order.get(province, ())[: places[province]], 1)
            ),
        )
        for province, count in level_1.items()
    )  # fmt: skip


def dry_run_of(
    terms: Terms, number: int, found: tuple[Province, ...], items: Sequence[Item], network: Network
) -> DryRun:
    """All of it under one digest; the first time with the network, by which the month is settled ever after."""
    places = sum(one.places for one in found)
    run = DryRun(terms.month, terms.edition, number, found, places, places - terms.places, tuple(items), (), "")
    frozen = {"network": network.kept()} if number == 0 else {}
    content = json.dumps(asdict(run) | frozen, sort_keys=True, ensure_ascii=False)
    return replace(run, digest=sha256(content.encode()).hexdigest())

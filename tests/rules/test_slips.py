"""WAYBILL-1, DO-9: a thousand slips of the hand, what the guard knows of them, and how the rest is healed."""

import random
from collections import Counter
from dataclasses import dataclass
from importlib.resources import files
from itertools import pairwise

import pytest
from sqlalchemy import Engine, select

from channels.messages import Scan
from dispatch.facts import Accept, Confirm, SupplyWaybill, Target
from dispatch.lists.queries import unscanned
from dispatch.stock.actions import issue
from dispatch.stock.blocks import Block
from dispatch.stock.queries import likely_slips
from people.access import EVERYWHERE
from rulebook.book import Book, packaged, read_edition
from storage.session import writing
from storage.tables.dispatch import orders
from tests.rules.courses import BOOK, t
from tests.rules.scene import Scene, pushed
from tests.rules.stage import IN_A, IN_B, NETWORK

SEED, SLIPS, USED = 20_260_505, 1_000, 300
KINDS = ("one digit", "two swapped", "one missing", "one doubled", "another's label")
BLOCKS = {
    "A": range(55_100_000_000_000, 55_100_000_050_000),
    "A1": range(55_100_000_050_000, 55_100_000_060_000),
    "C": range(55_100_000_060_000, 55_100_000_100_000),
    "B": range(55_200_000_000_000, 55_200_000_050_000),
    "N": range(55_200_000_050_000, 55_200_000_100_000),
}
OWN = {"A": ("A", "A1"), "B": ("B",)}


def luhn_book() -> Book:
    """The packaged text with a check digit, from May on."""
    text = files("rulebook").joinpath("editions/2017-01-01.toml").read_text(encoding="utf-8")
    changed = text
    for old, new in (
        ('name = "2017-01-01"', 'name = "2026-05-01"'),
        ("effective = 2017-01-01", "effective = 2026-05-01"),
        ('value = "none", unit = "none or luhn"', 'value = "luhn", unit = "none or luhn"'),
    ):
        assert changed.count(old) == 1
        changed = changed.replace(old, new)
    return Book([*packaged().editions, read_edition(changed)])


def sums_up(number: str) -> bool:
    """Luhn, told another way than the product does."""
    doubled = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)
    digits = [int(digit) for digit in number[::-1]]
    return (sum(digits[::2]) + sum(doubled[digit] for digit in digits[1::2])) % 10 == 0


def slip(number: str, kind: str, dice: random.Random) -> str:
    """Another number than `number`."""
    while True:
        at = dice.randrange(len(number))
        wrong = {
            "one digit": number[:at] + str(dice.randrange(10)) + number[at + 1 :],
            "two swapped": number[:at] + number[at + 1 : at + 2] + number[at] + number[at + 2 :],
            "one missing": number[:at] + number[at + 1 :],
            "one doubled": number[:at] + number[at] + number[at:],
        }[kind]
        if wrong != number:
            return wrong


@dataclass
class Parcel:
    no: str
    station: str
    label: str
    typed: str
    kind: str


@dataclass
class Day:
    """A morning at A and B: orders accepted, labels drawn from their stock, typed with one slip each."""

    scene: Scene
    parcels: list[Parcel]
    used: set[str]

    def labels(self) -> set[str]:
        return {parcel.label for parcel in self.parcels}

    def saved(self) -> dict[str, str | None]:
        return {row[0]: row[1] for row in self.scene.conn.execute(select(orders.c.logistics_no, orders.c.waybill_no))}

    def confirm(self, at: str, parcels: list[Parcel], typed: bool) -> list[str | None]:
        acts = [Confirm(Target(p.no), p.station, p.typed if typed else p.label, sure=False) for p in parcels]
        return self.scene.tell(at, *acts)


def labels(station: str, many: int, check: bool, dice: random.Random) -> list[str]:
    """Consecutive numbers of the station's stock, as labels come: a slip may well hit the label of another parcel."""
    block = BLOCKS[station]
    start = dice.randrange(len(block) - 10 * many)
    found = [number for number in map(str, block[start:]) if sums_up(number) or not check]
    return found[:many]


def morning(scene: Scene, check: bool, stock: bool) -> Day:
    dice = random.Random(SEED)
    if stock:
        rows = [
            (line, Block(code, str(block[0]), str(block[-1]))) for line, (code, block) in enumerate(BLOCKS.items(), 2)
        ]
        assert issue(scene.conn, rows, "import", t("1 10:00"), only_check=False) == (len(rows), {})
    parcels: list[Parcel] = []
    used: list[str] = []
    for station in ("A", "B"):
        drawn = labels(station, (SLIPS + USED) // 2, check, dice)
        dice.shuffle(drawn)
        used += (old := drawn[: USED // 2])
        for label, following in pairwise(drawn[USED // 2 :] + old[:1]):
            kind = KINDS[len(parcels) % len(KINDS)]
            others = dice.choice([following, dice.choice(old)])
            typed = others if kind == "another's label" else slip(label, kind, dice)
            parcels.append(Parcel(f"LP{len(parcels)}", station, label, typed, kind))
    before = [Parcel(f"LPOLD{n}", "AB"[n >= USED // 2], number, number, "") for n, number in enumerate(used)]
    everybody = [*parcels, *before]
    kinds = {"business_type": "send_express"}
    scene.tell("5 10:00", *[pushed(p.no, where=IN_A if p.station == "A" else IN_B, **kinds) for p in everybody])
    scene.tell("5 10:05", *[Accept(Target(p.no), p.station) for p in everybody])
    assert set(scene.tell("5 10:06", *[Confirm(Target(p.no), p.station, p.label) for p in before])) == {None}
    scene.tell("5 10:07", *[Scan(p.label, p.station, t("5 10:07")) for p in before])
    return Day(scene, parcels, set(used))


def can_be_known(parcel: Parcel, used: set[str], check: bool, stock: bool) -> str | None:
    """What a guard can know of the typed number, told from WAYBILL-1's words."""
    number = parcel.typed
    if len(number) != 14 or not number.startswith("55") or (check and not sums_up(number)):
        return "waybill_invalid"
    if number in used:
        return "waybill_in_use"
    holder = next((code for code, block in BLOCKS.items() if stock and int(number) in block), None)
    if holder is not None and holder not in OWN[parcel.station]:
        return "waybill_elsewhere"
    return None if check and (holder is not None or not stock) else "waybill_again"


EXPERIMENTS = [
    ("luhn and stock", True, True, {"two swapped", "another's label"}),
    ("luhn without stock", True, False, {"two swapped", "another's label"}),
    ("stock without a check digit", False, True, set()),
    ("neither", False, False, set()),
]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("check", "stock", "unknowable"), [c[1:] for c in EXPERIMENTS], ids=[c[0] for c in EXPERIMENTS]
)
def test_waybill_1_a_thousand_slips(engine: Engine, check: bool, stock: bool, unknowable: set[str]) -> None:
    """None is saved unnoticed that the guard can know; those it cannot know are named; nobody is fined for any."""
    with writing(engine) as conn:
        day = morning(Scene(conn, luhn_book() if check else BOOK).stations(), check, stock)
        answers = day.confirm("5 10:30", day.parcels, typed=True)
        taken = set(day.used)
        for parcel, answer in zip(day.parcels, answers, strict=True):
            assert answer == can_be_known(parcel, taken, check, stock), parcel
            taken |= {parcel.typed} if answer is None else set()
        slipped = [p for p, answer in zip(day.parcels, answers, strict=True) if answer is None]
        said = Counter((p.kind, answer or "saved") for p, answer in zip(day.parcels, answers, strict=True))
        print(*(f"{kind}: {answer} {many}" for (kind, answer), many in sorted(said.items())), sep="\n")
        assert {p.kind for p in slipped} == unknowable
        assert sum(said.values()) == SLIPS and len(slipped) < SLIPS / 4
        assert said["another's label", "waybill_in_use"] > 0
        swapped = [p for p in slipped if p.kind == "two swapped"]
        # A check digit by Luhn sees every wrong digit, and every swap but that of 0 and 9.
        assert all({p.typed[at] for at in range(14) if p.typed[at] != p.label[at]} == {"0", "9"} for p in swapped)

        # Whoever was asked a second time reads the label, and so does whoever was refused.
        sort_out(day, slipped, [p for p in day.parcels if p not in slipped], sure=not check)
        day.scene.tell("5 12:00", *[Scan(p.label, p.station, t("5 10:50")) for p in day.parcels])
        heal(day, [p for p in slipped if p.typed not in day.labels()])
        assert {p.no: p.label for p in day.parcels}.items() <= day.saved().items()
        for later in ("6 10:29", "6 10:30", "6 10:31", "7 12:00"):
            day.scene.sweep(later)
        assert day.scene.suspicions("suspected", "confirmed") == {}, "neither who slipped nor whose label it was"


def sort_out(day: Day, slipped: list[Parcel], rest: list[Parcel], sure: bool) -> None:
    """The rest is typed rightly; whose label another order has is refused, and that one is corrected first (DO-9)."""
    taken = {p.typed: p for p in slipped}
    answers = day.scene.tell("5 10:40", *[Confirm(Target(p.no), p.station, p.label, sure=sure) for p in rest])
    assert answers == ["waybill_in_use" if p.label in taken else None for p in rest]
    waiting = [Confirm(Target(p.no), p.station, p.label) for p in rest if p.label in taken]
    wrong = [SupplyWaybill(Target(p.no), p.station, p.label) for p in slipped if p.typed in day.labels()]
    acts: list[Confirm | SupplyWaybill] = [*wrong, *waiting]
    while acts:
        answers = day.scene.tell("5 10:45", *acts)
        assert set(answers) <= {None, "waybill_in_use"} and None in answers
        acts = [act for act, answer in zip(acts, answers, strict=True) if answer]


def heal(day: Day, slipped: list[Parcel]) -> None:
    """Every slip stands in the un-scanned list, what the list proposes is right, and one act mends it (DO-5, DO-9)."""
    by_no, after, now = {p.no: p for p in slipped}, None, t("6 10:00")
    acts, proposed = [], 0
    while True:
        page = unscanned(day.scene.conn, EVERYWHERE, after=after)
        meant = likely_slips(day.scene.conn, page.rows, NETWORK, day.scene.world.book, now)
        for row in page.rows:
            parcel = by_no.pop(row.logistics_no)
            assert row.id not in meant or meant[row.id].waybill_no == parcel.label, (parcel, meant[row.id])
            proposed += row.id in meant
            acts.append(SupplyWaybill(Target(order_id=row.id), parcel.station, parcel.label))
        after = page.following
        if after is None:
            break
    print(f"proposed: {proposed} of {len(slipped)}")
    assert not by_no and (proposed or not slipped)
    assert set(day.scene.tell("6 10:00", *acts)) <= {None}

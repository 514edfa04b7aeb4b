"""WAYBILL-1, DO-9: a thousand slips of the hand, what the guard knows of them, and how the rest is healed."""

import random
from collections import Counter
from dataclasses import dataclass
from importlib.resources import files

import pytest
from sqlalchemy import Engine, select

from channels.messages import Scan
from dispatch.facts import Accept, Confirm, SupplyWaybill, Target
from dispatch.lists.queries import unscanned
from dispatch.slips import meant_by
from dispatch.stock.actions import issue
from dispatch.stock.blocks import Block
from dispatch.stock.queries import likely_slips
from people.access import EVERYWHERE
from rulebook.book import Book, packaged, read_edition
from storage.session import writing
from storage.tables.dispatch import orders
from tests.rules.courses import BOOK, EDITION, t
from tests.rules.scene import Scene, pushed
from tests.rules.stage import IN_A, IN_B, NETWORK

SEED, SLIPS, USED = 20_260_505, 1_000, 300
KINDS = ("one digit", "two swapped", "one missing", "one doubled")
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

    def saved(self) -> dict[str, str | None]:
        return {row[0]: row[1] for row in self.scene.conn.execute(select(orders.c.logistics_no, orders.c.waybill_no))}

    def confirm(self, at: str, parcels: list[Parcel], typed: bool) -> list[str | None]:
        acts = [Confirm(Target(p.no), p.station, p.typed if typed else p.label, sure=False) for p in parcels]
        return self.scene.tell(at, *acts)


def labels(station: str, many: int, check: bool, dice: random.Random) -> list[str]:
    """Numbers of the station's stock, no two of them one slip apart: two parcels of one number are another matter."""
    found: list[str] = []
    near: set[str] = set()
    for number in map(str, dice.sample(BLOCKS[station], len(BLOCKS[station]))):
        if (sums_up(number) or not check) and number not in near:
            found.append(number)
            near |= meant_by(number, EDITION)
            if len(found) == many:
                return found
    raise AssertionError("too small a block")


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
        used += drawn[: USED // 2]
        for label in drawn[USED // 2 :]:
            kind = KINDS[len(parcels) % 4]
            parcels.append(Parcel(f"LP{len(parcels)}", station, label, slip(label, kind, dice), kind))
    before = [Parcel(f"OLD{n}", "AB"[n >= USED // 2], number, number, "") for n, number in enumerate(used)]
    everybody = [*parcels, *before]
    kinds = {"business_type": "send_express"}
    scene.tell("5 10:00", *[pushed(p.no, where=IN_A if p.station == "A" else IN_B, **kinds) for p in everybody])
    scene.tell("5 10:05", *[Accept(Target(p.no), p.station) for p in everybody])
    scene.tell("5 10:06", *[Confirm(Target(p.no), p.station, p.label) for p in before])
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
    if holder is None:
        return None if check and not stock else "waybill_again"
    return None if holder in OWN[parcel.station] else "waybill_elsewhere"


EXPERIMENTS = [
    ("luhn and stock", True, True, {"two swapped"}),
    ("luhn without stock", True, False, {"two swapped"}),
    ("stock without a check digit", False, True, {"one digit", "two swapped"}),
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
        assert answers == [can_be_known(p, day.used, check, stock) for p in day.parcels]
        slipped = [p for p, answer in zip(day.parcels, answers, strict=True) if answer is None]
        said = Counter((p.kind, answer or "saved") for p, answer in zip(day.parcels, answers, strict=True))
        print(*(f"{kind}: {answer} {many}" for (kind, answer), many in sorted(said.items())), sep="\n")
        assert {p.kind for p in slipped} == unknowable
        assert sum(said.values()) == SLIPS and len(slipped) < SLIPS / 4
        if check:  # a check digit by Luhn sees every wrong digit, and every swap but that of 0 and 9
            assert all({p.typed[at] for at in range(14) if p.typed[at] != p.label[at]} == {"0", "9"} for p in slipped)

        # Whoever was asked a second time reads the label, and so does whoever was refused.
        slow = [p for p in day.parcels if p not in slipped]
        again = [Confirm(Target(p.no), p.station, p.label, sure=not stock) for p in slow]
        assert set(day.scene.tell("5 10:40", *again)) == {None}
        day.scene.tell("5 12:00", *[Scan(p.label, p.station, t("5 10:50")) for p in day.parcels])
        heal(day, slipped)
        assert {p.no: p.label for p in day.parcels}.items() <= day.saved().items()
        for later in ("6 10:29", "6 10:30", "6 10:31", "7 12:00"):
            day.scene.sweep(later)
        assert day.scene.suspicions("suspected", "confirmed") == {}


def heal(day: Day, slipped: list[Parcel]) -> None:
    """Every slip stands in the un-scanned list with what was meant, and one act mends it (DO-5, DO-9)."""
    by_no, after, now = {p.no: p for p in slipped}, None, t("6 10:00")
    acts = []
    while True:
        page = unscanned(day.scene.conn, EVERYWHERE, after=after)
        meant = likely_slips(day.scene.conn, page.rows, NETWORK, day.scene.world.book, now)
        for row in page.rows:
            parcel = by_no.pop(row.logistics_no)
            assert parcel.label in [one.waybill_no for one in meant[row.id]], (parcel, meant[row.id])
            acts.append(SupplyWaybill(Target(order_id=row.id), parcel.station, parcel.label))
        after = page.following
        if after is None:
            break
    assert not by_no
    assert set(day.scene.tell("6 10:00", *acts)) <= {None}

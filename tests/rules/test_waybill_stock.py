"""WAYBILL-1: blocks of numbers: read, compared, stored, and asked whose a number is, on both databases."""

from dataclasses import replace

import pytest
from sqlalchemy import Engine

from basics.refusal import Refusal
from channels.messages import Scan, WaybillTold
from dispatch.facts import Confirm, Target
from dispatch.stock.actions import issue, withdraw
from dispatch.stock.blocks import Block, compare, read_block
from dispatch.stock.queries import issued_to, listed, with_stock
from storage.session import reading, writing
from tests.rules.courses import EDITION, t
from tests.rules.scene import Scene, accepts, pushed
from tests.rules.stage import NUMBER

LUHN = replace(EDITION, waybill_check_digit="luhn")
STATIONS = {"A", "A1", "B"}


def block(station: str, first: int, last: int) -> Block:
    return Block(station, f"55{first:012d}", f"55{last:012d}")


READ = [
    ("both ends", "55000000000000", "55000000000099", []),
    ("one number", "55000000000000", "55000000000000", []),
    ("backwards", "55000000000001", "55000000000000", ["block_backwards"]),
    ("too short", "5500000000000", "55000000000099", ["waybill_invalid"]),
    ("letters and another beginning", "5500000000000x", "56000000000099", ["waybill_invalid", "waybill_invalid"]),
    ("empty", "", "", ["waybill_invalid", "waybill_invalid"]),
]


@pytest.mark.parametrize(("first", "last", "codes"), [c[1:] for c in READ], ids=[c[0] for c in READ])
def test_waybill_1_a_row(first: str, last: str, codes: list[str]) -> None:
    found = read_block("A", first, last, STATIONS, EDITION)
    assert ([one.code for one in found] if isinstance(found, tuple) else []) == codes
    found = read_block("Z", first, last, STATIONS, EDITION)
    wrong = [code for code in codes if code != "block_backwards"]
    assert isinstance(found, tuple) and [one.code for one in found] == ["station_unknown", *wrong]


def test_waybill_1_ends_of_a_block_need_no_check_digit() -> None:
    """A block is a range of text; a serial number without check digit stands for all ten of its numbers."""
    whole = Block("A", "55000000000000", "55000000000099")
    assert read_block("A", "55000000000000", "55000000000099", STATIONS, LUHN) == whole
    assert read_block("A", "5500000000000", "5500000000009", STATIONS, LUHN) == whole
    assert isinstance(read_block("A", "5500000000000", "5500000000009", STATIONS, EDITION), tuple)


COMPARED = [
    ("the same again", [block("A", 10, 19)], [block("A", 10, 19)], 0, []),
    ("a part of its own", [block("A", 12, 13)], [block("A", 10, 19)], 0, []),
    ("twice in the file", [block("A", 10, 19), block("A", 10, 19)], [], 1, []),
    ("neighbours", [block("A", 20, 29), block("B", 0, 9)], [block("A1", 10, 19)], 2, []),
    ("the last number of another", [block("B", 19, 29)], [block("A", 10, 19)], 0, [1]),
    ("the first number of another", [block("B", 0, 10)], [block("A", 10, 19)], 0, [1]),
    ("around another", [block("B", 0, 99)], [block("A", 10, 19)], 0, [1]),
    ("within another", [block("B", 12, 13)], [block("A", 10, 19)], 0, [1]),
    ("half of its own", [block("A", 15, 25)], [block("A", 10, 19)], 0, [1]),
    ("two of the file", [block("A", 10, 19), block("B", 19, 20), block("B", 30, 39)], [], 2, [2]),
    ("within a long one before it", [block("A", 0, 99), block("A", 5, 6), block("B", 50, 60)], [], 1, [3]),
    ("another length", [Block("B", "550000000000100", "550000000000199")], [block("A", 0, 99)], 1, []),
]


@pytest.mark.parametrize(("rows", "there", "new", "refused"), [c[1:] for c in COMPARED], ids=[c[0] for c in COMPARED])
def test_waybill_1_no_block_over_another(rows: list[Block], there: list[Block], new: int, refused: list[int]) -> None:
    found, wrong = compare(list(enumerate(rows, 1)), there)
    assert (len(found), sorted(wrong)) == (new, refused)
    assert all(one.code == "block_overlaps" for one in wrong.values())


def test_waybill_1_whose_number(engine: Engine) -> None:
    """Both ends are in; the length counts; what is no number is nobody's."""
    long = Block("C", "550000000000105", "550000000000106")
    rows = [block("A", 10, 19), block("B", 20, 29), block("A1", 40, 40), long]
    with writing(engine) as conn:
        assert issue(conn, list(enumerate(rows, 2)), "import", t("5 10:00"), only_check=False) == (4, {})
        assert issue(conn, list(enumerate(rows, 2)), "import", t("5 10:00"), only_check=False) == (0, {})
    asked = {9: None, 10: "A", 19: "A", 20: "B", 29: "B", 30: None, 39: None, 40: "A1", 41: None}
    numbers = {f"55{n:012d}": station for n, station in asked.items()}
    odd = ["550000000000105", "5500000000001", "", "x", "5500000000001'", "５５000000000010", "5" * 64]
    with reading(engine) as conn:
        found = issued_to(conn, [*numbers, *odd])
        assert found == {n: s for n, s in numbers.items() if s} | {odd[0]: "C"}
        assert issued_to(conn, []) == {}
        assert with_stock(conn, ["A", "A2", "C"]) == {"A", "C"}
        assert [row.station for row in listed(conn)] == ["A", "A1", "B", "C"]
        assert [(row.first, row.by) for row in listed(conn, "A1")] == [("55000000000040", "import")]


def test_waybill_1_nothing_is_stored_half(engine: Engine) -> None:
    with writing(engine) as conn:
        issue(conn, [(2, block("A", 10, 19))], "import", t("5 10:00"), only_check=False)
        new, refused = issue(
            conn, [(2, block("A", 30, 39)), (3, block("B", 19, 29))], "import", t("5 10:01"), only_check=False
        )
        assert new == 0 and isinstance(refused[3], Refusal) and "A 55000000000010-55000000000019" in refused[3].message
        assert issue(conn, [(2, block("A", 30, 39))], "import", t("5 10:01"), only_check=True) == (0, {})
        assert len(listed(conn)) == 1


def test_waybill_1_stock_in_the_conductor(engine: Engine) -> None:
    """What `conduct` reads of the stock: told by a push, waiting for its order, and typed."""
    with writing(engine) as conn:
        scene = Scene(conn)
        issue(conn, [(2, block("A", 0, 99)), (3, block("B", 100, 199))], "import", t("5 09:00"), only_check=False)
        foreign, outside = "55000000000150", "55000000000300"
        scene.tell("5 09:59", WaybillTold("", "LP2", foreign, t("5 09:59")))
        scene.tell(
            "5 10:00", pushed("LP1", waybill_no=foreign), pushed("LP2"), pushed("LP3", business_type="send_express")
        )
        scene.tell("5 10:01", accepts("LP1"), accepts("LP2"), accepts("LP3"))
        assert scene.tell("5 10:02", WaybillTold("", "LP1", foreign, t("5 10:02"))) == ["waybill_elsewhere"]

        def typed(no: str, number: str) -> list[str | None]:
            return scene.tell("5 10:03", Confirm(Target(no), "A", number, sure=False))

        assert typed("LP2", foreign) == ["waybill_elsewhere"], "the waiting number was dropped"
        assert typed("LP3", outside) == ["waybill_again"], "A has stock"
        assert typed("LP3", NUMBER) == ["waybill_again"], "the next label of the block is one digit away"
        scene.tell("5 10:03", Scan(NUMBER, "A1", t("5 10:02")))
        assert typed("LP3", NUMBER) == [None], "the scan bears it out"


def test_waybill_1_a_wrong_import_is_taken_back(engine: Engine) -> None:
    """Who and when is kept; the numbers are free for whom they belong to, and may be withdrawn once more."""
    wrong, right = [(2, block("B", 0, 99))], [(2, block("A", 0, 99))]
    with writing(engine) as conn:
        scene = Scene(conn)
        issue(conn, [*wrong, (3, block("B", 200, 299))], "import", t("5 09:00"), only_check=False)
        scene.tell("5 10:00", pushed("LP1", business_type="send_express"))
        scene.tell("5 10:01", accepts("LP1"))
        confirm = Confirm(Target("LP1"), "A", NUMBER)
        assert scene.tell("5 10:02", confirm) == ["waybill_elsewhere"]
        done, refused = withdraw(conn, [*wrong, (3, block("B", 200, 298))], "HQ", t("5 10:03"), only_check=False)
        assert (done, list(refused), len(listed(conn))) == (0, [3], 2), "a part of a block is none"
        assert withdraw(conn, wrong, "HQ", t("5 10:03"), only_check=True) == (0, {})
        assert withdraw(conn, [*wrong, *wrong], "HQ", t("5 10:03"), only_check=False) == (1, {})
        assert issued_to(conn, [NUMBER]) == {} and with_stock(conn, ["B"]) == {"B"}
        assert issue(conn, right, "import", t("5 10:04"), only_check=False) == (1, {})
        assert issued_to(conn, [NUMBER]) == {NUMBER: "A"}
        assert scene.tell("5 10:05", confirm) == [None]
        assert list(withdraw(conn, wrong, "HQ", t("5 10:06"), only_check=False)[1]) == [2], "it is gone already"
        assert withdraw(conn, right, "HQ2", t("5 10:07"), only_check=False) == (1, {})
        kept = [(row.station, row.withdrawn_at, row.withdrawn_by) for row in listed(conn, withdrawn=True)]
        assert kept == [("A", t("5 10:07"), "HQ2"), ("B", t("5 10:03"), "HQ")]
        assert with_stock(conn, ["A"]) == set() and [row.first for row in listed(conn)] == ["55000000000200"]

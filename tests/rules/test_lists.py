"""CHAN-2, DO-5, DO-6 and ROLE-1 in the lists of orders: who sees what, filtered how, page by page."""

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Engine

from channels.messages import OrderPush, Scan, Withdrawal
from dispatch.facts import Confirm, HandleWithdrawal, Target, Transfer
from dispatch.lists.queries import Filters, Page, listing, search, to_handle, unscanned, waiting
from people.access import EVERYWHERE, NOWHERE, Scope
from storage.session import writing
from tests.rules.courses import t
from tests.rules.scene import Scene, accepts, pushed
from tests.rules.stage import IN_A1, IN_B, NUMBER, OTHER, THIRD, content
from tests.rules.stage import NOWHERE as NO_AREA

ZHEJIANG, JIANGSU = Scope(province="浙江省"), Scope(province="江苏省")
HOUSE_A, ONLY_A1 = Scope(stations=frozenset({"A", "A1", "A2"})), Scope(stations=frozenset({"A1"}))


@pytest.fixture
def scene(engine: Engine) -> Iterator[Scene]:
    with writing(engine) as conn:
        yield Scene(conn).stations()


def numbers(page: Page) -> list[str]:
    return [row.logistics_no for row in page.rows]


CHAN_2 = [
    ("no filter", Filters(), ["LP1", "LP2", "LP3", "wx1", "wx2"]),
    ("a channel", Filters(channel="wechat"), ["wx1"]),
    ("the other channel of that prefix", Filters(channel="website"), ["wx2"]),
    ("online orders whose sender owns the number", Filters(business_type="online_order"), ["LP1", "LP3", "wx1", "wx2"]),
    ("orders that need one", Filters(business_type="send_express"), ["LP2"]),
    ("pushed", Filters(online=True), ["LP1", "LP2", "wx1", "wx2"]),
    ("typed in by staff", Filters(online=False), ["LP3"]),
    ("all at once", Filters(channel="cainiao", business_type="online_order", online=True), ["LP1"]),
]


@pytest.mark.parametrize(("filters", "expected"), [c[1:] for c in CHAN_2], ids=[f"CHAN-2 {c[0]}" for c in CHAN_2])
@pytest.mark.parametrize("of", [listing, waiting], ids=["listing", "waiting"])
def test_every_list_filters(scene: Scene, of: Callable[..., Page], filters: Filters, expected: list[str]) -> None:
    scene.tell("5 10:00", pushed("LP1"), pushed("LP2", business_type="send_express"), pushed("LP3", online=False))
    for channel, no in (("wechat", "wx1"), ("website", "wx2")):
        scene.tell("5 10:00", OrderPush(channel, no, t("5 10:00"), content()))
    assert sorted(numbers(of(scene.conn, EVERYWHERE, filters))) == expected


SEEN = [
    ("HQ", EVERYWHERE, ["LP1", "LP2", "LP3", "LP4"]),
    ("nobody", NOWHERE, []),
    ("a level-1 station: its level-2 ones too", HOUSE_A, ["LP1", "LP2"]),
    ("a level-2 station: its own", ONLY_A1, ["LP2"]),
    ("a province: its holders'", ZHEJIANG, ["LP1", "LP2"]),
    ("the other province", JIANGSU, ["LP3"]),
]


@pytest.mark.parametrize(("scope", "expected"), [c[1:] for c in SEEN], ids=[f"ROLE-1 {c[0]}" for c in SEEN])
def test_who_sees_what(scene: Scene, scope: Scope, expected: list[str]) -> None:
    scene.tell("5 10:00", pushed("LP1"), pushed("LP2", where=IN_A1), pushed("LP3", where=IN_B))
    scene.tell("5 10:00", pushed("LP4", where=NO_AREA))
    assert sorted(numbers(listing(scene.conn, scope))) == expected


def test_role_1_at_the_data_centre_an_order_stays_with_the_province_of_its_first_routing(scene: Scene) -> None:
    scene.tell("5 10:00", pushed("LP1"), Transfer(Target("LP1"), "A", "DATA_CENTRE"))
    assert numbers(listing(scene.conn, ZHEJIANG)) == ["LP1"] and numbers(listing(scene.conn, JIANGSU)) == []


def test_do_5_accepted_or_confirmed_orders_whose_waybill_has_no_scan_by_order_time(scene: Scene) -> None:
    for minute, (no, number) in enumerate((("LP3", THIRD), ("LP2", OTHER), ("LP1", NUMBER))):
        scene.tell(f"5 10:0{minute}", pushed(no, f"5 10:0{minute}", waybill_no=number), accepts(no))
    scene.tell(
        "5 10:09", pushed("LP4", "5 10:09", waybill_no="55000000000041"), pushed("LP5", "5 10:09"), accepts("LP5")
    )
    scene.tell("5 11:00", Confirm(Target("LP2"), "A"))
    assert numbers(unscanned(scene.conn, HOUSE_A)) == ["LP3", "LP2", "LP1"], "not a waiting one, nor one without number"
    scene.tell("5 12:00", Scan(OTHER, "A2", t("5 11:30")), Scan(NUMBER, "B", t("5 11:30")))
    assert numbers(unscanned(scene.conn, HOUSE_A)) == ["LP3", "LP1"], "a scan elsewhere clears nothing"


def test_do_4_a_scan_clears_where_the_order_lay_when_it_was_made(scene: Scene) -> None:
    """Of A until 11:00, then of B: a scan at A clears before, a scan at B after, and neither the other way round."""
    for no, number in (("LP1", NUMBER), ("LP2", OTHER), ("LP3", THIRD)):
        scene.tell("5 10:00", pushed(no, "5 10:00", waybill_no=number), accepts(no))
        scene.tell("5 11:00", Transfer(Target(no), "A", "B"))
        scene.tell("5 11:01", accepts(no, "B"))
    scanned = ((NUMBER, "B", "5 10:30"), (OTHER, "A", "5 11:30"), (THIRD, "A2", "5 10:30"))
    scene.tell("5 12:00", *(Scan(number, station, t(at)) for number, station, at in scanned))
    assert numbers(unscanned(scene.conn, EVERYWHERE)) == ["LP1", "LP2"]


def test_do_7_a_number_is_found_by_either_index_once(scene: Scene) -> None:
    scene.tell("5 10:00", pushed("LP1", "5 10:00", waybill_no=NUMBER), pushed("LP2", "5 10:00"), pushed("LP3"))
    found = search(scene.conn, HOUSE_A, ["LP1", NUMBER, "LP2", OTHER])
    assert sorted(row.logistics_no for row in found) == ["LP1", "LP2"]
    assert search(scene.conn, JIANGSU, ["LP1", NUMBER]) == []


def test_do_6_not_handled_handled_all(scene: Scene) -> None:
    scene.tell("5 10:00", *(pushed(f"LP{n}") for n in range(1, 5)))
    for no, origin in (("LP1", "sender"), ("LP2", "platform"), ("LP3", "station")):
        scene.tell("5 10:10", Withdrawal("", no, origin, "不寄了", t("5 10:10"), "A" if origin == "station" else None))
    scene.tell("5 10:20", HandleWithdrawal(Target("LP2"), "A"))

    def shown(what: str) -> list[str]:
        return sorted(numbers(listing(scene.conn, HOUSE_A, Filters(withdrawal=what))))

    assert (shown("not_handled"), shown("handled")) == (["LP1"], ["LP2"])
    assert shown("") == ["LP1", "LP2", "LP3", "LP4"]
    assert numbers(to_handle(scene.conn, HOUSE_A)) == ["LP1"]


def test_pages_follow_each_other_without_gap_or_repeat(scene: Scene) -> None:
    """Orders of one instant too: the row's id decides between them."""
    for n in range(9):
        scene.tell("5 10:00", pushed(f"LP{n}", "5 09:00" if n % 2 else "5 10:00"))
    for of in (listing, waiting):
        whole, after, paged = numbers(of(scene.conn, EVERYWHERE)), None, []
        for _ in range(5):
            page = of(scene.conn, EVERYWHERE, after=after, limit=2)
            paged += numbers(page)
            after = page.following
        assert paged == whole and len(set(whole)) == 9 and after is None

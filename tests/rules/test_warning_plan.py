"""DO-8: what one run of the ladder does and says, word by word, without a database."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from geo.network import Network
from geo.stations import Station
from notify.messages import Message
from rulebook.book import Book
from rulebook.edition import Edition
from sla.duty import Calendar
from sla.forecast import SPANS, Pace
from sla.warnings.plan import Ring, Running, addressed, by_house, messages, plan, ring_row
from tests.rules.clock_rules import edition_with
from tests.rules.courses import BOOK, EDITION, STANDARD, TICK, t

M = timedelta(minutes=1)
NETWORK = Network(
    [
        Station("H1", "西湖网点", 1, None, "浙江省", "standard", True),
        Station("H1A", "翠苑承包区", 2, "H1", "浙江省", "standard", True),
        Station("H2", "滨江网点", 1, None, "浙江省", "standard", True),
    ],
    [], [], [],
)  # fmt: skip
NOW = t("5 10:20")


def always(station: str, edition: Edition) -> Calendar:
    return STANDARD


# Nothing is ever taken, but a queue of none is taken at once; outside the area at a tenth of the pace.
QUICK_FIRST = Pace(200, 5_000, 1.0, (0.1,) * len(SPANS), (1.0,) * 24, (1.0, 0.0, 0.0, 0.0, 0.0, 0.0), 1.0, 0.1)


def running(number: int, station: str = "H1", due: datetime | None = None, **more: Any) -> Running:
    due_at = due or t("5 10:30")
    usual: dict[str, Any] = {"edition": "2017-01-01", "outside": False, "taken": frozenset()} | more
    return Running(number, 1, f"IS{number}", "浙江省", station, due_at - 30 * M, due_at, **usual)


def planned(
    *clocks: Running, paces: dict[str, Pace] | None = None, now: datetime = NOW, book: Book = BOOK
) -> list[tuple[int, str, bool]]:
    found = plan(clocks, book, lambda station, edition: STANDARD, paces or {}, now)
    return [(one.of.order_id, one.step, one.ahead) for one in found]


def test_do_8_the_steps_of_each_order_by_its_own_time_left() -> None:
    taken = frozenset({"tint", "sound"})
    assert planned(running(2), running(1, taken=taken), running(3, due=t("5 10:35"))) == [
        (1, "message", False), (2, "tint", False), (2, "sound", False), (2, "message", False), (3, "tint", False),
    ]  # fmt: skip


def test_do_8_nothing_after_all_steps_nor_after_the_deadline_nor_before_the_start() -> None:
    every = frozenset({"tint", "sound", "message", "call_list", "offer_transfer"})
    clocks = [running(1, taken=every), running(2, due=NOW - TICK), running(3, due=NOW + 30 * M + TICK)]
    assert planned(*clocks) == []
    assert planned(running(1, due=NOW)) != []


def test_do_8_each_station_by_its_own_hours() -> None:
    """Asked with the clock's own edition; a station that is closed now is not rung, another with its deadline is."""
    asked = []

    def calendar(station: str, edition: Any) -> Calendar:
        asked.append((station, edition.name))
        return STANDARD if station == "H2" else Calendar(12 * 60, 20 * 60)

    found = plan([running(1), running(2, "H2"), running(3)], BOOK, calendar, {}, NOW)
    assert {one.of.station for one in found} == {"H2"}
    assert asked == [("H1", "2017-01-01"), ("H2", "2017-01-01")]  # once for each station and deadline


def test_do_8_the_first_in_the_queue_is_judged_before_the_others() -> None:
    """12 minutes left at 0.1 a minute: e^-1.2 is no risk of a half; behind it nothing is ever taken; nor outside."""
    due = NOW + 12 * M
    clocks = [running(2, due=due), running(1, due=due), running(9, "H2", due=due), running(8, "H2", due=due - M)]
    found = planned(*clocks, paces={"H1": QUICK_FIRST})
    assert [one for one in found if one[0] == 1] == [(1, "tint", False)]
    assert [one for one in found if one[0] == 2] == [(2, "tint", False), (2, "sound", True), (2, "message", True)]
    assert [one[0] for one in found] == [1, 2, 2, 2, 8, 9]  # by station, deadline, number; H2 has no pace
    outside = planned(running(1, due=due, outside=True), paces={"H1": QUICK_FIRST})
    assert [step for _, step, _ in outside] == ["tint", "sound", "message"]


def test_do_8_the_risk_is_kept_with_the_ring() -> None:
    [ring, *_] = plan([running(1, due=NOW + 12 * M)], BOOK, lambda *_: STANDARD, {"H1": QUICK_FIRST}, NOW)
    assert ring.risk == pytest.approx(2.718281828459045**-1.2) and ring.told == ()


def test_do_8_what_was_waited_is_the_edition_s_length_less_what_is_left() -> None:
    """A pace that takes everything in the first two minutes: after 18 of 30 nothing helps."""
    early = Pace(200, 5_000, 1.0, (9.0, 9.0, *(0.0,) * (len(SPANS) - 2)), (1.0,) * 24, (1.0,) * 6, 1.0, 1.0)
    [ring, *_] = plan([running(1, due=NOW + 12 * M)], BOOK, lambda *_: STANDARD, {"H1": early}, NOW)
    assert ring.risk == 1.0
    short = Book([edition_with(("accept = { value = 30,", "accept = { value = 12,"))])
    [ring, *_] = plan([running(1, due=NOW + 12 * M)], short, lambda *_: STANDARD, {"H1": early}, NOW)
    assert ring.risk is not None and ring.risk < 1e-6


def rings(*numbers: int, station: str = "H1", step: str = "message", ahead: bool = False, **more: Any) -> list[Ring]:
    found = [running(number, station, **more) for number in numbers]
    return [Ring(one, step, ahead, None, one.due_at) for one in found]


def test_a_house_is_never_parted() -> None:
    some = rings(5, 4, station="H2") + rings(3, station="H1A") + rings(1, 2)
    batches = [[one.of.order_id for one in batch] for batch in by_house(some, NETWORK, 1)]
    assert batches == [[1, 2, 3], [4, 5]]
    assert [[one.of.order_id for one in batch] for batch in by_house(some, NETWORK, 4)] == [[1, 2, 3, 4, 5]]
    assert [len(batch) for batch in by_house(some, NETWORK, 3)] == [3, 2]
    assert list(by_house([], NETWORK, 3)) == []


def test_a_house_s_rings_are_in_the_order_of_their_assignments() -> None:
    one = running(1)
    second = Running(1, 2, "IS1", "浙江省", "H1", one.starts_at, one.due_at, one.edition, False, frozenset())
    some = [
        Ring(of, step, False, None, of.due_at) for of, step in ((second, "message"), (one, "tint"), (one, "message"))
    ]
    [batch] = by_house(some, NETWORK, 9)
    assert [(ring.of.seq, ring.step) for ring in batch] == [(1, "message"), (1, "tint"), (2, "message")]


LATE = "请尽快接单、转单或登记失败。/ Accept, transfer or fail them."


def test_one_order_of_a_contracted_area_is_told_to_both_heads() -> None:
    found = messages(rings(7, station="H1A"), NETWORK, BOOK, always, NOW)
    text = f"翠苑承包区 H1A 1 单,最早 10:30 到期:IS7。{LATE} First due 10:30."
    assert found == [
        Message(f"message:{to}:{NOW.isoformat()}", ("station", to), "late_soon",
                "1 单即将超时 / 1 about to be late", text, "/desk", 7, t("5 10:30"))
        for to in ("H1A", "H1")
    ]  # fmt: skip


def test_an_offer_of_transfer_names_five_orders_and_not_six() -> None:
    link, named = "来不及的请转给邻近网点。/ Or transfer them. First due 10:30.", "IS1、IS2、IS3、IS4、IS5"
    [five] = messages(rings(1, 2, 3, 4, 5, step="offer_transfer"), NETWORK, BOOK, always, NOW)
    assert five == Message(
        f"offer_transfer:H1:{NOW.isoformat()}", ("station", "H1"), "offer_transfer",
        "5 单建议转单 / 5 to transfer, perhaps", f"西湖网点 H1 5 单,最早 10:30 到期:{named}。{link}", "/desk",
        None, t("5 10:30"),
    )  # fmt: skip
    [six] = messages(rings(1, 2, 3, 4, 5, 6, step="offer_transfer"), NETWORK, BOOK, always, NOW)
    assert six.text == f"西湖网点 H1 6 单,最早 10:30 到期。{link}" and six.order_id is None


def test_a_head_is_told_of_the_whole_house_the_earliest_deadline_and_the_forecast() -> None:
    some = rings(1, due=t("5 10:32")) + rings(2, 3, station="H1A", due=t("5 10:31"), ahead=True)
    area, house = sorted(messages(some, NETWORK, BOOK, always, NOW), key=lambda one: one.to, reverse=True)
    due, english = "最早 10:31 到期(按本网点速度预测)", "First due 10:31."
    assert house.text == f"西湖网点 H1 1 单、翠苑承包区 H1A 2 单,{due}:IS1、IS2、IS3。{LATE} {english}"
    assert area.text == f"翠苑承包区 H1A 2 单,{due}:IS2、IS3。{LATE} {english}"


def test_stations_beyond_the_fifth_are_not_named() -> None:
    """Stations that nobody knows stand by their code."""
    some = [ring for place in range(6) for ring in rings(place, station=f"Z{place}", step="call_list")]
    assert messages(some, NETWORK, BOOK, always, NOW) == []  # of no province
    under = Network(
        [Station("H", "网点", 1, None, "浙江省", "standard", True)]
        + [Station(f"H{place}", "区", 2, "H", "浙江省", "standard", True) for place in range(6)], [], [], [],
    )  # fmt: skip
    six = [ring for place in range(6) for ring in rings(place, station=f"H{place}")]
    [house] = [one for one in messages(six, under, BOOK, always, NOW) if one.to == ("station", "H")]
    assert house.text.startswith("区 H0 1 单、区 H1 1 单、区 H2 1 单、区 H3 1 单、区 H4 1 单等,最早 10:30 到期。")
    [unknown] = messages(rings(1, station="Z9"), NETWORK, BOOK, always, NOW)
    assert unknown.to == ("station", "Z9") and unknown.text.startswith("Z9 1 单,")


def test_the_province_hears_of_its_list_once_in_a_span_of_the_step() -> None:
    """The call list is 5 minutes: 10:20:00 to 10:24:59.999999 is one span."""
    some = rings(1, 2, step="call_list") + rings(3, station="H2", step="call_list", due=t("5 10:25"))
    [one] = messages(some, NETWORK, BOOK, always, NOW)
    slot = int(NOW.timestamp()) // 300
    assert one == Message(
        f"call_list:浙江省:{slot}", ("province", "浙江省"), "call_list", "有网点须电话催办 / stations to call",
        "西湖网点 H1、滨江网点 H2等,最早 10:25 到期。请按催办名单致电。/ Please call those listed. First due 10:25.",
        "/calls",
        None, t("5 10:25"),
    )  # fmt: skip
    [same] = messages(rings(4, step="call_list"), NETWORK, BOOK, always, NOW + 5 * M - TICK)
    [later] = messages(rings(4, step="call_list"), NETWORK, BOOK, always, NOW + 5 * M)
    assert (same.key, later.key) == (one.key, f"call_list:浙江省:{slot + 1}")
    assert same.order_id is None


def test_a_call_list_without_length_is_told_once_a_second() -> None:
    book = Book([replace(EDITION, ladder=replace(EDITION.ladder, call_list=0 * M))])
    [one] = messages(rings(4, step="call_list"), NETWORK, book, always, NOW)
    assert one.key == f"call_list:浙江省:{int(NOW.timestamp())}"


def test_the_head_of_a_house_that_is_off_duty_is_not_told_and_a_deadline_of_tomorrow_has_its_day() -> None:
    def house_closed(station: str, edition: Edition) -> Calendar:
        return Calendar(12 * 60, 20 * 60) if station == "H1" else STANDARD

    some = rings(7, station="H1A", due=t("6 08:10"))
    [one] = messages(some, NETWORK, BOOK, house_closed, NOW)
    assert one.to == ("station", "H1A")
    assert one.text == f"翠苑承包区 H1A 1 单,最早 05-06 08:10 到期:IS7。{LATE} First due 05-06 08:10."


def test_a_step_is_taken_until_the_deadline_or_the_end_of_the_duty() -> None:
    """Ten duty minutes are left at 19:58, two of them today."""
    assert {one.until for one in plan([running(1)], BOOK, always, {}, NOW)} == {t("5 10:30")}
    over_night = replace(running(2, due=t("6 08:08")), starts_at=t("5 19:38"))
    assert {one.until for one in plan([over_night], BOOK, always, {}, t("5 19:58"))} == {t("5 20:00")}


def test_tint_and_sound_tell_nobody() -> None:
    assert messages(rings(1, step="tint") + rings(1, step="sound"), NETWORK, BOOK, always, NOW) == []


def test_a_ring_is_written_with_what_it_told() -> None:
    [one, call] = addressed(
        rings(7, station="H1A", ahead=True) + rings(7, station="H1A", step="call_list"), NETWORK, BOOK, always, NOW
    )
    assert call.told == (f"call_list:浙江省:{int(NOW.timestamp()) // 300}",)
    keys = (f"message:H1A:{NOW.isoformat()}", f"message:H1:{NOW.isoformat()}")
    assert one.told == keys
    assert ring_row(one, NOW) == {
        "order_id": 7, "seq": 1, "step": "message", "region": "浙江省", "station": "H1A", "rung_at": NOW,
        "due_at": t("5 10:30"), "risk": None, "ahead": True, "told": {"messages": list(keys)},
    }  # fmt: skip

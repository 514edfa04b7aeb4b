"""DAY-1: the figures of a day and its sheet, pure parts: what is shown, what it is called by, what changed."""

from datetime import date, datetime, timedelta

import pytest

from basics.days import SHANGHAI
from basics.refusal import Refusal
from channels.sender_texts import Telling
from pickups.figures import OF_DAY, differences, digest, ends_at, is_late, opens_at, ordered
from pickups.reminders import refusal

DAY = date(2026, 5, 4)
TICK = timedelta(microseconds=1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def test_day_1_every_figure_is_there_in_one_order() -> None:
    found = ordered({"late": {3, 1}, "failed:other": {2}, "failed:duplicate": {4}})
    assert list(found) == [
        "received", "transferred_in", "accepted", "transferred_out", "picked_up", "failed:duplicate", "failed:other",
        "withdrawn", "late", "waiting", "to_pick_up", "unscanned",
    ]  # fmt: skip
    assert found["late"] == [1, 3] and found["received"] == []


def test_day_1_the_digest_is_of_what_is_shown() -> None:
    """The order of ids and figures without orders change nothing; one order more or another day does."""
    one = digest("HZ01", "2026-05-04", {"late": [3, 1], "waiting": []})
    assert one == digest("HZ01", "2026-05-04", {"late": {1, 3}}) and len(one) == 64
    others = [
        digest("HZ01", "2026-05-04", {"late": {1}}), digest("HZ01", "2026-05-05", {"late": {1, 3}}),
        digest("HZ02", "2026-05-04", {"late": {1, 3}}), digest("HZ01", "2026-05-04", {"waiting": {1, 3}}),
    ]  # fmt: skip
    assert len({one, *others}) == 5


def test_day_1_what_changed() -> None:
    before, after = {"picked_up": [1, 2], "waiting": [3]}, {"picked_up": [2, 4], "failed:other": [1], "waiting": []}
    found = {one.name: one for one in differences(before, after)}
    assert set(found) == {"picked_up", "failed:other", "waiting"}
    assert (found["picked_up"].before, found["picked_up"].after) == (2, 2)
    assert (found["picked_up"].joined, found["picked_up"].left) == ((4,), (1,))
    assert {one.name for one in differences(before, after, only_day=True)} == {"picked_up", "failed:other"}
    assert differences(before, {"waiting": (3,), "picked_up": {2, 1}}) == []
    assert set(OF_DAY).isdisjoint({"waiting", "to_pick_up", "unscanned"})


def test_day_1_when_it_can_be_signed() -> None:
    """From the end of duty, 20:00 or 21:00, to the end of the seventh day after; late after 10:00 of the next."""
    assert opens_at(DAY, 20 * 60) == at("2026-05-04T20:00") and opens_at(DAY, 21 * 60) == at("2026-05-04T21:00")
    assert ends_at(DAY) == at("2026-05-12T00:00")
    assert not is_late(DAY, at("2026-05-05T10:00")) and is_late(DAY, at("2026-05-05T10:00") + TICK)


SMS = Telling(ways=frozenset({"sms"}))
MOBILE: dict[str, object] = {"phone": "13812345678"}
NOON = at("2026-05-04T12:00")
FOUR = timedelta(hours=4)


@pytest.mark.parametrize(
    ("telling", "online", "sender", "last", "code"),
    [
        (SMS, False, MOBILE, None, ""),
        (SMS, False, MOBILE, NOON - FOUR, ""),
        (SMS, False, MOBILE, NOON - FOUR + TICK, "reminded_lately"),
        (SMS, True, MOBILE, None, "channel_cannot"),
        (Telling(ways=SMS.ways, channels=frozenset({"cainiao"})), True, MOBILE, None, ""),
        (SMS, False, {"phone": "02112345678"}, None, "sender_unreachable"),
        (Telling(), False, MOBILE, None, "way_not_set_up"),
        (SMS, False, {"phone": "02112345678", "email": "a@example.com"}, None, "way_not_set_up"),
    ],
)
def test_do_3_who_can_be_reminded(
    telling: Telling, online: bool, sender: dict[str, object], last: datetime | None, code: str
) -> None:
    found = refusal(telling, "cainiao", online, sender, last, NOON)
    assert (found.code if isinstance(found, Refusal) else "") == code

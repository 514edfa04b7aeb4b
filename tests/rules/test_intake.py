"""Messages on a batch in memory: CHAN-1, CHAN-2, CHAN-3, CHAN-4, CHAN-5, CHAN-6 and DO-4."""

from typing import Any

import pytest

from basics.words import DATA_CENTRE
from channels.registry import CHANNELS
from tests.rules.courses import t
from tests.rules.stage import IN_A1, IN_B, IN_C, NOWHERE, NUMBER, OTHER, Stage, accepted, show

# ---- CHAN-3: a push, the same again, an update


def test_chan_3_the_same_push_again_changes_nothing_in_any_state() -> None:
    stage = Stage()
    for at, act in (("5 10:00", stage.accept), ("5 10:10", stage.confirm), ("5 10:20", stage.handle)):
        assert stage.push(at, created="5 10:00") is None
        before = stage.log()
        assert stage.push(at, created="5 09:00") is None, "its created_at is not its content"
        assert stage.log() == before
        act(at)


UPDATES = [
    ("while it waits", [], None),
    ("after a transfer", ["transfer"], None),
    ("after anybody has accepted", ["accept"], "order_already_accepted"),
    ("after anybody has accepted, though it was transferred since", ["accept", "transfer"], "order_already_accepted"),
    ("after a failure", ["fail"], "order_already_accepted"),
    ("after a withdrawal", ["withdraw"], "order_already_accepted"),
    ("after a scan", ["scan"], "order_already_accepted"),
    ("that would be held", ["no phone"], "bad_event"),
]


@pytest.mark.parametrize(("before", "answer"), [c[1:] for c in UPDATES], ids=[f"CHAN-3 {c[0]}" for c in UPDATES])
def test_other_content_is_an_update_until_somebody_acted(before: list[str], answer: str | None) -> None:
    stage = Stage()
    stage.push("5 10:00", waybill_no=NUMBER)
    for act in before:
        if act != "no phone":
            getattr(stage, act)("5 10:10")
    sender = {} if "no phone" in before else {"phone": "139"}
    assert stage.push("5 10:20", waybill_no=NUMBER, sender=sender) == answer
    assert stage.view().content["sender"] == ({"phone": "139"} if answer is None else {"phone": "13800000000"})


def test_chan_3_a_field_left_out_is_gone_but_a_number_once_given_stays() -> None:
    stage = Stage()
    stage.push("5 10:00", goods="书", waybill_no=NUMBER)
    assert stage.push("5 10:10") is None
    assert "goods" not in stage.view().content and stage.view().waybill_no == NUMBER


def test_chan_2_type_and_online_stay_those_of_the_first_push() -> None:
    stage = Stage()
    stage.push("5 10:00", business_type="send_express")
    assert stage.push("5 10:10", business_type="online_order", online=False, goods="书") is None
    assert stage.view().content["business_type"] == "send_express" and stage.view().content["online"] is True
    stage.accept("5 10:20")
    assert stage.state() == "accepted", "a send_express order waits for no number"


ROUTED_AGAIN = [
    ("another place: a new assignment, whose clocks start at the update", {"where": IN_B},
     [("A", "routing"), ("B", "routing")]),
    ("another place of the same holder: none", {"where": (120.06, 30.1)}, [("A", "routing")]),
    ("a contracted area is another holder", {"where": IN_A1}, [("A", "routing"), ("A1", "routing")]),
    ("a place that nobody serves", {"where": NOWHERE}, [("A", "routing"), ("HQ", "routing")]),
    ("another window: the same holder", {"window_end": "2026-05-06T10:00:00+00:00"}, [("A", "routing")]),
    ("other goods route nothing", {"goods": "书"}, [("A", "routing")]),
    ("no point but a district", {"where": None, "adcode": "330103"}, [("A", "routing"), ("B", "routing")]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "holders"), [c[1:] for c in ROUTED_AGAIN], ids=[f"CHAN-3 {c[0]}" for c in ROUTED_AGAIN]
)
def test_an_update_of_place_or_window_routes_again(changed: dict[str, Any], holders: list[tuple[str, str]]) -> None:
    stage = Stage()
    stage.push("5 10:00")
    assert stage.push("5 10:20", **changed) is None
    assert stage.holders() == holders
    if len(holders) > 1:
        assert stage.view().assignments[1].started_at == t("5 10:20")
        assert stage.clocks("5 10:21")[0] == (1, "accept", "dropped")


def test_chan_3_not_once_it_was_transferred_but_the_new_holder_may_be_outside_then() -> None:
    stage = Stage()
    stage.push("5 10:00", where=IN_B)
    stage.transfer("5 10:10", "C", station="B")
    stage.push("5 10:20", where=IN_C)
    assert stage.holders() == [("B", "routing"), ("C", "transfer")]
    assert [a.outside for a in stage.view().assignments] == [False, False]
    assert stage.view().assignments[1].sent_outside, "it was sent outside, whatever the place is now"


def test_chan_3_closures_are_looked_up_when_the_new_assignment_starts() -> None:
    """ROUTE-6: C is closed from 15:00 to 16:00."""
    stage = Stage()
    stage.push("5 14:00")
    stage.push("5 15:00", where=IN_C)
    assert stage.holders()[-1] == ("HQ", "routing") and stage.view().routing_cause == "closed"
    stage.push("5 16:00", where=IN_C, goods="书", window_end="2026-05-06T10:00:00+00:00")
    assert stage.holders()[-1] == ("C", "routing")


# ---- CHAN-1: prefixes

PREFIXES = {
    "cainiao": "LP", "kuaidi100": "KD", "crm": "IS", "wechat": "wx", "website": "wx", "touchpal": "CT_H_",
    "alipay": "ali",
}  # fmt: skip


@pytest.mark.parametrize("prefix", sorted({*PREFIXES.values(), "ZZ"}))
@pytest.mark.parametrize("channel", CHANNELS)
def test_chan_1_a_number_that_fits_no_channel_or_another_one_goes_to_a_person(channel: str, prefix: str) -> None:
    stage, fits = Stage(), PREFIXES[channel] == prefix
    assert stage.push("5 10:00", f"{prefix}7", channel=channel) is None
    assert stage.holders(f"{prefix}7") == [("A" if fits else "HQ", "routing")]
    assert stage.view(f"{prefix}7").routing_cause == ("area" if fits else "prefix")


def test_chan_1_an_update_leaves_it_with_that_person() -> None:
    stage = Stage()
    stage.push("5 10:00", "ZZ7")
    stage.push("5 10:10", "ZZ7", where=IN_B)
    assert stage.holders("ZZ7") == [("HQ", "routing")] and stage.view("ZZ7").routing_cause == "prefix"
    assert stage.dispatch("5 10:20", "B", "ZZ7") is None


# ---- CHAN-5: held, released, closed


def test_chan_5_a_held_order_has_no_holder_and_no_clock_and_its_channel_is_told_why() -> None:
    stage = Stage()
    stage.push("5 10:00", sender={}, pieces=0)
    assert (stage.state(), stage.holders(), stage.clocks("31 12:00")) == ("held", [], [])
    assert stage.life().missing == ("sender.phone", "pieces") and stage.told() == ["held"]


RELEASES = [
    ("in the next hour", "5 11:00", "waiting"),
    ("exactly 24 h after receipt is in time", "6 10:05", "waiting"),
    ("a microsecond later it is gone", "6 10:05:00.000001", "withdrawn"),
]


@pytest.mark.parametrize(("at", "state"), [c[1:] for c in RELEASES], ids=[f"CHAN-5 {c[0]}" for c in RELEASES])
def test_a_correction_releases_it_and_its_clocks_run_as_if_created_then(at: str, state: str) -> None:
    stage = Stage()
    stage.push("5 10:05", created="5 10:00", sender={})
    answer = stage.push(at)
    assert (answer, stage.state()) == (None if state == "waiting" else "order_already_accepted", state)
    if state == "waiting":
        assert stage.life().zero == t(at) and stage.view().assignments[0].started_at == t(at)
        assert stage.life().created_at == t("5 10:00")
    else:
        withdrawal = stage.life().withdrawal
        assert withdrawal is not None and (withdrawal.at, withdrawal.origin) == (t("6 10:05"), "system")


def test_chan_5_a_correction_that_is_still_incomplete_is_refused() -> None:
    stage = Stage()
    stage.push("5 10:00", sender={})
    assert stage.push("5 10:10", sender={}, goods="书") == "bad_event"
    assert stage.state() == "held"


# ---- CHAN-6: messages that come before their order


def test_chan_6_what_is_told_before_its_order_waits_for_it() -> None:
    stage = Stage()
    assert stage.number("5 10:30", NUMBER, made="5 10:10") is None
    assert stage.scan("5 10:31", NUMBER, made="5 10:20") is None
    assert stage.withdraw("5 10:32", made="5 10:25") is None
    assert stage.accept("5 10:33") == "order_unknown", "an act does not wait"
    stage.push("5 10:40", created="5 10:00")
    assert stage.state() == "picked_up" and stage.view().ended_at == t("5 10:20")


@pytest.mark.parametrize("number", ["123", OTHER], ids=["impossible", "in use"])
def test_waybill_1_a_waiting_number_that_cannot_be_is_dropped(number: str) -> None:
    stage = Stage()
    stage.push("5 09:00", "LP2", waybill_no=OTHER)
    assert stage.number("5 09:30", number) is None
    stage.push("5 10:00")
    assert stage.view().waybill_no is None and stage.state() == "waiting"


def test_chan_6_an_earlier_withdrawal_replaces_a_later_one() -> None:
    stage = accepted()
    assert stage.withdraw("5 11:00", made="5 10:50") is None
    assert stage.withdraw("5 11:10", made="5 10:55") == "already_closed"
    assert stage.withdraw("5 11:20", made="5 10:40", origin="platform") is None
    withdrawal = stage.life().withdrawal
    assert withdrawal is not None and (withdrawal.at, withdrawal.origin) == (t("5 10:40"), "platform")


def test_chan_6_a_repeat_of_what_an_earlier_withdrawal_replaced_does_nothing_either() -> None:
    stage = accepted()
    stage.withdraw("5 11:00", made="5 10:50")
    stage.withdraw("5 11:20", made="5 10:40", origin="platform")
    before = stage.log()
    assert stage.withdraw("5 12:00", made="5 10:50") is None
    assert stage.log() == before


def test_of_two_numbers_of_one_instant_the_one_told_last_counts() -> None:
    """REPLAY fine print 3; a push that says its number again tells it again, a repeated message does not (CHAN-6)."""
    stage = Stage()
    stage.push("5 10:00", waybill_no=NUMBER)
    stage.number("5 10:10", OTHER)
    stage.push("5 10:10", waybill_no=NUMBER, goods="书")
    assert stage.view().waybill_no == NUMBER
    assert stage.number("5 10:20", OTHER, made="5 10:10") is None
    assert stage.view().waybill_no == NUMBER


def test_chan_6_a_release_made_after_a_withdrawal_falls_away_and_accuses_nobody() -> None:
    """REPLAY fine print 1: the dispatch stays, its holder had never to accept anything by a clock of creation."""
    stage = Stage()
    stage.push("5 10:00", where=NOWHERE, sender={})
    stage.push("5 12:00", where=NOWHERE)
    stage.dispatch("5 13:00", "B")
    stage.withdraw("5 14:00", made="5 11:00")
    assert (stage.state(), stage.holders()) == ("withdrawn", [("B", "dispatch")])
    assert {verdict for _, _, verdict in stage.clocks("31 12:00")} == {"dropped"}
    assert stage.suspected("31 12:00") == [] and stage.view().released_at is None


# ---- CHAN-4: what the channel hears

HEARD = [
    ([], []),
    (["accept"], ["accepted"]),
    (["accept", "confirm"], ["accepted", "picked_up"]),
    (["transfer"], ["dispatched"]),
    (["fail"], ["failed"]),
    (["withdraw", "withdraw"], ["withdrawn"]),
    (["scan", "scan"], ["picked_up"]),
    (["accept", "scan", "confirm"], ["accepted", "picked_up"]),
]


@pytest.mark.parametrize(("acts", "told"), HEARD)
def test_chan_4_every_step_is_told_once_in_order(acts: list[str], told: list[str]) -> None:
    stage = Stage()
    stage.push("5 10:00", waybill_no=NUMBER)
    for minute, act in enumerate(acts):
        getattr(stage, act)(f"5 10:{10 + minute}")
    assert stage.told() == told


def test_chan_4_it_is_told_as_things_stood_then() -> None:
    """Not as they stand when the batch is written."""
    stage = Stage()
    stage.push("5 10:00", sender={}, pieces=-1)
    stage.push("5 10:10", where=IN_B)
    stage.accept("5 10:20", "B")
    stage.transfer("5 10:30", "C", "B")
    stage.transfer("5 10:40", DATA_CENTRE, "C")
    stage.withdraw("5 10:50", origin="platform")
    named = ("logistics_no", "echo", "holder")
    told = [{k: v for k, v in heard.payload.items() if k not in named} for heard in stage.batch.heard]
    assert told == [
        {"happened_at": show("5 10:00"), "missing": ["sender.phone", "pieces"], "reminder": False},
        {"happened_at": show("5 10:20"), "station": "B"},
        {"happened_at": show("5 10:30"), "station": "C", "again": True},
        {"happened_at": show("5 10:40"), "station": None, "again": True},
        {"happened_at": show("5 10:50"), "origin": "platform", "reason": "不寄了", "by_channel": False},
    ]
    holders = [heard.payload["holder"] for heard in stage.batch.heard]
    assert [holder and holder["name"] for holder in holders] == [None, "乙网点", "丙网点", None, None]


def test_chan_4_an_offline_order_has_no_channel_to_tell() -> None:
    """CHAN-2: typed in by staff; CHAN-7: its sender is told instead."""
    stage = Stage()
    stage.push("5 10:00", online=False)
    stage.accept("5 10:10")
    assert [(heard.channel, heard.kind) for heard in stage.batch.heard] == [("sms", "received"), ("sms", "needed")]
    assert stage.state() == "awaiting_waybill"


def test_do_4_a_scan_is_refused_only_for_an_unknown_station() -> None:
    stage = Stage()
    assert stage.scan("5 10:00", "no number of ours", "A") is None
    assert stage.scan("5 10:00", NUMBER, "Z") == "station_unknown"
    assert stage.scan("5 10:00", NUMBER, DATA_CENTRE) == "station_unknown"

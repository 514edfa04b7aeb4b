"""VIO-2: each detector by itself, from the facts of an order; its edges to the microsecond; its evidence."""

import json
from dataclasses import replace
from typing import Any

import pytest

from sla.clocks import clocks_of
from sla.course import Course, Failure, Holding
from sla.suspicions import Suspicion, suspicions_of
from sla.truth import MOST_SCANS
from tests.rules.courses import BOOK, EDITION, held, order, t

LATER = "31 12:00"


def found(course: Course, now: str = LATER) -> list[Suspicion]:
    return suspicions_of(course, clocks_of(course, EDITION, t(now)), BOOK, None, t(now))


def kinds(course: Course, now: str = LATER) -> list[tuple[int, str]]:
    return [(s.seq, s.kind) for s in found(course, now)]


def evidence(course: Course, kind: str, now: str = LATER) -> dict[str, Any]:
    [one] = [s for s in found(course, now) if s.kind == kind]
    return one.evidence


# ---- V-FALSE-WAYBILL


def confirmed(at: str = "5 12:00", proved: str | None = None) -> Course:
    holder = held("5 10:00", accepted="5 10:10")
    return order(
        holder, ended=("picked_up", at if proved is None or t(proved) >= t(at) else proved), pickup=(at, proved)
    )


@pytest.mark.parametrize(
    ("now", "suspected"),
    [("6 11:59:59", False), ("6 12:00", False), ("6 12:00:00.000001", True), (LATER, True)],
)
def test_v_false_waybill_is_found_when_the_24_h_are_over(now: str, suspected: bool) -> None:
    """VIO-2: exactly 24 h after the confirmation a scan would still be in time."""
    assert kinds(confirmed(), now) == ([(1, "V-FALSE-WAYBILL")] if suspected else [])


@pytest.mark.parametrize(
    ("proved", "suspected"),
    [
        ("5 11:00", False),  # scanned before the confirmation
        ("5 12:00", False),
        ("6 12:00", False),  # exactly 24 h
        ("6 12:00:00.000001", True),
        (None, True),
    ],
)
def test_v_false_waybill_a_matching_scan_within_24_h_bears_it_out(proved: str | None, suspected: bool) -> None:
    # In time, the time of pickup is the earlier of the two (PICKUP-1).
    shown = proved if proved is None or suspected else min(proved, "5 12:00")
    assert kinds(confirmed(proved=shown)) == ([(1, "V-FALSE-WAYBILL")] if suspected else [])


def test_v_false_waybill_happened_at_the_confirmation() -> None:
    [one] = found(confirmed())
    assert (one.station, one.happened_at, one.fine_fen, one.edition) == ("A", t("5 12:00"), 500_00, "2017-01-01")


def test_vio_1_a_late_confirmation_without_scan_is_both() -> None:
    """One in time is V-FALSE-WAYBILL alone: at exactly 16 h it is in time."""
    assert kinds(confirmed("6 02:00")) == [(1, "V-FALSE-WAYBILL")]
    assert sorted(kinds(confirmed("6 02:00:00.000001"))) == [(1, "V-FALSE-WAYBILL"), (1, "V-PICKUP")]


def test_v_false_waybill_is_of_who_held_it_at_the_confirmation() -> None:
    holders = held("5 10:00"), held("5 10:10", by="B", cause="transfer", accepted="5 10:20")
    course = order(*holders, ended=("picked_up", "5 12:00"), pickup=("5 12:00", None))
    assert kinds(course) == [(2, "V-FALSE-WAYBILL")]


def test_of_one_instant_it_is_of_the_holder_who_got_the_order_then() -> None:
    holders = held("5 10:00"), held("5 10:10", by="B", cause="transfer", accepted="5 10:10")
    course = order(*holders, ended=("picked_up", "5 10:10"), pickup=("5 10:10", None))
    assert kinds(course) == [(2, "V-FALSE-WAYBILL")]


def test_v_false_waybill_shows_scans_elsewhere() -> None:
    course = confirmed()
    assert course.pickup is not None
    scans = tuple((f"X{n:02}", t(f"5 13:{n:02}")) for n in range(MOST_SCANS + 1))
    shown = evidence(replace(course, pickup=replace(course.pickup, elsewhere=scans)), "V-FALSE-WAYBILL")
    assert shown["scans_elsewhere"][0] == {"station": "X00", "at": "2026-05-05T13:00:00+08:00"}
    assert len(shown["scans_elsewhere"]) == MOST_SCANS and shown["rule"] == "VIO-2"
    assert shown["proof_until"] == "2026-05-06T12:00:00+08:00" and not shown["scanned_at"]
    assert evidence(confirmed(proved="7 09:00"), "V-FALSE-WAYBILL")["scanned_at"] == "2026-05-07T09:00:00+08:00"


def test_a_pickup_by_scan_alone_is_no_confirmation() -> None:
    course = order(held("5 10:00", accepted="5 10:10"), ended=("picked_up", "5 12:00"), pickup=(None, "5 12:00"))
    assert kinds(course) == []


# ---- V-FALSE-FAIL


def failed(stage: str = "pickup", reason: str = "out_of_area", **more: Any) -> Course:
    failure = Failure(stage, t("5 12:00"), reason, **more)  # type: ignore[arg-type]
    accepted = "5 10:10" if stage == "pickup" else None
    at = "5 12:00" if stage == "pickup" else "5 10:20"
    failure = replace(failure, at=t(at))
    return order(held("5 10:00", accepted=accepted), ended=(f"{stage}_failed", at), failure=failure)


AGAIN = (t("5 20:00"), "wechat", "wx9")
FAILURES: list[tuple[str, dict[str, Any], bool]] = [
    ("out of area, inside", {"inside": ("A",)}, True),
    ("out of area, inside another of the house", {"inside": ("A1",)}, True),
    ("out of area, truly", {"inside": ()}, False),
    ("out of area, an old event that kept nothing", {"inside": None}, False),
    ("another reason, inside", {"reason": "cannot_reach", "inside": ("A",)}, False),
    ("cancelled, ordered again", {"reason": "customer_cancelled", "again": AGAIN}, True),
    ("cancelled, nothing came of it", {"reason": "customer_cancelled"}, False),
    ("duplicate, ordered again", {"reason": "duplicate", "again": AGAIN}, False),
    ("cancelled, the channel blames the courier",
     {"reason": "customer_cancelled", "said": ("too_slow",), "contradicted": True}, True),
    ("cancelled, the channel says so too", {"reason": "customer_cancelled", "said": ("user_cancelled",)}, False),
    ("duplicate, the channel blames the courier", {"reason": "duplicate", "said": ("too_slow",), "contradicted": True},
     False),
]  # fmt: skip


@pytest.mark.parametrize("stage", ["accept", "pickup"])
@pytest.mark.parametrize(("said", "suspected"), [c[1:] for c in FAILURES], ids=[c[0] for c in FAILURES])
def test_v_false_fail(stage: str, said: dict[str, Any], suspected: bool) -> None:
    """VIO-2, at either stage; it happened at the failure."""
    course = failed(stage, **said)
    assert kinds(course) == ([(1, "V-FALSE-FAIL")] if suspected else [])
    assert [(s.happened_at, s.fine_fen) for s in found(course)] == ([(course.ending.at, 100_00)] if suspected else [])  # type: ignore[union-attr]


def test_v_false_fail_says_what_contradicts_it() -> None:
    said: dict[str, Any] = {
        "reason": "customer_cancelled",
        "again": AGAIN,
        "said": ("too_slow", "user_cancelled"),
        "contradicted": True,
    }
    shown = evidence(failed(**said), "V-FALSE-FAIL")
    assert shown["again"] == {"channel": "wechat", "logistics_no": "wx9", "created_at": "2026-05-05T20:00:00+08:00"}
    assert shown["channel_said"] == ["too_slow", "user_cancelled"] and shown["reason"] == "customer_cancelled"
    assert evidence(failed(inside=("A1",)), "V-FALSE-FAIL")["inside"] == ["A1"]


# ---- V-WRONG-ACCEPT


def elsewhere(since: str = "5 10:00", accepted: str | None = "5 10:10", **more: Any) -> Holding:
    """Accepted outside its own area, inside B's."""
    return replace(held(since, accepted=accepted), accepted_outside=True, elsewhere=("B",), **more)


PICKUP_FAILED = Failure("pickup", t("5 12:00"), "cannot_reach")


def test_v_wrong_accept_the_pickup_failed() -> None:
    course = order(elsewhere(), ended=("pickup_failed", "5 12:00"), failure=PICKUP_FAILED)
    [one] = found(course)
    assert (one.kind, one.happened_at, one.fine_fen) == ("V-WRONG-ACCEPT", t("5 10:10"), 100_00)
    assert (one.evidence["elsewhere"], one.evidence["harm"]) == (["B"], ["pickup_failed"])


@pytest.mark.parametrize(("now", "late"), [("6 02:00", False), ("6 02:00:00.000001", True)])
def test_v_wrong_accept_the_pickup_clock_was_missed(now: str, late: bool) -> None:
    assert kinds(order(elsewhere()), now) == ([(1, "V-WRONG-ACCEPT"), (1, "V-PICKUP")] if late else [])


NOT_WRONG = [
    ("picked up in time", order(elsewhere(), ended=("picked_up", "5 12:00"), pickup=(None, "5 12:00"))),
    ("nobody else's area", order(replace(elsewhere(), elsewhere=()), ended=("pickup_failed", "5 12:00"),
                                 failure=PICKUP_FAILED)),
    ("its own area, another's too", order(replace(elsewhere(), accepted_outside=False),
                                          ended=("pickup_failed", "5 12:00"), failure=PICKUP_FAILED)),
    ("passed on before the pickup was late, failed by the next",
     order(elsewhere(), held("5 11:00", by="B", cause="transfer", accepted="5 11:10"),
           ended=("pickup_failed", "5 12:00"), failure=PICKUP_FAILED)),
    ("accepted after an end that was told later",
     order(elsewhere(accepted="5 10:30"), ended=("withdrawn", "5 10:20"))),
    ("withdrawn before the deadline", order(elsewhere(), ended=("withdrawn", "6 02:00"))),
]  # fmt: skip


@pytest.mark.parametrize("course", [c[1] for c in NOT_WRONG], ids=[c[0] for c in NOT_WRONG])
def test_v_wrong_accept_needs_harm_and_a_right_station(course: Course) -> None:
    assert kinds(course) == []


def test_v_wrong_accept_it_held_the_order_when_the_pickup_was_late() -> None:
    """Whoever gets it later has no pickup clock any more (PICKUP-2)."""
    second = replace(elsewhere("6 09:00", "6 09:10"), station="C", cause="transfer")
    assert kinds(order(held("5 10:00", accepted="5 10:10"), second)) == [(1, "V-PICKUP")]
    assert (1, "V-WRONG-ACCEPT") in kinds(order(elsewhere(), second))


# ---- V-TRANSFER to a wrong station


def sent(*more: Holding, to_outside: bool = True, outside: bool = False, at: str = "5 10:20", **ends: Any) -> Course:
    first = held("5 10:00", outside=outside)
    target = held(at, by="B", cause="transfer", outside=to_outside, sent_outside=to_outside)
    return order(first, target, *more, **ends)


ON = held("5 10:30", by="C", cause="transfer", accepted="5 10:40")
TO_HQ = held("5 10:30", by="HQ", cause="transfer")
OVER: dict[str, Any] = {"ended": ("withdrawn", "5 10:45")}
SAID = Failure("accept", t("5 10:40"), "out_of_area", ())
TRANSFERS = [
    ("passed on", sent(ON, **OVER), True),
    ("passed on to the data centre", sent(TO_HQ, **OVER), True),
    ("failed as out of area", sent(ended=("accept_failed", "5 10:40"), failure=SAID), True),
    ("the pickup failed as out of area",
     sent(ended=("pickup_failed", "5 10:40"), failure=replace(SAID, stage="pickup")), True),
    ("failed for another reason", sent(ended=("accept_failed", "5 10:40"), failure=replace(SAID, reason="duplicate")),
     False),
    ("kept by the target", sent(ended=("withdrawn", "5 10:45")), False),
    ("it did cover the point", sent(ON, to_outside=False, **OVER), False),
    ("routed away by an update", sent(held("5 10:30", by="C", accepted="5 10:40"), **OVER), False),
    ("passed on after an end told later", sent(ON, ended=("withdrawn", "5 10:25")), False),
    ("sent after an end told later", sent(ON, ended=("withdrawn", "5 10:15")), False),
    ("passed on at the instant of the end", sent(ON, ended=("withdrawn", "5 10:30")), True),
]  # fmt: skip


@pytest.mark.parametrize(("course", "suspected"), [c[1:] for c in TRANSFERS], ids=[c[0] for c in TRANSFERS])
def test_v_transfer_to_a_wrong_station(course: Course, suspected: bool) -> None:
    """VIO-2: of the station that sent it, at the transfer."""
    deeds = [(s.seq, s.station, s.happened_at) for s in found(course) if "to" in s.evidence]
    assert deeds == ([(1, "A", t("5 10:20"))] if suspected else [])


def test_fine_print_6_late_and_wrong_is_one_violation_at_the_deadline() -> None:
    of_a = [s for s in found(sent(ON, outside=True, at="5 10:30:00.000001", **OVER)) if s.seq == 1]
    assert [(s.kind, s.happened_at) for s in of_a] == [("V-TRANSFER", t("5 10:30"))]
    in_time = [s for s in found(sent(ON, outside=True, at="5 10:30", **OVER)) if s.seq == 1]
    assert [(s.kind, s.happened_at) for s in in_time] == [("V-TRANSFER", t("5 10:30"))]
    assert "to" in in_time[0].evidence and "to" not in of_a[0].evidence


def test_v_transfer_a_dispatch_by_hq_is_no_transfer() -> None:
    target = held("5 10:20", by="B", cause="dispatch", outside=True, sent_outside=True)
    course = order(held("5 10:00", by="HQ"), target, ON, **OVER)
    assert kinds(course) == []


# ---- together


def test_vio_1_kinds_add_up_and_no_kind_twice() -> None:
    """A wrong acceptor that says "out of area" untruly, and was late before: three kinds for one assignment."""
    failure = Failure("pickup", t("6 03:00"), "out_of_area", ("A1",))
    course = order(elsewhere(), ended=("pickup_failed", "6 03:00"), failure=failure)
    assert sorted(kinds(course)) == [(1, "V-FALSE-FAIL"), (1, "V-PICKUP"), (1, "V-WRONG-ACCEPT")]


def test_evidence_is_plain_json_and_names_its_rule_and_checks() -> None:
    courses = [confirmed(), failed(inside=("A",)), order(elsewhere()), sent(ON, **OVER)]
    for one in [s for course in courses for s in found(course)]:
        assert json.loads(json.dumps(one.evidence)) == one.evidence
        assert one.evidence["rule"] and one.evidence["checks"]


def test_vio_3_an_act_is_excused_by_misrouting_only() -> None:
    """Late push concerns clocks; closures and outages do not excuse who acts (REPLAY fine print 5)."""
    holders = held("5 10:00", by="HQ"), replace(elsewhere("5 10:30", "5 10:40"), cause="dispatch", sent_outside=True)
    course = order(*holders, received="5 10:05", ended=("pickup_failed", "5 12:00"), failure=PICKUP_FAILED)
    assert [(s.kind, s.excuse) for s in found(course)] == [("V-WRONG-ACCEPT", "misrouted")]

"""ROUTE-6, asking and granting: a table of cases with exact edges. Reading: the start itself is still *beforehand*."""

from datetime import timedelta

import pytest

from geo.closing_rules import MOST_AHEAD, Asked, refuse_ask, refuse_decision
from geo.stations import Closure
from tests.rules.courses import TICK, t

NOW = t("5 12:00")
STANDING = [Closure("A", t("6 10:00"), t("6 12:00")), Closure("B", t("7 08:00"), t("7 20:00"))]


@pytest.mark.parametrize(
    ("start", "end", "reason", "refused"),
    [
        ("5 13:00", "5 14:00", "盘点", None),
        ("5 12:00", "5 14:00", "盘点", None),  # it begins at this instant
        ("5 11:59:59.999999", "5 14:00", "盘点", "closure_began"),
        ("5 13:00", "5 13:00", "盘点", "closure_empty"),
        ("5 13:00", "5 12:59:59.999999", "盘点", "closure_empty"),
        ("5 13:00", "5 13:00:00.000001", "盘点", None),
        ("5 13:00", "5 14:00", "", "reason_required"),
        ("5 13:00", "5 14:00", "\u202e\u200b\ufe0f\u3164\u2800\u00a0", "reason_required"),  # nothing can be seen
        ("5 13:00", "5 14:00", "\u200b修", None),
        ("6 09:00", "6 10:00", "盘点", None),  # touches the one that stands
        ("6 12:00", "6 13:00", "盘点", None),
        ("6 09:00", "6 10:00:00.000001", "盘点", "closure_overlaps"),
        ("6 11:59:59.999999", "6 13:00", "盘点", "closure_overlaps"),
        ("6 10:30", "6 11:00", "盘点", "closure_overlaps"),  # inside it
        ("6 09:00", "6 13:00", "盘点", "closure_overlaps"),  # around it
        ("6 10:00", "6 12:00", "盘点", "closure_overlaps"),  # the same
        ("7 09:00", "7 10:00", "盘点", None),  # that one is another station's
    ],
)
def test_route_6_what_may_be_asked(start: str, end: str, reason: str, refused: str | None) -> None:
    found = refuse_ask(Asked("A", t(start), t(end), reason), STANDING, NOW)
    assert (found.code if found else None) == refused
    assert found is None or " / " in found.message  # in both languages


@pytest.mark.parametrize(("more", "refused"), [(timedelta(), None), (TICK, "closure_too_far")])
def test_route_6_how_far_ahead(more: timedelta, refused: str | None) -> None:
    found = refuse_ask(Asked("A", t("30 08:00"), NOW + MOST_AHEAD + more, "装修"), STANDING, NOW)
    assert (found.code if found else None) == refused


@pytest.mark.parametrize(
    ("state", "start", "granted", "note", "refused"),
    [
        ("asked", "5 12:00:00.000001", True, "", None),
        ("asked", "5 12:00", True, "", None),  # granted at its start: no closed minute has passed
        ("asked", "5 11:59:59.999999", True, "同意", "closure_began"),
        ("asked", "5 11:00", False, "太晚", None),  # declining changes nothing
        ("asked", "5 13:00", False, "", "note_required"),
        ("asked", "5 13:00", False, "\u200b\u2060", "note_required"),
        ("asked", "5 13:00", True, "\u200b", None),  # granting needs none
        ("granted", "5 13:00", True, "", "closure_decided"),
        ("granted", "5 13:00", False, "改主意", "closure_decided"),  # what is granted is neither ended nor shortened
        ("declined", "5 13:00", True, "", "closure_decided"),
        ("taken_back", "5 13:00", True, "", "closure_decided"),
        ("taken_back", "5 11:00", True, "", "closure_decided"),
    ],
)
def test_route_6_what_may_be_granted(state: str, start: str, granted: bool, note: str, refused: str | None) -> None:
    found = refuse_decision(state, t(start), granted, note, NOW)
    assert (found.code if found else None) == refused


def test_route_6_too_late_tells_what_to_do() -> None:
    found = refuse_decision("asked", t("5 11:00"), True, "", NOW)
    assert found is not None and "重新申请" in found.message and "ask anew" in found.message

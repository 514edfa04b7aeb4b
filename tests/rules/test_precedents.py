"""VIO-4: the decided cases most like one."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from basics.days import iso
from penalties.precedents import Likeness, distance, late_by, nearest
from penalties.reviewing.sample import sampled
from tests.rules.courses import t

ONE = Likeness(
    "V-ACCEPT", "", "2017-01-01", "HZ01A", "HZ01", "浙江省", "cainiao", "routing", False, "", timedelta(minutes=10)
)


def test_only_of_the_same_kind() -> None:
    assert distance(ONE, replace(ONE, kind="V-PICKUP")) is None
    assert distance(ONE, ONE) == 0


# Each differs in one thing more than the one before it: farther and farther.
FARTHER: list[tuple[str, dict[str, Any]]] = [
    ("alike", {}),
    ("another station of the house, or another lot of minutes", {"station": "HZ01"}),
    ("another channel", {"channel": "kuaidi100"}),
    ("another house", {"station": "HZ02", "house": "HZ02"}),
    ("another edition", {"edition": "2027-01-01"}),
    ("another province", {"station": "XJ01", "house": "XJ01", "province": "新疆维吾尔自治区"}),
    ("outside its area", {"outside": True}),
    ("likely excused", {"excuse": "late_push"}),
]


def test_what_weighs_more_is_farther() -> None:
    apart = [distance(ONE, replace(ONE, **more)) for _, more in FARTHER]
    assert apart == sorted(apart, key=lambda one: one or 0)
    assert len(set(apart)) == len(apart), dict(zip([name for name, _ in FARTHER], apart, strict=True))


LATE = [(5, 0), (5 + 1 / 60, 1), (15, 1), (60, 2), (60.1, 3), (240, 3), (960, 4), (961, 5), (None, 7)]


@pytest.mark.parametrize(("minutes", "lots"), LATE)
def test_minutes_late_count_in_lots(minutes: float | None, lots: int) -> None:
    """From 2 minutes late: the edge of a lot belongs to it; never done is farther than any lateness."""
    early, late = timedelta(minutes=2), None if minutes is None else timedelta(minutes=minutes)
    assert distance(replace(ONE, late_by=early), replace(ONE, late_by=late)) == lots
    assert distance(replace(ONE, late_by=late), replace(ONE, late_by=early)) == lots


def test_the_five_nearest_the_latest_first_among_equals() -> None:
    far, other = replace(ONE, excuse="closure"), replace(ONE, kind="V-PICKUP")
    decided = [(9, far), (8, ONE), (7, other), (6, far), (5, ONE), (4, far), (3, far), (2, far)]
    assert nearest(ONE, decided) == [8, 5, 9, 6, 4]
    assert nearest(replace(ONE, kind="V-TRANSFER"), decided) == []


def test_late_by_is_read_from_the_evidence() -> None:
    due, came = iso(t("5 10:30")), iso(t("5 10:47"))
    assert late_by("V-ACCEPT", {"due_at": due, "accepted_at": came}) == timedelta(minutes=17)
    assert late_by("V-PICKUP", {"due_at": due, "accepted_at": due, "ended": {"at": came}}) == timedelta(minutes=17)
    assert late_by("V-ACCEPT", {"due_at": due, "accepted_at": due}) is None
    assert late_by("V-ACCEPT", {"due_at": due}) is late_by("V-FALSE-FAIL", {}) is None


def test_the_sample_is_the_same_everywhere_and_of_its_size() -> None:
    """Fixed by the id alone; 0 samples nothing, 100 everything, and what a small share takes a larger one takes too."""
    taken = {id_ for id_ in range(1, 20_001) if sampled(id_, 5)}
    assert 900 <= len(taken) <= 1_100
    assert sorted(taken)[:5] == [16, 41, 67, 98, 151]
    assert not any(sampled(id_, 0) for id_ in range(1_000)) and all(sampled(id_, 100) for id_ in range(1_000))
    assert taken <= {id_ for id_ in range(1, 20_001) if sampled(id_, 6)}

"""Where the archive's files lie, and which stretch of a period it answers for (decision 18)."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from basics.days import month_bounds
from reports.archive.layout import Stretch, folder_of, stretches, touched


@pytest.mark.parametrize("province", ["浙江省", "", "a/b", "..", "x=1*[?]", "长" * 100, "A B", "%2F", "."])
def test_a_province_becomes_a_folders_name(province: str) -> None:
    name = folder_of("orders", "2026-05", province).split("/")
    assert len(name) == 3 and name[2].startswith("province=") and len(name[2].encode()) < 255
    assert name[2] != "province=" and not set(name[2]) & set("*[]?\\ ")


def test_provinces_that_look_alike_have_folders_of_their_own() -> None:
    names = ["", "a/b", "a%2Fb", "a2Fb", "长" * 100, "长" * 99, "."]
    assert len({folder_of("orders", "2026-05", one) for one in names}) == len(names)


AT = st.none() | st.datetimes(
    datetime.fromisoformat("2026-01-01"), datetime.fromisoformat("2026-07-01"), timezones=st.just(UTC)
)


@settings(max_examples=60, deadline=None)
@given(AT, AT, st.sets(st.sampled_from([f"2026-{n:02d}" for n in range(1, 8)])))
def test_stretches_cover_the_period_once(start: datetime | None, end: datetime | None, months: set[str]) -> None:
    if start is not None and end is not None and end < start:
        start, end = end, start
    found = stretches(start, end, months)
    if start is not None and start == end:
        return
    assert (found[0].start, found[-1].end) == (start, end)
    assert all(a.end == b.start for a, b in pairwise(found))
    for one in found:
        if one.month is not None:
            first, after = month_bounds(one.month)
            assert one.start is not None and one.end is not None and first <= one.start < one.end <= after
        else:
            assert not any(_inside(one, month) for month in months)


def _inside(one: Stretch, month: str) -> bool:
    first, after = month_bounds(month)
    return (one.start is None or one.start < after) and (one.end is None or one.end > first)


def test_the_month_before_is_always_pinned() -> None:
    start, _ = month_bounds("2026-05")
    assert touched([], "2026-05") == ["2026-04", "2026-05"]
    assert touched([start - timedelta(days=50)], "2026-05") == ["2026-03", "2026-04", "2026-05"]
    assert touched([start + timedelta(days=33)], "2026-05") == ["2026-04", "2026-05", "2026-06"]
    assert touched([], "2026-01") == ["2025-12", "2026-01"]

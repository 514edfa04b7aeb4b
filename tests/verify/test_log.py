"""The small interpreter on logs written by hand (CHAN-6, PICKUP-1, DO-4, REPLAY fine print 1-4)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from basics.words import DATA_CENTRE
from rulebook.book import packaged
from verify.log import Entry, Meaning, UnreadableLog, read

HOUSES = {"A": "A", "A2": "A", "B": "B"}
NUMBER, OTHER = "55000000000001", "55000000000002"


def at(hour: float) -> datetime:
    return datetime(2026, 5, 4, tzinfo=UTC) + timedelta(hours=hour)


def created(hour: float, station: str | None = "A", kind: str = "send_express", **content: Any) -> tuple[Any, ...]:
    data: dict[str, Any] = {"content": {"business_type": kind, **content}}
    data |= {"route": {"station": station}} if station else {"missing": ["place"]}
    return ("created", hour, data)


def updated(hour: float, station: str | None = None, **more: Any) -> tuple[Any, ...]:
    route = {"route": {"station": station}} if station else {}
    return ("updated", hour, {"content": {"business_type": "send_express"}, **route, **more})


def numbered(hour: float, number: str = NUMBER, by: str = "station") -> tuple[Any, ...]:
    return ("numbered", hour, {"waybill_no": number, "by": by})


def scanned(hour: float, station: str = "A", number: str = NUMBER) -> tuple[Any, ...]:
    return ("scanned", hour, {"waybill_no": number, "station": station})


def moved(hour: float, to: str, **more: Any) -> tuple[Any, ...]:
    return ("transferred", hour, {"to": to, "outside": False, **more})


ACCEPTED: tuple[Any, ...] = ("accepted", 1, {})
CONFIRMED: tuple[Any, ...] = ("confirmed", 5, {})


def withdrawn(hour: float) -> tuple[Any, ...]:
    return ("withdrawn", hour, {"origin": "sender"})


def meaning(*log: tuple[Any, ...]) -> Meaning:
    entries = [Entry(seq, kind, at(hour), "", data) for seq, (kind, hour, data) in enumerate(log, start=1)]
    return read(entries, HOUSES, packaged())


@pytest.mark.parametrize(
    ("log", "state", "ended"),
    [
        ([created(0)], "waiting", None),
        ([created(0, DATA_CENTRE)], "at_data_centre", None),
        ([created(0, None)], "held", None),
        ([created(0, None), updated(1, "A")], "waiting", None),
        ([created(0), ACCEPTED], "accepted", None),
        ([created(0, kind="online_order"), ACCEPTED], "awaiting_waybill", None),
        ([created(0, kind="online_order"), ACCEPTED, numbered(2, by="channel")], "accepted", None),
        ([created(0), ACCEPTED, moved(2, "B")], "waiting", None),
        ([created(0), ("failed", 2, {"stage": "accept"})], "accept_failed", 2),
        ([created(0), ACCEPTED, ("failed", 2, {"stage": "pickup"}), numbered(1), scanned(1.5)], "pickup_failed", 2),
        ([created(0), withdrawn(3)], "withdrawn", 3),
        ([created(0), withdrawn(3), withdrawn(2)], "withdrawn", 2),
        ([created(0), numbered(1), scanned(3), withdrawn(3)], "picked_up", 3),
        ([created(0), numbered(1), withdrawn(3), scanned(2)], "picked_up", 2),
        ([created(0), numbered(1), withdrawn(2), scanned(3)], "withdrawn", 2),
    ],
)
def test_state(log: list[tuple[Any, ...]], state: str, ended: float | None) -> None:
    """CHAN-6: the earliest counts, a pickup before a withdrawal of the same instant; failures are final."""
    found = meaning(*log)
    assert (found.state, found.ended_at) == (state, None if ended is None else at(ended))


@pytest.mark.parametrize(
    ("scan", "matches"),
    [
        (scanned(2), True),
        (scanned(2, "A2"), True),  # of the same house
        (scanned(2, "B"), False),
        (scanned(2, number=OTHER), False),
        (scanned(-1), False),  # before creation nobody held it
        (scanned(3.5), False),  # the data centre held it
        (scanned(4.5), False),
        (scanned(4.5, "B"), True),
    ],
)
def test_matching_scans(scan: tuple[Any, ...], matches: bool) -> None:
    """DO-4: the present number, at the house that held the order when it was scanned."""
    found = meaning(created(0), numbered(1), moved(3, DATA_CENTRE), moved(4, "B"), scan)
    assert (found.state == "picked_up") is matches


@pytest.mark.parametrize(
    ("numbers", "present"),
    [
        ([numbered(1), numbered(2, OTHER)], OTHER),
        ([numbered(2, by="channel"), numbered(3, OTHER)], NUMBER),  # a channel's wins over a station's
        ([numbered(2, by="channel"), numbered(1, OTHER, by="channel")], NUMBER),  # the latest made
        ([numbered(2, by="channel"), numbered(2, OTHER, by="channel")], OTHER),  # of one instant the last told
    ],
)
def test_present_number(numbers: list[tuple[Any, ...]], present: str) -> None:
    """WAYBILL-1, fine print 3."""
    assert meaning(created(0), *numbers).waybill_no == present


@pytest.mark.parametrize(
    ("scans", "picked_up", "proof_until"),
    [
        ([], 5, 29),
        ([scanned(4)], 4, None),
        ([scanned(6)], 5, None),
        ([scanned(29)], 5, None),
        ([scanned(29.5)], 29.5, None),
    ],
)
def test_picked_up_at(scans: list[tuple[Any, ...]], picked_up: float, proof_until: float | None) -> None:
    """PICKUP-1: the earlier of confirmation and a scan that comes within its 24 h."""
    found = meaning(created(0), ACCEPTED, numbered(2), CONFIRMED, *scans)
    assert found.picked_up_at == at(picked_up)
    assert found.proof_until == (None if proof_until is None else at(proof_until))


def test_an_update_after_an_end_told_later_falls_away() -> None:
    """Fine print 1: its assignment is gone, the acts taken since then stay."""
    log = [
        created(0, window_end="2026-05-04T20:00:00+08:00"),
        updated(2, "B"),
        ("accepted", 3, {}),
        moved(4, "A2", outside=True, by_version=[False, True]),
        withdrawn(1),
    ]
    found = meaning(*log)
    assert [(h.station, h.accepted_at, h.outside) for h in found.holders] == [("A", at(3), False), ("A2", None, False)]
    assert found.window_end == at(12)
    assert meaning(*log[:-1]).holders[1].station == "B"
    assert meaning(*log[:-1]).window_end is None


def test_clocks_begin_with_the_release() -> None:
    """CHAN-5."""
    assert meaning(created(0), updated(1, "B")).zero == at(0)
    assert meaning(created(0, None), updated(1, "B"), updated(2)).zero == at(1)
    assert meaning(created(0, None), updated(2, "B"), withdrawn(1)).zero == at(0)


@pytest.mark.parametrize(
    "log",
    [
        [],
        [("accepted", 0, {})],
        [created(0), ("sold", 1, {})],
        [created(0), ("transferred", 1, {})],
        [created(0), ("scanned", 1, [])],
        [("created", 0, {"content": None})],
    ],
)
def test_what_cannot_be_read_says_so(log: list[tuple[Any, ...]]) -> None:
    """DESIGN law 11."""
    with pytest.raises(UnreadableLog):
        meaning(*log)

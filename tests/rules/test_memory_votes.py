"""ROUTE-4, ROUTE-5: what an order votes, when votes are enough, and how far the logs count as read. Pure."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from basics.words import DATA_CENTRE
from dispatch.misrouting import Figures, by_district, last_weeks, of_all, side_by_side
from dispatch.proposing import (
    ALONE,
    DAYS,
    ENOUGH,
    Ballot,
    Claim,
    claims,
    impact,
    moved_by,
    needed,
    qualifies,
    tallies,
    tally,
)
from dispatch.routing import Place, choose
from dispatch.votes import LOST_AFTER, Line, Stay, Story, settled, votes_of
from geo.named_places import NamedPlace
from geo.network import Network
from tests.rules.courses import t
from tests.rules.stage import AREAS, IN_A, IN_B, STATIONS

HQ = DATA_CENTRE
PLACE = Place(*IN_A, "330102", fragments=("竹苑", "五常大道"))
KEY = ("330102", "五常大道")


def story(*stays: tuple[str, str], picked_up: bool = False, place: Place = PLACE, returned: int = 0) -> Story:
    """Stays are (station, cause); `returned`: the seq of one that lies at HQ because of ROUTE-5."""
    made = tuple(
        Stay(seq, station, cause, t(f"{seq} 10:00"), seq == returned) for seq, (station, cause) in enumerate(stays, 1)
    )
    return Story(7, "浙江省", place, made, t("20 12:00") if picked_up else None)


def said(told: Story) -> list[tuple[int, str, str | None, str]]:
    """(seq, station, against, cause) of the votes on one fragment."""
    return [(one.seq, one.station, one.against, one.cause) for one in votes_of(told) if one.fragment == KEY[1]]


R, T, D = "routing", "transfer", "dispatch"


@pytest.mark.parametrize(
    ("told", "votes"),
    [
        (story(("A", R)), []),
        (story(("A", R), picked_up=True), [(1, "A", None, "pickup")]),
        (story(("A", R), ("B", T)), [(2, "B", "A", "transfer")]),
        # The receiver's pickup is the same assignment: no second vote.
        (story(("A", R), ("B", T), picked_up=True), [(2, "B", "A", "transfer")]),
        # Passed on: nothing is taken away, the later station has its own vote.
        (story(("A", R), ("B", T), ("C", T)), [(2, "B", "A", "transfer"), (3, "C", "B", "transfer")]),
        # To the data centre is no vote; the dispatch is one, against whom the order left.
        (story(("A", R), (HQ, T)), []),
        (story(("A", R), (HQ, T), ("B", D)), [(3, "B", "A", "dispatch")]),
        (story((HQ, R), ("B", D)), [(2, "B", None, "dispatch")]),
        (story((HQ, R), picked_up=True), []),
        # An update moved the order elsewhere: no vote of anybody for the first holder.
        (story(("A", R), ("B", R), picked_up=True), [(2, "B", None, "pickup")]),
    ],
)
def test_votes_of_an_order(told: Story, votes: list[Any]) -> None:
    assert said(told) == votes
    assert len(votes_of(told)) == 2 * len(votes)


def test_a_ping_pong_counts_only_when_headquarters_dispatches() -> None:
    """ROUTE-5"""
    there_and_back = [("A", R), ("B", T), (HQ, T)]
    assert said(story(*there_and_back, returned=3)) == []
    assert said(story(*there_and_back, ("B", D), returned=3)) == [(4, "B", "A", "dispatch")]
    assert said(story(*there_and_back, ("A", D), ("C", T), returned=3)) == [
        (4, "A", "B", "dispatch"),
        (5, "C", "A", "transfer"),
    ]


@pytest.mark.parametrize(
    "place", [replace(PLACE, adcode=None), replace(PLACE, fragments=()), replace(PLACE, far=30_000)]
)
def test_no_district_no_fragment_or_a_contradiction_votes_nothing(place: Place) -> None:
    assert votes_of(story(("A", R), ("B", T), place=place)) == []


def test_votes_carry_the_place_and_the_instant() -> None:
    [first, _] = votes_of(story(("A", R), ("B", T)))
    assert (first.order_id, first.region, first.adcode, first.fragment) == (7, "浙江省", "330102", "竹苑")
    assert (first.lng, first.lat, first.at) == (*IN_A, t("2 10:00"))


# ---- how far the logs are read


def lines(*ids: int, minutes_ago: float = 1) -> list[Line]:
    return [Line(one, 1, "created", t("5 12:00") - timedelta(minutes=minutes_ago)) for one in ids]


@pytest.mark.parametrize(
    ("mark", "ids", "ago", "reads_to"),
    [
        (0, [], 1, 0),
        (0, [1, 2, 3], 1, 3),
        (7, [8, 9], 1, 9),
        (0, [1, 2, 4, 5], 1, 2),  # 3 may yet be committed
        (0, [2, 3], 1, 0),
        (0, [1, 2, 4, 5], 61, 5),  # after an hour nothing commits any more
        (0, [1, 2, 4, 5], 60, 5),
        (0, [1, 2, 4, 5], 59.99, 2),
    ],
)
def test_reading_waits_at_a_gap(mark: int, ids: list[int], ago: float, reads_to: int) -> None:
    assert timedelta(hours=1) == LOST_AFTER
    assert settled(mark, lines(*ids, minutes_ago=ago), t("5 12:00")) == reads_to


# ---- when votes are enough


def ballots(
    number: int, station: str, left: Sequence[str] | None = "AC", cause: str = "transfer", days: int = 9
) -> list[Ballot]:
    """So many orders that these stations, in turn, sent to one."""
    return [
        Ballot(id(station) + one, f"LP{one}", station, left[one % len(left)] if left else None, cause, *IN_A,
               t(f"{1 + one % days} 10:00").date())
        for one in range(number)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("cast", "proposed"),
    [
        (ballots(ENOUGH, "B"), ["B"]),
        (ballots(ENOUGH - 1, "B"), []),
        (ballots(ENOUGH, "B", days=DAYS), ["B"]),
        (ballots(20, "B", days=DAYS - 1), []),
        (ballots(8, "B") + ballots(2, "A", None, "pickup"), ["B"]),
        (ballots(8, "B") + ballots(3, "A", None, "pickup"), []),
        (ballots(8, "B") + ballots(3, "C"), []),
        # One station alone must say it oftener, and hardly anybody may say otherwise.
        (ballots(ALONE - 1, "B", "A"), []),
        (ballots(ALONE, "B", "A"), ["B"]),
        (ballots(ALONE, "B", "A") + ballots(1, "A", None, "pickup"), ["B"]),
        (ballots(ALONE, "B", "A") + ballots(2, "A", None, "pickup"), []),
        # Four of five from one house are one house's word, whoever the fifth is; HQ's word needs no other.
        (ballots(4, "B", "A") + ballots(1, "B", "C"), []),
        (ballots(4, "B", "A") + ballots(1, "B", "A", "dispatch"), []),
        (ballots(3, "B", "A") + ballots(2, "B", "C"), ["B"]),
        (ballots(3, "B", "A") + ballots(2, "B", "A", "dispatch"), ["B"]),
        (ballots(8, "B", "A") + ballots(2, "B", "C"), ["B"]),
        (ballots(8, "B", "A") + ballots(2, "B", "C") + ballots(2, "A", None, "pickup"), []),
        # A station and its contracted area are one house.
        (ballots(3, "B", "A") + ballots(2, "B", ("A1",)), []),
        (ballots(6, "B", "A") + ballots(4, "B", ("A1",)), ["B"]),
        # What routing sends it anyhow is no evidence for it: a station cannot vote itself in.
        (ballots(50, "B", None, "pickup"), []),
        (ballots(ENOUGH - 1, "B") + ballots(50, "B", None, "pickup"), []),
        (ballots(ENOUGH, "B", None, "dispatch"), ["B"]),
        # Whoever sends its orders about at random votes for nobody.
        (ballots(20, "B") + ballots(20, "C") + ballots(20, "A1"), []),
    ],
)
def test_what_is_proposed(cast: list[Ballot], proposed: list[str]) -> None:
    assert [one.tally.station for one in claims({KEY: cast}, network().house_of)] == proposed


def test_numbers_of_a_tally() -> None:
    cast = ballots(6, "B", "A") + ballots(2, "B", None, "dispatch") + ballots(3, "A", None, "pickup")
    found = tally(cast, "B", HOUSES)
    assert (len(found.votes_for), len(found.votes_against), found.share) == (8, 3, 8 / 11)
    assert found.sources == [("A", 6), (HQ, 2)]
    assert [one.station for one in tallies(cast, HOUSES)] == ["B"]
    assert tally([], "B", HOUSES).share == 0
    assert found.witnesses == (("A", 6), (HQ, 2))
    assert not found.alone
    assert tally(ballots(4, "B", "A") + ballots(4, "B", ("A1",)), "B", HOUSES).witnesses == (("A", 8),)
    assert not qualifies(tally([], "B", HOUSES))


HOUSES = {"A": "A", "A1": "A", "B": "B"}


def network(*named: NamedPlace) -> Network:
    return Network(STATIONS, AREAS, [("330102", "A")], [], named)


def test_only_where_routing_goes_elsewhere_today() -> None:
    found = claims({KEY: ballots(9, "B")}, {})
    now = t("20 12:00")
    assert needed(found, {}, network(), now) == found
    named = NamedPlace(*KEY, "B", t("1 00:00"))
    assert needed(found, {}, network(named), now) == []
    in_b = [replace(ballot, lng=IN_B[0], lat=IN_B[1]) for ballot in ballots(9, "B")]
    assert needed(claims({KEY: in_b}, {}), {}, network(), now) == []
    shut = claims({KEY: ballots(9, "N")}, {})
    assert shut
    assert needed(shut, {}, network(), now) == []
    assert needed(claims({KEY: ballots(9, "gone")}, {}), {}, network(), now) == []


def test_other_named_places_of_the_same_orders_count() -> None:
    """An estate that a person gave away already is not moved by its road; nor is the road needed for it."""
    now, cast = t("20 12:00"), ballots(9, "B")
    [claim] = claims({KEY: cast}, {})
    both = {ballot.order_id: ("竹苑", KEY[1]) for ballot in cast}
    estate = NamedPlace(KEY[0], "竹苑", "C", t("1 00:00"))
    first = t("1 00:00").date()
    assert needed([claim], both, network(), now) == [claim]
    assert needed([claim], both, network(estate), now) == []
    found = impact(claim, both, first, network(estate), now)
    assert (found.orders, found.changed, found.now_at) == (9, 0, (("C", 9),))
    # Where the estate's station accepts nothing the road counts, and so it does before a less exact name.
    shut = replace(estate, station="N")
    assert needed([claim], both, network(shut), now) == [claim]
    turned = dict.fromkeys(both, (KEY[1], "竹苑"))
    assert impact(claim, turned, first, network(estate), now).changed == 9
    # An address that reads otherwise now is not moved.
    assert impact(claim, dict.fromkeys(both, ("竹苑",)), first, network(), now).changed == 0


@pytest.mark.parametrize("fragments", [("竹苑", KEY[1]), (KEY[1], "竹苑"), (KEY[1],), ("竹苑", "翡翠城", KEY[1])])
@pytest.mark.parametrize("owner", ["A", "B", "C"])
def test_the_impact_is_what_routing_does(fragments: tuple[str, ...], owner: str) -> None:
    """Routed before and after by the network itself."""
    now, cast = t("20 12:00"), ballots(1, "B")
    held = NamedPlace(KEY[0], "翡翠城", owner, t("1 00:00")), NamedPlace(KEY[0], "竹苑", owner, t("1 00:00"))
    claim = Claim(KEY, tally(cast, "B", {}))
    place = replace(PLACE, fragments=fragments)
    routes = [choose([place], network(*held, *more), [now])[0] for more in ((), (NamedPlace(*KEY, "B", t("1 00:00")),))]
    expected = tuple(route.station for route in routes)
    assert moved_by([(claim, cast[0])], {cast[0].order_id: fragments}, network(*held), now) == [expected]


def test_what_adopting_would_have_changed() -> None:
    late = t("9 00:00").date()
    cast = ballots(9, "B") + ballots(2, "A", None, "pickup")
    claim = Claim(KEY, tally(cast, "B", {}))
    found = impact(claim, {}, t("1 00:00").date(), network(), t("20 12:00"))
    assert (found.orders, found.changed, found.right, found.now_at) == (11, 11, 9, (("A", 9),))
    assert impact(claim, {}, late, network(), t("20 12:00")).orders == 1
    closed_to = Claim(KEY, tally(ballots(9, "N"), "N", {}))
    assert impact(closed_to, {}, late, network(), t("20 12:00")).changed == 0


# ---- misrouting


def test_misrouting_by_district() -> None:
    weeks = last_weeks(datetime.fromisoformat("2026-05-06T12:00:00+08:00"), 2)
    assert [name for name, _, _ in weeks] == ["2026-W18", "2026-W19"]
    rows: list[tuple[str | None, int, int, int, int]]
    rows = [("330102", 0, 10, 1, 2), ("330102", 1, 30, 3, 0), (None, 1, 5, 0, 5), ("330103", 1, 5, 5, 0)]
    districts = by_district(rows, 2)
    assert [one.adcode for one in districts] == ["330103", "330102", ""]
    assert districts[1].total == Figures(40, 4, 2)
    assert districts[1].total.share == 0.1
    assert of_all(districts, 2).weeks == (Figures(10, 1, 2), Figures(40, 8, 5))
    assert Figures().share == 0
    each = [by_district([(row[0], 0, *row[2:]) for row in rows if row[1] == number], 1) for number in (0, 1)]
    assert side_by_side(each) == districts

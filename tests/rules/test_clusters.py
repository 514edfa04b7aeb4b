"""VIO-4: open suspicions by their common cause."""

from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest

from penalties.clusters import Cause, Suspect, clusters, place_of, read_cause
from tests.rules.courses import t

AT = t("5 10:00")


def one(id_: int, minutes: float = 0, **more: Any) -> Suspect:
    plain: dict[str, Any] = {
        "kind": "V-ACCEPT", "happened_at": AT + timedelta(minutes=minutes), "station": f"S{id_}", "house": "S",
        "channel": f"C{id_}", "dispatcher": "", "place": "", "edition": "2017-01-01", "excuse": "", "fine_fen": 10_000,
    }  # fmt: skip
    return Suspect(id_, **plain | more)


def found(*suspects: Suspect) -> dict[str, int]:
    return {cluster.cause.key: cluster.count for cluster in clusters(suspects)}


def burst(scope: str, value: str, since: float, until: float) -> str:
    return Cause("minutes", value, scope, AT + timedelta(minutes=since), AT + timedelta(minutes=until)).key


FAR = (0, 30, 60)  # never of the same minutes
COMMON = [
    ("channel", {"channel": "kuaidi100"}, "channel:kuaidi100"),
    ("station", {"station": "HZ01"}, "station:HZ01"),
    ("dispatcher", {"dispatcher": "总部赵敏"}, "dispatcher:总部赵敏"),
    ("place", {"place": "330106/文三路"}, "place:330106/文三路"),
    ("excuse", {"excuse": "late_push"}, "excuse:late_push"),
]


@pytest.mark.parametrize(("more", "key"), [case[1:] for case in COMMON], ids=[f"VIO-4 {case[0]}" for case in COMMON])
def test_three_of_one_cause(more: dict[str, str], key: str) -> None:
    """Two are no cluster, three are; nobody dispatched, no place, no excuse is no cause."""
    assert found(*(one(n, FAR[n], **more) for n in range(2))) == {}
    assert found(*(one(n, FAR[n], **more) for n in range(3))) == {key: 3}


MINUTES = [
    ("a gap of 5 minutes is still the same minutes", (0, 5, 10), [(0, 10)]),
    ("a second more is not", (0, 5, 10 + 1 / 60), []),
    ("two bursts", (0, 1, 2, 20, 21, 22), [(0, 2), (20, 22)]),
    ("an hour at most", tuple(range(0, 66, 5)), [(0, 60)]),
    ("an hour at most, then the next", tuple(range(0, 76, 5)), [(0, 60), (65, 75)]),
    ("one instant", (0, 0, 0), [(0, 0)]),
]


@pytest.mark.parametrize(("minutes", "runs"), [c[1:] for c in MINUTES], ids=[f"VIO-4 {c[0]}" for c in MINUTES])
@pytest.mark.parametrize("scope", ["station", "channel"])
def test_the_same_minutes(scope: str, minutes: tuple[float, ...], runs: list[tuple[float, float]]) -> None:
    """In one station or one channel, in whatever order they are read."""
    many = [one(n, at, **{scope: "X"}) for n, at in enumerate(minutes)]
    Random(6).shuffle(many)
    keys = {key for key in found(*many) if key.startswith("minutes:")}
    assert keys == {burst(scope, "X", *run) for run in runs}


def test_what_a_cluster_says() -> None:
    """Count, fen, oldest, excused, kinds; biggest first, then the one worth more."""
    many = [
        one(1, 90, station="A", channel="k"),
        one(2, 0, station="A", channel="k", excuse="late_push"),
        one(3, 40, station="A", channel="k", kind="V-FALSE-WAYBILL", fine_fen=50_000),
        one(4, 200, channel="k"),
        *(one(n, 300 + 30 * n, station="B", channel="z", fine_fen=50_000) for n in (5, 6, 7)),
    ]
    listed = [(c.cause.key, c.count, c.fen, c.excused, c.oldest) for c in clusters(many)]
    assert listed == [
        ("channel:k", 4, 80_000, 1, AT),
        ("channel:z", 3, 150_000, 0, AT + timedelta(minutes=450)),
        ("station:B", 3, 150_000, 0, AT + timedelta(minutes=450)),
        ("station:A", 3, 70_000, 1, AT),
    ]
    assert clusters(many)[0].kinds == (("V-ACCEPT", 3), ("V-FALSE-WAYBILL", 1))


def test_a_key_is_read_back_and_holds_its_members_and_nobody_else() -> None:
    """The form carries the key: what it says is what is decided under it."""
    random = Random(7)
    many = [
        one(n, random.randrange(600), station=random.choice("AB"), channel=random.choice(["k", "c:1"]),
            dispatcher=random.choice(["", "赵敏"]), place=random.choice(["", "330106/文三路"]),
            excuse=random.choice(["", "closure"]))
        for n in range(200)
    ]  # fmt: skip
    some = clusters(many)
    assert len(some) > 10
    for cluster in some:
        cause = read_cause(cluster.cause.key)
        assert cause is not None and cause.key == cluster.cause.key
        assert sum(cause.holds(suspect) for suspect in many) == cluster.count, cause


@pytest.mark.parametrize(
    "key",
    ["", "station", "station:", "kind:V-ACCEPT", "minutes:station:A", "minutes:house:A:1-2", "minutes:station:A:1-x",
     "minutes:station:A:-1-2", "station:" + "x" * 160],
)  # fmt: skip
def test_what_is_no_key(key: str) -> None:
    assert read_cause(key) is None


PLACES = [
    ("浙江省杭州市西湖区文三路123号4幢501室", "330106/文三路"),
    ("文三路123号翠苑小区4幢501室", "330106/文三路"),
    ("杭州市西湖区翠苑小区4幢501室", "330106/翠苑小区"),
    ("浙江省杭州市西湖区", ""),
    ("欧阳明月收", ""),
    ("", ""),
    (None, ""),
]


@pytest.mark.parametrize(("address", "place"), PLACES)
def test_a_place_is_no_house_room_or_person(address: str | None, place: str) -> None:
    """ROLE-2: it goes into an audit row and an address."""
    assert place_of("330106", address) == place
    assert place_of(None, address) == ""


def test_clusters_are_linear() -> None:
    """20,000 at a time, whatever they have in common."""
    start = datetime.now(AT.tzinfo)
    alike = [one(n, n / 100, station="A", channel="k", dispatcher="z", place="330106/文三路") for n in range(20_000)]
    assert clusters(alike)[0].count == 20_000
    assert (datetime.now(AT.tzinfo) - start).total_seconds() < 5

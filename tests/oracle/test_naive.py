"""The second opinion itself is checked by hand-worked cases, and by the known results of the real replays."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.oracle.histories import compose, write
from tests.oracle.naive import Unusable, run
from tests.oracle.results import Rows

SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "replay"
STATIONS = """code,name,level,parent,province,duty,accepts
A,A,1,,浙江省,standard,1
A1,A1,2,A,浙江省,standard,1
B,B,1,,浙江省,standard,1
X,X,1,,新疆维吾尔自治区,xinjiang,1
"""
SQUARES = {
    "A": (120.0, 30.0, 120.2),
    "A1": (120.1, 30.0, 120.2),
    "B": (120.3, 30.0, 120.5),
    "X": (87.0, 43.0, 87.2),
}
POINTS = {
    "A": (120.05, 30.1),
    "A1": (120.15, 30.1),
    "B": (120.4, 30.1),
    "X": (87.1, 43.1),
    "GAP": (120.25, 30.1),
}


def day(clock: str, date: int = 5) -> str:
    return f"2026-05-{date:02d}T{clock}+08:00"


@pytest.fixture
def land(tmp_path: Path) -> Path:
    features = []
    for station, (west, south, east) in SQUARES.items():
        ring = [[west, south], [east, south], [east, south + 0.2], [west, south + 0.2], [west, south]]
        geometry = {"type": "Polygon", "coordinates": [ring]}
        features.append({"type": "Feature", "properties": {"station": station}, "geometry": geometry})
    (tmp_path / "areas.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    (tmp_path / "stations.csv").write_text(STATIONS)
    (tmp_path / "districts.csv").write_text("adcode,station\n330102,A\n330103,A\n330103,A1\n")
    return tmp_path


def push(at: str, place: str = "A", **more: Any) -> dict[str, Any]:
    lng, lat = POINTS[place]
    told = {"at": at, "do": "order", "logistics_no": "LP1", "channel": "cainiao", "created_at": at}
    return told | {"business_type": "online_order", "lng": lng, "lat": lat, "sender": {"phone": "138"}} | more


def do(at: str, what: str, **fields: Any) -> dict[str, Any]:
    return {"at": at, "do": what} | ({} if what == "scan" else {"logistics_no": "LP1"}) | fields


def replay(land: Path, *events: dict[str, Any], until: str | None = None) -> Rows:
    path = land / "events.jsonl"
    path.write_text("".join(json.dumps(event) + "\n" for event in events))
    return run(path, land, until)


def verdicts(rows: Rows) -> list[tuple[str, str, str, str]]:
    return [(seq, kind, due[5:16], verdict) for _, seq, kind, _, due, verdict in rows["clocks.csv"]]


def kinds(rows: Rows) -> list[tuple[str, str, str]]:
    return [(seq, kind, state) for _, seq, _, kind, state, *_ in rows["violations.csv"]]


@pytest.mark.parametrize(
    ("place", "clock", "due"),
    [
        ("A", "19:50:00", "05-06T08:20"),  # DUTY-2
        ("A", "23:00:00", "05-06T08:30"),
        ("A", "19:30:00", "05-05T20:00"),
        ("A", "20:00:00", "05-06T08:30"),
        ("X", "20:50:00", "05-06T10:20"),  # DUTY-1: Xinjiang
        ("X", "08:30:00", "05-05T10:30"),
    ],
)
def test_duty_2_accept_clock(land: Path, place: str, clock: str, due: str) -> None:
    assert verdicts(replay(land, push(day(clock), place)))[0] == ("1", "accept", due, "running")


@pytest.mark.parametrize(
    ("at", "verdict"),
    [("10:29:59", "kept"), ("10:30:00", "kept"), ("10:30:00.000001", "missed")],
)
def test_accept_1_exactly_30_minutes_is_in_time(land: Path, at: str, verdict: str) -> None:
    rows = replay(land, push(day("10:00:00")), do(day(at), "accept", station="A"))
    assert verdicts(rows)[0] == ("1", "accept", "05-05T10:30", verdict)


@pytest.mark.parametrize(
    ("place", "station", "cause"),
    [("A1", "A1", "area"), ("A", "A", "area"), ("GAP", "DATA_CENTRE", "no_area")],
)
def test_route_1_level_2_wins_and_a_gap_is_not_guessed(land: Path, place: str, station: str, cause: str) -> None:
    assert replay(land, push(day("10:00:00"), place))["orders.csv"][0][3:5] == [station, cause]


def test_route_1_border_belongs_to_both(land: Path) -> None:
    rows = replay(land, push(day("10:00:00"), lng=120.1, lat=30.1))
    assert rows["orders.csv"][0][3] == "A1"


def test_accept_2_transfer_chain_and_wrong_transfer(land: Path) -> None:
    rows = replay(
        land,
        push(day("10:00:00"), "A"),
        do(day("10:10:00"), "transfer", station="A", to="B"),
        do(day("10:45:00"), "transfer", station="B", to="A"),  # ROUTE-5: A held it, so it goes to the data centre
        do(day("11:00:00"), "dispatch", to="A", operator="HQ"),
        do(day("11:20:00"), "accept", station="A"),
    )
    assert [row[2] for row in rows["assignments.csv"]] == ["A", "B", "DATA_CENTRE", "A"]
    assert verdicts(rows) == [
        ("1", "accept", "05-05T10:30", "kept"),
        ("1", "pickup", "05-06T02:00", "dropped"),
        ("2", "accept", "05-05T10:40", "missed"),
        ("2", "pickup", "05-06T02:00", "dropped"),
        ("2", "transfer", "05-05T10:40", "missed"),
        ("4", "accept", "05-05T11:30", "kept"),
        ("4", "pickup", "05-06T02:00", "running"),
    ]
    assert kinds(rows) == [("1", "V-TRANSFER", "suspected"), ("2", "V-TRANSFER", "suspected")]


def test_chan_6_late_withdrawal_moves_state_and_clocks(land: Path) -> None:
    rows = replay(
        land,
        push(day("10:00:00")),
        do(day("10:20:00"), "accept", station="A"),
        do(day("10:25:00"), "withdraw", origin="sender", reason="-", happened_at=day("10:15:00")),
    )
    assert rows["orders.csv"][0][2] == "withdrawn"
    assert rows["orders.csv"][0][7] == day("10:20:00")  # the act stays, but keeps no clock
    assert [v[3] for v in verdicts(rows)] == ["dropped", "dropped"]


def test_chan_6_scan_before_the_withdrawal_wins(land: Path) -> None:
    number = "55000000000001"
    rows = replay(
        land,
        push(day("10:00:00"), waybill_no=number),
        do(day("12:00:00"), "withdraw", origin="sender", reason="-", happened_at=day("12:00:00")),
        do(day("13:00:00"), "scan", waybill_no=number, station="A1", scanned_at=day("10:30:00")),
    )
    assert rows["orders.csv"][0][2] == "picked_up"
    assert [v[3] for v in verdicts(rows)] == ["kept", "kept"]


@pytest.mark.parametrize(
    ("confirmed", "scanned", "pickup", "found"),
    [
        ("2026-05-05T11:00:00+08:00", "2026-05-06T11:00:00+08:00", "kept", []),
        (
            "2026-05-05T11:00:00+08:00",
            "2026-05-06T11:00:01+08:00",
            "missed",
            [("1", "V-FALSE-WAYBILL", "suspected")],
        ),
        (
            "2026-05-06T02:00:01+08:00",
            None,
            "missed",
            [("1", "V-FALSE-WAYBILL", "suspected"), ("1", "V-PICKUP", "suspected")],
        ),
    ],
)
def test_vio_1_confirmation_without_scan(
    land: Path, confirmed: str, scanned: str | None, pickup: str, found: list[tuple[str, str, str]]
) -> None:
    number = "55000000000001"
    events = [push(day("10:00:00")), do(day("10:05:00"), "accept", station="A")]
    events.append(do(confirmed, "confirm", station="A", waybill_no=number))
    if scanned is not None:
        events.append(do(scanned, "scan", waybill_no=number, station="A", scanned_at=scanned))
    rows = replay(land, *events, until=day("12:00:00", 7))
    assert verdicts(rows)[1][3] == pickup
    assert kinds(rows) == found


def test_vio_4_news_overturns_a_confirmed_violation(land: Path) -> None:
    number = "55000000000001"
    rows = replay(
        land,
        push(day("10:00:00"), waybill_no=number),
        do(day("11:00:00"), "review", station="A", kind="V-ACCEPT", decision="confirm", reason="-"),
        do(day("12:00:00"), "scan", waybill_no=number, station="A", scanned_at=day("10:20:00")),
    )
    assert kinds(rows) == [("1", "V-ACCEPT", "overturned")]
    assert sum(int(row[3]) for row in rows["ledger.csv"]) == 0
    assert [row[0] for row in rows["ledger.csv"]] == ["fine:LP1:1:V-ACCEPT"] * 2 + ["fine:LP1:1:V-ACCEPT:reversed"] * 2
    assert {row[1] for row in rows["ledger.csv"]} == {day("10:30:00"), day("12:00:00")}


@pytest.mark.parametrize(("at", "state"), [(day("10:00:00", 6), "waiting"), (day("10:00:01", 6), "withdrawn")])
def test_chan_5_correction_exactly_after_24_hours_is_in_time(land: Path, at: str, state: str) -> None:
    rows = replay(land, push(day("10:00:00"), sender={}), push(at))
    assert rows["orders.csv"][0][2] == state


def test_fine_print_10_unusable(land: Path) -> None:
    with pytest.raises(Unusable, match="line 2"):
        replay(land, push(day("10:00:00")), push(day("09:00:00")))


@pytest.mark.parametrize("seed", range(12))
def test_histories_are_the_same_each_time_and_replay_alike(tmp_path: Path, seed: int) -> None:
    author = compose(seed, tmp_path / "one", 25, False)
    again = write(seed, tmp_path / "two", 25)
    assert again.read_bytes() == (tmp_path / "one" / "events.jsonl").read_bytes()
    rows = run(again, again.parent)
    assert rows == author.replay.rows()
    assert sum(int(row[3]) for row in rows["ledger.csv"]) == 0
    assert rows["orders.csv"]


@pytest.mark.parametrize(
    ("city", "orders", "level_2", "fined", "promised"),
    [
        pytest.param("chongqing", 1470, 411, 3, 1444, marks=pytest.mark.soak),
        pytest.param("shanghai", 1285, 668, 4, 1235),
    ],
)
def test_known_results(city: str, orders: int, level_2: int, fined: int, promised: int) -> None:
    if not SHARED.exists():
        pytest.skip("../shared/data/replay is absent: the real replays were not checked")
    rows = run(SHARED / city / "events.jsonl.gz", SHARED / city)
    assert len(rows["orders.csv"]) == orders
    assert not [row for row in rows["orders.csv"] if row[3] == "DATA_CENTRE"]
    assert sum("R" in row[3] for row in rows["orders.csv"]) == level_2
    assert [row[3:5] for row in rows["violations.csv"]] == [["V-PICKUP", "confirmed"]] * fined
    assert sum(int(row[3]) for row in rows["ledger.csv"] if row[2] == "fines") == -10000 * fined
    assert sum(int(row[8]) for row in rows["weekly.csv"]) == promised
    assert rows["rejected.csv"] == []

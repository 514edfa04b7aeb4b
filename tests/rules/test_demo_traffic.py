"""The demo's traffic: sorted, seeded, complete in its fields (REPLAY.md), and nothing in it is refused.

The walk below is a second, tiny reading of what is allowed when: states, holders, waybill numbers.
"""

import json
from collections import Counter
from datetime import date, datetime, timedelta
from random import Random

import pytest

from basics.days import SHANGHAI
from demo import figures
from demo.datum import gcj_from_wgs
from demo.drawing import draw_network
from demo.geography import DATA_CENTRE
from demo.hours import after_duty, when_couriers_go
from demo.traffic import describe, history, stories_between

END = datetime(2026, 11, 23, 11, 7, 30, tzinfo=SHANGHAI)  # a Monday: its notice is out
START = END.replace(hour=0, minute=0, second=0) - timedelta(days=10)

REQUIRED = {
    "order": {"logistics_no", "channel", "business_type", "created_at"},
    "withdraw": {"logistics_no", "origin", "reason", "happened_at"},
    "waybill": {"logistics_no", "waybill_no", "by"},
    "scan": {"waybill_no", "station", "scanned_at"},
    "accept": {"logistics_no", "station"},
    "fail": {"logistics_no", "station", "stage", "reason", "note"},
    "transfer": {"logistics_no", "station", "to"},
    "dispatch": {"logistics_no", "to", "operator"},
    "confirm": {"logistics_no", "station"},
    "handle_withdrawal": {"logistics_no", "station"},
    "review": {"decision", "reason"},
    "notice": {"week"},
}
OPTIONAL = {
    "order": {
        "lng",
        "lat",
        "datum",
        "adcode",
        "address",
        "window_start",
        "window_end",
        "waybill_no",
        "weight_g",
    }
    | {"pieces", "goods", "online", "sender", "receiver"},
    "waybill": {"happened_at"},
    "confirm": {"waybill_no"},
    "review": {"all", "logistics_no", "station", "kind"},
}
REASONS = {
    "out_of_area", "destination_not_served", "no_time_agreed", "wrong_number", "cannot_reach", "cannot_enter",
    "forbidden_goods", "test_or_malicious", "customer_cancelled", "duplicate", "weather_or_traffic", "other",
}  # fmt: skip
PREFIXES = {"cainiao": "LP", "kuaidi100": "KD", "crm": "IS", "wechat": "wx", "website": "wx", "alipay": "ali"}
PREFIXES["touchpal"] = "CT_H_"


@pytest.fixture(scope="module")
def network():
    return draw_network(1, date(2026, 11, 23))


@pytest.fixture(scope="module")
def lines(network):
    return list(history(network, START, END, 1, 400))


def test_sorted_and_never_later_than_the_end(lines):
    ats = [datetime.fromisoformat(line["at"]) for line in lines]
    assert ats == sorted(ats) and ats[0] >= START and ats[-1] <= END
    told = [line.get(name, line["at"]) for line in lines for name in ("created_at", "scanned_at", "happened_at")]
    assert max(map(datetime.fromisoformat, told)) <= END


def test_same_seed_same_bytes_and_another_seed_others(network, lines):
    def text(some):
        return "\n".join(json.dumps(line, ensure_ascii=False) for line in some)

    assert text(history(network, START, END, 1, 400)) == text(lines)
    assert text(history(network, START, END, 2, 400)) != text(lines)


def test_a_later_end_tells_more_of_the_same(network, lines):
    earlier = list(history(network, START, END - timedelta(hours=30), 1, 400))
    orders = [line for line in earlier if line["do"] == "order"]
    assert orders == [line for line in lines if line["do"] == "order"][: len(orders)]


def test_fields_of_the_replay_format(lines):
    for line in lines:
        fields = set(line) - {"at", "do"}
        assert REQUIRED[line["do"]] <= fields <= REQUIRED[line["do"]] | OPTIONAL.get(line["do"], set()), line
        assert line.get("reason") in REASONS or line["do"] not in ("fail", "withdraw")
    assert {line["do"] for line in lines} == set(REQUIRED)


def test_channels_types_and_prefixes_CHAN_1_CHAN_2(lines):
    orders = {line["logistics_no"]: line for line in lines if line["do"] == "order"}.values()
    assert {line["channel"] for line in orders} == set(PREFIXES)
    assert {line["business_type"] for line in orders} == {"send_express", "online_order"}
    strange = [line for line in orders if not line["logistics_no"].startswith(PREFIXES[line["channel"]])]
    assert 0 < len(strange) < 0.01 * len(orders)
    assert {line["datum"] for line in orders if "datum" in line} == {"GCJ-02", "WGS-84"}
    assert any("lng" not in line for line in orders) and any("online" in line for line in orders)


def test_waybill_numbers_are_possible_and_unique_WAYBILL_1(lines):
    owner: dict[str, str] = {}
    for line in lines:
        number = line.get("waybill_no")
        if number is not None:
            assert len(number) == 14 and number.startswith("55") and number.isdigit()
            if line["do"] != "scan":
                assert owner.setdefault(number, line["logistics_no"]) == line["logistics_no"]


def test_the_desk_reviews_on_weekdays_and_leaves_the_last_days_open(lines):
    reviews = [line for line in lines if line["do"] == "review"]
    at = [datetime.fromisoformat(line["at"]) for line in reviews]
    assert all(moment.weekday() < 5 and moment.hour == 9 for moment in at)
    assert max(at) <= END - timedelta(hours=figures.REVIEWS_STOP_HOURS)
    assert {line["decision"] for line in reviews} == {"confirm", "dismiss"}
    assert [line["week"] for line in lines if line["do"] == "notice"] == ["2026-W46", "2026-W47"]


class Walk:
    """State, holder and number of each order, as far as a replay could refuse a line for them."""

    def __init__(self, network, lines):
        self.network = network
        self.owners: dict[str, set[str]] = {}
        self.state, self.holder, self.held_by, self.number, self.type = {}, {}, {}, {}, {}
        self.scans, self.handled = set(), set()
        for line in lines:
            if "waybill_no" in line and line["do"] != "scan":
                self.owners.setdefault(line["waybill_no"], set()).add(line["logistics_no"])
        for line in lines:
            getattr(self, line["do"])(line, line.get("logistics_no"))

    def order(self, line, no):
        held = "phone" not in line["sender"] or line["weight_g"] <= 0 or line["pieces"] <= 0
        if self.state.get(no, "held") != "held":
            assert self.state[no] == "waiting" and not held, "an update comes before anybody acted"
            return
        start = datetime.fromisoformat(line["at" if no in self.state else "created_at"])
        self.state[no], self.type[no] = "held", line["business_type"]
        if not held:
            self.number[no] = line.get("waybill_no")
            self.held_by[no] = set()
            self.give(no, self.routed(line, start))

    def routed(self, line, start):
        if not line["logistics_no"].startswith(PREFIXES[line["channel"]]):
            return DATA_CENTRE
        point = (line["lng"], line["lat"]) if "lng" in line else None
        if point and line["datum"] == "WGS-84":
            point = gcj_from_wgs(*point)
        return self.network.route(point, line.get("adcode"), start).station

    def give(self, no, station):
        self.holder[no] = station
        self.state[no] = "at_data_centre" if station == DATA_CENTRE else "waiting"
        self.held_by[no].add(station)

    def acts(self, line, no, *states):
        assert self.state[no] in states, (self.state[no], line)
        assert line.get("station", DATA_CENTRE) == self.holder[no], line

    def accept(self, line, no):
        self.acts(line, no, "waiting")
        self.state[no] = "accepted"

    def fail(self, line, no):
        self.acts(line, no, "waiting" if line["stage"] == "accept" else "accepted")
        self.state[no] = "failed"

    def transfer(self, line, no):
        self.acts(line, no, "waiting", "accepted")
        assert line["to"] != line["station"] and self.may_get(line["to"])
        self.give(no, DATA_CENTRE if line["to"] in self.held_by[no] else line["to"])

    def dispatch(self, line, no):
        self.acts(line, no, "at_data_centre")
        assert line["to"] != DATA_CENTRE and self.may_get(line["to"])
        self.give(no, line["to"])

    def may_get(self, station):
        return station == DATA_CENTRE or self.network.stations[station].accepts

    def waybill(self, line, no):
        if line["by"] == "channel":
            assert self.type[no] == "online_order" and self.state[no] not in (
                "picked_up",
                "failed",
                "withdrawn",
            )
        elif self.state[no] == "picked_up":
            assert self.number[no] != line["waybill_no"] and self.number[no] not in self.scans
        else:
            assert self.state[no] == "accepted" and self.number[no] is None
        self.number[no] = line["waybill_no"]

    def confirm(self, line, no):
        self.acts(line, no, "accepted")
        if "waybill_no" in line:
            self.number[no] = line["waybill_no"]
        assert self.number[no] is not None
        self.state[no] = "picked_up"

    def scan(self, line, _):
        assert line["station"] in self.network.stations and line["scanned_at"] <= line["at"]
        assert line["waybill_no"] not in self.scans
        self.scans.add(line["waybill_no"])
        for no in self.owners.get(line["waybill_no"], ()):
            if self.number[no] == line["waybill_no"]:
                assert self.state[no] in ("accepted", "picked_up")
                house = {self.holder[no], self.network.stations[self.holder[no]].parent}
                assert line["station"] in house
                self.state[no] = "picked_up"

    def withdraw(self, line, no):
        assert self.state[no] not in ("picked_up", "failed", "withdrawn"), line
        self.state[no] = "withdrawn"

    def handle_withdrawal(self, line, no):
        assert self.state[no] == "withdrawn" and no not in self.handled
        assert self.holder[no] == line["station"]
        self.handled.add(no)

    def review(self, line, no):
        assert line.get("all") or (no in self.state and line["kind"] == "V-ACCEPT")

    def notice(self, line, _):
        pass


@pytest.mark.parametrize("seed", (1, 2, 3))
def test_no_line_is_refused_ROUTE_1_ROUTE_5_DO_1_DO_3_DO_6(network, seed):
    walk = Walk(network, list(history(network, START, END, seed, 400)))
    states = Counter(walk.state.values())
    assert states["waiting"] + states["accepted"] > 30, "some orders are still open at the end"
    assert states["at_data_centre"] < 0.02 * len(walk.state)


def test_the_shares_are_those_of_the_figures(network):
    stories = list(stories_between(network, START, END, 1, 400))
    tags = Counter(tag for story in stories for at, tag in story.tags if at <= END)
    assert 3500 < len(stories) < 4700
    assert 0.02 < tags["late"] / tags["assigned"] < 0.08
    assert 0.003 < tags["never_scanned"] / tags["picked_up"] < 0.008
    assert 0.7 < tags["promise_kept"] / tags["picked_up"] < 0.98
    for tag in ("forgotten", "accept_failed", "pickup_failed", "transferred", "withdrawn", "held", "updated"):
        assert tags[tag] > 5, tag
    assert "late" in describe(stories, END)


def test_the_day_has_two_peaks_and_a_night():
    weights = figures.created_by_hour()
    assert len(weights) == 24 and sum(weights) == pytest.approx(100, abs=1)
    assert max(weights) == weights[8] and weights[20] > weights[16] and weights[20] > weights[23] > weights[3]


def test_quantile_tables_draw_what_they_say():
    rng = Random(1)
    drawn = sorted(figures.draw(rng, figures.PICKUP_AT_ONCE) for _ in range(20_000))
    assert drawn[10_000] == pytest.approx(71, rel=0.05) and drawn[18_000] == pytest.approx(142, rel=0.05)
    assert drawn[0] >= 0 and drawn[-1] <= 2268


def t(text):
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("start", "duty", "expected"),
    [
        pytest.param("2026-11-20 10:00", "standard", "2026-11-20 10:30", id="DUTY-1 by day"),
        pytest.param("2026-11-20 19:50", "standard", "2026-11-21 08:20", id="DUTY-2 over the evening"),
        pytest.param("2026-11-20 19:30", "standard", "2026-11-20 20:00", id="DUTY-2 ends with the day"),
        pytest.param("2026-11-20 23:00", "standard", "2026-11-21 08:30", id="DUTY-2 at night"),
        pytest.param("2026-11-20 20:50", "xinjiang", "2026-11-21 10:20", id="DUTY-1 Xinjiang"),
    ],
)
def test_half_an_hour_of_duty(start, duty, expected):
    assert after_duty(t(start), 30, duty) == t(expected)


def test_couriers_sleep_at_night():
    rng = Random(1)
    assert when_couriers_go(t("2026-11-20 14:00"), "standard", rng) == t("2026-11-20 14:00")
    for late in ("2026-11-20 21:00", "2026-11-21 03:00"):
        assert t("2026-11-21 08:10") <= when_couriers_go(t(late), "standard", rng) <= t("2026-11-21 09:50")

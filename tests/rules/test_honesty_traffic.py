"""The stations that the demo's traffic plants for the reason honesty map (demo/habits.py)."""

from datetime import datetime, timedelta

from demo.traffic import HONEST, LIARS, history
from tests.rules.test_demo_traffic import END, START, lines, network

__all__ = ["lines", "network"]


def test_the_planted_stations_fail_by_habit_VIO_2(network, lines):
    """Each liar often enough to be found; what they say is not true, and what the honest one says is."""
    orders = {line["logistics_no"]: line for line in lines if line["do"] == "order"}
    failed = [line for line in lines if line["do"] == "fail"]
    for code, habits in {**LIARS, **HONEST}.items():
        of = {(code, habit.stage, habit.reason) for habit in habits}
        own = [line for line in failed if (line["station"], line["stage"], line["reason"]) in of]
        assert len(own) >= 10, code
    calls = ("cannot_reach", "no_time_agreed")
    uncalled = [line for line in failed if line["station"] == "XA610112" and line["reason"] in calls]
    created = {line["logistics_no"]: orders[line["logistics_no"]]["created_at"] for line in uncalled}
    claimed = [line for line in uncalled if line["note"] != "电话打不通"]
    early = [line for line in claimed if line["note"][:5] < created[line["logistics_no"]][11:16]]
    assert len(early) >= max(1, len(claimed) - 3), "but for the real ones a time before the order existed"

    def phone(no):
        return orders[no]["sender"].get("phone")

    after: dict[str, list[str]] = {}
    for no, line in orders.items():
        after.setdefault(phone(no), []).append(line["created_at"])
    lied = [line for line in failed if line["station"] == "CD510114" and line["reason"] == "customer_cancelled"]
    until = END - timedelta(hours=4)
    told = [line for line in lied if datetime.fromisoformat(line["at"]) < until]
    again = [any(line["at"] < at for at in after[phone(line["logistics_no"])]) for line in told]
    assert sum(again) >= 0.8 * len(again) > 5


def test_the_others_stories_are_what_they_would_be_without_habits(network, lines, monkeypatch):
    """A station without a habit draws nothing for it."""
    monkeypatch.setattr("demo.habits.LIARS", {})
    monkeypatch.setattr("demo.habits.HONEST", {})
    planted = {*LIARS, *HONEST}

    plain = list(history(network, START, END, 1, 400))
    told = [line for line in (*plain, *lines) if "logistics_no" in line]
    apart = {line["logistics_no"] for line in told if planted & {line.get("station"), line.get("to")}}
    apart |= {line["logistics_no"] for line in told} - {line.get("logistics_no") for line in plain}

    def rest(some):
        acts = [line for line in some if line["do"] not in ("review", "scan")]
        return [line for line in acts if line.get("logistics_no") not in apart]

    assert rest(plain) == rest(lines)

"""Lines that must be refused and must change nothing."""

from typing import Any

from tests.oracle.author import Author
from tests.oracle.words import KINDS


def nonsense(author: Author) -> None:
    """A line that must be refused and must change nothing."""
    rng, station = author.rng, author.rng.choice(author.land.stations)
    logistics_no = rng.choice(sorted(author.replay.book.orders) or ["LP000000"])
    known = {"logistics_no": logistics_no, "station": station}
    order = {"logistics_no": "XX1", "channel": "crm", "business_type": "online_order", "created_at": author.now}
    choice: list[tuple[str, dict[str, Any]]] = [
        ("accept", {"logistics_no": "LP999999", "station": station}),
        ("accept", {"logistics_no": logistics_no, "station": "NOWHERE"}),
        ("accept", {"logistics_no": logistics_no}),
        ("dance", known),
        ("order", {**order, "channel": "pigeon"}),
        ("order", {**order, "business_type": "gift"}),
        ("order", {**order, "created_at": "yesterday"}),
        ("scan", {"waybill_no": "55000000000001", "station": "NOWHERE", "scanned_at": author.now}),
        ("transfer", {**known, "to": "NOWHERE"}),
        ("dispatch", {"logistics_no": logistics_no, "to": "NOWHERE", "operator": "HQ-1"}),
        ("fail", {**known, "stage": "breakfast", "reason": "other", "note": ""}),
        (
            "withdraw",
            {"logistics_no": logistics_no, "origin": "moon", "reason": "-", "happened_at": author.now},
        ),
        ("review", {**known, "kind": rng.choice(KINDS), "decision": "maybe", "reason": "-"}),
        ("review", {**known, "logistics_no": "LP999999", "kind": "V-ACCEPT", "decision": "confirm", "reason": "-"}),
        ("notice", {"week": "2026-W53"}),
        ("notice", {"week": "in May"}),
        ("handle_withdrawal", {"logistics_no": "LP999999", "station": station}),
        ("settle", {"month": rng.choice(("2026-12", "2026-13", "2026-5", "May"))}),
        ("appeal", {**known, "kind": "V-ACCEPT"}),
        ("appeal", {**known, "kind": "V-ACCEPT", "text": "-", "to": "court"}),
        ("appeal", {**known, "logistics_no": "LP999999", "kind": "V-ACCEPT", "text": "-"}),
        ("decide", {**known, "kind": "V-LUNCH", "stage": "hq", "decision": "uphold", "reason": "-"}),
        ("decide", {**known, "kind": "V-ACCEPT", "stage": "hq", "decision": "pass_on", "reason": "-"}),
    ]
    do, fields = rng.choice(choice)
    author.say(do, **fields)

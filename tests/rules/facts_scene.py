"""Orders of every sort in three houses, one of them gone from the network, as rows: what facts are read from."""

from datetime import UTC, datetime, timedelta
from typing import Any

from basics.words import DATA_CENTRE
from storage.tables import penalties as t
from storage.tables.dispatch import assignments, events, orders, scans
from storage.tables.geo import stations
from storage.tables.sla import clocks, violations

Rows = tuple[tuple[Any, list[dict[str, Any]]], ...]
MONDAY = datetime(2026, 5, 3, 16, tzinfo=UTC)  # 00:00 in Shanghai
NEXT = MONDAY + timedelta(days=7)
TICK, MINUTE = timedelta(microseconds=1), timedelta(minutes=1)
ODD = "a'b,\"c%\\\n西"  # a station's code that would end a field, a text and a line


def station(code: str, province: str, parent: str | None = None, duty: str = "standard") -> dict[str, Any]:
    return {
        "code": code, "name": code, "level": 2 if parent else 1, "parent": parent, "province": province, "duty": duty,
        "accepts": True, "imported_at": MONDAY,
    }  # fmt: skip


def order(number: int, holder: str | None, created: datetime, **more: Any) -> dict[str, Any]:
    return {
        "id": number, "region": "浙江省", "channel": "crm", "logistics_no": f"IS{number}", "online": True,
        "business_type": "send_express", "state": "accepted", "station": holder, "routing_cause": "area",
        "candidates": [], "content": {}, "missing": [], "created_at": created, "received_at": created,
        "promise_at": created + timedelta(hours=2), "version": 1, "waybill_no": None, "adcode": None,
        "picked_up_at": None, "ended_at": None, "withdrawal_origin": None, "accepted_at": None, **more,
    }  # fmt: skip


def held(number: int, seq: int, holder: str, since: datetime, **more: Any) -> dict[str, Any]:
    return {
        "order_id": number, "seq": seq, "region": "浙江省", "station": holder, "started_at": since, "ended_at": None,
        "cause": "routing", "by": "system", "outside": False, "accepted_at": None, **more,
    }  # fmt: skip


def event(number: int, seq: int, kind: str, **data: Any) -> dict[str, Any]:
    return {
        "order_id": number, "seq": seq, "region": "", "kind": kind, "happened_at": MONDAY, "recorded_at": MONDAY,
        "by": "x", "data": data,
    }  # fmt: skip


def posting(number: int, key: str, violation: int | None) -> dict[str, Any]:
    return {
        "id": number, "seq": number, "key": key, "content_hash": "", "chain": str(number), "happened_at": MONDAY,
        "recorded_at": NEXT, "month": "2026-05", "station": "B1", "logistics_no": "IS2", "rule": "V-PICKUP",
        "edition": "2017-01-01", "why": "", "violation_id": violation, "request_id": None,
    }  # fmt: skip


def of_orders() -> Rows:
    """The network, orders, who held them, their logs, scans and clocks."""
    network = [station(ODD, "浙江省"), station("B", "新疆", duty="xinjiang"), station("B1", "新疆", "B", "xinjiang")]
    return (
        (stations, network),
        (orders, [
            order(1, ODD, MONDAY, accepted_at=MONDAY + 9 * 60 * MINUTE, state="picked_up", waybill_no="W1",
                  picked_up_at=MONDAY + 90 * MINUTE - TICK),
            order(2, "B1", MONDAY - TICK, waybill_no="W2"),
            order(3, None, MONDAY + TICK, state="held", region=""),
            order(4, DATA_CENTRE, MONDAY, state="at_data_centre", region="上海市"),
            order(5, "GONE", NEXT - TICK, state="pickup_failed", ended_at=NEXT - TICK, adcode="330106"),
            order(6, "B", NEXT, state="withdrawn", withdrawal_origin="sender"),
            order(7, "B1", MONDAY + MINUTE, state="accepted", waybill_no="W7"),
            order(8, "B", MONDAY + MINUTE, state="withdrawn", withdrawal_origin="sender", waybill_no="W8"),
        ]),
        (assignments, [
            held(1, 1, ODD, MONDAY, accepted_at=MONDAY + 9 * 60 * MINUTE),
            held(2, 1, ODD, MONDAY - TICK, ended_at=MONDAY + 70 * MINUTE),
            held(2, 2, "B1", MONDAY + 70 * MINUTE, cause="transfer", accepted_at=MONDAY + 11 * 60 * MINUTE),
            held(4, 1, DATA_CENTRE, MONDAY),
            held(7, 1, ODD, MONDAY + MINUTE, ended_at=MONDAY + 2 * MINUTE),
            held(7, 2, "B", MONDAY + 2 * MINUTE, ended_at=MONDAY + 3 * MINUTE),
            held(7, 3, "B1", MONDAY + 3 * MINUTE, cause="dispatch"),
        ]),
        (scans, [
            {"waybill_no": one, "station": at, "scanned_at": when, "told_at": when, "operator": "o"}
            for one, at, when in (
                ("W1", ODD, MONDAY + 89 * MINUTE),
                ("W2", ODD, MONDAY + 70 * MINUTE),  # the house that held it a moment before
                ("W7", "B", MONDAY + 4 * MINUTE),  # of the same house
            )
        ]),
        (events, [
            event(5, 1, "created"), event(5, 2, "failed", stage="pickup", reason="weather"),
            event(8, 1, "withdrawn", code="duplicate"), event(8, 2, "withdrawn", code="too_slow"),
            event(6, 1, "withdrawn", reason="不要了"),
        ]),
        (clocks, [
            {"order_id": 1, "seq": 1, "kind": kind, "region": "浙江省", "station": ODD, "starts_at": MONDAY,
             "due_at": due, "verdict": "kept", "edition": "2017-01-01"}
            for kind, due in (("accept", MONDAY), ("pickup", NEXT))
        ]),
    )  # fmt: skip


def of_cases() -> Rows:
    """A case appealed twice, one that was cleared, and money."""
    return (
        (violations, [
            {"id": one, "order_id": 2, "seq": one, "kind": "V-PICKUP", "region": "", "station": "B1", "house": "B",
             "happened_at": MONDAY, "edition": "2017-01-01", "excuse": "", "fine_fen": 10_000, "evidence": {}}
            for one in (1, 2)
        ]),
        (t.cases, [
            {"violation_id": 1, "region": "", "state": "confirmed", "opened_at": MONDAY, "changed_at": MONDAY,
             "decided_at": NEXT, "decided_by": "稽核", "steps": 1},
            {"violation_id": 2, "region": "", "state": "cleared", "opened_at": MONDAY, "changed_at": MONDAY,
             "decided_at": None, "decided_by": None, "steps": 1},
        ]),
        (t.appeals, [
            {"violation_id": 1, "stage": stage, "state": "open", "station": "B1", "province": "新疆", "text": "",
             "opened_at": NEXT, "recorded_at": NEXT, "by": "x", "by_mail": False, "closed_by": "", "reason": ""}
            for stage in ("province", "hq")
        ]),
        (t.postings, [posting(1, "fine:x", 1), posting(2, "fine:x:reversed", 1), posting(3, "goodwill:1", None)]),
        (t.lines, [
            {"posting_id": one, "account": account, "amount_fen": fen * (-1 if one == 2 else 1)}
            for one in (1, 2, 3)
            for account, fen in (("B", 10_000), ("fines" if one < 3 else "adjustments", -10_000))
        ]),
    )  # fmt: skip

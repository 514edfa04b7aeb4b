"""Orders through the API: the same acts as on the screens, an answer for each, and a key that does them once."""

from collections.abc import Callable
from threading import Thread
from typing import Any

from sqlalchemy import select

from storage.session import reading
from storage.tables.dispatch import events
from storage.tables.people import api_answers, audit
from tests.web.api.conftest import Program
from tests.web.console.conftest import Land, local

As = Callable[[str], Program]


def items(*orders: int) -> dict[str, Any]:
    return {"items": [{"order_id": one} for one in orders]}


def accepted(land: Land, order: int) -> int:
    with reading(land.engine) as conn:
        query = select(events.c.id).where(events.c.order_id == order, events.c.kind == "accepted")
        return len(conn.execute(query).all())


def test_do_1_many_are_accepted_with_an_answer_each(land: Land, as_: As) -> None:
    mine, foreign = land.order("KD1", local("08:31")), land.order("KD2", local("08:32"), "HZ02")
    answer = as_("hz01").post("/orders/accept", items(mine, foreign, 999))
    assert answer.status_code == 200
    assert [(one["done"], one["logistics_no"]) for one in answer.json["results"]] == [
        (True, "KD1"),
        (False, ""),
        (False, ""),
    ]
    assert {one["refusal"]["code"] for one in answer.json["results"][1:]} == {"order_unknown"}  # ROLE-1
    assert land.row("KD1").state == "accepted" and land.row("KD2").state == "waiting"


def test_i_22_each_order_of_a_bulk_has_its_row(land: Land, as_: As) -> None:
    """As on the screen: with digests of before and after; with a key the answer is kept in the same commit."""
    orders = [land.order(number, local("08:31")) for number in ("KD1", "KD2", "KD3")]
    assert as_("hz01").post("/orders/accept", items(*orders[:2])).status_code == 200
    assert as_("hz01").post("/orders/accept", items(orders[2], 999), key="k").status_code == 200
    with reading(land.engine) as conn:
        rows = conn.execute(select(audit).where(audit.c.what == "api_acts.accept").order_by(audit.c.id)).all()
    assert [row.order_id for row in rows] == orders and all(row.before and row.before != row.after for row in rows)


def test_role_2_orders_are_masked_and_a_look_is_counted(land: Land, as_: As) -> None:
    order, program = land.order("KD1", local("08:31"), remark="请找欧阳明月 13812345678"), as_("hz01")
    for answer in (program.get("/orders"), program.get(f"/orders/{order}"), program.get("/desk")):
        assert "欧阳明月" not in answer.text and "13812345678" not in answer.text and "501室" not in answer.text
    seen = program.post(f"/orders/{order}/look", {"reason": "联系客户"})
    assert seen.json["order"]["sender"]["phone"] == "13812345678"
    assert program.post(f"/orders/{order}/look", {"reason": "好奇"}).status_code == 422
    assert program.post("/orders/999/look", {"reason": "联系客户"}).status_code == 404


def test_a_look_is_a_look_each_time_and_is_kept_nowhere(land: Land, as_: As) -> None:
    order, program = land.order("KD1", local("08:31")), as_("hz01")
    for _ in range(2):
        answer = program.post(f"/orders/{order}/look", {"reason": "联系客户"}, key="k")
        assert answer.status_code == 200 and "Idempotent-Replayed" not in answer.headers
    with reading(land.engine) as conn:
        assert conn.execute(select(api_answers)).all() == []


def test_the_same_key_is_answered_alike_and_done_once(land: Land, as_: As) -> None:
    order, program = land.order("KD1", local("08:31")), as_("hz01")
    first = program.post("/orders/accept", items(order), key="accept-1")
    land.clock.forward(minutes=5)
    again = program.post("/orders/accept", items(order), key="accept-1")
    assert first.status_code == again.status_code == 200
    assert first.json == again.json and again.json["results"][0]["done"]
    assert again.headers["Idempotent-Replayed"] == "true" and accepted(land, order) == 1
    without = program.post("/orders/accept", items(order))
    assert without.json["results"][0]["refusal"]["code"] == "not_allowed_in_state"


def test_a_key_is_for_one_content_and_one_person(land: Land, as_: As) -> None:
    order, program = land.order("KD1", local("08:31")), as_("hz01")
    assert program.post("/orders/accept", items(999), key="k").status_code == 200
    other = program.post("/orders/accept", items(order), key="k")
    assert (other.status_code, other.json["code"]) == (422, "idempotency_key_reused")
    assert program.post("/orders/handle", items(999), key="k").json["code"] == "idempotency_key_reused"
    assert as_("hz02").post("/orders/accept", items(order), key="k").status_code == 200
    assert accepted(land, order) == 0
    for key in ("", "a b", "x" * 101, "键"):
        assert program.post("/orders/accept", items(order), key=key).status_code == 422


def test_a_refusal_leaves_the_key_free(land: Land, as_: As) -> None:
    order, program = land.order("KD1", local("08:31")), as_("hz01")
    wrong = {"stage": "accept", "reason": "no_such_reason"}
    assert program.post(f"/orders/{order}/fail", wrong, key="k").json["code"] == "reason_not_allowed"
    right = {"stage": "accept", "reason": "customer_cancelled"}
    assert program.post(f"/orders/{order}/fail", right, key="k").status_code in (200, 422)
    with reading(land.engine) as conn:
        assert len(conn.execute(select(api_answers)).all()) <= 1


def test_two_at_the_same_time_are_one_act(land: Land, as_: As) -> None:
    """One does it; the other waits for it, or is told that it is being done."""
    order = land.order("KD1", local("08:31"))
    programs, found = [as_("hz01"), as_("hz01")], []
    threads = [
        Thread(target=lambda one=one: found.append(one.post("/orders/accept", items(order), key="k")))
        for one in programs
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {one.status_code for one in found} <= {200, 409} and accepted(land, order) == 1
    assert all(one.json["results"][0]["done"] for one in found if one.status_code == 200)


def test_pages_are_stable_while_orders_come(land: Land, as_: As) -> None:
    for number in range(5):
        land.order(f"KD{number}", local(f"08:3{number}"))
    program, seen, where = as_("hz01"), [], ""
    for _ in range(3):
        answer = program.get("/orders", limit=2, after=where)
        seen += [one["logistics_no"] for one in answer.json["items"]]
        land.order(f"NEW{len(seen)}", local("08:50"))
        where = answer.json["next"] or ""
        assert ("next" in answer.headers.get("Link", "")) == bool(where)
    assert seen == ["KD4", "KD3", "KD2", "KD1", "KD0"] and not where


def test_what_is_not_in_the_schema_is_refused(land: Land, as_: As) -> None:
    program = as_("hz01")
    for query in ({"limit": 0}, {"limit": 201}, {"limit": "x"}, {"colour": "red"}, {"state": "gone"}, {"after": "x"}):
        answer = program.get("/orders", **query)
        assert (answer.status_code, answer.mimetype) == (422, "application/problem+json"), query
    assert program.client.get("/api/v1/orders?limit=1&limit=2").status_code == 422
    wrong: list[Any] = [
        {}, {"items": []}, {"items": [{"order_id": "1"}]}, {"items": [{"order_id": True}]}, [], None, 1,
        {"items": [{"order_id": 1, "more": 1}]}, {"items": [{"order_id": 2**53 + 1}]},
        {"items": [{"order_id": 1}, {"order_id": 1}]}, {"items": [{"order_id": 1}] * 1_001},
    ]  # fmt: skip
    for body in wrong:
        assert program.post("/orders/accept", body).status_code in (415, 422), body
    headers = {"X-CSRF-Token": program.token}
    depth = b"[" * 10_000 + b"]" * 10_000
    twice = b'{"items": [{"order_id": 1}], "items": [{"order_id": 2}]}'
    for raw, status in ((b"{", 400), (b"\xff", 400), (b'{"items": %s}' % depth, 400), (twice, 422)):
        answer = program.client.post(
            "/api/v1/orders/accept", data=raw, headers=headers, content_type="application/json"
        )
        assert (answer.status_code, answer.mimetype) == (status, "application/problem+json"), raw[:40]


def test_d12_no_text_passes_beside_the_gate(land: Land, as_: As) -> None:
    """What PostgreSQL cannot hold is refused, in addresses as in bodies; and as long as the document says is taken."""
    hq = as_("hq")
    for path in ("/borders", "/closures", "/areas/findings"):
        assert hq.get(path, station="\0").status_code == 422, path
    assert as_("finance").get("/accounts", q="\0").status_code == 422
    order, program = land.order("KD1", local("08:31")), as_("hz01")
    for length, status in ((64, 200), (65, 422)):
        confirm = {"items": [{"order_id": order, "waybill_no": "1" * length}]}
        assert program.post("/orders/confirm", confirm).status_code == status


def test_who_is_not_asked_in(land: Land, as_: As, app: Any) -> None:
    """B-89, ROLE-1: no session, no token, another role."""
    order, program = land.order("KD1", local("08:31")), as_("hz01")
    assert app.test_client().get("/api/v1/orders").status_code == 401
    assert app.test_client().get("/api/v1/openapi.json").status_code == 401
    bare: Any = program.client.post("/api/v1/orders/accept", json=items(order))
    assert bare.json["code"] == "csrf_failed"
    assert as_("finance").post("/orders/accept", items(order)).status_code == 403
    assert as_("hz02").get(f"/orders/{order}").status_code == 404
    assert program.client.put("/api/v1/orders").status_code == 405
    assert land.row("KD1").state == "waiting"

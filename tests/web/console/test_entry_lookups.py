"""录单: other orders of a sender are looked up as 来电 looks them up: logged and limited (ROLE-2, CHAN-8)."""

from typing import Any

from sqlalchemy import Engine, select

from storage.session import reading
from storage.tables.people import audit
from tests.web.console.calls import As, find
from tests.web.console.conftest import Land, local
from tests.web.console.test_entry import save, token


def test_role_2_each_phone_looked_up_is_in_the_audit_and_guessing_is_made_to_wait(
    land: Land, as_: As, engine: Engine
) -> None:
    """The limits are those of 来电, both ways; an order can be entered all the same. No number is kept."""
    land.order("KD1", local("08:31"), sender={"phone": "13800138000"})
    visitor, other = as_("hz01"), as_("hz02")

    def asks(phone: str = "13800138000") -> Any:
        return visitor.post("/entry/others", {"sender_phone": phone}, page="/entry")

    assert ">KD1</a>" in asks().text and "KD1" not in asks("13800138001").text
    assert "KD1" in visitor.post("/entry", {"token": token(visitor), "sender_phone": "13800138000"}, page="/entry").text
    with reading(engine) as conn:
        rows = conn.execute(select(audit).where(audit.c.what == "sender_looked_up").order_by(audit.c.id)).all()
        assert [row.subject for row in rows] == ["phone:1", "phone:0", "phone:1"]
        assert not any("138" in str(value) for row in rows for value in (row.subject, row.reason))
    for _ in range(20):
        find(visitor, "KD1", "13800000000")
    for text in (asks().text, save(visitor, sender_name="", pieces="x").text):
        assert "KD1" not in text and "查询次数过多" in text
    assert save(visitor).status_code == 303
    land.order("KD2", local("08:31"), "HZ02", sender={"phone": "13900139000"})
    for _ in range(120):
        other.post("/entry/others", {"sender_phone": "13700137000"}, page="/entry")
    assert find(other, "KD2", "13900139000").status_code == 429
    land.clock.at = local("09:31:01")
    assert ">KD2</a>" in as_("hz02").post("/entry/others", {"sender_phone": "13900139000"}, page="/entry").text

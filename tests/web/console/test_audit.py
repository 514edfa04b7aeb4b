"""I-22: what people do and look at leaves its row in the same commit; the screen that finds it; the alarm of looks."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from people.actions import UNMASK, AuditEntry, record
from storage.session import reading, writing
from storage.tables.notify import messages
from storage.tables.people import audit, users
from tests.web.conftest import Visitor
from tests.web.console.conftest import Land, local

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
As = Callable[[str], Visitor]
LOOK = {"reason": "核实地址"}


def rows(land: Land, *what: str) -> list[Any]:
    """Of these; of none: whatever it was, the log-in aside."""
    with reading(land.engine) as conn:
        found = conn.execute(select(audit).order_by(audit.c.id)).all()
    return [row for row in found if (row.what in what if what else row.what != "login")]


@pytest.fixture
def two(land: Land) -> list[int]:
    return [land.order(number, local("09:00"), channel="kuaidi100") for number in ("KD1", "KD2")]


def test_i_22_an_act_on_an_order(land: Land, two: list[int], as_: As) -> None:
    """Who, when, from where, what, and digests of the order before and after: two acts in a row meet in one."""
    visitor = as_("hz01")
    path = f"/orders/{two[0]}"
    where: dict[str, Any] = {"environ_overrides": {"REMOTE_ADDR": "10.9.8.7"}}
    answer = visitor.post(f"{path}/accept", {}, "/desk", headers={"X-Forwarded-For": "6.6.6.6"}, **where)
    assert answer.status_code == 303
    assert visitor.post(f"{path}/call", {"remark": "无人接听"}, "/desk").status_code == 303
    accepted, called = rows(land)
    assert (accepted.what, accepted.subject, accepted.order_id) == ("acts.accept", f"POST {path}/accept", two[0])
    assert accepted.address == "10.9.8.7"  # B-113: the true peer
    assert accepted.request_id == answer.headers["X-Request-Id"] and accepted.happened_at == land.clock.at
    assert accepted.before != accepted.after and accepted.after == called.before
    assert visitor.post(f"{path}/accept", {}, "/desk").status_code == 409
    assert len(rows(land)) == 2  # what was refused has changed nothing


def test_i_24_a_reason_keeps_no_number(land: Land) -> None:
    """ROLE-2: the audit is never changed, so what somebody typed is masked before it is written, and then cut."""
    with writing(land.engine) as conn:
        said = "客户 13812345678 来电," * 20
        record(conn, [AuditEntry(3, "outage", "web 55000000000017", "", reason=said)], land.clock.at)
    [row] = rows(land)
    assert "1381" not in row.reason and row.reason.startswith("客户 **** 来电") and len(row.reason) == 200
    assert row.subject == "web 55000000000017"


def test_i_22_each_order_of_a_bulk_has_its_row(land: Land, two: list[int], as_: As) -> None:
    """B-91: of others' and unknown ones there is none; what had no effect has one for the request."""
    foreign = land.order("KD3", local("09:00"), "HZ02")
    form: Any = {"orders": [str(one) for one in (*two, foreign, 999)]}
    visitor = as_("hz01")
    assert visitor.post("/desk/accept", form, "/desk").status_code == 303
    assert [row.order_id for row in rows(land)] == two and len({row.request_id for row in rows(land)}) == 1
    assert visitor.post("/desk/accept", form, "/desk").status_code == 303
    assert [row.order_id for row in rows(land)[2:]] == [None]


def test_i_22_the_row_is_in_the_same_commit(land: Land, two: list[int], as_: As, monkeypatch: Any) -> None:
    """No row, no act: when the audit cannot be written the order stays as it was."""

    def broken(*_: Any) -> None:
        raise RuntimeError("no audit")

    visitor = as_("hz01")
    token = visitor.token("/desk")
    monkeypatch.setattr("web.auditing.record", broken)
    assert visitor.client.post(f"/orders/{two[0]}/accept", data={"csrf_token": token}).status_code == 500
    assert land.row("KD1").state == "waiting" and rows(land) == []


def test_i_22_a_file_that_cannot_be_audited_is_not_given(land: Land, as_: As, monkeypatch: Any) -> None:
    visitor = as_("hq")
    assert visitor.get("/ledger.csv").status_code == 200
    assert [(row.what, row.subject) for row in rows(land)] == [("ledger.download", "GET /ledger.csv")]
    whole = visitor.get("/statements/HZ01/2026-05.xlsx", headers={"Range": "bytes=0-999999"})
    assert whole.status_code == 206 and rows(land)[-1].what == "statements.xlsx"  # asked for by a range
    told = len(rows(land))

    def broken(*_: Any) -> None:
        raise RuntimeError("no audit")

    monkeypatch.setattr("web.auditing.record", broken)
    assert visitor.get("/ledger.csv").status_code == 500 and len(rows(land)) == told


def test_i_22_a_refusal_is_kept_whatever_was_sent(land: Land, as_: As) -> None:
    """From a foreign page, with more parts than a form may have: they are not read for its row."""
    part = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n'
    kind = {"Content-Type": "multipart/form-data; boundary=x", "Origin": "http://evil.example"}
    answer = as_("hz01").client.post("/orders/1/accept", data=part * 3_000 + b"--x--", headers=kind)
    assert answer.status_code == 403 and [row.what for row in rows(land)] == ["forbidden"]


def test_b_121_the_101st_look_and_the_alarm(land: Land, two: list[int], as_: As) -> None:
    """30 in five minutes are told to HQ and to the province, once an hour; the 101st in an hour is refused and told."""
    hz01 = as_("hz01")
    with reading(land.engine) as conn:
        user = conn.scalar(select(users.c.id).where(users.c.login == "hz01"))
    path, at = f"/orders/{two[0]}/look", land.clock.at

    def looked(many: int, before: timedelta) -> None:
        with writing(land.engine) as conn:
            record(conn, [AuditEntry(user or 0, UNMASK, "KD1", "10.0.0.1")] * many, at - before)

    def told() -> list[tuple[str, str]]:
        with reading(land.engine) as conn:
            found = conn.execute(select(messages).where(messages.c.kind == "looks").order_by(messages.c.id)).all()
        assert not any("13812345678" in row.text or "欧阳" in row.subject for row in found)
        return [(row.to_kind, row.key.split(":")[1]) for row in found]

    looked(28, timedelta(minutes=5))
    looked(1, timedelta(minutes=5, microseconds=1))
    assert hz01.post(path, LOOK, "/desk").status_code == 200 and told() == []
    assert hz01.post(path, LOOK, "/desk").status_code == 200
    assert told() == [("hq", "many"), ("province", "many")]
    looked(69, timedelta(minutes=59))
    assert hz01.post(path, LOOK, "/desk").status_code == 429
    assert hz01.post(path, LOOK, "/desk").status_code == 429
    assert told()[2:] == [("hq", "stopped"), ("province", "stopped")]
    assert len(rows(land, UNMASK)) == 100


def test_the_screen(land: Land, two: list[int], as_: As) -> None:
    """Who looked at this order, and what else he did; the search itself is in it from then on."""
    as_("hz01").post(f"/orders/{two[0]}/look", LOOK, "/desk")
    as_("hz01").post(f"/orders/{two[1]}/accept", {}, "/desk")
    hq = as_("hq")
    page = hq.get("/audit?number=KD1").text
    assert "西湖王芳" in page and "核实地址" in page and f"/orders/{two[1]}/accept" not in page
    assert f"/orders/{two[1]}/accept" in hq.get("/audit?person=HZ01&what=acts.accept").text
    assert "没有记录" in hq.get("/audit?person=nobody").text and "没有记录" in hq.get("/audit?number=KD404").text
    [one] = rows(land, UNMASK)
    assert "西湖王芳" in hq.get(f"/audit?request={one.request_id}").text
    assert [row.what for row in rows(land)][-5:] == ["audit.page"] * 5
    assert "客户" not in "".join(row.subject for row in rows(land))


def test_pages_of_the_screen(land: Land, as_: As) -> None:
    with reading(land.engine) as conn:
        user = conn.scalar(select(users.c.id).where(users.c.login == "hz01"))
    with writing(land.engine) as conn:
        entries = [AuditEntry(user or 0, "acts.call", f"NR{number:03}", "10.0.0.1") for number in range(60)]
        record(conn, entries, land.clock.at)
    hq = as_("hq")
    first = hq.get("/audit?what=acts.call").text
    assert "NR059" in first and "NR010" in first and "NR009" not in first
    address = first.split('id="next-page" href="')[1].split('"')[0].replace("&amp;", "&")
    second = hq.get(address).text
    assert "NR009" in second and "NR000" in second and "NR010" not in second and "next-page" not in second


RANGES = {
    "from=2026-02-01&until=2026-05-04": 200, "from=2026-01-31&until=2026-05-04": 422, "from=2026-05-04": 200,
    "from=2026-05-05&until=2026-05-04": 422, "from=2026-05-05": 422, "until=2026-05-04": 200, "from=x": 422,
    "after=x": 422, "person=%00": 422, "from=2999-12-31&until=2999-12-31": 200,
}  # fmt: skip


def test_b_107_at_most_93_days(land: Land, as_: As) -> None:
    hq = as_("hq")
    assert {one: hq.get(f"/audit?{one}").status_code for one in RANGES} == RANGES

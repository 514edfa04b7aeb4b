"""回传 (CHAN-4): HQ and admin see what was not delivered, with the raw answer, and decide; each act is in the audit."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select, update

from channels.actions import set_channel
from channels.feedback import Outcome, Reply, Tried
from channels.outbox.actions import claim_due, mark
from storage.session import reading, writing
from storage.tables.channels import channels, outbox
from storage.tables.people import audit
from tests.web.conftest import Visitor
from tests.web.console.conftest import Land, local

As = Callable[[str], Visitor]
ANSWER = '{"code":"S05","no":"KD1","who":"<script>alert(1)</script>","tel":"13812345678"}' + "x" * 5_000


@pytest.fixture
def refused(land: Land, engine: Engine) -> Land:
    """Three accepted orders: Kuaidi100 refused the first two and asked to wait with the third."""
    with writing(engine) as conn:
        set_channel(conn, b"m" * 32, "kuaidi100", {"feedback_url": "https://kd.example/"}, local("08:00"))
    for number in ("KD1", "KD2", "KD3"):
        land.order(number, local("09:00"))
        land.accept(number, "HZ01", local("09:10"))
    ends = iter([(Outcome.REFUSED, Reply(400, ANSWER)), (Outcome.REFUSED, Reply(422, "no")),
                 (Outcome.LATER, Reply(429, "slow", timedelta(hours=3)))])  # fmt: skip
    with writing(engine) as conn:
        mark(conn, [Tried(one, *next(ends)) for one in claim_due(conn, local("09:10"), 10)], local("09:10"))
        conn.execute(update(channels).values(paused_until=None))
    return land


def rows(engine: Engine) -> list[Any]:
    with reading(engine) as conn:
        return list(conn.execute(select(outbox).order_by(outbox.c.id)))


def audited(engine: Engine) -> list[tuple[str, str, int | None]]:
    with reading(engine) as conn:
        of_rows = audit.c.what.startswith("outbox_", autoescape=True)
        found = conn.execute(select(audit).where(of_rows).order_by(audit.c.id))
        return [(row.what, row.subject, row.order_id) for row in found]


def decide(visitor: Visitor, **form: Any) -> Any:
    return visitor.post("/outbox/act", form, page="/outbox")


@pytest.mark.parametrize("login", ["hq", "admin"])
def test_chan_4_the_list_with_the_raw_answer(refused: Land, as_: As, login: str) -> None:
    text = as_(login).get("/outbox").text
    assert re.findall(r'class="no"[^>]*>(KD\w+)<', text) == ["KD1", "KD2"]
    assert "&lt;script&gt;alert(1)" in text and "<script>alert" not in text
    assert "&#34;no&#34;:&#34;KD1&#34;" in text and "13812345678" not in text  # ROLE-2
    assert text.count("x" * 100) and "x" * 4_500 not in text  # cut
    assert ('href="/orders/' in text) is (login == "hq")
    assert "快递100" in text or "Kuaidi100" in text


@pytest.mark.parametrize("login", ["hz01", "zhejiang", "finance"])
def test_role_1_others_neither_see_nor_act(refused: Land, as_: As, engine: Engine, login: str) -> None:
    visitor = as_(login)
    assert visitor.get("/outbox").status_code == 403
    assert visitor.post("/outbox/act", {"one": "1"}, page="/weekly").status_code == 403
    assert [row.state for row in rows(engine)] == ["parked", "parked", "waiting"]


def test_b_89_no_act_without_the_form_token(refused: Land, as_: As, engine: Engine) -> None:
    answer = as_("hq").client.post("/outbox/act", data={"one": "1", "csrf_token": "0" * 64})
    assert answer.status_code == 403 and [row.state for row in rows(engine)] == ["parked", "parked", "waiting"]


def test_chan_4_one_is_sent_again_by_its_own_button(refused: Land, as_: As, engine: Engine) -> None:
    visitor, first = as_("hq"), rows(engine)[0]
    refused.clock.at = local("09:30")
    answer = decide(visitor, one=str(first.id), rows=str(rows(engine)[1].id), state="parked", channel="")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/outbox?state=parked")
    assert "已安排重发 1 条" in visitor.get("/outbox").text
    again, other, _ = rows(engine)
    assert (again.state, again.attempts, again.next_at) == ("waiting", 0, local("09:30"))
    assert (again.handled_by, again.handled_at) == ("总部赵敏", local("09:30"))
    assert other.state == "parked"
    assert audited(engine) == [("outbox_again", f"kuaidi100 KD1 #{first.id}", first.order_id)]


def test_chan_4_many_are_given_up(refused: Land, as_: As, engine: Engine) -> None:
    ids = [str(row.id) for row in rows(engine)]
    visitor = as_("admin")
    assert decide(visitor, decision="give_up", rows=ids).status_code == 303
    text = visitor.get("/outbox").text
    assert "已放弃 2 条" in text and "1 条已不在此状态" in text  # the third only waits
    assert [row.state for row in rows(engine)] == ["given_up", "given_up", "waiting"]
    assert [what for what, _, _ in audited(engine)] == ["outbox_give_up"] * 2
    text = visitor.get("/outbox?state=given_up").text
    assert "管理员" in text and "重发所选" not in text


def test_chan_4_all_of_a_channel(refused: Land, as_: As, engine: Engine) -> None:
    """But not what the channel asked to wait."""
    assert decide(as_("hq"), decision="all_again", channel="kuaidi100").status_code == 303
    assert [row.state for row in rows(engine)] == ["waiting"] * 3
    assert [row.put_off for row in rows(engine)] == [None, None, "asked"]
    assert audited(engine) == [("outbox_all_again", "kuaidi100: 2", None)]


def test_chan_4_it_says_what_is_left_out_and_what_is_held_up(refused: Land, as_: As, engine: Engine) -> None:
    row = rows(engine)[0]._asdict()
    old = {**row, "id": 900, "order_id": 900, "channel": "sms", "created_at": local("09:00") - timedelta(days=9)}
    with writing(engine) as conn:
        conn.execute(outbox.insert(), [old])
        conn.execute(update(channels).values(paused_until=local("23:59")))
    visitor = as_("hq")
    assert "超过 24 小时的短信和邮件除外" in visitor.get("/outbox").text
    decide(visitor, decision="all_again")
    text = visitor.get("/outbox").text
    assert "1 条短信/邮件超过 24 小时" in text and "暂停至" in text and "23:59:00" in text
    assert rows(engine)[-1].state == "parked"


def test_filters_and_pages(refused: Land, as_: As, engine: Engine) -> None:
    visitor = as_("hq")
    waiting = visitor.get("/outbox?state=waiting").text
    assert "KD3" in waiting and "渠道要求等待" in waiting and "立即重试" in waiting
    assert "没有需要处理的消息" in visitor.get("/outbox?channel=crm").text
    for bad in ("channel=nobody", "state=sent", "after=x", "after=-1", f"after={10**30}"):
        assert visitor.get(f"/outbox?{bad}").status_code == 422, bad
    row = rows(engine)[0]._asdict()
    more = [{**row, "id": 1_000 + n, "seq": 100 + n, "order_id": 10_000 + n} for n in range(60)]
    with writing(engine) as conn:
        conn.execute(outbox.insert(), more)
    first = visitor.get("/outbox").text
    (following,) = re.findall(r"after=(\d+)", first)
    second = visitor.get(f"/outbox?after={following}").text
    shown = [re.findall(r'id="pick-(\d+)"', page) for page in (first, second)]
    assert [len(one) for one in shown] == [50, 12] and len({*shown[0], *shown[1]}) == 62


@pytest.mark.parametrize(
    ("form", "status"),
    [({"decision": "nonsense", "rows": "1"}, 422), ({"rows": "x"}, 422), ({"channel": "nobody", "rows": "1"}, 422),
     ({"decision": "again"}, 303), ({"one": ""}, 303), ({"decision": "give_up", "rows": str(10**18 - 1)}, 303)],
)  # fmt: skip
def test_odd_forms_do_nothing(refused: Land, as_: As, engine: Engine, form: dict[str, str], status: int) -> None:
    assert decide(as_("hq"), **form).status_code == status
    assert [row.state for row in rows(engine)] == ["parked", "parked", "waiting"] and audited(engine) == []


def test_chan_7_what_a_sender_was_told_stands_in_the_orders_log(land: Land, as_: As, engine: Engine) -> None:
    """The copy; his number hidden unless a look was granted (ROLE-2)."""
    number = land.order("KD9", local("09:00"), online=False)
    with reading(engine) as conn:
        (row,) = conn.execute(select(outbox)).all()
    assert (row.state, row.last_answer) == ("parked", "not_set_up")
    visitor = as_("hz01")
    text = visitor.get(f"/orders/{number}").text
    assert "短信告知寄件人「已收到」" in text and "未设置发送方式" in text
    assert "138******78:您的寄件订单KD9已收到" in text and "13812345678" not in text
    looked = visitor.post(f"/orders/{number}/look", {"reason": "联系客户"}, page=f"/orders/{number}").text
    assert "13812345678:您的寄件订单KD9已收到" in looked
    listed = as_("admin").get("/outbox").text
    assert "138******78" in listed and "13812345678" not in listed and "未设置发送方式" in listed

"""The inbox: each reads his own, ticks off what he has seen, and who did is kept (DO-8, ROLE-1)."""

import re

import pytest
from sqlalchemy import select

from notify.actions import notify
from notify.messages import Message
from storage.session import reading, writing
from storage.tables.notify import messages
from tests.web.console.conftest import Land
from tests.web.console.test_warnings import PART, As, tell, unread


def test_each_reads_his_own_inbox(land: Land, as_: As) -> None:
    """ROLE-1: nobody sees or marks another's; who read and when is shown."""
    tell(land, ("station", "HZ01"), ("station", "HZ02"), ("province", "浙江省"), ("hq", ""))
    with reading(land.engine) as conn:
        ids = {row.to_code: row.id for row in conn.execute(select(messages))}
    for login, code in (("hz01", "HZ01"), ("zhejiang", "浙江省"), ("hq", "")):
        visitor = as_(login)
        text = visitor.get("/inbox").text
        assert re.findall(r'name="messages" value="(\d+)"', text) == [str(ids[code])] and unread(text) == "1"
        assert "主题 &lt;b&gt;" in text
        others = {"one": str(ids["HZ02"])}
        assert "已读 0 条" in visitor.get(visitor.post("/inbox/read", others, "/orders").headers["Location"]).text
        assert visitor.post("/inbox/read", {"one": str(ids[code])}, "/orders").status_code == 303
        text = visitor.get("/inbox").text
        assert "没有未读消息" in text and unread(text) == ""
        assert "05-04 08:30" in visitor.get("/inbox?tab=all").text
    with reading(land.engine) as conn:
        readers = {row.to_code: row.read_by for row in conn.execute(select(messages))}
    assert readers == {"HZ01": "西湖王芳", "HZ02": None, "浙江省": "浙江陈平", "": "总部赵敏"}
    assert unread(as_("hz02").get("/desk").text) == "1"


def test_all_at_once_or_those_ticked(land: Land, as_: As) -> None:
    with writing(land.engine) as conn:
        told = [Message(f"k{n}", ("station", "HZ01"), "late_soon", f"主题{n}", "", "/desk") for n in range(52)]
        notify(conn, told, land.clock.at)
    visitor = as_("hz01")
    text = visitor.get("/inbox").text
    assert text.count('name="messages"') == 50 and 'href="/inbox?tab=unread&amp;after=' in text and unread(text) == "52"
    picked = re.findall(r'name="messages" value="(\d+)"', text)[:2]
    visitor.client.post("/inbox/read", data={"csrf_token": visitor.token("/orders"), "messages": picked})
    assert unread(visitor.get("/inbox").text) == "50"
    assert "请先勾选" in visitor.get(visitor.post("/inbox/read", {}, "/orders").headers["Location"]).text
    upto = re.search(r'name="upto" form="read-all" value="(\d+)"', visitor.get("/inbox").text)
    assert upto
    with writing(land.engine) as conn:
        notify(conn, [Message("later", ("station", "HZ01"), "late_soon", "后来", "", "/desk")], land.clock.at)
    visitor.post("/inbox/read", {"all": "1", "upto": upto[1]}, "/orders")
    text = visitor.get("/inbox").text
    assert unread(text) == "1" and "后来" in text, "nobody has seen that one"
    visitor.post("/inbox/read", {"all": "1"}, "/orders")
    assert unread(visitor.get("/inbox").text) == "1", "without the list nothing was shown"


def test_the_inbox_renews_itself(land: Land, as_: As) -> None:
    tell(land, ("station", "HZ01"))
    visitor = as_("hz01")
    shown = re.search(r'data-shown="(\w+)"', visitor.get("/inbox").text)
    assert shown
    assert visitor.get("/inbox", headers=PART | {"X-Shown": shown[1]}).status_code == 204
    newest = re.search(r'name="upto" form="read-all" value="(\d+)"', visitor.get("/inbox").text)
    assert newest
    visitor.post("/inbox/read", {"all": "1", "upto": newest[1]}, "/orders")
    part = visitor.get("/inbox", headers=PART | {"X-Shown": shown[1]})
    assert part.status_code == 200 and "<html" not in part.text and 'id="unread" hx-swap-oob="outerHTML"' in part.text


@pytest.mark.parametrize("login", ["finance", "admin"])
def test_who_has_no_warnings_and_who_no_inbox(land: Land, as_: As, login: str) -> None:
    visitor = as_(login)
    for path in ("/calls", "/silent", *(() if login == "finance" else ("/inbox",))):
        assert visitor.get(path).status_code == 403
    assert ('id="unread"' in visitor.get("/rulebook").text) is (login == "finance")

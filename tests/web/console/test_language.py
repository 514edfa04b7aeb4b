"""zh-CN first, English by the switch (issue 7): the choice is kept, and every page speaks it."""

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import Engine, select

from channels.messages import Scan
from storage.session import reading
from storage.tables import dispatch, penalties, sla
from storage.tables.people import users
from tests.web.conftest import Visitor
from tests.web.console.conftest import Land, local
from tests.web.console.packs_scenes import CONTENT, late_accept

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

CHINESE = re.compile(r"[\u3400-\u9fff][\u3400-\u9fff、,。:()]*")
SWITCH = re.compile(r'<form class="languages".*?</form>', re.S)
ROLES = ("hq", "hz01", "finance", "admin", "zhejiang")
# Pages that need no look here: files, pieces of the map, what other tests of their own language cover.
SKIPPED = re.compile(
    r"^/(static|push|api|stream|help/<|healthz|readyz|areas/data)"
    r"|\.(csv|json|pdf|xlsx|toml|geojson)$|/file"
)


# What the orders of `filled` hold, and names of places.
TYPED = [
    "揽收 Lanshou",
    "转错了",
    "扫描员",
    "西湖区",
    "杭州市",
    "浙江省",
    "拱墅区",
    "中文",
    "文三路",
    "的书",
    "重庆",
    "余杭区",
    "五常街道",
    "文一西路",
    "号楼",
    "上海市黄浦区",
    "人民大道",
    "王小二",
    "西兴街道",
    "其他地区",
    "找欧",
    "司",
    "欧",
    "电话",
    "号",
]


def say(visitor: Visitor, language: str, page: str = "/", **more: str) -> str:
    """Press the switch; where it leads."""
    answer = visitor.post("/language", {"language": language, "back": page, **more}, page=page)
    assert answer.status_code == 303, answer.status_code
    return answer.headers["Location"]


def test_the_switch_comes_back_to_the_same_page_and_stays(land: Land, as_: object, engine: Engine, app: Flask) -> None:
    visitor = as_("hq")  # type: ignore[operator]
    assert '<html lang="zh-CN">' in visitor.get("/orders?state=waiting").text
    assert say(visitor, "en", "/orders?state=waiting") == "/orders?state=waiting"
    page = visitor.get("/orders?state=waiting").text
    assert '<html lang="en">' in page and "Log out" in page and "退出" not in page
    with reading(engine) as conn:
        assert conn.scalar(select(users.c.language).where(users.c.login == "hq")) == "en"
    elsewhere = as_("hq")  # type: ignore[operator]
    assert '<html lang="en">' in elsewhere.get("/orders").text, "the person's own choice, on another device too"
    other = Visitor(elsewhere.client)
    assert other.post("/logout", {}, page="/orders").status_code == 303
    other.log_in("hz01")
    assert '<html lang="zh-CN">' in other.get("/orders").text, "not the choice of who sat here before"


def test_before_log_in(app: Flask, land: Land) -> None:
    visitor = Visitor(app.test_client())
    form = {"language": "en", "back": "/login?next=/orders"}
    assert visitor.post("/login/language", form).headers["Location"] == "/login?next=/orders"
    assert "Log in" in visitor.get("/login").text and "登录" not in visitor.get("/login").text
    visitor.log_in("hz01")
    assert '<html lang="en">' in visitor.get("/orders").text, "who never chose keeps what was set at the door"


@pytest.mark.parametrize("form", [{"language": "fr"}, {}, {"language": "en-1; evil"}])
def test_another_language_is_refused(land: Land, as_: object, form: dict[str, str]) -> None:
    visitor = as_("hq")  # type: ignore[operator]
    assert visitor.post("/language", form, page="/orders").status_code == 422


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"])
def test_it_leads_nowhere_else(land: Land, as_: object, back: str) -> None:
    """B-114"""
    visitor = as_("hq")  # type: ignore[operator]
    answer = visitor.post("/language", {"language": "en", "back": back}, page="/orders")
    assert answer.headers["Location"] == "/"


def test_it_needs_its_token(land: Land, as_: object) -> None:
    """B-89"""
    visitor = as_("hq")  # type: ignore[operator]
    assert visitor.client.post("/language", data={"language": "en"}).status_code == 403
    assert visitor.client.post("/login/language", data={"language": "en"}).status_code == 403


def test_refusals_and_notes_take_the_readers_side(land: Land, as_: object) -> None:
    visitor = as_("hq")  # type: ignore[operator]
    assert "没有找到" in visitor.get("/nowhere").text
    say(visitor, "en", "/orders")
    page = visitor.get("/nowhere").text
    assert "Nothing here" in page and "没有找到" not in page
    told = visitor.get("/nowhere", headers={"HX-Request": "true"}).get_json()
    assert told["detail"] == "Nothing here"


def filled(land: Land) -> None:
    """Something of everything that pages show."""
    late_accept(land)
    land.order("KD2", local("09:32"), "gap", adcode="330105", **CONTENT)
    land.order("KD3", local("09:33"), **CONTENT)
    land.accept("KD3", "HZ01", local("09:34"))
    land.order("KD4", local("09:35"), **CONTENT)
    land.accept("KD4", "HZ01", local("09:36"))
    land.confirm("KD4", "HZ01", local("09:40"), "55000000000017")
    land.do(local("09:45"), Scan("55000000000017", "HZ01", local("09:44"), "扫描员"))
    land.order("KD5", local("09:50"), **CONTENT)
    land.withdraw("KD5", local("09:55"))
    land.transfer("KD3", "HZ01", local("09:58"), "HZ02", "转错了")
    land.sweep(local("10:01"))


def known(engine: Engine) -> dict[str, object]:
    """What addresses may hold."""
    with reading(engine) as conn:
        order = conn.scalar(select(dispatch.orders.c.id).order_by(dispatch.orders.c.id).limit(1))
        case = conn.scalar(select(sla.violations.c.id).limit(1))
        seq = conn.scalar(select(penalties.postings.c.seq).limit(1)) or 1
    return {
        "order_id": order, "violation_id": case, "seq": seq, "station": "HZ01", "month": "2026-04", "week": "2026-W18",
        "channel": "kuaidi100", "name": "2017-01-01", "house": "HZ01",
    }  # fmt: skip


def addresses(app: Flask, values: dict[str, object]) -> Iterator[str]:
    urls = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        if "GET" in (rule.methods or set()) and not SKIPPED.search(rule.rule):
            given = {name: values.get(name, 1) for name in rule.arguments}
            yield urls.build(rule.endpoint, given, "GET")


def leftovers(page: str, data: list[str]) -> set[str]:
    """Chinese that is nobody's data."""
    text = SWITCH.sub("", re.sub(r'<(\w+)[^>]*\slang="zh[^>]*>.*?</\1>', "", page, flags=re.S))
    for word in data:
        text = text.replace(word, "")
    text = re.sub(r'<option value="[^"]*[\u3400-\u9fff][^"]*"', "<option", text)  # a value that is stored as it stands
    return set(CHINESE.findall(text))


def test_every_page_speaks_english(app: Flask, land: Land, as_: object, engine: Engine) -> None:
    filled(land)
    with reading(engine) as conn:
        network = land.world.network
        people = list(conn.scalars(select(users.c.display_name)))
    data = people + [station.name for station in network.stations.values()]
    data += [station.province for station in network.stations.values()]
    data += TYPED
    data.sort(key=len, reverse=True)
    found: dict[str, set[str]] = {}
    seen = 0
    for login in ROLES:
        visitor = as_(login)  # type: ignore[operator]
        say(visitor, "en", "/rulebook")
        for path in addresses(app, known(engine)):
            answer = visitor.get(path)
            assert answer.status_code < 500, path
            if answer.status_code == 200 and answer.mimetype == "text/html":
                seen += 1
                if path.endswith("/pack"):
                    continue  # a document, the same for every reader: its particulars are Chinese with English beside
                for word in leftovers(answer.text, data):
                    found.setdefault(word, set()).add(path)
    assert seen > 60
    lines = [f"{word}: {', '.join(sorted(paths)[:3])}" for word, paths in sorted(found.items())]
    assert not lines, f"{len(lines)} pieces of Chinese on English pages:\n" + "\n".join(lines)

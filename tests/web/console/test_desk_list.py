"""The desk's list: minutes left, filters and pages, and how it renews itself (ACCEPT-1, CHAN-2, DO-8)."""

import re
from collections.abc import Callable

import pytest
from werkzeug.test import TestResponse

from tests.web.conftest import Visitor
from tests.web.console.conftest import Land, local

As = Callable[[str], Visitor]


def test_least_time_left_first_and_masked(land: Land, as_: As) -> None:
    """ACCEPT-1, ROLE-2: late, short, in time; names, phones and doors are masked."""
    land.order("KD2", local("09:10"))
    land.order("KD1", local("09:00"), remark="请带纸箱 <b>")
    land.order("KD3", local("09:20"))
    land.order("KD9", local("09:20"), "HZ02")
    land.sweep(local("09:33"))
    text = as_("hz01").get("/desk").text
    assert re.findall(r">(KD\d)</a>", text) == ["KD1", "KD2", "KD3"]
    assert "已超 3 分" in text and "仅剩 7 分" in text and "剩 17 分" in text
    assert "您还有未接订单,请尽快操作!" in text and "3 单待接" in text
    assert "138******78" in text and "欧***" in text and "西湖区文三路****" in text
    assert "欧阳明月" not in text and "13812345678" not in text and "501室" not in text
    assert "备注:请带纸箱 &lt;b&gt;" in text and "<b>" not in text, "B-109"


def test_off_duty_clocks_say_when_they_begin(land: Land, as_: As) -> None:
    """DUTY-2: an order of 23:00 starts at 08:00; one of 19:50 has 20 minutes left over night."""
    land.order("KD1", local("19:50"))
    late = land.clock
    late.at = local("19:55")
    assert "剩 25 分 · 次日 08:20 止" in as_("hz01").get("/desk").text
    land.order("KD2", local("23:00"))
    text = as_("hz01").get("/desk").text
    assert "08:00 起计 · 剩 20 分" in text and "08:00 起计 · 剩 30 分" in text


def test_filters_and_page_stay(land: Land, as_: As) -> None:
    """The list's address goes with its forms, and holds what the list reads and nothing else."""
    for n in range(51):
        land.order(f"KD{n:03d}", local("09:00"))
    visitor = as_("hz01")
    text = visitor.get("/desk?channel=kuaidi100&online=1").text
    here = "/desk?channel=kuaidi100&amp;online=1"
    assert f'name="back" value="{here}"' in text and f'hx-get="{here}"' in text
    assert f'href="{here}&amp;after=' in text


@pytest.mark.parametrize("query", ["endpoint=x", "_method=PUT", "_external=1", "_scheme=ftp", "_anchor=x", "self=x"])
def test_an_address_sets_no_option_of_links(land: Land, as_: As, query: str) -> None:
    """B-108: what no list reads stays out of its links."""
    for n in range(51):
        land.order(f"KD{n:03d}", local("09:00"))
    answer = as_("hz01").get(f"/desk?{query}&channel=kuaidi100")
    assert answer.status_code == 200
    assert 'href="/desk?channel=kuaidi100&amp;after=' in answer.text
    links = re.findall(r'(?:href|hx-get)="([^"]*)"', answer.text)
    assert not [one for one in links if query in one] and "/desk?channel=kuaidi100" in links


def test_renewed_only_when_something_changed(land: Land, as_: As) -> None:
    """DO-8: 204 while the page shows all there is; minutes it counts itself, but not those of a night (DUTY-2)."""
    land.order("KD1", local("09:00"))
    visitor = as_("hz01")

    def shown() -> str:
        found = re.search(r'data-shown="(\w+)"', visitor.get("/desk").text)
        assert found
        return found[1]

    def renew(version: str) -> TestResponse:
        return visitor.get("/desk", headers={"HX-Request": "true", "X-Background": "1", "X-Shown": version})

    version = shown()
    land.clock.at = local("09:12")
    assert (renew(version).status_code, renew(version).text) == (204, "")
    land.clock.at = local("09:31")
    assert renew(version).status_code == 200, "late now"
    version = shown()
    land.order("KD2", local("09:31"))
    part = renew(version)
    assert part.status_code == 200 and '<div id="call" hx-swap-oob="innerHTML">' in part.text
    assert "2 单待接" in part.text and 'role="status"' not in part.text
    land.clock.at = local("19:55")
    land.order("KD3", local("19:50"))
    visitor = as_("hz01")
    version = shown()
    assert renew(version).status_code == 204
    land.clock.at = local("19:56")
    assert renew(version).status_code == 200, "its clock runs on tomorrow: the page does not count it"


def test_controls_have_names_of_their_own(land: Land, as_: As) -> None:
    """Stable ids keep the keyboard where it was; labels say which order."""
    order, done = land.order("KD1", local("09:00")), land.order("KD2", local("09:00"))
    land.accept("KD2", "HZ01", local("09:01"))
    visitor = as_("hz01")
    for path, row, number, controls in (
        ("/desk", order, "KD1", {"pick": "选择", "accept": "接单", "transfer": "转单", "fail": "失败"}),
        ("/desk?tab=to_pick_up", done, "KD2", {"waybill": "运单号", "confirm": "揽件确认", "transfer": "转单"}),
    ):
        text = visitor.get(path).text
        for name, label in controls.items():
            tag = re.search(rf'<\w+[^>]* id="{name}-{row}"[^>]*>', text)
            assert tag and f'aria-label="{label} {number}"' in tag[0], name
        found = re.findall(r'\sid="([^"]+)"', text)
        assert len(found) == len(set(found)), path
        assert '<dialog id="dialog" aria-labelledby="dialog-title">' in text
    assert 'id="dialog-title"' in visitor.get(f"/orders/{order}/dialog").text


def test_list_alone_for_htmx_and_pages(land: Land, as_: As) -> None:
    """The list renews itself; 51 orders are two pages, without a gap."""
    for n in range(51):
        land.order(f"KD{n:03d}", local("09:00"))
    visitor = as_("hz01")
    part = visitor.get("/desk", headers={"HX-Request": "true", "X-Background": "1"}).text
    assert "<html" not in part and part.count('name="orders"') == 50
    following = re.search(r'href="(/desk\?after=[^"]+)"', part)
    assert following
    rest = visitor.get(following[1].replace("&amp;", "&")).text
    assert rest.count('name="orders"') == 1 and "KD050" in rest


@pytest.mark.parametrize(
    "query", ["tab=x", "channel=x", "type=x", "online=2", "after=x", "after=2026-05-04~1", "after=~1"]
)
def test_addresses_are_read_strictly(land: Land, as_: As, query: str) -> None:
    """B-108"""
    assert as_("hz01").get(f"/desk?{query}").status_code == 422


def test_filters(land: Land, as_: As) -> None:
    """CHAN-2"""
    land.order("KD1", local("09:00"))
    land.order("IS1", local("09:00"), channel="crm", online=False)
    visitor = as_("hz01")

    def shown(query: str) -> set[str]:
        return set(re.findall(r">((?:KD|IS)\d)</a>", visitor.get(f"/desk?{query}").text))

    assert shown("channel=crm") == {"IS1"} and shown("online=1") == {"KD1"} and shown("online=0") == {"IS1"}
    assert shown("type=online_order") == set()

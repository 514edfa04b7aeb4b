"""The order page: where it is, and what else is known of its sender."""

import re
from collections.abc import Callable

import pytest

from tests.web.conftest import Visitor
from tests.web.console.conftest import Land, local

As = Callable[[str], Visitor]
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def others(page: str) -> str:
    return page.partition("该寄件人的其他订单")[2].partition("</table>")[0]


def test_other_orders_of_the_sender_with_their_failures(land: Land, as_: As) -> None:
    """ROLE-1: those of one's own scope; DO-2: with the reason, a dialled number masked."""
    first = land.order("KD1", local("08:31"))
    land.order("KD2", local("08:32"), sender={"name": "别人", "phone": "13900000001"})
    land.order("KD3", local("08:33"), "HZ02")
    land.order("KD4", local("08:34"))
    land.fail("KD4", "HZ01", local("08:40"), "wrong_number", "13812345679")
    own = others(as_("hz01").get(f"/orders/{first}").text)
    assert re.findall(r"KD\d", own) == ["KD4"]
    assert "13812345679" not in own and "138******79" in own
    assert re.findall(r"KD\d", others(as_("hq").get(f"/orders/{first}").text)) == ["KD4", "KD3"]


def test_a_sender_without_a_number_has_no_other_orders(land: Land, as_: As) -> None:
    first = land.order("KD1", local("08:31"), sender={"name": "甲"})
    land.order("KD2", local("08:32"), sender={"name": "甲"})
    assert not others(as_("hq").get(f"/orders/{first}").text)


def test_the_map_blurs_what_is_masked(land: Land, as_: As) -> None:
    """ROLE-2: about a kilometre for who has not looked behind the mask, the very place for who has."""
    order = land.order("KD1", local("08:31"))
    visitor = as_("hz01")
    masked = visitor.get(f"/orders/{order}").text
    assert 'class="about"' in masked and 'class="area holds"' in masked
    seen = visitor.post(f"/orders/{order}/look", {"reason": "核实地址"}, page=f"/orders/{order}").text
    assert 'class="about"' not in seen and "范围内" in seen


def test_an_order_without_a_point_has_no_map(land: Land, as_: As) -> None:
    order = land.order("KD1", local("08:31"), lng=None, lat=None)
    assert 'id="map"' not in as_("hq").get(f"/orders/{order}").text

"""录单 with a waybill number: a person types it, so it is asked for twice and can be corrected (WAYBILL-1, DO-9)."""

from collections.abc import Callable

from sqlalchemy import Engine

from tests.web.conftest import Visitor
from tests.web.console.conftest import Land
from tests.web.console.test_entry import save, stored

As = Callable[[str], Visitor]


def test_waybill_1_a_clerk_types_a_number_twice(land: Land, as_: As, engine: Engine) -> None:
    """DO-9: nothing else bears it out; it counts as typed, so that it can be corrected."""
    visitor, number, other = as_("hz01"), "55000000000017", "55000000000018"
    order = {"business_type": "online_order", "waybill_no": number}
    asked = save(visitor, **order)
    assert (asked.status_code, stored(engine)) == (422, []) and "请再输入或扫描一次运单号" in asked.text
    assert f'name="waybill_first" value="{number}"' in asked.text and asked.text.count(number) == 1
    differs = save(visitor, **order | {"waybill_first": other})
    assert differs.status_code == 422 and "两次输入的运单号不一致" in differs.text
    assert 'name="waybill_first"' not in differs.text, "it begins anew"
    elsewhere = save(visitor, **order, waybill_first=number, pieces="x")
    assert f'name="waybill_first" value="{number}"' in elsewhere.text, "not asked again for what else is wrong"
    assert save(visitor, **order, waybill_first=number).status_code == 303
    assert [(row.waybill_no, row.waybill_by) for row in stored(engine)] == [(number, "station")]

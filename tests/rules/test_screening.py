"""CHAN-5: what an order lacks (REPLAY fine print 4)."""

from typing import Any

import pytest

from dispatch.screening import PROVINCES, missing_fields, says_more_than_province

COMPLETE: dict[str, Any] = {
    "lng": 120.07,
    "lat": 30.07,
    "sender": {"name": "张三", "phone": "13800000000"},
    "pieces": 1,
    "weight_g": 500,
}
NO_POINT = {"lng": None, "lat": None}


@pytest.mark.parametrize(
    ("change", "missing"),
    [
        pytest.param({}, (), id="complete"),
        pytest.param({"sender": None}, ("sender.phone",), id="no sender"),
        pytest.param({"sender": {"name": "张三"}}, ("sender.phone",), id="no phone"),
        pytest.param({"sender": {"phone": "  "}}, ("sender.phone",), id="blank phone"),
        pytest.param({"sender": {"phone": "0571-88888888"}}, (), id="a phone is enough"),
        pytest.param({"sender": "13800000000"}, ("sender.phone",), id="sender is no object"),
        pytest.param({"lng": 0, "lat": 0}, (), id="an unusable point is a point"),
        pytest.param({"lng": None}, ("place",), id="half a point"),
        pytest.param({"lng": "120.07", "lat": "30.07"}, ("place",), id="text is no number"),
        pytest.param({"lng": True, "lat": True}, ("place",), id="true is no number"),
        pytest.param({**NO_POINT, "adcode": "330106"}, (), id="district code"),
        pytest.param({**NO_POINT, "adcode": ""}, ("place",), id="empty district code"),
        pytest.param({**NO_POINT, "address": "浙江省"}, ("place",), id="only a province"),
        pytest.param({**NO_POINT, "address": "浙江省杭州市"}, (), id="more than a province"),
        pytest.param({**NO_POINT, "address": "火星路一号"}, (), id="not understood is not held (ROUTE-2)"),
        pytest.param({"pieces": None, "weight_g": None}, (), id="absent quantities"),
        pytest.param({"pieces": 0}, ("pieces",), id="no pieces"),
        pytest.param({"pieces": -1}, ("pieces",), id="negative pieces"),
        pytest.param({"pieces": "2"}, ("pieces",), id="pieces as text"),
        pytest.param({"pieces": True}, ("pieces",), id="pieces true"),
        pytest.param({"weight_g": 0.0}, ("weight_g",), id="no weight"),
        pytest.param({"weight_g": 0.5}, (), id="half a gram"),
        pytest.param({"weight_g": [500]}, ("weight_g",), id="weight is a list"),
        pytest.param(
            {"sender": {}, **NO_POINT, "pieces": 0, "weight_g": 0},
            ("sender.phone", "place", "pieces", "weight_g"),
            id="everything, in this order",
        ),
    ],
)
def test_missing_fields(change: dict[str, Any], missing: tuple[str, ...]) -> None:
    assert missing_fields({**COMPLETE, **change}) == missing


@pytest.mark.parametrize(
    ("address", "more"),
    [
        ("", False),
        (" ,。—…\t\n　", False),
        ("\u200b\ufeff", False),
        ("浙江", False),
        ("浙江省,", False),
        (" (浙江省) ", False),
        ("浙江省 1", True),
        ("浙江杭州", True),
        ("浙江浙江", True),  # one leading name
        ("北京市北京市", True),
        ("吉林市", True),  # a city: 市 is left after 吉林
        ("内蒙古", False),
        ("内蒙古自治区", False),
        ("新疆维吾尔自治区。", False),
        ("新疆维吾尔自治区乌鲁木齐", True),
        ("黑龙江省", False),
        ("杭州", True),
        ("#", False),  # punctuation
        ("+", True),  # a symbol
    ],
)
def test_an_address_says_more_than_a_province(address: str, more: bool) -> None:
    """CHAN-5: anything but spaces and punctuation left after one leading province name."""
    assert says_more_than_province(address) is more


def test_all_provinces() -> None:
    assert len(PROVINCES) == 34
    for name in (*PROVINCES, *PROVINCES.values()):
        assert not says_more_than_province(name), name

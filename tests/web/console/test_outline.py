"""The fields of a refused request: nobody's name, phone or address is shown without a look (ROLE-2)."""

import json
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.channels import vectors
from web.console.outline import outline, shown

PREFIXES = ("LP", "IS")


def test_an_order_of_the_crm() -> None:
    lines = dict(outline(vectors.push(), PREFIXES) or [])
    assert lines["type"] == "pickup.order.created" and lines["timestamp"] == "2026-11-22T12:00:00+08:00"
    assert lines["data.logistics_order_no"] == "IS202611220000017" and lines["data.cargo.pieces"] == "****"
    assert lines["data.appointment.start"] == "2026-11-23T09:00:00+08:00"
    for field in ("name", "mobile", "address", "district", "location.lng"):
        assert lines[f"data.sender.{field}"] == "****"
    whole = dict(outline(vectors.push(), PREFIXES, behind_mask=True) or [])
    assert whole["data.sender.name"] == "王小二" and set(whole) == set(lines)


def test_a_form_with_xml_in_it() -> None:
    xml = (
        "<RequestOrder><txLogisticID>LP00123456789012</txLogisticID><sender><name>王小二</name></sender></RequestOrder>"
    )
    form = {"logistics_interface": xml, "data_digest": "abc+/def==", "msg_type": "ORDERCREATE", "partner": "王小二"}
    assert outline(urlencode(form).encode(), PREFIXES) == [
        ("logistics_interface.RequestOrder.txLogisticID", "LP00123456789012"),
        ("logistics_interface.RequestOrder.sender.name", "****"),
        ("data_digest", "abc+/def=="),
        ("msg_type", "ORDERCREATE"),
        ("partner", "****"),
    ]


def test_a_form_in_gbk() -> None:
    form = urlencode({"name": "王小二"}, encoding="gbk").encode()
    assert outline(form, PREFIXES, behind_mask=True) == [("name", "王小二")]


@pytest.mark.parametrize("body", [b"", b"hello", b'{"a":', b"<a>", b"\xff\xfe", b"{" * 50_000])
def test_what_is_no_form_json_or_xml(body: bytes) -> None:
    assert outline(body, PREFIXES) is None


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("data.whatever", "王小二"), ("data.whatever", "Wang Xiaoer"), ("data.to", "zhangsan"), ("mobile_no", "123"),
        ("data.order_no", "13800138000"), ("order_id", "138-0013-8000"), ("t", "13800138000"), ("room_no", "3-501"),
        ("consignee", "ali.wang"), ("code", "文三路1号"), ("sign", "王小二"), ("no", "IS王小二"), ("x", "LPmouse"),
        ("remark", "LP00123456789012"), ("x", "LP00123456789012"), ("wechat_id", "LP00123456789012"),
        ("weixin", "IS_1987wang"), ("sender.order_no", "LP00123456789012"), ("order_no", "LP13800138000"),
        ("order_no", "WangXiaoer"), ("number", "WangXiaoer"), ("no", "3-2-501"), ("qqno", "wang.xiaoer"),
    ],
)  # fmt: skip
def test_what_is_hidden(path: str, value: str) -> None:
    assert shown(path, value, PREFIXES) == "****"


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("timestamp", "1795320000"), ("t", "1795320000123"), ("sign", "7C1718D97CE3A6A07F955D31F72D1943"),
        ("data.order_no", "LP00123456789012"), ("txLogisticID", "LP00123456789012"), ("tx_id", "IS2026112200017"),
        ("thirdOrderId", "IS2026112200017"),
        ("OrderID", "LP00123456789012"), ("logisticProviderID", "HTKY"), ("app_id", "best"),
        ("status", "GOT"), ("event.msg_type", "create"), ("mode", ""),
    ],
)  # fmt: skip
def test_what_helps_whoever_connects(path: str, value: str) -> None:
    assert shown(path, value, PREFIXES) == value


@pytest.mark.parametrize(
    "body",
    [
        '{"王小二 13800138000": "1"}', '{"p138_0013_8000": {"status": "GOT"}}', "LP13800138000=1",
        '{"data": [{"1.3.8.0.0.1.3.8": "GOT"}]}', "<a><wang13800138000>1</wang13800138000></a>",
        "wang+13800138000=x", "wang%20xiaoer=1", json.dumps({"x" * 42: "GOT"}),
    ],
)  # fmt: skip
def test_a_name_of_a_field_that_may_be_a_customer_is_hidden(body: str) -> None:
    """Names come from whoever pushed; they are shown behind the mask only."""
    [(path, value)] = outline(body.encode(), PREFIXES) or []
    assert path.rpartition("data.0.")[2].removeprefix("a.") in ("****", "****.status")
    assert value in ("****", "GOT") and (value == "****" or path.endswith(".status"))
    [(whole, _)] = outline(body.encode(), PREFIXES, behind_mask=True) or []
    assert "*" not in whole


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=20,
)


@given(st.one_of(st.binary(max_size=200), st.dictionaries(st.text(max_size=8), JSON, max_size=4)))
def test_any_body(body: object) -> None:
    outline(body if isinstance(body, bytes) else json.dumps(body).encode(), PREFIXES)

"""An order of a channel's list beside ours: only what the list says is compared (issue 3 point 5)."""

from datetime import UTC, datetime
from typing import Any

import pytest

from channels.messages import OrderPush
from channels.order_compare import Ours, differences, states_of
from channels.order_rows import read_row

NOW = datetime(2026, 11, 22, 4, 0, 30, tzinfo=UTC)
OURS: dict[str, Any] = {
    "business_type": "send_express", "online": True, "lng": 120.0238, "lat": 30.2809, "datum": "GCJ-02",
    "address": "浙江省杭州市余杭区五常街道文一西路969号", "sender": {"name": "王小二", "phone": "13800138000"},
    "receiver": {"name": "李雷"}, "goods": "文件", "pieces": 1, "weight_g": 1000,
    "window_start": "2026-11-23T01:00:00+00:00",
}  # fmt: skip


def compared(state: str = "waiting", waybill_no: str | None = None, /, **values: str) -> list[tuple[str, str, str]]:
    values = {"logistics_no": "IS1", **values}
    theirs = read_row({key: text for key, text in values.items() if key != "state"}, "crm", "", NOW)
    assert isinstance(theirs, OrderPush), theirs
    ours = Ours("IS1", datetime(2026, 11, 22, 1, 30, 41, tzinfo=UTC), "send_express", state, waybill_no, OURS)
    return [(one.field, one.theirs, one.ours) for one in differences(values, theirs, ours)]


SAME: list[dict[str, str]] = [
    {},
    {"created_at": "2026-11-22 09:30"},  # a list shows minutes
    {"sender_name": "王小二", "sender_phone": "138 0013 8000", "pieces": "1", "weight_kg": "1.0", "goods": "文件"},
    {"address": "五常街道 文一西路969号"},  # the province is in a column that the list does not have
    {"province": "浙江省", "city": "杭州市", "district": "余杭区", "address": "五常街道文一西路969号"},
    {"lng": "120.02380", "lat": "30.28090", "datum": "GCJ-02"},
    {"window_start": "2026-11-23 09:00", "receiver_name": "李雷", "business_type": "我要寄快递", "state": "待接单"},
    {"state": "ACCEPT"},  # a word of the channel's own says nothing here
]


@pytest.mark.parametrize("values", SAME)
def test_the_same_in_other_words(values: dict[str, str]) -> None:
    assert compared(**values) == []


DIFFERENT: list[tuple[dict[str, str], tuple[str, str, str]]] = [
    ({"created_at": "2026-11-22 09:29"}, ("created_at", "2026-11-22T09:29:00+08:00", "2026-11-22T09:30:41+08:00")),
    ({"sender_phone": "13800138001"}, ("sender_phone", "13800138001", "13800138000")),
    ({"address": "五常街道文一西路970号"}, ("address", "五常街道文一西路970号", OURS["address"])),
    ({"weight_kg": "1.25"}, ("weight_kg", "1.25", "1")),
    ({"receiver_phone": "13900139000"}, ("receiver_phone", "13900139000", "")),
    ({"lng": "120.0239", "lat": "30.2809", "datum": "GCJ-02"},
     ("lng,lat", "120.0239,30.2809 GCJ-02", "120.0238,30.2809 GCJ-02")),
    ({"lng": "120.0238", "lat": "30.2809", "datum": "WGS-84"},
     ("lng,lat", "120.0238,30.2809 WGS-84", "120.0238,30.2809 GCJ-02")),
    ({"waybill_no": "55000000000001", "business_type": "send_express"}, ("waybill_no", "55000000000001", "")),
    ({"state": "已撤单"}, ("state", "withdrawn", "waiting")),
    ({"window_start": "2026-11-23 10:00"},
     ("window_start", "2026-11-23T10:00:00+08:00", "2026-11-23T09:00:00+08:00")),
]  # fmt: skip


@pytest.mark.parametrize(("values", "found"), DIFFERENT, ids=[found[0] for _, found in DIFFERENT])
def test_a_difference_has_both_values(values: dict[str, str], found: tuple[str, str, str]) -> None:
    assert compared(**values) == [found]


@pytest.mark.parametrize(
    ("channel", "said", "states"),
    [
        ("crm", "待接单", {"waiting"}), ("crm", "PICKED_UP", {"picked_up"}), ("crm", "GOT", set()), ("crm", "", set()),
        ("crm", "10", set()), ("cainiao", "已取消", set()), ("cainiao", "GOT", {"picked_up"}),
        ("cainiao", "WITHDRAW", {"withdrawn"}), ("cainiao", "待接单", {"waiting"}),
        ("touchpal", "NOT_SEND", {"pickup_failed", "withdrawn"}),
        ("touchpal", "unaccept", {"accept_failed", "withdrawn"}),
        ("kuaidi100", "1", {"accepted", "awaiting_waybill"}), ("kuaidi100", "9", {"withdrawn"}),
        ("kuaidi100", "10", {"picked_up"}), ("kuaidi100", "11", {"pickup_failed", "withdrawn"}),
        ("kuaidi100", "99", {"accept_failed", "pickup_failed", "withdrawn"}), ("kuaidi100", "12", set()),
        ("alipay", "collected", {"picked_up"}),
        ("alipay", "canceled", {"accept_failed", "pickup_failed", "withdrawn"}),
    ],
)  # fmt: skip
def test_states(channel: str, said: str, states: set[str]) -> None:
    """CHANNELS 1, 3, 4, 5: the channel's own words count in its own list only."""
    assert states_of(said, channel) == states


def test_a_word_for_several_states_differs_from_others_only() -> None:
    values = {"logistics_no": "KD1", "state": "99"}
    theirs = OrderPush("kuaidi100", "KD1", NOW, {})
    for state, found in (("withdrawn", []), ("accept_failed", []), ("waiting", [("state", "99", "waiting")])):
        ours = Ours("KD1", NOW, "send_express", state, None, {})
        assert [(one.field, one.theirs, one.ours) for one in differences(values, theirs, ours)] == found

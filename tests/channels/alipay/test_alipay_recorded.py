"""Recorded pairs: the bytes of a genuine push, what it says, and the bytes of our answer."""

import hashlib
from datetime import UTC, datetime
from urllib.parse import parse_qsl

import pytest

from channels.adapter import Opened
from channels.alipay import ADAPTER
from channels.messages import Message, OrderPush, Withdrawal
from tests.channels import talk
from tests.channels.alipay import side
from tests.paths import REPO

RECORDED = REPO / "tests" / "channels" / "alipay" / "recorded"
ORDER = OrderPush(
    "alipay",
    "ali2026112200000017",
    datetime(2026, 11, 22, 4, tzinfo=UTC),
    {
        "online": True,
        "business_type": "send_express",
        "remark": "请提前电话",
        "adcode": "330110",
        "address": "五常街道文一西路969号3号楼",
        "sender": {
            "name": "王小二",
            "phone": "13800138000",
            "address": "五常街道文一西路969号3号楼",
            "area_code": "330110",
        },
        "receiver": {
            "name": "李雷",
            "phone": "13900139000",
            "address": "华徐公路3029弄28号",
            "area_code": "310118",
        },
        "goods": "文件",
        "weight_g": 1000,
        "window_start": "2026-11-23T01:00:00+00:00",
        "window_end": "2026-11-23T03:00:00+00:00",
        "echo": {"product_type_code": "STANDARD"},
    },
)
CANCELLED_AT = datetime(2026, 11, 22, 4, 5, tzinfo=UTC)
PAIRS: dict[str, tuple[str, Message]] = {
    "create": ("notify:20261122demo0001", ORDER),
    "create_gbk": ("notify:20261122demo0003", ORDER),
    "cancel": (
        "notify:20261122demo0002",
        Withdrawal("alipay", "ali2026112200000017", "sender", "不想寄了", CANCELLED_AT),
    ),
}


def test_every_recording_is_read() -> None:
    assert {path.stem for path in RECORDED.iterdir()} == PAIRS.keys()


@pytest.mark.parametrize("name", PAIRS)
def test_a_recorded_push(name: str) -> None:
    key, message = PAIRS[name]
    found = side.verify((RECORDED / f"{name}.txt").read_bytes())
    assert isinstance(found, Opened)
    assert found.message_key == key
    assert talk.read(ADAPTER, found.content, found.words) == message
    answer = talk.answer(ADAPTER, message, opened=found)
    assert (answer.status, answer.content_type, answer.body) == (200, "text/plain", "success")


def test_the_page_of_the_channel_shows_a_figure_that_is_right() -> None:
    found = side.verify((RECORDED / "cancel.txt").read_bytes())
    assert isinstance(found, Opened)
    signed = "&".join(f"{name}={value}" for name, value in sorted(parse_qsl(found.content.decode(), True, True)))
    page = (REPO / "docs" / "channels" / "alipay.md").read_text()
    assert signed in page
    assert hashlib.sha256(signed.encode()).hexdigest() in page

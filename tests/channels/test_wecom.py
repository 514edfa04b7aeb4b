"""A robot of a WeCom group: what is sent, how long it may be, and what an answer means."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from channels.adapter import Credential, Sending, Unsayable
from channels.feedback import Feedback, Outcome, Reply
from channels.registry import OUTBOUND, WAYS
from channels.wecom import MOST_BYTES, cut, hidden, is_webhook, judge, without_key, write

BASE = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send"
KEY = "693a91f6-7bbb-4bc4-97a0-0ec2a1fa5aaa"
ROBOT = f"{BASE}?key={KEY}"
NOBODY = Credential({}, {})
AT = datetime(2026, 5, 11, 1, tzinfo=UTC)


def told(text: str = "一句话", to: str = ROBOT) -> Feedback:
    return Feedback(None, 7, "", "wecom", "notice", {"to": to, "subject": "", "text": text, "happened_at": ""})


def content(text: str) -> str:
    (call,) = write(NOBODY, told(text), Sending(BASE, AT))
    body: dict[str, Any] = json.loads(call.body)
    assert body["msgtype"] == "text" and call.url == ROBOT
    return str(body["text"]["content"])


LENGTHS = [
    ("as long as it may be", "a" * 2_048, "a" * 2_048),
    ("a byte too long", "a" * 2_049, "a" * 2_045 + "…"),
    ("Chinese: 682 characters and two bytes fit", "通" * 682 + "ab", "通" * 682 + "ab"),
    ("Chinese, cut at a character", "通" * 683, "通" * 681 + "…"),
    ("cut within a character of four bytes", "a" * 2_043 + "😀😀", "a" * 2_043 + "…"),
]


@pytest.mark.parametrize(("given", "sent"), [c[1:] for c in LENGTHS], ids=[c[0] for c in LENGTHS])
def test_at_most_2048_bytes_cut_at_a_character(given: str, sent: str) -> None:
    assert content(given) == cut(given) == sent and len(sent.encode()) <= MOST_BYTES


ANSWERS = [
    (200, '{"errcode":0,"errmsg":"ok"}', Outcome.DELIVERED),
    (200, '{"errcode":45009,"errmsg":"api freq out of limit"}', Outcome.LATER),
    (200, '{"errcode":-1,"errmsg":"system error"}', Outcome.LATER),
    (200, '{"errcode":93000,"errmsg":"invalid webhook url"}', Outcome.REFUSED),
    (200, '{"errcode":40058,"errmsg":"text content size out of limit"}', Outcome.REFUSED),
    (200, "<html>log in to this network</html>", Outcome.LATER),
    (200, '{"errcode":"0"}', Outcome.LATER),
    (200, '{"errcode":false}', Outcome.LATER),
    (200, "[0]", Outcome.LATER),
    (200, "", Outcome.LATER),
    (200, "[" * 100_000, Outcome.LATER),
    (204, "", Outcome.LATER),
    (302, "", Outcome.LATER),
    (404, "", Outcome.REFUSED),
    (407, "", Outcome.LATER),
    (429, "", Outcome.LATER),
    (500, '{"errcode":0}', Outcome.LATER),
    (503, "", Outcome.LATER),
    (None, "Timeout", Outcome.LATER),
]


@pytest.mark.parametrize(("status", "text", "outcome"), ANSWERS)
def test_what_an_answer_means(status: int | None, text: str, outcome: Outcome) -> None:
    assert judge(NOBODY, Reply(status, text)) is outcome


@pytest.mark.parametrize(
    ("address", "good"),
    [
        (ROBOT, True), (f"{BASE}?debug=1&key={KEY}", True), (f"http://127.0.0.1:8080/send?key={KEY}", True),
        (BASE, False), (f"{BASE}?key=", False), (f"{BASE}?key=short", False), (f"{BASE}?token={KEY}", False),
        (f"ftp://qyapi.weixin.qq.com/send?key={KEY}", False), (f"https://u:p@qyapi.weixin.qq.com/?key={KEY}", False),
        (f"{ROBOT}\r\nX: y", False), (f"{ROBOT}#x", False), 
        (f"{BASE}&key={KEY}", False), (f"{ROBOT}&key={KEY}", False),
        (f"{BASE}?key={KEY}&x={'y' * 200}", False), ("", False),
    ],
)  # fmt: skip
def test_what_a_webhook_is(address: str, good: bool) -> None:
    assert is_webhook(address) is good


def test_the_key_is_a_secret() -> None:
    assert hidden(f"{BASE}&key={KEY}") == hidden(f"{ROBOT}&key={KEY}") == "****"
    assert hidden(ROBOT) == f"{BASE}?key=****5aaa" and hidden(f"{BASE}?key=12345678") == f"{BASE}?key=****"
    assert hidden(f"{BASE}?debug=1&key={KEY}") == f"{BASE}?key=****5aaa"
    assert without_key(f"invalid webhook url {ROBOT}", ROBOT) == f"invalid webhook url {BASE}?key=****"


@pytest.mark.parametrize(
    "robot",
    [
        f"https://evil.example/cgi-bin/webhook/send?key={KEY}",
        f"http://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={KEY}",
        f"https://qyapi.weixin.qq.com/other?key={KEY}",
        f"https://qyapi.weixin.qq.com.evil.example/cgi-bin/webhook/send?key={KEY}",
        "13800138000",
    ],
)
def test_b_138_no_key_goes_elsewhere_than_set_up(robot: str) -> None:
    with pytest.raises(Unsayable) as why:
        write(NOBODY, told(to=robot), Sending(BASE, AT))
    assert KEY not in str(why.value)


def test_into_a_folder_without_the_address() -> None:
    (call,) = write(NOBODY, told(), Sending("file:///srv/out", AT))
    assert call.headers == {"name": "fb_none_7.json"} and KEY not in call.body.decode()


def test_it_is_a_way() -> None:
    assert set(WAYS) == {"sms", "email", "wecom"} and set(WAYS) <= set(OUTBOUND)

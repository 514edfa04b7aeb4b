"""Messages to senders (CHAN-7): by which way, in which words; the gateway's request and the letter's form."""

import email
import json
from datetime import UTC, datetime, timedelta
from email import policy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels import mail, sms
from channels.adapter import Credential, NotSetUp, Sending
from channels.feedback import Feedback, Outcome, Reply
from channels.sender_texts import NOBODY, Telling, is_email, message, way_to

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)  # 12:00 in Shanghai
BOTH = frozenset({"sms", "email"})
PHONE, ADDRESS = "13800138000", "wang@example.com"

WAYS: list[tuple[dict[str, Any], frozenset[str], tuple[str, str] | None]] = [
    ({"phone": PHONE, "email": ADDRESS}, BOTH, ("sms", PHONE)),
    ({"email": ADDRESS}, BOTH, ("email", ADDRESS)),
    ({"phone": PHONE, "email": ADDRESS}, frozenset({"email"}), ("email", ADDRESS)),
    ({"phone": PHONE}, frozenset({"email"}), ("sms", PHONE)),  # not set up: parked, and shown
    ({"phone": PHONE, "email": ADDRESS}, frozenset(), ("sms", PHONE)),
    ({"phone": "0571-88881234", "email": ADDRESS}, BOTH, ("email", ADDRESS)),
    ({"phone": "0571-88881234", "other_phone": PHONE}, BOTH, ("sms", PHONE)),
    ({"phone": "0571-88881234"}, BOTH, None),
    ({"phone": None, "email": "no address"}, BOTH, None),
    ({"email": ["x@example.com"]}, BOTH, None),
    ({}, BOTH, None),
]


@pytest.mark.parametrize(("sender", "ways", "expected"), WAYS)
def test_chan_7_the_way_to_a_sender(
    sender: dict[str, Any], ways: frozenset[str], expected: tuple[str, str] | None
) -> None:
    assert way_to(sender, ways) == expected


@pytest.mark.parametrize(
    ("telling", "channel", "online", "wanted"),
    [
        (Telling(), "staff", False, True), (Telling(), "crm", True, False), (Telling(), "crm", False, True),
        (Telling(channels=frozenset({"crm"})), "crm", True, True),
        (Telling(channels=frozenset({"crm"})), "website", True, False), (NOBODY, "staff", False, False),
    ],
)  # fmt: skip
def test_chan_7_pushed_orders_only_where_it_is_turned_on(
    telling: Telling, channel: str, online: bool, wanted: bool
) -> None:
    assert telling.wanted(channel, online) is wanted


FACTS: dict[str, Any] = {
    "number": "LS2026", "promise": NOW + timedelta(hours=2), "missing": ("sender.phone", "weight_g"),
    "until": NOW + timedelta(days=1), "reminder": False, "waybill_no": "55000000000017",
    "reason_text": {"zh": "联系不上客户", "en": "cannot be reached"}, "origin": "sender",
}  # fmt: skip
TEXTS = [
    ("received", {}, "zh", "您的寄件订单LS2026已收到,预计11月22日14:00前上门取件。"),
    ("received", {"promise": None}, "zh", "您的寄件订单LS2026已收到。"),
    ("received", {}, "en", "We have received your order LS2026. We expect to pick it up by 14:00 on 22 Nov."),
    ("held", {}, "zh", "您的寄件订单LS2026缺少联系电话、重量,请在11月23日12:00前告知我们,否则订单将撤销。"),
    ("held", {"reminder": True, "missing": ("place",)}, "zh",
     "提醒:您的寄件订单LS2026缺少取件地址,请在11月23日12:00前告知我们,否则订单将撤销。"),
    ("held", {"reminder": True}, "en", "Reminder: Your order LS2026 lacks your phone number, the weight. "
     "Please tell us by 12:00 on 23 Nov, or it will be withdrawn."),
    ("needed", {}, "zh", "您的寄件订单LS2026已接单,请提供运单号,以便上门取件。"),
    ("needed", {}, "en", "Your order LS2026 is accepted. Please tell us its waybill number before pickup."),
    ("picked_up", {}, "zh", "您的寄件订单LS2026已取件,运单号55000000000017。"),
    ("picked_up", {"waybill_no": None}, "en", "Your order LS2026 has been picked up."),
    ("failed", {}, "zh", "很抱歉,您的寄件订单LS2026未能取件:联系不上客户。"),
    ("failed", {"reason_text": {}}, "zh", "很抱歉,您的寄件订单LS2026未能取件。"),
    ("failed", {}, "en", "We are sorry: your order LS2026 could not be picked up (cannot be reached)."),
    ("withdrawn", {}, "zh", "您的寄件订单LS2026已撤销。"),
    ("withdrawn", {"origin": "system"}, "zh", "您的寄件订单LS2026已撤销,因资料未补齐。"),
    ("withdrawn", {"origin": "system"}, "en", "Your order LS2026 has been withdrawn, because data were missing."),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "changed", "language", "expected"), TEXTS)
def test_chan_7_texts(kind: str, changed: dict[str, Any], language: str, expected: str) -> None:
    subject, text = message(kind, FACTS | changed, language)
    assert text == expected
    assert "LS2026" in subject and subject.isprintable()
    assert message(kind, FACTS | changed, language, "客服95320")[1] == f"{expected} 客服95320"


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("a@b.cn", True), ("first.last+tag@mail.example.com", True), ("o'neil@example.com", True),
        ("", False), ("a", False), ("a@b", False), ("@b.cn", False), ("a@.cn", False), ("a@b.cn\n", False),
        ("a@b.cn\r\nBcc: x@y.cn", False), ("a b@b.cn", False), ('"a"@b.cn', False), ("a@b.cn,c@d.cn", False),
        ("张@b.cn", False), ("a@例子.cn", False), ("a@-b.cn", False), ("a..b@b.cn", False), (".a@b.cn", False),
        ("<a@b.cn>", False), ("a@b.cn" + "x" * 260, False), (None, False), (7, False),
    ],
)  # fmt: skip
def test_what_is_an_e_mail_address(text: Any, good: bool) -> None:
    assert is_email(text) is good


@given(st.text(max_size=40))
def test_no_text_with_a_blank_or_a_control_character_is_an_address(text: str) -> None:
    if is_email(f"{text}@example.com"):
        assert text.isascii() and text.isprintable() and " " not in text and "@" not in text


# ---- the gateway ------------------------------------------------------------------------------------------------


def told(**changed: Any) -> Feedback:
    payload = {
        "logistics_no": "LS2026", "happened_at": "2026-11-22T12:00:00+08:00", "to": PHONE, "text": "您好 “引号”\\",
        "subject": "寄件订单LS2026已收到", "language": "zh",
    }  # fmt: skip
    return Feedback(7, 3, "", "sms", "received", payload | changed)


def test_chan_7_the_gateways_request() -> None:
    key = Credential({"secret": (b"s3cret-of-the-gateway",)})
    (call,) = sms.write(key, told(), Sending("https://sms.example/send", NOW))
    assert call.url == "https://sms.example/send"
    assert call.headers["authorization"] == "Bearer s3cret-of-the-gateway"
    assert json.loads(call.body) == {"id": "fb_7_3", "to": PHONE, "text": "您好 “引号”\\"}
    assert sms.write(key, told(), Sending("https://sms.example/send", NOW + timedelta(days=1))) == (call,)
    with pytest.raises(NotSetUp):
        sms.write(Credential(), told(), Sending("https://sms.example/send", NOW))


@pytest.mark.parametrize(
    "secret", ["", "short", "with blanks in the middle", "密码密码密码密码密码密码密码密码", "a\nb" * 9]
)
def test_a_bearer_secret_that_no_header_can_hold(secret: str) -> None:
    with pytest.raises(ValueError):
        sms.OUT.secrets["secret"](secret)


JUDGED = [(200, "delivered"), (202, "delivered"), (204, "delivered"), (400, "refused"), (404, "refused"),
          (422, "refused"), (401, "later"), (403, "later"), (407, "later"), (408, "later"), (425, "later"),
          (429, "later"), (302, "later"), (500, "later"), (503, "later"), (None, "later")]  # fmt: skip


@pytest.mark.parametrize(("status", "outcome"), JUDGED)
def test_chan_7_what_the_gateway_means(status: int | None, outcome: str) -> None:
    assert sms.judge(Credential(), Reply(status, "")) == Outcome(outcome)


# ---- the letter -------------------------------------------------------------------------------------------------

POST = Credential({"password": (b"geheim",)}, {"from": "noreply@lanshou.example"})


def letter(**changed: Any) -> Any:
    (call,) = mail.write(POST, told(to=ADDRESS, **changed), Sending("smtp://mail.example:25", NOW))
    return call, email.message_from_bytes(call.body, policy=policy.default)


def test_chan_7_the_letter() -> None:
    call, read = letter()
    assert dict(call.headers) == {"from": "noreply@lanshou.example", "to": ADDRESS, "tls": "offered"}
    assert (read["From"], read["To"]) == ("noreply@lanshou.example", ADDRESS)
    assert read["Subject"] == "寄件订单LS2026已收到"
    assert read["Message-ID"] == "<fb_7_3@lanshou.example>"
    assert read["Date"].datetime.isoformat() == "2026-11-22T12:00:00+08:00"
    assert (read["Auto-Submitted"], read["Content-Language"]) == ("auto-generated", "zh-CN")
    assert read.get_content() == "您好 “引号”\\\r\n" and read.get_content_type() == "text/plain"
    assert call.body.isascii() and max(map(len, call.body.splitlines())) <= 998
    assert letter()[0].body == call.body  # the same on every attempt


def test_a_letter_logs_in_when_a_user_is_set_up() -> None:
    named = Credential(POST.secrets, {**POST.settings, "user": "bot", "tls": "required"})
    (call,) = mail.write(named, told(to=ADDRESS), Sending("smtps://mail.example", NOW))
    assert (call.headers["user"], call.headers["password"], call.headers["tls"]) == ("bot", "geheim", "required")
    with pytest.raises(NotSetUp):
        mail.write(Credential({}, named.settings), told(to=ADDRESS), Sending("smtps://mail.example", NOW))
    with pytest.raises(NotSetUp):
        mail.write(Credential(), told(to=ADDRESS), Sending("smtp://mail.example", NOW))


INJECTED = "x@example.com\r\nBcc: victim@example.org"


@pytest.mark.parametrize(
    "changed", [{"to": INJECTED}, {"subject": "x\r\nBcc: victim@example.org"}, {"subject": "x\nBcc: v@example.org"}]
)
def test_a_header_cannot_be_injected(changed: dict[str, str]) -> None:
    with pytest.raises(ValueError):
        mail.write(POST, told(**({"to": ADDRESS} | changed)), Sending("smtp://mail.example", NOW))


@given(st.text(max_size=80))
def test_no_text_gets_out_of_its_place(text: str) -> None:
    """Whatever the text or subject: the letter has the headers that we wrote, and one recipient."""
    try:
        (call,) = mail.write(POST, told(to=ADDRESS, subject=text, text=text), Sending("smtp://m.example", NOW))
    except ValueError:
        return  # parked
    read = email.message_from_bytes(call.body, policy=policy.default)
    assert {name.lower() for name in read} == {
        "from", "to", "subject", "date", "message-id", "auto-submitted", "content-language", "content-type",
        "content-transfer-encoding", "mime-version",
    }  # fmt: skip
    assert read["To"] == ADDRESS


SMTP_CODES = [(250, "delivered"), (251, "delivered"), (421, "later"), (451, "later"), (452, "later"), (550, "refused"),
              (552, "refused"), (554, "refused"), (535, "later"), (530, "later"), (None, "later")]  # fmt: skip


@pytest.mark.parametrize(("code", "outcome"), SMTP_CODES)
def test_chan_7_what_the_mail_server_means(code: int | None, outcome: str) -> None:
    assert mail.judge(POST, Reply(code, "")) == Outcome(outcome)


@pytest.mark.parametrize(
    ("key", "value", "kept"),
    [("from", " a@b.cn ", "a@b.cn"), ("tls", "none", "none"), ("user", "bot", "bot"),
     ("remark", "客服95320", "客服95320"),
     ("from", "x", None), ("from", INJECTED, None), ("tls", "maybe", None), ("remark", "a\nb", None)],
)  # fmt: skip
def test_settings_of_the_mail_service(key: str, value: str, kept: str | None) -> None:
    if kept is not None:
        assert mail.OUT.settings[key](value) == kept
        return
    with pytest.raises(ValueError):
        mail.OUT.settings[key](value)

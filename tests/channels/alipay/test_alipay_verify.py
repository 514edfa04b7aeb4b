"""Who sent a notification: the vector of CHANNELS section 4.3, B-01..B-04, B-13, B-14, B-23, B-28, B-56..B-58."""

import hashlib
from urllib.parse import parse_qsl, quote_plus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from basics.refusal import Refusal
from channels.adapter import Answer, Credential, Knock, Opened
from channels.alipay import ADAPTER
from channels.refusals import status_of
from tests.channels import talk
from tests.channels.alipay import side

PARAMS = side.params()
GENUINE = side.quoted({**PARAMS, "sign_type": "RSA2", "sign": side.NOTIFY_SIGN})


def code(body: bytes, known: Credential | None = None) -> str:
    found = side.verify(body, known)
    assert isinstance(found, Refusal), found
    assert found.message
    return found.code


def is_401(body: bytes, expected: str = "signature_invalid") -> bool:
    found = code(body)
    return (found, status_of(found)) == (expected, 401)


def test_the_notify_vector() -> None:
    found = side.opened(GENUINE)
    assert dict(parse_qsl(found.content.decode(), keep_blank_values=True, strict_parsing=True)) == PARAMS
    assert found.message_key == "notify:20261122demo0001"
    assert side.client(side.appendix_a(), side.appendix_a())._verify(side.NOTIFY_CONTENT, side.NOTIFY_SIGN)


def test_the_sdk_signs_the_notify_vector_byte_for_byte() -> None:
    assert side.signed_by_sdk(side.appendix_a(), PARAMS) == side.NOTIFY_SIGN
    assert side.opened(side.notification(PARAMS)) == side.opened(GENUINE)


def test_parameters_come_in_any_order_and_percent_encoded_in_any_way() -> None:
    turned = side.quoted(dict(reversed([*PARAMS.items(), ("sign_type", "RSA2"), ("sign", side.NOTIFY_SIGN)])))
    assert side.opened(turned) == side.opened(GENUINE)
    every_byte = "&".join(
        f"{name}=" + "".join(f"%{byte:02x}" for byte in value.encode())
        for name, value in {**PARAMS, "sign_type": "RSA2", "sign": side.NOTIFY_SIGN}.items()
    )
    assert side.opened(every_byte.encode()) == side.opened(GENUINE)


def test_b_2_no_signature() -> None:
    assert is_401(side.quoted({**PARAMS, "sign_type": "RSA2"}), "signature_missing")
    assert is_401(side.quoted({**PARAMS, "sign_type": "RSA2", "sign": ""}), "signature_missing")


def test_b_4_signed_with_another_key() -> None:
    assert is_401(side.notification(PARAMS, side.another()))


def test_b_28_two_keys_are_valid_in_a_rotation() -> None:
    body = side.notification(PARAMS, side.another())
    assert isinstance(side.verify(body, side.credential(side.appendix_a(), side.another())), Opened)
    assert isinstance(side.verify(body, side.credential(side.another(), side.appendix_a())), Opened)
    assert code(body, side.credential(side.appendix_a())) == "signature_invalid"


@pytest.mark.parametrize("sign_type", ["RSA", "rsa2", "RSA2 ", "", None])
def test_b_56_only_rsa2(sign_type: str | None) -> None:
    """The signature itself would be right."""
    more = {} if sign_type is None else {"sign_type": sign_type}
    assert is_401(side.quoted({**PARAMS, **more, "sign": side.NOTIFY_SIGN}))


@pytest.mark.parametrize("sign_type", ["RSA", "RSA2"])
def test_b_56_sha_1_is_refused_whatever_it_calls_itself(sign_type: str) -> None:
    key = side.appendix_a()
    signature = side.client(key, key, "RSA")._sign(side.NOTIFY_CONTENT)
    assert is_401(side.quoted({**PARAMS, "sign_type": sign_type, "sign": signature}))


@pytest.mark.parametrize("added", ["extra=1", "extra=", "a", "charset2=utf-8", "Sign=x", "%73ign2=1"])
def test_b_57_a_parameter_added(added: str) -> None:
    """An empty one too: what is signed is all that came."""
    assert is_401(GENUINE + b"&" + added.encode())


@pytest.mark.parametrize("name", sorted(PARAMS.keys() - {"app_id"}))
def test_b_57_a_parameter_removed_or_changed(name: str) -> None:
    rest = {**PARAMS, "sign_type": "RSA2", "sign": side.NOTIFY_SIGN}
    del rest[name]
    assert is_401(side.quoted(rest))
    assert is_401(side.quoted({**rest, name: PARAMS[name] + " "}))


@pytest.mark.parametrize("name", [*PARAMS, "sign", "sign_type"])
def test_b_57_a_parameter_doubled(name: str) -> None:
    value = {**PARAMS, "sign_type": "RSA2", "sign": side.NOTIFY_SIGN}[name]
    assert is_401(GENUINE + f"&{name}={quote_plus(value)}".encode())


def test_b_57_an_empty_parameter_that_is_signed_is_part_of_the_content() -> None:
    found = side.opened(side.notification(side.params(biz_ext="")))
    assert b"&biz_ext=&charset=utf-8&" in found.content


@pytest.mark.parametrize("app_id", ["2026000000000002", "", None, "2026000000000001 ", "２０２６"])
def test_b_58_another_app_id(app_id: str | None) -> None:
    """Signed by Alipay, but for somebody else."""
    assert is_401(side.notification(side.params(app_id=app_id)), "credential_unknown")


def test_b_1_without_an_app_id_of_ours_nothing_is_known() -> None:
    for body in (GENUINE, side.notification(side.params(app_id=None)), side.notification(side.params(app_id=""))):
        assert code(body, Credential(side.credential().secrets)) == "credential_unknown"


@pytest.mark.parametrize(
    "sent", ["", None, "nan", "1e300", "-1795320000000", "1795320000", "1795320000000.5", "9" * 13]
)
def test_b_23_a_timestamp_that_is_no_milliseconds(sent: str | None) -> None:
    assert is_401(side.notification(side.params(utc_timestamp=sent)), "timestamp_invalid")


@pytest.mark.parametrize("sent", ["1795229999000", "1795330000000"])  # 25 h before, and some hours ahead
def test_a_repetition_may_be_a_day_old(sent: str) -> None:
    assert isinstance(side.verify(side.notification(side.params(utc_timestamp=sent))), Opened)


def test_b_13_b_14_bytes_and_charsets() -> None:
    raw = {name: value.encode() for name, value in PARAMS.items()}
    gbk = side.BIZ_CONTENT.encode("gbk")
    declared = side.opened(side.raw_notification({**raw, "charset": b"GBK", "biz_content": gbk}))
    assert declared.words["biz_content"] == side.BIZ_CONTENT
    assert quote_plus(gbk).encode() in declared.content  # verified and kept as received
    assert code(side.raw_notification({**raw, "charset": b"utf-8", "biz_content": gbk})) == "encoding_invalid"
    assert side.opened(side.raw_notification(raw)).words["biz_content"] == side.BIZ_CONTENT
    assert code(side.raw_notification({**raw, "charset": b"latin-1"})) == "encoding_invalid"
    assert code(side.raw_notification({**raw, "charset": b"\xff"})) == "encoding_invalid"
    assert status_of("encoding_invalid") == 400


@pytest.mark.parametrize("body", [b" ", b"&&", b"=1", b"\xff=1", b"%ff=1", b"a" * 65 + b"=1", b"a&" * 101])
def test_what_is_no_form_is_no_notification(body: bytes) -> None:
    assert code(body) in ("body_empty", "form_invalid", "credential_unknown", "signature_invalid")
    assert status_of(code(body)) in (400, 401)


@pytest.mark.parametrize("name", ["charset", "msg_method", "notify_id", "version", "biz_content"])
@pytest.mark.parametrize("value", [None, ""])
def test_b_57_what_every_notification_has_must_be_there(name: str, value: str | None) -> None:
    """Rightly signed, and yet nobody can say that it was not inside another parameter."""
    body = side.notification(side.params(**{name: value}))
    found = side.verify(body)
    assert isinstance(found, Refusal) and (found.code, found.field) == ("signature_invalid", name)


FOLDED = [
    ("app_id", "biz_content"),
    ("biz_content", "charset"),
    ("charset", "msg_method"),
    ("msg_method", "notify_id"),
    ("notify_id", "utc_timestamp"),
    ("utc_timestamp", "version"),
]


@pytest.mark.parametrize(("into", "name"), FOLDED)
def test_b_57_a_parameter_folded_into_its_neighbour(into: str, name: str) -> None:
    """`charset` and what follows put into the value before it: the signed text is the very same."""
    folded = {**PARAMS, into: f"{PARAMS[into]}&{name}={PARAMS[name]}"}
    del folded[name]
    assert "&".join(f"{one}={folded[one]}" for one in sorted(folded)) == side.NOTIFY_CONTENT
    found = code(side.quoted({**folded, "sign_type": "RSA2", "sign": side.NOTIFY_SIGN}))
    assert (found in ("signature_invalid", "credential_unknown", "timestamp_invalid"), status_of(found)) == (True, 401)


@pytest.mark.parametrize("name", ["version", "msg_method", "notify_id"])
def test_b_57_one_that_we_do_not_know_folded_into_its_neighbour(name: str) -> None:
    given = side.params(**{f"{name}_x": "1"})
    sign = side.signed_by_sdk(side.appendix_a(), given)
    folded = {**PARAMS, name: f"{PARAMS[name]}&{name}_x=1", "sign_type": "RSA2", "sign": sign}
    assert isinstance(side.verify(side.quoted({**given, "sign_type": "RSA2", "sign": sign})), Opened)
    found = side.verify(side.quoted(folded))
    assert isinstance(found, Refusal) and (found.code, found.field) == ("signature_invalid", name)


def test_b_57_a_copy_cut_up_otherwise_has_another_content() -> None:
    """A `&` of the content itself read as the end of it: the same signed text, and not the same message."""
    told = side.params(biz_content=side.biz(remark="a&c=1"))
    genuine = side.notification(told)
    before, _, behind = told["biz_content"].partition("&c=")
    sign = side.signed_by_sdk(side.appendix_a(), told)
    copy = side.quoted({**told, "biz_content": before, "c": behind, "sign_type": "RSA2", "sign": sign})
    first, second = side.opened(copy), side.opened(genuine)
    assert first.message_key == second.message_key == "notify:20261122demo0001"
    assert first.content != second.content
    assert first.words["fallback_key"] != second.words["fallback_key"]


def test_b_21_the_fallback_is_the_name_of_the_content() -> None:
    found = side.opened(GENUINE)
    assert found.words["fallback_key"] == "signed:" + hashlib.sha256(found.content).hexdigest()
    assert (
        side.opened(side.notification(side.params(version="1.2"))).words["fallback_key"] != found.words["fallback_key"]
    )


@pytest.mark.parametrize("notify_id", ["x" * 129, "编号", "a b", "a\nb"])
def test_without_a_usable_notify_id_the_signed_bytes_are_the_key(notify_id: str | None) -> None:
    found = side.opened(side.notification(side.params(notify_id=notify_id)))
    assert found.message_key == "signed:" + hashlib.sha256(found.content).hexdigest()


def test_a_long_notify_id_is_kept() -> None:
    assert side.opened(side.notification(side.params(notify_id="x" * 128))).message_key == "notify:" + "x" * 128


def test_the_query_of_the_address_is_not_looked_at() -> None:
    found = ADAPTER.verify(side.credential(), Knock("POST", b"app_id=1&sign=x", {}, GENUINE), talk.NOW)
    assert isinstance(found, Opened)


@given(body=st.binary(max_size=300))
def test_any_bytes_are_refused(body: bytes) -> None:
    assert isinstance(side.verify(body), Refusal)


ANY_BYTES = st.dictionaries(
    st.sampled_from(["biz_content", "charset", "msg_method", "notify_id", "utc_timestamp", "version", "x"]),
    st.one_of(
        st.binary(max_size=60), st.sampled_from([b"utf-8", b"gbk", b"1795320000000", b"q9.express.order.create"])
    ),
)


@settings(deadline=None)
@given(values=ANY_BYTES)
def test_any_signed_bytes_are_read_or_refused(values: dict[str, bytes]) -> None:
    raw = {name: value.encode() for name, value in PARAMS.items()}
    found = side.verify(side.raw_notification(raw | values))
    assert not isinstance(found, Answer)
    if isinstance(found, Refusal):
        assert found.code in ("timestamp_invalid", "encoding_invalid", "signature_invalid")
        return
    assert len(found.message_key) <= 200 and found.message_key.isascii()
    reading = ADAPTER.read(found, talk.NOW)
    if isinstance(reading, Refusal):
        assert ADAPTER.regret is not None
        payload = ADAPTER.regret(found, reading)
        assert payload is None or payload["logistics_no"]

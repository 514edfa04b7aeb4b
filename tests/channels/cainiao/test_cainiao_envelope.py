"""Who sent it, in which envelope and charset: CHANNELS 1.1, B-02, B-04, B-12..B-14, B-27, B-28."""

from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from basics.refusal import Refusal
from channels.adapter import Credential, Opened, Reading
from channels.messages import OrderPush
from channels.refusals import status_of
from tests.channels import talk
from tests.channels.cainiao import vectors as v

FORM = "application/x-www-form-urlencoded"


def refused(body: bytes, keys: Credential = v.KEYS) -> Refusal:
    found = v.CAINIAO.verify(keys, v.knock(body), talk.NOW)
    assert isinstance(found, Refusal), found
    return found


@pytest.mark.parametrize(
    ("content", "key", "digest"),
    [
        ("hello1234", b"key123", "ufYU7rvXhHY3IDyZgyt6SA=="),  # published
        (v.CREATE, v.KEY, v.CREATE_DIGEST),
        (v.CANCEL, v.KEY, v.CANCEL_DIGEST),
        (v.GOT, v.KEY, v.GOT_DIGEST),
    ],
)
def test_vectors_of_the_digest(content: str, key: bytes, digest: str) -> None:
    body = f"logistics_interface={quote(content)}&data_digest={quote(digest)}&ecCompanyId=TAOBAO".encode()
    keys = Credential({"secret": (key,)})
    assert v.opened(body, keys=keys).content == content.encode()
    for wrong in (digest.lower(), digest[:-1], digest[:-2] + "AA==", "A" * 10_000):
        body = f"logistics_interface={quote(content)}&data_digest={quote(wrong)}".encode()
        assert refused(body, keys).code == "signature_invalid"


def test_b_27_a_plus_that_became_a_space() -> None:
    assert "+" in v.CANCEL_DIGEST
    body = f"logistics_interface={quote(v.CANCEL)}&data_digest={v.CANCEL_DIGEST}".encode()  # not encoded: + means space
    assert v.opened(body).content == v.CANCEL.encode()
    # and a leading one, which must not be stripped
    content = next(text for n in range(1_000) if v.digest(text := b"<a>%d</a>" % n).startswith("+"))
    body = b"logistics_interface=%s&data_digest=%s" % (content, v.digest(content).encode())
    assert v.opened(body).content == content


def test_b_02_b_12_what_is_missing() -> None:
    assert refused(urlencode({"logistics_interface": v.CREATE}).encode()).code == "signature_missing"
    assert refused(v.form(v.CREATE, data_digest="")).code == "signature_missing"
    missing = refused(urlencode({"data_digest": v.digest(b"")}).encode())
    assert (missing.code, missing.field) == ("body_empty", "logistics_interface")
    assert refused(v.form(" \n")).code == "body_empty"
    assert refused(b" ").code == "body_empty"
    assert status_of("body_empty") == 400 and status_of("signature_missing") == 401


def test_b_04_another_channels_key() -> None:
    raw = v.CREATE.encode()
    wrong = refused(v.form(raw, data_digest=v.digest(raw, b"another secret")))
    assert (wrong.code, status_of(wrong.code)) == ("signature_invalid", 401)
    assert refused(v.form(v.CREATE), Credential()).code == "signature_invalid"


def test_b_28_both_keys_of_a_rotation() -> None:
    both = Credential({"secret": (b"the new one", v.KEY)})
    assert v.opened(v.form(v.CREATE), keys=both).content == v.CREATE.encode()
    raw = v.CREATE.encode()
    assert v.opened(v.form(raw, data_digest=v.digest(raw, b"the new one")), keys=both).content == raw
    assert refused(v.form(v.CREATE), Credential({"secret": (b"the new one",)})).code == "signature_invalid"


def test_repeated_fields_and_other_forms_are_refused() -> None:
    assert refused(v.form(v.CREATE) + b"&data_digest=x").code == "field_repeated"
    assert refused(v.form(v.CREATE) + b"&" + b"%ff=1").code == "form_invalid"


@pytest.mark.parametrize(
    ("fields", "form", "shape"),
    [
        ({}, "old", "xml"),
        ({"msg_id": "1"}, "old", "xml"),
        ({"from_code": "TAOBAO"}, "old", "xml"),
        ({"msg_id": "1", "from_code": "TAOBAO"}, "link", "xml"),
        ({"msg_id": "1", "partner_code": "HTKY"}, "link", "xml"),
    ],
)
def test_the_two_envelopes_are_told_apart(fields: dict[str, str], form: str, shape: str) -> None:
    words = v.opened(v.form(v.CREATE, **fields)).words
    assert (words["form"], words["shape"]) == (form, shape)


def test_a_message_counts_once_by_its_content_whatever_stands_unsigned_beside_it() -> None:
    """CHANNELS design consequence 2: the digest binds neither msg_id nor msg_type nor charset."""
    keys = {
        v.opened(body, kind).message_key
        for body, kind in (
            (v.form(v.CREATE), FORM),
            (v.form(v.CREATE, ecCompanyId="x"), FORM),
            (v.link(v.CREATE), FORM),
            (v.link(v.CREATE, "another", msg_type="UPDATE"), f"{FORM}; charset=GBK"),
        )
    }
    assert len(keys) == 1
    (key,) = keys
    assert len(key) <= 200 and key.isascii()
    assert v.opened(v.form(v.CANCEL)).message_key != key


GBK = v.CREATE.encode("gbk")
DECLARED = b'<?xml version="1.0" encoding="GBK"?>' + GBK


@pytest.mark.parametrize(
    ("content", "fields", "content_type"),
    [
        (GBK, {}, f"{FORM}; charset=GBK"),
        (GBK, {}, f'{FORM}; Charset="gb2312"'),
        (GBK, {"charset": "gbk"}, FORM),
        (DECLARED, {}, FORM),
        (DECLARED, {"charset": "GBK"}, f"{FORM}; charset=GBK"),
        (DECLARED, {}, f"{FORM}; charset=UTF-8"),  # the header speaks of the form, the declaration of the content
    ],
)
def test_b_14_gbk_declared(content: bytes, fields: dict[str, str], content_type: str) -> None:
    assert v.said(v.form(content, **fields), content_type) == v.said(v.form(v.CREATE))
    assert v.digest(GBK) != v.CREATE_DIGEST  # signed over the bytes in their charset


def test_b_14_declarations_that_contradict_each_other_are_no_mojibake() -> None:
    declared = b'<?xml version="1.0" encoding="GBK"?>' + v.CREATE.encode()
    assert v.said(v.form(declared), f"{FORM}; charset=utf-8") == v.said(v.form(v.CREATE))
    assert v.said(v.form(v.CREATE, charset="gbk"), f"{FORM}; charset=utf-8") == v.said(v.form(v.CREATE))


def test_b_14_gbk_that_is_valid_utf_8_by_chance() -> None:
    """台式 is two bytes a character in both: GBK alone being declared, it is GBK."""
    "台式".encode("gbk").decode("utf-8")
    content = v.batch(("LP1", "status", "WITHDRAW")).replace("</fieldValue>", "</fieldValue><remark>台式</remark>")
    assert v.said(v.form(content.encode("gbk")), f"{FORM}; charset=GBK").reason == "台式"


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (v.form(GBK), FORM),  # B-14: not declared
        (v.form(v.CREATE.encode()[:-1] + b"\xff>"), FORM),
        (v.form(b'<?xml version="1.0" encoding="UTF-8"?>' + GBK), FORM),
        (v.form(v.CREATE), f"{FORM}; charset=Big5"),
        (v.form(v.CREATE, charset="ISO-8859-1"), FORM),
        (v.form(v.CREATE, charset=b"\xff\xfe"), FORM),
        (v.form(v.CREATE.encode("utf-16"), charset="utf-16"), FORM),
        (v.form(GBK[:-1] + b"\xff>", charset="gbk"), FORM),
        (v.link('{"txLogisticID":"LP1","sender":{"name":"王"}}'.encode("gbk")), FORM),
    ],
)
def test_b_13_b_14_bytes_in_no_or_another_charset(body: bytes, content_type: str) -> None:
    found = v.said(body, content_type)
    assert isinstance(found, Refusal) and found.code == "encoding_invalid", found
    assert status_of(found.code) == 400


def test_a_byte_order_mark_is_passed_over() -> None:
    assert v.said(v.form(b"\xef\xbb\xbf" + v.CREATE.encode())) == v.said(v.form(v.CREATE))
    mark = b"\xef\xbb\xbf" + b'{"txLogisticID":"LP1","sender":{}}'
    assert isinstance(v.said(v.link(mark)), OrderPush)


_words = st.sampled_from(["old", "link", ""]), st.sampled_from(["xml", "json", ""]), st.sampled_from(["", "gbk", "x"])


@given(st.binary(max_size=300), *_words)
def test_any_bytes_are_read_or_refused(content: bytes, form: str, shape: str, charset: str) -> None:
    words = {"form": form, "shape": shape, "header_charset": charset}
    assert isinstance(v.CAINIAO.read(Opened("k", content, words), talk.NOW), Reading | Refusal)


@given(st.binary(max_size=300), st.text(max_size=40))
def test_any_body_is_refused_unless_it_is_signed(body: bytes, content_type: str) -> None:
    assert isinstance(v.CAINIAO.verify(v.KEYS, v.knock(body, content_type), talk.NOW), Refusal)

"""What is inside a push in secure mode, when somebody with the keys gets it wrong (B-48, B-49)."""

import json

import pytest

from channels.adapter import Knock
from channels.refusals import status_of
from channels.wechat_crypto import read_key
from tests.channels.wechat import weixin as w


def test_what_encrypted_makes_is_genuine() -> None:
    message = w.CREATED.encode()
    content = b"0123456789abcdef" + len(message).to_bytes(4, "big") + message + w.APPID.encode()
    assert w.opened(w.encrypted(content)).content == message


MESSAGE = b'{"MsgType":"event"}'
LENGTHS = [0, len(MESSAGE) + len(w.APPID) + 1, 2**31 - 1, 2**31, 2**32 - 1, 2**32 - 5]


@pytest.mark.parametrize("length", LENGTHS)
def test_b_49_a_length_that_the_content_does_not_have(length: int) -> None:
    assert (
        w.refused(w.encrypted(b"r" * 16 + length.to_bytes(4, "big") + MESSAGE + w.APPID.encode()))
        == "ciphertext_invalid"
    )
    assert status_of("ciphertext_invalid") == 400


@pytest.mark.parametrize("length", [1, len(MESSAGE) - 1, len(MESSAGE) + 1, len(MESSAGE) + len(w.APPID)])
def test_b_48_b_49_a_length_inside_the_content_moves_the_appid(length: int) -> None:
    content = b"r" * 16 + length.to_bytes(4, "big") + MESSAGE + w.APPID.encode()
    assert w.refused(w.encrypted(content)) == "appid_mismatch"


BAD_PADDINGS = [b"\0" * 32, b"\x21" * 32, b"\x02" * 31 + b"\x03", b"\xff" * 32]


@pytest.mark.parametrize("padding", BAD_PADDINGS)
def test_b_49_padding_that_is_none(padding: bytes) -> None:
    content = b"r" * 16 + (19).to_bytes(4, "big") + MESSAGE + b"x" * 25  # 64 bytes
    assert len(content) == 64
    assert w.refused(w.encrypted(content, padding)) == "ciphertext_invalid"


@pytest.mark.parametrize("content", [b"", b"r", b"r" * 16, b"r" * 19])
def test_b_49_content_too_short(content: bytes) -> None:
    assert w.refused(w.encrypted(content)) == "ciphertext_invalid"


@pytest.mark.parametrize("text", ["!!!!", "QUFB", "QUFB" * 11, "Q", "密文", "\ud800"])
def test_ciphertext_that_is_none(text: str) -> None:
    text_bytes = text.encode("utf-8", "surrogatepass")
    signature = w.sha1(w.TOKEN, w.TIMESTAMP, w.NONCE, text_bytes)  # type: ignore[arg-type]
    envelope = {"Encrypt": text, "TimeStamp": w.TIMESTAMP, "Nonce": w.NONCE, "MsgSignature": signature}
    query = w.sealed(envelope | {"Encrypt": ""}).query
    body = json.dumps({"Encrypt": text}).encode()
    assert w.refused(Knock("POST", query, {}, body)) in ("ciphertext_invalid", "text_invalid")


def test_a_number_of_43_characters_is_a_key() -> None:
    assert read_key(" " + "A" * 43 + "\n") == b"A" * 43
    for wrong in ("A" * 42, "A" * 44, "A" * 42 + "=", "A" * 42 + "-", "A" * 42 + "密", ""):
        with pytest.raises(ValueError, match="43 characters"):
            read_key(wrong)

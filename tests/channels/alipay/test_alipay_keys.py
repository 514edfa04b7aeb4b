"""RSA2 keys and signatures: appendix A, short, foreign and garbled keys (B-55), rotation."""

import hashlib
from base64 import b64decode, b64encode

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from channels import rsa2
from tests.channels.alipay import side

BARE = serialization.NoEncryption()
PEM, DER = serialization.Encoding.PEM, serialization.Encoding.DER
PKCS8, PKCS1 = serialization.PrivateFormat.PKCS8, serialization.PrivateFormat.TraditionalOpenSSL
SPKI, RAW = serialization.PublicFormat.SubjectPublicKeyInfo, serialization.PublicFormat.PKCS1
SHORT = rsa.generate_private_key(65537, 1024)


def test_appendix_a_is_the_key_of_the_vectors() -> None:
    assert hashlib.sha256(side.spki(side.appendix_a())).hexdigest() == side.SPKI_SHA256


@pytest.mark.parametrize("encoding", [PEM, DER])
@pytest.mark.parametrize("form", [SPKI, RAW])
def test_a_public_key_is_kept_as_der_whatever_it_came_as(
    encoding: serialization.Encoding, form: serialization.PublicFormat
) -> None:
    written = side.appendix_a().public_key().public_bytes(encoding, form)
    given = written.decode() if encoding is PEM else b64encode(written).decode()
    assert rsa2.read_public_key(given) == side.spki(side.appendix_a())
    assert rsa2.read_public_key(f"  {given}\n") == side.spki(side.appendix_a())


@pytest.mark.parametrize("encoding", [PEM, DER])
@pytest.mark.parametrize("form", [PKCS8, PKCS1])
def test_a_private_key_is_kept_as_pkcs8_whatever_it_came_as(
    encoding: serialization.Encoding, form: serialization.PrivateFormat
) -> None:
    written = side.appendix_a().private_bytes(encoding, form, BARE)
    given = written.decode() if encoding is PEM else b64encode(written).decode()
    assert rsa2.read_private_key(given) == side.pkcs8(side.appendix_a())


def test_lines_of_pem_may_have_got_lost() -> None:
    """A key pasted into one line of a command."""
    written = side.appendix_a().private_bytes(PEM, PKCS8, BARE).decode()
    assert rsa2.read_private_key(written.replace("\n", " ")) == side.pkcs8(side.appendix_a())


def _ec_public() -> str:
    return side.text(ec.generate_private_key(ec.SECP256R1()).public_key().public_bytes(DER, SPKI))


UNUSABLE = {
    "empty": "",
    "short": "x" * 15,
    "no base64": "这不是密钥" * 10,
    "base64 of nothing": b64encode(b"0" * 300).decode(),
    "1024 bits": side.text(SHORT.public_key().public_bytes(DER, SPKI)),
    "an elliptic curve": _ec_public(),
    "the private half": side.text(side.pkcs8(side.another())),
    "a frame of something else": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----",
}


@pytest.mark.parametrize("given", UNUSABLE.values(), ids=UNUSABLE)
def test_b_55_an_unusable_public_key_is_a_value_error_that_repeats_nothing(given: str) -> None:
    with pytest.raises(ValueError, match="RSA public key of at least 2048 bits") as error:
        rsa2.read_public_key(given)
    assert not given or given not in str(error.value)


UNUSABLE_PRIVATE = {
    "empty": "",
    "1024 bits": side.text(SHORT.private_bytes(DER, PKCS8, BARE)),
    "the public half": side.text(side.spki(side.another())),
    "with a password": side.another()
    .private_bytes(PEM, PKCS8, serialization.BestAvailableEncryption(b"secret"))
    .decode(),
    "PKCS#1 with a password": side.another()
    .private_bytes(PEM, PKCS1, serialization.BestAvailableEncryption(b"secret"))
    .decode(),
    "an elliptic curve": side.text(ec.generate_private_key(ec.SECP256R1()).private_bytes(DER, PKCS8, BARE)),
}


@pytest.mark.parametrize("given", UNUSABLE_PRIVATE.values(), ids=UNUSABLE_PRIVATE)
def test_b_55_an_unusable_private_key_is_a_value_error_that_repeats_nothing(given: str) -> None:
    with pytest.raises(ValueError, match="RSA private key of at least 2048 bits") as error:
        rsa2.read_private_key(given)
    assert not given or given not in str(error.value)


def test_a_signature_is_the_one_that_the_sdk_makes() -> None:
    ours = rsa2.sign(side.pkcs8(side.appendix_a()), b"a=1&b=\xe7\x8e\x8b")
    assert ours == side.signed_by_sdk(side.appendix_a(), {"b": "王", "a": "1"})
    assert rsa2.genuine([side.spki(side.appendix_a())], b"a=1&b=\xe7\x8e\x8b", ours)
    assert not rsa2.genuine([side.spki(side.appendix_a())], b"a=1&b=\xe7\x8e\x8c", ours)


def test_any_of_several_keys_will_do() -> None:
    signature = rsa2.sign(side.pkcs8(side.another()), b"x")
    keys = side.spki(side.appendix_a()), side.spki(side.another())
    assert rsa2.genuine(keys, b"x", signature)
    assert rsa2.genuine(keys[::-1], b"x", signature)
    assert not rsa2.genuine(keys[:1], b"x", signature)
    assert not rsa2.genuine((), b"x", signature)


def test_other_paddings_and_digests_are_no_rsa2() -> None:
    key, keys = side.appendix_a(), [side.spki(side.appendix_a())]
    sha1 = key.sign(b"x", padding.PKCS1v15(), hashes.SHA1())
    pss = key.sign(b"x", padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())
    right = b64decode(rsa2.sign(side.pkcs8(key), b"x"))
    assert [rsa2.genuine(keys, b"x", b64encode(one)) for one in (right, sha1, pss)] == [True, False, False]


@pytest.mark.parametrize("given", ["", "=", "AAAA", "签名", "A" * 5_000_000, "\x00", b"\xff\xfe", "AAAA\nAAAA"])
def test_garbage_is_no_signature(given: str | bytes) -> None:
    assert not rsa2.genuine([side.spki(side.appendix_a())], b"x", given)

"""RSA2 of Alipay's open platform: RSASSA-PKCS1-v1_5 with SHA-256 over sorted parameters (CHANNELS section 4.3).

SHA-1 (`RSA`) is not spoken, in neither direction. Keys are kept as DER.
"""

import re
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Iterable, Mapping
from functools import lru_cache

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

SIGN_TYPE = "RSA2"
SHORTEST_KEY = 2048  # bits
_LONGEST_SIGNATURE = 4096  # characters: no key that passes `values.LONGEST_VALUE` needs more
_PEM_LINE = re.compile(r"-----(?:BEGIN|END) [A-Z ]{1,40}-----", re.ASCII)


def read_public_key(text: str) -> bytes:
    """SubjectPublicKeyInfo (DER) of a key as the platform shows it: base64 without any frame, or PEM.

    ValueError unless it is an RSA public key of 2048 bits or more.
    """
    try:
        key = serialization.load_der_public_key(_der(text))
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, rsa.RSAPublicKey) or key.key_size < SHORTEST_KEY:
        raise ValueError(f"expected an RSA public key of at least {SHORTEST_KEY} bits, in base64 or PEM")
    return key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def read_private_key(text: str) -> bytes:
    """PKCS#8 (DER) of a key in PKCS#8 or PKCS#1, base64 without any frame, or PEM without a password.

    ValueError unless it is an RSA private key of 2048 bits or more.
    """
    try:
        key = serialization.load_der_private_key(_der(text), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, rsa.RSAPrivateKey) or key.key_size < SHORTEST_KEY:
        raise ValueError(f"expected an RSA private key of at least {SHORTEST_KEY} bits, in base64 or PEM, no password")
    encoding, form = serialization.Encoding.DER, serialization.PrivateFormat.PKCS8
    return key.private_bytes(encoding, form, serialization.NoEncryption())


def sign_content(params: Mapping[str, bytes]) -> bytes:
    """`a=1&b=2`, sorted by name, values as they are; the caller leaves out what is not signed."""
    return b"&".join(name.encode() + b"=" + params[name] for name in sorted(params))


def sign(private_key: bytes, content: bytes) -> str:
    """The signature in base64."""
    return b64encode(_private(private_key).sign(content, padding.PKCS1v15(), hashes.SHA256())).decode()


def genuine(public_keys: Iterable[bytes], content: bytes, signature: bytes | str) -> bool:
    """Whether any of the keys (DER) made this signature (base64) of the content."""
    try:
        given = b64decode(signature, validate=True) if len(signature) <= _LONGEST_SIGNATURE else b""
    except (Base64Error, ValueError):
        return False
    return bool(given) and any(_made_by(key, content, given) for key in public_keys)


def _made_by(public_key: bytes, content: bytes, signature: bytes) -> bool:
    try:
        _public(public_key).verify(signature, content, padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        return False
    return True


@lru_cache(maxsize=16)  # loading takes longer than verifying
def _public(der: bytes) -> rsa.RSAPublicKey:
    key = serialization.load_der_public_key(der)
    assert isinstance(key, rsa.RSAPublicKey)
    return key


@lru_cache(maxsize=16)  # loading checks the key, which takes many times as long as signing
def _private(der: bytes) -> rsa.RSAPrivateKey:
    key = serialization.load_der_private_key(der, password=None)
    assert isinstance(key, rsa.RSAPrivateKey)
    return key


def _der(text: str) -> bytes:
    """What the base64 holds, with or without the lines of PEM around it. ValueError."""
    return b64decode("".join(_PEM_LINE.sub("", text).split()), validate=True)

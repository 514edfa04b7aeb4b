"""WeChat's message push: its signatures and its envelope in secure mode (CHANNELS section 2.1).

SHA-1 is what the wire needs. AES-256-CBC with the beginning of the key as IV; padding to blocks of 32 bytes;
inside 16 random bytes, the length, the message and the appid.
"""

import hmac
import re
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Sequence
from hashlib import sha1

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.padding import PKCS7

from basics.refusal import Refusal

_BLOCK_BITS = 32 * 8
_RANDOM, _LENGTH = 16, 4  # bytes before the message
_KEY = re.compile(r"[A-Za-z0-9+/]{43}", re.ASCII)

WORDS = {
    "ciphertext_invalid": "密文无法解开 / the ciphertext cannot be opened",
    "appid_mismatch": "密文中的 appid 不是本小程序的 / the appid inside is not ours",
}


def read_key(text: str) -> bytes:
    """An EncodingAESKey as it is written, 43 characters. ValueError when it is none."""
    if not _KEY.fullmatch(text.strip()):
        raise ValueError("expected the 43 characters of an EncodingAESKey")
    return text.strip().encode()


def signature(*parts: bytes) -> str:
    """SHA-1 in hex over the parts, sorted as bytes and put together."""
    return sha1(b"".join(sorted(parts)), usedforsecurity=False).hexdigest()


def signed_by(tokens: Sequence[bytes], given: bytes, *parts: bytes) -> int | None:
    """The place of the token that signed the parts; None when none of them did."""
    matches = [hmac.compare_digest(signature(token, *parts).encode(), given) for token in tokens]
    return matches.index(True) if any(matches) else None


def decrypt(keys: Sequence[bytes], appid: str, encrypted: str) -> tuple[bytes, int] | Refusal:
    """The message inside `Encrypt`, and the place of the key that opens it.

    Refused `ciphertext_invalid` (400), or `appid_mismatch` (401) when a key opens it and it is for somebody else.
    """
    try:
        ciphertext = b64decode(encrypted.strip(), validate=True)
    except (Base64Error, ValueError):
        return _refuse("ciphertext_invalid")
    owners: list[bytes] = []
    for place, key in enumerate(keys):
        opened = _opened(key, ciphertext)
        if opened is None:
            continue
        message, owner = opened
        if hmac.compare_digest(owner, appid.encode()):
            return message, place
        owners.append(owner)
    return _refuse("appid_mismatch" if owners else "ciphertext_invalid")


def _opened(key: bytes, ciphertext: bytes) -> tuple[bytes, bytes] | None:
    """Message and appid. None: another key, or a length that the content does not have (B-49)."""
    aes_key = _aes_key(key)
    if not ciphertext or len(ciphertext) % (_BLOCK_BITS // 8):
        return None
    decryptor = Cipher(AES(aes_key), CBC(aes_key[:16])).decryptor()
    unpadder = PKCS7(_BLOCK_BITS).unpadder()
    try:
        content = unpadder.update(decryptor.update(ciphertext) + decryptor.finalize()) + unpadder.finalize()
    except ValueError:
        return None
    start = _RANDOM + _LENGTH
    length = int.from_bytes(content[_RANDOM:start], "big")  # a negative one is a huge one
    if length == 0 or start + length > len(content):
        return None
    return content[start : start + length], content[start + length :]


def encrypt(key: bytes, appid: str, random: bytes, message: bytes) -> str:
    """The `Encrypt` of an answer; `random` are 16 bytes that nobody can guess."""
    if len(random) != _RANDOM:
        raise ValueError("expected 16 random bytes")
    aes_key = _aes_key(key)
    padder = PKCS7(_BLOCK_BITS).padder()
    content = random + len(message).to_bytes(_LENGTH, "big") + message + appid.encode()
    encryptor = Cipher(AES(aes_key), CBC(aes_key[:16])).encryptor()
    padded = padder.update(content) + padder.finalize()
    return b64encode(encryptor.update(padded) + encryptor.finalize()).decode()


def _aes_key(key: bytes) -> bytes:
    """32 bytes; the last character may carry two bits that mean nothing, so this is lenient."""
    return b64decode(key + b"=")


def _refuse(code: str) -> Refusal:
    return Refusal(code, WORDS[code])

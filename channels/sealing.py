"""Channel secrets at rest: sealed with a key that is not in the database, so that a dump opens no channel."""

import hmac
from base64 import urlsafe_b64encode
from datetime import datetime

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

SHORTEST_MASTER = 32


def seal(master: bytes, secret: bytes, now: datetime) -> str:
    """`secret` encrypted under a key made from the installation's master key (at least 32 bytes)."""
    return _fernet(master).encrypt_at_time(secret, int(now.timestamp())).decode()


def unseal(master: bytes, sealed: str) -> bytes:
    """The secret. ValueError when it was sealed under another master key, or altered."""
    try:
        return _fernet(master).decrypt(sealed)
    except InvalidToken:
        raise ValueError("sealed under another key") from None


def digest(master: bytes, secret: bytes) -> str:
    """The same for the same secret, and of no use without the master key."""
    return hmac.digest(_derived(master, b"lanshou channel secret digests"), secret, "sha256").hex()


def _fernet(master: bytes) -> Fernet:
    return Fernet(urlsafe_b64encode(_derived(master, b"lanshou channel secrets")))


def _derived(master: bytes, purpose: bytes) -> bytes:
    """One master key serves several purposes; the label keeps their keys apart."""
    if len(master) < SHORTEST_MASTER:
        raise ValueError("the master key is too short")
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose).derive(master)

"""Standard Webhooks 1.0.0, symmetric part (CHANNELS section 6): who sent these bytes, and when.

Verified over the raw body. Own code rather than the package, which reads the wall clock and raises what it
does not document; the tests hold both against each other.
"""

import hmac
import re
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256

from basics.refusal import Refusal
from channels.adapter import Credential, Knock, Opened

PREFIX = "whsec_"
TOLERANCE = timedelta(minutes=5)
MOST_SIGNATURES = 8  # tried of one header: a long list must cost nothing
_KEY_BYTES = range(24, 65)
# No dot: it parts the signed text.
_MESSAGE_ID = re.compile(r"[!-\-/-~]{1,128}", re.ASCII)
_UNIX_SECONDS = re.compile(r"[0-9]{1,10}", re.ASCII)  # milliseconds have 13 digits

WORDS = {
    "signature_missing": "缺少签名 / the signature headers are missing",
    "signature_invalid": "签名不正确 / no valid signature",
    "timestamp_invalid": "时间戳不正确 / webhook-timestamp must be whole Unix seconds",
    "timestamp_out_of_window": "时间戳超出允许范围 / webhook-timestamp is more than 5 minutes off",
}


def read_secret(text: str) -> bytes:
    """The key in `whsec_<base64>` (the prefix may be missing). ValueError unless it is 24 to 64 bytes."""
    try:
        key = b64decode(text.removeprefix(PREFIX), validate=True)
    except (Base64Error, ValueError):
        raise ValueError("expected whsec_ and base64") from None
    if len(key) not in _KEY_BYTES:
        raise ValueError("expected 24 to 64 bytes in base64")
    return key


def opened(credential: Credential, knock: Knock, now: datetime) -> Opened | Refusal:
    """The push, its message id being its key. Refused as by `verify`."""
    message_id = verify(credential.valid(), knock.headers, knock.body, now)
    return message_id if isinstance(message_id, Refusal) else Opened(message_id, knock.body)


def verify(keys: Sequence[bytes], headers: Mapping[str, str], body: bytes, now: datetime) -> str | Refusal:
    """The message id, when any of the keys signed it within ±300 whole seconds of now.

    Header names in lower case. Refused, all 401: signature_missing, timestamp_invalid,
    timestamp_out_of_window, signature_invalid.
    """
    message_id, given = headers.get("webhook-id"), headers.get("webhook-signature")
    if not message_id or not given:
        return _refuse("signature_missing")
    timestamp = headers.get("webhook-timestamp", "")
    if not _UNIX_SECONDS.fullmatch(timestamp):
        return _refuse("timestamp_invalid")
    if abs(int(now.timestamp()) - int(timestamp)) > TOLERANCE.total_seconds():
        return _refuse("timestamp_out_of_window")
    if not _MESSAGE_ID.fullmatch(message_id):
        return _refuse("signature_invalid")
    expected = [_signature(key, message_id, timestamp, body).encode() for key in keys]
    tried = given.split(" ", MOST_SIGNATURES)[:MOST_SIGNATURES]
    matches = [
        hmac.compare_digest(ours, theirs.encode("utf-8", "surrogateescape")) for theirs in tried for ours in expected
    ]
    return message_id if any(matches) else _refuse("signature_invalid")


def sign(key: bytes, message_id: str, at: datetime, body: bytes, older: Sequence[bytes] = ()) -> dict[str, str]:
    """The three headers of one attempt made at `at`.

    In a rotation `older` keys sign too, behind the newest: who has not changed yet can verify as well (B-28).
    """
    timestamp = str(int(at.timestamp()))
    keys = (key, *older)[:MOST_SIGNATURES]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(_signature(one, message_id, timestamp, body) for one in keys),
    }


def _signature(key: bytes, message_id: str, timestamp: str, body: bytes) -> str:
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + b64encode(hmac.digest(key, signed, sha256)).decode()


def _refuse(code: str) -> Refusal:
    return Refusal(code, WORDS[code])

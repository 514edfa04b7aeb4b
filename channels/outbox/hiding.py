"""What of an answer is kept: no secret of ours that it may repeat."""

from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from urllib.parse import quote, quote_plus

from channels.adapter import Credential
from channels.feedback import Reply

HIDDEN, SHORTEST = "****", 4  # characters; what is shorter hides nothing but the answer


def without_secrets(reply: Reply, credential: Credential, token: str = "") -> Reply:
    """The reply without the access token and without every valid secret: as it is, in base64, percent-encoded."""
    forms = {token} | {form for keys in credential.secrets.values() for key in keys for form in _forms(key)}
    written = {one for form in forms for one in (form, quote(form, safe=""), quote_plus(form))}
    text = reply.text
    for one in sorted(written, key=len, reverse=True):  # the longest first: others may be a part of it
        if len(one) >= SHORTEST:
            text = text.replace(one, HIDDEN)
    return reply if text == reply.text else replace(reply, text=text)


def _forms(key: bytes) -> Iterator[str]:
    with suppress(UnicodeDecodeError):  # bytes that were given in base64
        yield key.decode()
    for encoded in (b64encode(key).decode(), urlsafe_b64encode(key).decode()):
        yield encoded
        yield encoded.rstrip("=")

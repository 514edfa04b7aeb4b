"""Short messages to senders (CHAN-7): an HTTP gateway of our own simple form, or a folder for tests and the demo."""

import json

from channels.adapter import Credential, Outbound, Outgoing, Sending
from channels.feedback import Feedback, Outcome, Reply
from channels.sender_texts import SMS
from channels.values import long_secret, short_text

_PASSING = (408, 425, 429)
# About the secret or the way there: our set-up is wrong, not the message.
_LOG_IN = (401, 403, 407)


def write(credential: Credential, told: Feedback, sending: Sending) -> tuple[Outgoing, ...]:
    """POST {id, to, text} with the secret as bearer; `id` is the same on every attempt. Into a folder: the same JSON,
    one file a message, without the secret."""
    content = {"id": told.message_id, "to": told.payload["to"], "text": told.payload["text"]}
    body = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    if sending.url.startswith("file:"):
        return (Outgoing(sending.url, {"name": f"{told.message_id}.json"}, body),)
    bearer = credential.newest().decode()
    headers = {"content-type": "application/json; charset=utf-8", "authorization": f"Bearer {bearer}"}
    return (Outgoing(sending.url, headers, body),)


def judge(_credential: Credential, reply: Reply) -> Outcome:
    """2xx is done. 4xx is refused for good, but for passing ones and a refused secret; anything else is tried again."""
    status = reply.status
    if status is not None and 200 <= status < 300:
        return Outcome.DELIVERED
    if status is not None and 400 <= status < 500 and status not in _PASSING + _LOG_IN:
        return Outcome.REFUSED
    return Outcome.LATER


def _bearer(text: str) -> bytes:
    """As `long_secret`, and fit for a header. ValueError."""
    if not text.strip().isascii() or " " in text.strip():
        raise ValueError("expected ASCII without blanks")
    return long_secret(text)


OUT = Outbound(
    name=SMS,
    write=write,
    judge=judge,
    secrets={"secret": _bearer},
    settings={"remark": short_text},
    schemes=("https", "http", "file"),
)

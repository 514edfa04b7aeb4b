"""WeCom group robots: the way by which chat groups of stations, provinces and HQ are told something.

A contact's address is its robot's webhook; the key in it is all that a stranger needs to speak in the group.
"""

import json
import re
from urllib.parse import parse_qsl

from channels.adapter import Credential, Outbound, Outgoing, Sending, Unsayable
from channels.feedback import Feedback, Outcome, Reply
from channels.targets import HTTP, Forbidden, split

WECOM, TITLE = "wecom", ("企业微信群", "WeCom group")
MOST_BYTES = 2_048  # of a text, in UTF-8
LONGEST_WEBHOOK = 200  # characters
HIDDEN, SHOWN_END = "****", 4
_KEY = re.compile(r"[A-Za-z0-9_-]{8,64}", re.ASCII)
# Busy, too many messages, too many at once: the same message may pass later. Every other code is about the robot or
# the message itself.
_PASSING_CODES = (-1, 45009, 45033)
_PASSING = (408, 425, 429)
_LOG_IN = (401, 403, 407)  # the way there is set up wrong, not the message


def is_webhook(text: str) -> bool:
    """Whether it is a robot's address: http(s), a host, and one key in its query."""
    if len(text) > LONGEST_WEBHOOK or not text.isascii() or not text.isprintable() or " " in text or "#" in text:
        return False
    return bool(_key(text))


def hidden(text: str) -> str:
    """The address for lists and logs: of its key only the end, by which a person tells robots apart. What is no
    robot's address may hold a key anywhere, and shows nothing."""
    key = _key(text)
    if not key:
        return HIDDEN
    end = key[-SHOWN_END:] if len(key) > 3 * SHOWN_END else ""
    return f"{text.partition('?')[0]}?key={HIDDEN}{end}"


def without_key(answer: str, webhook: str) -> str:
    """What a robot answered, without its key."""
    key = _key(webhook)
    return answer.replace(key, HIDDEN) if key else answer


def _key(webhook: str) -> str:
    """Empty unless it is a usable address with exactly one."""
    try:
        parts = split(webhook, HTTP)
    except Forbidden:
        return ""
    keys = [value for name, value in parse_qsl(parts.query, keep_blank_values=True) if name.lower() == "key"]
    # A second one in the path, as of `send&key=`, would be shown.
    good = len(keys) == 1 and webhook.lower().count("key=") == 1 and _KEY.fullmatch(keys[0])
    return keys[0] if good else ""


def cut(text: str, most: int = MOST_BYTES) -> str:
    """At most so many bytes of UTF-8, cut between characters, the last one then `…`."""
    if len(text.encode()) <= most:
        return text
    return text.encode()[: most - len("…".encode())].decode(errors="ignore") + "…"


def write(_credential: Credential, told: Feedback, sending: Sending) -> tuple[Outgoing, ...]:
    """One text to the robot whose address the contact is. It must lie at the address set up: no key goes elsewhere.
    Into a folder: the same JSON, without the address."""
    content = {"msgtype": "text", "text": {"content": cut(told.payload["text"])}}
    body = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    if sending.url.startswith("file:"):
        return (Outgoing(sending.url, {"name": f"{told.message_id}.json"}, body),)
    robot = str(told.payload["to"])
    if not is_webhook(robot):
        raise Unsayable("no webhook of a robot")
    if _place(robot) != _place(sending.url):
        raise Unsayable("the robot is not at the address that is set up")
    return (Outgoing(robot, {"content-type": "application/json; charset=utf-8"}, body),)


def _place(url: str) -> tuple[str, str, str]:
    parts = split(url, HTTP)
    return parts.scheme, parts.netloc.lower(), parts.path.rstrip("/")


def judge(_credential: Credential, reply: Reply) -> Outcome:
    """By `errcode` of a 200: 0 is done, passing ones are tried again, 93000 (no such robot) and any other is refused
    for good. An answer that is none of WeCom's, as of a proxy, says nothing for good."""
    status = reply.status
    if status is not None and 400 <= status < 500 and status not in _PASSING + _LOG_IN:
        return Outcome.REFUSED
    code = _errcode(reply.text) if status == 200 else None
    if code == 0:
        return Outcome.DELIVERED
    return Outcome.LATER if code is None or code in _PASSING_CODES else Outcome.REFUSED


def _errcode(text: str) -> int | None:
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        return None
    code = said.get("errcode") if isinstance(said, dict) else None
    return code if isinstance(code, int) and not isinstance(code, bool) else None


OUT = Outbound(name=WECOM, write=write, judge=judge, schemes=("https", "http", "file"))

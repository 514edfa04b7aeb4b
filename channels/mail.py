"""E-mail to senders (CHAN-7): SMTP, or a folder for tests and the demo. Here letters are written, wire.py sends."""

from base64 import b64decode
from collections.abc import Callable
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from basics.days import parse_instant, shanghai
from channels.adapter import Credential, Outbound, Outgoing, Sending
from channels.feedback import Feedback, Outcome, Reply
from channels.sender_texts import EMAIL, is_email
from channels.values import one_of, short_text

TLS = ("required", "offered", "none")
# SMTP codes about the log-in: our set-up is wrong, not the message.
_LOG_IN = (530, 534, 535, 538)


def write(credential: Credential, told: Feedback, sending: Sending) -> tuple[Outgoing, ...]:
    """One letter, the same on every attempt: its Message-ID lets a mail server know a repetition.

    For SMTP `headers` are the envelope and how to log in: from, to, tls, user, password. ValueError: an address that is
    none, or a text that would break a header.
    """
    sender, to = credential.needed("from"), told.payload["to"]
    if not (is_email(sender) and is_email(to)):
        raise ValueError("no e-mail address")
    body = _letter(sender, to, told)
    if sending.url.startswith("file:"):
        return (Outgoing(sending.url, {"name": f"{told.message_id}.eml"}, body),)
    envelope = {"from": sender, "to": to, "tls": credential.setting("tls", "offered")}
    user = credential.setting("user")
    if user:
        envelope |= {"user": user, "password": credential.newest("password").decode()}
    return (Outgoing(sending.url, envelope, body),)


def _letter(sender: str, to: str, told: Feedback) -> bytes:
    subject = told.payload["subject"]
    if not subject.isprintable():  # a line break at its end would begin the text, and the library lets it pass
        raise ValueError("a subject of one line expected")
    letter = EmailMessage(policy=SMTP)
    letter["From"], letter["To"], letter["Subject"] = sender, to, subject
    letter["Date"] = format_datetime(shanghai(parse_instant(told.payload["happened_at"])))
    letter["Message-ID"] = f"<{told.message_id}@{sender.rpartition('@')[2]}>"
    letter["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office note comes back
    letter.set_content(told.payload["text"] + "\n", cte="base64")
    for file in told.payload.get("files", ()):
        main, _, sub = file["media_type"].partition("/")
        letter.add_attachment(b64decode(file["base64"]), maintype=main, subtype=sub, filename=file["name"])
    letter["Content-Language"] = "en" if told.payload.get("language") == "en" else "zh-CN"
    return letter.as_bytes()


def judge(_credential: Credential, reply: Reply) -> Outcome:
    """By SMTP: 2xx is done, 5xx refused for good, but for a refused log-in; anything else is tried again."""
    status = reply.status
    if status is not None and 200 <= status < 300:
        return Outcome.DELIVERED
    if status is not None and 500 <= status < 600 and status not in _LOG_IN:
        return Outcome.REFUSED
    return Outcome.LATER


def _address(text: str) -> str:
    if not is_email(text.strip()):
        raise ValueError("expected an e-mail address")
    return text.strip()


def _password(text: str) -> bytes:
    """A mail server's password as it is; others choose how long it is. ValueError when empty or not printable."""
    if not text or len(text) > 200 or not text.isprintable():
        raise ValueError("expected 1 to 200 printable characters")
    return text.encode()


_SETTINGS: dict[str, Callable[[str], str]] = {
    "from": _address, "user": short_text, "tls": one_of(*TLS), "remark": short_text,
}  # fmt: skip
OUT = Outbound(
    name=EMAIL,
    write=write,
    judge=judge,
    secrets={"password": _password},
    settings=_SETTINGS,
    needs=("from",),
    schemes=("smtp", "smtps", "file"),
)

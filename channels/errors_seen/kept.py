"""What is kept of a request that was turned away: enough to mend a client, and no secret of ours (issue 3, point 4)."""

import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from urllib.parse import quote, unquote_plus

LONGEST = 8 * 1024  # bytes
HIDDEN = b"****"
# Of other headers the names only: one of them may be an Authorization.
_SHOWN = ("content-type", "content-length", "content-encoding", "user-agent", "webhook-id", "webhook-timestamp")
_LONGEST_HEADER = 200
_NAMED_SO = re.compile(
    rb"""((?:secret|password|passwd|token|partner_?key|app_?key|private_?key|aes_?key)["']?\s{0,4}(?:=|:|%3A|%3D)"""
    rb"""\s{0,4}["']?)([^"'&\s,<>}]{4,400})""",
    re.IGNORECASE,
)
# A signature may be good a second time: WeChat's plain one covers no body. Written as a header, in a query or form, in
# JSON (maybe inside a form or a text), or as an element.
_QUOTE = rb"""(?:\\{0,2}["']|%22|%27|%5C%22)?"""
_SIGNED = rb"""(?:(?!%22|%27|%3C|%5C)[^"'&\s<>}\\])"""
_SIGNATURE = re.compile(
    rb"((?:signature|sign|digest)" + _QUOTE + rb"\s{0,4}(?:=|:|>|%3A|%3D|%3E)[\s+]{0,4}" + _QUOTE + rb")"
    + _SIGNED + rb"{4,4000}(?: v1a?," + _SIGNED + rb"{4,400}){0,8}",
    re.IGNORECASE,
)  # fmt: skip
_BODY_OF_NUMBER = r"[A-Za-z0-9_\-]{6,58}"


def kept(line: str, headers: Mapping[str, str], body: bytes, secrets: Sequence[bytes]) -> bytes:
    """Request line, headers and body as bytes, cut; `headers` have names in lower case."""
    shown = [f"{name}: {headers[name][:_LONGEST_HEADER]}" for name in _SHOWN if name in headers]
    others = sorted(name for name in headers if name not in _SHOWN and name not in ("host", "accept", "connection"))
    head = [line[:1_000], *shown, *([f"({', '.join(others)[:500]})"] if others else [])]
    # Cut a first time behind what is kept, so that no secret is cut in two and then not known again.
    whole = "\r\n".join(head).encode(errors="replace") + b"\r\n\r\n" + body[: 4 * LONGEST]
    for form in _forms(secrets):
        whole = whole.replace(form, HIDDEN)
    return _SIGNATURE.sub(rb"\1" + HIDDEN, _NAMED_SO.sub(rb"\1" + HIDDEN, whole))[:LONGEST]


def split(request: bytes) -> tuple[str, bytes]:
    """Head and body of what `kept` made."""
    head, _, body = request.partition(b"\r\n\r\n")
    return head.decode(errors="replace"), body


def _forms(secrets: Sequence[bytes]) -> list[bytes]:
    """How a secret may be written, longest first."""
    forms: set[bytes] = set()
    for secret in secrets:
        plain = [secret, b64encode(secret), b64encode(secret).rstrip(b"="), secret.hex().encode()]
        forms.update(form for form in (*plain, *(quote(one, safe="").encode() for one in plain)) if len(form) >= 8)
    return sorted(forms, key=len, reverse=True)


def number_in(body: bytes, prefixes: Sequence[str]) -> str | None:
    """What looks like a logistics number of the channel in a body that nobody has read; a hint and no more."""
    text = unquote_plus(body[: 4 * LONGEST].decode(errors="replace"))
    pattern = rf"(?<![A-Za-z0-9_])(?:{'|'.join(map(re.escape, prefixes))}){_BODY_OF_NUMBER}"
    for found in re.finditer(pattern, text, re.ASCII):
        before = text[max(0, found.start() - 12) : found.start()].lower()
        if sum(character.isdigit() for character in found[0]) >= 6 and "appid" not in before.replace("_", ""):
            return found[0]
    return None

"""One request as a channel's program would send it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Call:
    """`content` is the business content before signing and wrapping: fields of a form, or one text."""

    path: str
    query: str
    headers: dict[str, str]
    content: dict[str, str] | str
    body: bytes
    method: str = "POST"

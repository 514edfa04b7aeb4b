"""What every channel file offers: how its pushes are verified, read and answered, how it is told things."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from basics.refusal import Refusal
from channels.feedback import Feedback, Outcome, Reply
from channels.messages import Message


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer in the channel's dialect."""

    status: int
    content_type: str
    body: str


@dataclass(frozen=True, slots=True)
class Adapter:
    """One channel (CHAN-1). All functions are pure; header names come in lower case."""

    channel: str  # also the last part of its address, POST /push/<channel>
    content_types: tuple[str, ...]
    # the text a person enters -> key bytes; ValueError with the reason
    read_secret: Callable[[str], bytes]
    # valid keys, headers, raw body, now -> message id
    verify: Callable[[Sequence[bytes], Mapping[str, str], bytes, datetime], str | Refusal]
    # raw body -> what it says in our words
    read: Callable[[bytes], Message | Refusal]
    # what was read or None, why it was refused or None, id of this request
    answer: Callable[[Message | None, Refusal | None, str], Answer]
    # what to tell -> body; the same bytes on every attempt
    write: Callable[[Feedback], bytes]
    # key, message id, instant of this attempt, body -> headers
    sign: Callable[[bytes, str, datetime, bytes], Mapping[str, str]]
    judge: Callable[[Reply], Outcome]

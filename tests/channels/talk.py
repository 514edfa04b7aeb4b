"""An adapter asked one thing at a time, for the tests of each channel."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from basics.refusal import Refusal
from channels.adapter import Adapter, Answer, Answering, Credential, Known, Opened, Outgoing, Result, Sending
from channels.feedback import Feedback
from channels.messages import Message, Question

NOW = datetime(2026, 11, 22, 4, 0, 30, tzinfo=UTC)
REQUEST = "0123456789abcdef"


def read(adapter: Adapter, content: bytes, words: Mapping[str, str] | None = None) -> Message | Question | Refusal:
    """The one thing that verified content says."""
    found = adapter.read(Opened("key", content, words or {}), NOW)
    if isinstance(found, Refusal):
        return found
    (said,) = found.said
    return said


def answer(
    adapter: Adapter,
    said: Message | Question | None,
    refusal: Refusal | None = None,
    request_id: str = REQUEST,
    *,
    credential: Credential | None = None,
    missing: tuple[str, ...] = (),
    known: Known | None = None,
    opened: Opened | None = None,
) -> Answer:
    """The answer to one thing said."""
    result = Result(said, refusal, missing, known)
    reading = None
    if opened is not None:
        found = adapter.read(opened, NOW)
        reading = None if isinstance(found, Refusal) else found
    return adapter.answer(Answering(credential or Credential(), [result], request_id, NOW, opened, reading))


def feedback(adapter: Adapter, kind: str, /, seq: int = 1, **payload: Any) -> Feedback:
    """A feedback of order 7 with what every payload has."""
    holder = {
        "code": "HZ01",
        "name": "余杭网点",
        "contact": "张三",
        "phone": "13700137000",
        "address": "",
        "province": "",
    }
    first = {"logistics_no": "X1", "happened_at": "2026-11-23T09:42:10+08:00", "echo": {}, "holder": holder}
    return Feedback(7, seq, "浙江省", adapter.channel, kind, first | payload)


def write(adapter: Adapter, credential: Credential, told: Feedback, **sending: Any) -> list[Outgoing]:
    """The calls for one feedback."""
    where: dict[str, Any] = {"url": "https://channel.example/in", "at": NOW} | sending
    return list(adapter.out.write(credential, told, Sending(**where)))

"""Where channels knock: verify over the raw bytes, take, answer in the channel's dialect (CHAN-3, RELIABILITY D1)."""

from collections.abc import Mapping
from hashlib import sha256

from flask import Blueprint, Response, g, request
from sqlalchemy import Connection

from basics.refusal import Refusal
from channels.actions import Answered, Arrival, keep_answers, remember
from channels.adapter import Adapter, Answer
from channels.json_gate import WORDS
from channels.messages import Message
from channels.registry import ADAPTERS
from dispatch.actions import conduct
from dispatch.batch import World
from dispatch.facts import Item
from storage.session import run
from web.auth import signed
from web.credentials import secrets_of
from web.errors import Problem
from web.gate import whole_body
from web.security import note
from web.services import now, services

pages = Blueprint("push", __name__)

UNKNOWN = Refusal("credential_unknown", "渠道未开通 / this channel is not set up")
EMPTY = Refusal("body_empty", WORDS["body_empty"])


@pages.post("/push/<channel>")
@signed
def push(channel: str) -> Response:
    """One signed message, durable before it is answered: inbox, order, clocks, log and outbox in one commit."""
    adapter = ADAPTERS.get(channel)
    if adapter is None:  # no dialect to answer in; which channels exist is nobody's business (B-01)
        raise Problem(UNKNOWN.code, UNKNOWN.message, status=401)
    if request.mimetype not in adapter.content_types:
        raise Problem("media_type_unsupported")
    body = whole_body()
    message_id = _verified(adapter, body) if body else EMPTY
    if isinstance(message_id, Refusal):
        note("push refused", message_id.code)
        return _respond(adapter.answer(None, message_id, g.request_id))
    return _respond(run(services().engine, lambda conn: _take(conn, adapter, message_id, body)))


def _verified(adapter: Adapter, body: bytes) -> str | Refusal:
    headers: Mapping[str, str] = {name.lower(): value for name, value in request.headers.items()}
    keys = secrets_of(adapter.channel)
    if not keys:
        return UNKNOWN
    return adapter.verify(keys, headers, body, now())


def _take(conn: Connection, adapter: Adapter, message_id: str, body: bytes) -> Answer:
    """The inbox knows the message by its id: the first answer is given again, another body under it is refused."""
    arrival = Arrival(adapter.channel, message_id, sha256(body).hexdigest(), body, now())
    earlier = remember(conn, [arrival])[0]
    if earlier is not None:
        if earlier.same_body and earlier.answer is not None:
            return earlier.answer
        mismatch = Refusal(
            "idempotency_mismatch", "同一消息编号内容不同 / same message id, other content", "webhook-id"
        )
        return adapter.answer(None, mismatch, g.request_id)
    told = adapter.read(body)
    message: Message | None = None if isinstance(told, Refusal) else told
    refusal = told if isinstance(told, Refusal) else None
    if message is not None:
        world = World(services().networks.get(conn), services().book)
        refusal = conduct(conn, [Item(now(), message, f"channel:{adapter.channel}")], world)[0]
    answer = adapter.answer(message, refusal, g.request_id)
    number = getattr(message, "logistics_no", None)
    kept = Answered(adapter.channel, message_id, answer, number, refusal.code if refusal else None)
    keep_answers(conn, [kept])
    return answer


def _respond(answer: Answer) -> Response:
    return Response(answer.body, answer.status, content_type=answer.content_type)

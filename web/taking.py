"""Verified pushes into the order's log: many at once, one transaction, an answer for each (CHAN-3, DESIGN law 9)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256

from sqlalchemy import Connection

from basics.refusal import Refusal
from channels import actions as channels
from channels.actions import Answered, Arrival
from channels.adapter import Adapter, Answer, Answering, Credential, Known, Opened, Reading, Result
from channels.messages import Message, OrderPush, Question, WaybillTold, Withdrawal
from channels.outbox.actions import queue_feedback
from channels.queries import numbers_of
from dispatch.actions import conduct
from dispatch.batch import World
from dispatch.facts import Item
from dispatch.queries import known_numbers, known_orders
from dispatch.screening import missing_fields

MISMATCH = Refusal("idempotency_mismatch", "同一消息编号内容不同 / same message id, other content", "message_id")


@dataclass(frozen=True, slots=True)
class Push:
    """One push whose sender is certain. `at` is when it came."""

    adapter: Adapter
    credential: Credential
    opened: Opened
    request_id: str
    at: datetime


@dataclass(slots=True)
class _Case:
    """A push on its way through a batch."""

    push: Push
    reading: Reading | Refusal
    results: list[Result]


def take_pushes(conn: Connection, pushes: Sequence[Push], world: World) -> list[Answer]:
    """Inbox, orders, log, clocks and outbox of all of them; the answers in the order given.

    The inbox knows each message by its key: the first answer is given again, other content under it is refused.
    """
    earlier = channels.remember(conn, [_arrival(push) for push in pushes])
    cases = [_read(push) for push, known in zip(pushes, earlier, strict=True) if known is None]
    _find_numbers(conn, cases)
    _conduct(conn, cases, world)
    _look_up(conn, cases)
    made = {_key(case.push): _answer(case.push, case.reading, case.results) for case in cases}
    channels.keep_answers(conn, [_answered(case, made[_key(case.push)]) for case in cases])
    _regret(conn, cases)
    answers = []
    for push, known in zip(pushes, earlier, strict=True):
        if known is None or (known.same_body and known.answer is None):
            answers.append(made[_key(push)] if _key(push) in made else _answer(push, MISMATCH, []))
        elif known.same_body and known.answer is not None:
            answers.append(known.answer)
        else:
            answers.append(_answer(push, MISMATCH, []))
    return answers


def _key(push: Push) -> tuple[str, str]:
    return push.adapter.channel, push.opened.message_key


def _arrival(push: Push) -> Arrival:
    content = push.opened.content
    return Arrival(*_key(push), sha256(content).hexdigest(), content, push.at)


def _read(push: Push) -> _Case:
    reading = push.adapter.read(push.opened, push.at)
    said = [] if isinstance(reading, Refusal) else reading.said
    return _Case(push, reading, [_unheard(one) for one in said])


def _unheard(said: Message | Question | Refusal) -> Result:
    return Result(None, said) if isinstance(said, Refusal) else Result(said)


def _find_numbers(conn: Connection, cases: Sequence[_Case]) -> None:
    """Messages that name their order by its alias get its number; the alias itself, when nobody knows it."""
    pushed = {
        (said.channel, said.alias): said.logistics_no
        for case in cases
        for result in case.results
        if isinstance(said := result.said, OrderPush) and said.alias
    }
    asked = {key for case in cases for result in case.results if (key := _alias(result)) is not None}
    known = pushed | numbers_of(conn, asked - pushed.keys())
    for case in cases:
        for place, result in enumerate(case.results):
            key, said = _alias(result), result.said
            if key is not None and isinstance(said, Withdrawal | Question):
                case.results[place] = replace(result, said=replace(said, logistics_no=known.get(key, said.alias[:64])))


def _alias(result: Result) -> tuple[str, str] | None:
    said = result.said
    if isinstance(said, Withdrawal | Question) and not said.logistics_no and said.alias:
        return said.channel, said.alias
    return None


def _conduct(conn: Connection, cases: Sequence[_Case], world: World) -> None:
    """All messages of the batch in one go."""
    places = [
        (case, place, Item(case.push.at, said, f"channel:{case.push.adapter.channel}"))
        for case in cases
        for place, result in enumerate(case.results)
        if isinstance(said := result.said, OrderPush | Withdrawal | WaybillTold)
    ]
    places.sort(key=lambda one: one[2].at)
    answers = conduct(conn, [item for _, _, item in places], world)
    for (case, place, item), refusal in zip(places, answers, strict=True):
        held = missing_fields(item.what.content) if isinstance(item.what, OrderPush) and refusal is None else ()
        case.results[place] = replace(case.results[place], refusal=refusal, missing=held)


def _look_up(conn: Connection, cases: Sequence[_Case]) -> None:
    """Answers to questions."""
    asked = {
        (said.channel, said.logistics_no)
        for case in cases
        for result in case.results
        if isinstance(said := result.said, Question)
    }
    if not asked:
        return
    known: Mapping[tuple[str, str], Known] = known_orders(conn, asked)
    for case in cases:
        for place, result in enumerate(case.results):
            if isinstance(said := result.said, Question):
                found = known.get((said.channel, said.logistics_no))
                case.results[place] = replace(result, known=found)


def _answer(push: Push, reading: Reading | Refusal, results: Sequence[Result]) -> Answer:
    whole = [Result(None, reading)] if isinstance(reading, Refusal) else results
    read = None if isinstance(reading, Refusal) else reading
    return push.adapter.answer(Answering(push.credential, whole, push.request_id, push.at, push.opened, read))


def _answered(case: _Case, answer: Answer) -> Answered:
    refusal = case.reading if isinstance(case.reading, Refusal) else None
    refused = refusal or next((one.refusal for one in case.results if one.refusal is not None), None)
    said = next((one.said for one in case.results if one.said is not None), None)
    number = getattr(said, "logistics_no", None)
    alias = said.alias if isinstance(said, OrderPush) and said.alias else None
    return Answered(*_key(case.push), answer, number, refused.code if refused else None, alias)


def _regret(conn: Connection, cases: Sequence[_Case]) -> None:
    """Some channels learn by feedback only that a push came to nothing; an order that is there speaks for itself."""
    told: list[tuple[_Case, Mapping[str, object]]] = []
    for case in cases:
        refusal = case.reading if isinstance(case.reading, Refusal) else None
        refusal = refusal or next((one.refusal for one in case.results if one.refusal is not None), None)
        payload = case.push.adapter.regret(case.push.opened, refusal) if refusal is not None else None
        if payload is not None:
            told.append((case, payload))
    if not told:
        return
    there = known_numbers(conn, {(case.push.adapter.channel, str(payload["logistics_no"])) for case, payload in told})
    rows = [
        {"order_id": None, "region": "", "channel": case.push.adapter.channel, "kind": "refused",
         "payload": payload, "at": case.push.at}
        for case, payload in told
        if (case.push.adapter.channel, str(payload["logistics_no"])) not in there
    ]  # fmt: skip
    queue_feedback(conn, rows)

"""Verified pushes into the order's log: many at once, one transaction, an answer for each (CHAN-3, DESIGN law 9)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection

from basics.refusal import Refusal
from channels import actions as channels
from channels.actions import Answered, Arrival, Earlier
from channels.adapter import Adapter, Answer, Answering, Credential, Known, Opened, Reading, Result
from channels.messages import Message, OrderPush, Question, WaybillTold, Withdrawal
from channels.outbox.actions import forget_refused, queue_feedback
from dispatch.actions import conduct, tell_again
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


@dataclass(frozen=True, slots=True)
class Taken:
    """The answer, and why the push did not even get into the inbox, if so."""

    answer: Answer
    turned_away: Refusal | None = None


@dataclass(slots=True)
class _Case:
    """A push on its way through a batch. `key` is its place in the inbox; `earlier` what was there before."""

    push: Push
    key: str
    earlier: Earlier | None = None
    reading: Reading | Refusal = MISMATCH
    results: list[Result] = field(default_factory=list)

    @property
    def channel(self) -> str:
        return self.push.adapter.channel

    @property
    def refusal(self) -> Refusal | None:
        if isinstance(self.reading, Refusal):
            return self.reading
        return next((one.refusal for one in self.results if one.refusal is not None), None)


def take_pushes(conn: Connection, pushes: Sequence[Push], world: World) -> list[Taken]:
    """Inbox, orders, log, clocks and outbox of all of them; what to answer, in the order given.

    The inbox knows each message by its key: the first answer is given again, other content under it is refused.
    """
    cases = [_Case(push, push.opened.message_key) for push in pushes]
    _remember(conn, cases)
    new = [case for case in cases if case.earlier is None]
    for case in new:
        _read(case)
    _conduct(conn, new, world)
    _look_up(conn, new)
    made = {(case.channel, case.key): _answer(case) for case in new}
    channels.keep_answers(conn, [_answered(case, made[(case.channel, case.key)]) for case in new])
    _set_right(conn, new, world)
    return [_taken(case, made) for case in cases]


def _remember(conn: Connection, cases: Sequence[_Case]) -> None:
    """Look the messages up in the inbox. One that comes with the id of another goes by its content where its channel
    says so: Alipay answers for `notify_id`, then for the order (CHANNELS 4.2)."""
    for case, known in zip(cases, channels.remember(conn, [_arrival(case) for case in cases]), strict=True):
        case.earlier = known
    again = [case for case in cases if case.earlier is not None and not case.earlier.same_body]
    again = [case for case in again if case.push.opened.words.get("fallback_key")]
    for case in again:
        case.key = case.push.opened.words["fallback_key"]
    for case, known in zip(again, channels.remember(conn, [_arrival(case) for case in again]), strict=True):
        case.earlier = known


def _arrival(case: _Case) -> Arrival:
    content = case.push.opened.content
    return Arrival(case.channel, case.key, sha256(content).hexdigest(), content, case.push.at)


def _taken(case: _Case, made: Mapping[tuple[str, str], Answer]) -> Taken:
    if case.earlier is None:
        return Taken(made[(case.channel, case.key)])
    if case.earlier.same_body:
        first = case.earlier.answer or made.get((case.channel, case.key))  # the latter: of this very batch
        if first is not None:
            return Taken(first)
    return Taken(_answer(case), MISMATCH)


def _read(case: _Case) -> None:
    case.reading = case.push.adapter.read(case.push.opened, case.push.at)
    said = [] if isinstance(case.reading, Refusal) else case.reading.said
    case.results = [_unheard(one) for one in said]


def _unheard(said: Message | Question | Refusal) -> Result:
    return Result(None, said) if isinstance(said, Refusal) else Result(said)


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
        (said.channel, said.logistics_no or said.alias)
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
                found = known.get((said.channel, said.logistics_no or said.alias))
                case.results[place] = replace(result, known=found)


def _answer(case: _Case) -> Answer:
    push, reading = case.push, case.reading
    whole = [Result(None, reading)] if isinstance(reading, Refusal) else case.results
    read = None if isinstance(reading, Refusal) else reading
    return push.adapter.answer(Answering(push.credential, whole, push.request_id, push.at, push.opened, read))


def _answered(case: _Case, answer: Answer) -> Answered:
    said = next((one.said for one in case.results if one.said is not None), None)
    number = getattr(said, "logistics_no", None) or None
    return Answered(case.channel, case.key, answer, number, case.refusal.code if case.refusal else None)


def _set_right(conn: Connection, cases: Sequence[_Case], world: World) -> None:
    """Some channels hear by feedback only that a push came to nothing (Adapter.regret): of a new order that it was
    refused, of one that is there how it really stands. What was still to be said of an order that is there now falls.
    """
    cases = [case for case in cases if case.push.adapter.regret is not None]
    if not cases:
        return
    at = max(case.push.at for case in cases)
    forget_refused(conn, {key for case in cases for key in _numbers(case, refused=False)}, at)
    refused = [case for case in cases if case.refusal is not None]
    told = [(case, payload) for case in refused if (payload := _regret(case)) is not None]
    keys = {(case.channel, str(payload["logistics_no"])) for case, payload in told}
    there = known_numbers(conn, keys | {key for case in refused for key in _numbers(case, refused=True)})
    tell_again(conn, there, world, at)
    rows = [
        {"order_id": None, "region": "", "channel": case.channel, "kind": "refused", "payload": payload,
         "at": case.push.at}
        for case, payload in told
        if (case.channel, str(payload["logistics_no"])) not in there
    ]  # fmt: skip
    queue_feedback(conn, rows)


def _numbers(case: _Case, refused: bool) -> set[tuple[str, str]]:
    """Orders of which something was said that was refused, or that were pushed and taken."""
    return {
        (case.channel, said.logistics_no)
        for result in case.results
        if isinstance(said := result.said, OrderPush | Withdrawal | WaybillTold)
        and (result.refusal is not None if refused else result.refusal is None and isinstance(said, OrderPush))
    }


def _regret(case: _Case) -> Mapping[str, Any] | None:
    regret = case.push.adapter.regret
    return regret(case.push.opened, case.refusal) if regret is not None and case.refusal is not None else None

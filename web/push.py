"""Where channels knock: verify over the raw bytes, take, answer in the channel's dialect (CHAN-3, RELIABILITY D1)."""

from collections.abc import Callable, Sequence
from functools import partial

from flask import Blueprint, Flask, Response, current_app, g, request
from werkzeug.exceptions import HTTPException

from basics.refusal import Refusal
from channels.adapter import Adapter, Answer, Answering, Credential, Knock, Opened, Result
from channels.json_gate import WORDS
from channels.refusals import BUSY, INTERNAL, is_passing
from channels.registry import ADAPTERS
from channels.values import source_allowed
from storage.session import run
from web.auth import signed
from web.credentials import channels_known
from web.errors import RETRY_AFTER, Problem, answer_to, is_away, is_busy
from web.gate import since_it_came, whole_body
from web.gathering import Crowded, Gathering, TooLong
from web.security import note
from web.services import Services, now
from web.taking import Push, Taken, take_pushes
from web.turned_away import remember_turned_away

pages = Blueprint("push", __name__)
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]  # all, so that a refusal names what a channel takes

UNKNOWN = Refusal("credential_unknown", "渠道未开通 / this channel is not set up")
NOT_FROM_THERE = Refusal("source_not_allowed", "来源地址不在名单内 / pushes from this address are not taken")
BUSY_WORDS = "系统繁忙,请稍后再试 / busy, please try again"
LOCK_PATIENCE = 0.5  # seconds
EMPTY = Refusal("body_empty", WORDS["body_empty"])


@pages.route("/push/<channel>", methods=METHODS, provide_automatic_options=False)
@signed
def push(channel: str) -> Response:
    """One signed message, durable before it is answered: inbox, order, clocks, log and outbox in one commit."""
    adapter = ADAPTERS.get(channel)
    if adapter is None:  # no dialect to answer in; which channels exist is nobody's business (B-01)
        raise Problem(UNKNOWN.code, UNKNOWN.message, status=401)
    if request.method not in adapter.methods:
        problem = Problem("method_not_allowed")
        problem.headers["Allow"] = ", ".join(adapter.methods)
        raise problem
    if request.method == "POST" and request.mimetype not in adapter.content_types:
        raise Problem("media_type_unsupported")
    body = whole_body()
    opened, credential = _opened(adapter, body)
    if isinstance(opened, Answer):
        return _respond(opened)
    if isinstance(opened, Refusal):
        note("push refused", opened.code)
        return _refuse(adapter, credential, opened)
    try:
        left = adapter.patience - since_it_came()
        taken = _pushes().take(Push(adapter, credential, opened, g.request_id, now()), max(left, 0))
    except (TooLong, Crowded):  # it may yet be stored: then its repetition gets the first answer
        return _refuse(adapter, credential, Refusal(BUSY, BUSY_WORDS))
    if taken.turned_away is not None:
        note("push refused", taken.turned_away.code)
        remember_turned_away(adapter, taken.turned_away, taken.answer)
    return _respond(taken.answer)


def _opened(adapter: Adapter, body: bytes) -> tuple[Opened | Refusal | Answer, Credential]:
    channel = channels_known().get(adapter.channel)
    if channel is None or not channel.enabled or not channel.credential.has(adapter.needs):
        return UNKNOWN, Credential()
    credential = channel.credential
    if not source_allowed(credential.setting("sources"), request.remote_addr or ""):
        return NOT_FROM_THERE, credential
    if request.method == "POST" and not body:
        return EMPTY, credential
    headers = {name.lower(): value for name, value in request.headers.items()}
    return adapter.verify(credential, Knock(request.method, request.query_string, headers, body), now()), credential


def _pushes() -> "Gathering[Push, Taken]":
    """What gathers the pushes of this application."""
    return current_app.extensions["lanshou.pushes"]  # type: ignore[no-any-return]


@pages.record_once
def _gather(state: object) -> None:
    app: Flask = state.app  # type: ignore[attr-defined]
    known: Services = app.extensions["lanshou"]
    handle: Callable[[Sequence[Push]], Sequence[Taken]] = partial(_take, known)
    app.extensions["lanshou.pushes"] = Gathering(handle, is_away)


def _take(known: Services, pushes: Sequence[Push]) -> Sequence[Taken]:
    ordered = sorted(pushes, key=lambda one: one.at)  # a batch is conducted in the order of its instants
    # Whoever holds an order for long must not hold up the pushes of all others: then each is tried alone (F-16).
    tries = 1 if len(pushes) > 1 else 2
    answers = run(known.engine, lambda conn: take_pushes(conn, ordered, known.world(conn)), tries, LOCK_PATIENCE)
    by_push = {id(push): answer for push, answer in zip(ordered, answers, strict=True)}
    return [by_push[id(push)] for push in pushes]


def _refuse(adapter: Adapter, credential: Credential, refusal: Refusal) -> Response:
    answer = adapter.answer(Answering(credential, [Result(None, refusal)], g.request_id, now()))
    remember_turned_away(adapter, refusal, answer)
    response = _respond(answer)
    if is_passing(refusal.code):
        response.headers["Retry-After"] = str(RETRY_AFTER)
    return response


def _respond(answer: Answer) -> Response:
    return Response(answer.body, answer.status, content_type=answer.content_type)


@pages.errorhandler(Problem)
def _problem(problem: Problem) -> Response | HTTPException:
    """What the gate refuses is said in the channel's dialect as well."""
    adapter = ADAPTERS.get((request.view_args or {}).get("channel", ""))
    if adapter is None:
        return answer_to(problem)
    if problem.status == 405:  # said by HTTP, whatever the dialect
        remember_turned_away(adapter, Refusal(problem.code, problem.detail), Answer(405, "", problem.detail))
        return answer_to(problem)
    # Ours to mend, so never the last word: an order that is refused for good is lost.
    code = BUSY if problem.status >= 500 and not is_passing(problem.code) else problem.code
    response = _refuse(adapter, Credential(), Refusal(code, problem.detail))
    response.headers.update(problem.headers)
    if response.status_code == 413:
        response.headers["Connection"] = "close"  # the rest is not read
    return response


@pages.errorhandler(Exception)
def _failed(error: Exception) -> Response | HTTPException:
    """A passing trouble looks passing in every dialect: the channel tries again."""
    answer = answer_to(error)
    adapter = ADAPTERS.get((request.view_args or {}).get("channel", ""))
    if adapter is None or isinstance(answer, HTTPException) or answer.status_code < 500:
        return answer
    busy = is_busy(error)
    words = BUSY_WORDS if busy else "系统出错,请稍后再试 / an error of ours"
    return _refuse(adapter, Credential(), Refusal(BUSY if busy else INTERNAL, words))

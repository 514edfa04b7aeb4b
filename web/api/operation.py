"""An operation of the API: one address, what it takes and gives, who may ask for it. Its function is given the parts
of its address, `query` and `body` as models, and returns a model, which is the answer."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar, get_type_hints

from flask import Blueprint, Response, g, jsonify, request, url_for
from pydantic import BaseModel, ValidationError

from people.access import Action
from web.api.fields import Page
from web.api.once import key_given, once
from web.auth import needs
from web.errors import FieldError, Problem
from web.gate import whole_body

PREFIX = "/api/v1"
JSON = "application/json"
FIELDS_TOLD = 20  # wrong fields in one answer
View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Operation:
    """`id` is stable: `<area>.<name>`. `media`: what it answers that is no JSON. `repeatable`: whether the answer is
    kept under an idempotency key; a look behind the mask is a look each time. `step_up`: who asks proved a moment ago
    that it is he."""

    id: str
    method: str
    path: str
    action: Action | None
    summary: str
    about: str
    query: type[BaseModel] | None
    body: type[BaseModel] | None
    answer: type[BaseModel] | None
    media: str
    repeatable: bool
    step_up: bool


class Api:
    """The operations of one area."""

    def __init__(self, area: str, about: str) -> None:
        self.area, self.about = area, about
        self.pages = Blueprint(f"api_{area}", __name__, url_prefix=PREFIX)
        self.operations: list[Operation] = []

    def get(self, path: str, action: Action | None, summary: str, media: str = "") -> Callable[[View], View]:
        """An operation that looks."""
        return self._add("GET", path, action, summary, media, repeatable=False, step_up=False)

    def post(
        self, path: str, action: Action | None, summary: str, *, repeatable: bool = True, step_up: bool = False
    ) -> Callable[[View], View]:
        """An operation that changes something, or leaves a trace. `step_up` as the screen has it."""
        return self._add("POST", path, action, summary, "", repeatable=repeatable, step_up=step_up)

    def _add(
        self,
        method: str,
        path: str,
        action: Action | None,
        summary: str,
        media: str,
        *,
        repeatable: bool,
        step_up: bool,
    ) -> Callable[[View], View]:
        def mark(view: View) -> View:
            takes = get_type_hints(view)
            answer, name = takes["return"], view.__name__
            operation = Operation(
                f"{self.area}.{name}", method, path, action, summary, view.__doc__ or "", takes.get("query"),
                takes.get("body"), answer if issubclass(answer, BaseModel) else None, media, repeatable,
                step_up,
            )  # fmt: skip
            self.operations.append(operation)

            @wraps(view)
            def served(**parts: Any) -> Response:
                return _serve(operation, view, parts)

            self.pages.add_url_rule(
                path, name, needs(action, step_up=step_up)(served), methods=[method], provide_automatic_options=False
            )
            return view

        return mark


def _serve(operation: Operation, view: Callable[..., Any], parts: dict[str, Any]) -> Response:
    if operation.method == "GET":
        parts |= {"query": _query(operation.query)} if operation.query else _no_query()
        answer = view(**parts)
        if isinstance(answer, Response):
            return answer
        response = Response(answer.model_dump_json(), mimetype=JSON)
        _link(response, answer)
        return response
    _no_query()
    if operation.body is not None:
        parts |= {"body": _body(operation.body)}
    key = key_given()

    def work() -> Any:
        return view(**parts).model_dump(mode="json")

    answer = once(key, work) if key and operation.repeatable else work()
    response = jsonify(answer)
    if g.get("answered_before"):
        response.headers["Idempotent-Replayed"] = "true"
    return response


def _body(model: type[BaseModel]) -> BaseModel:
    if request.mimetype != JSON:
        raise Problem("media_type_unsupported")
    raw = whole_body()
    try:
        found = model.model_validate_json(raw)
    except ValidationError as error:
        raise _invalid(error) from None
    json.loads(raw, object_pairs_hook=_each_once)
    return found


def _each_once(pairs: list[tuple[str, Any]]) -> None:
    """Readers differ in which of two members of one name they take; it is never a guess which one was meant."""
    names = [name for name, _ in pairs]
    if len(set(names)) < len(names):
        repeated = next(name for name in names if names.count(name) > 1)
        raise Problem("invalid", errors=(FieldError(repeated[:100], "repeated"),))


def _query(model: type[BaseModel]) -> BaseModel:
    """Each word of the address once."""
    repeated = [name for name, values in request.args.lists() if len(values) > 1]
    if repeated:
        raise Problem("invalid", errors=(FieldError(repeated[0][:100], "repeated"),))
    try:
        return model.model_validate_strings(request.args.to_dict())
    except ValidationError as error:
        raise _invalid(error) from None


def _no_query() -> dict[str, Any]:
    if request.args:
        raise Problem("invalid", errors=(FieldError(next(iter(request.args))[:100], "extra_forbidden"),))
    return {}


def _invalid(error: ValidationError) -> Problem:
    told = [
        FieldError(".".join(str(part) for part in one["loc"])[:100] or "body", one["type"])
        for one in error.errors(include_url=False, include_context=False, include_input=False)[:FIELDS_TOLD]
    ]
    if any(one.code == "json_invalid" for one in told):
        return Problem("bad_request", "请求体不是 JSON / The body is no JSON")
    return Problem("invalid", errors=tuple(told))


def _link(response: Response, answer: BaseModel) -> None:
    """RFC 8288: where the following page is."""
    if isinstance(answer, Page) and answer.next is not None:
        words: dict[str, Any] = {**(request.view_args or {}), **request.args.to_dict(), "after": answer.next}
        where = url_for(str(request.endpoint), **words)
        response.headers["Link"] = f'<{where}>; rel="next"'

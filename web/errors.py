"""How the web says no: one table of codes; problem+json for machines and htmx, a page for people."""

import logging
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, g, jsonify, make_response, render_template, request
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException, SecurityError

from web.language import side

log = logging.getLogger("lanshou.web")

# code: status, what people read
TEXTS: dict[str, tuple[int, str, str]] = {
    "bad_request": (400, "请求无法识别", "The request cannot be read"),
    "host_not_allowed": (400, "不支持通过该地址访问", "This host name is not served"),
    "login_required": (401, "请先登录", "Please log in"),
    "login_failed": (401, "登录名或密码不正确", "Wrong login or password"),
    "forbidden": (403, "您没有权限进行此操作", "Your role may not do this"),
    "second_factor_required": (403, "请先完成第二验证", "The second factor comes first"),
    "second_factor_failed": (401, "验证码不正确或已使用过", "A wrong number, or one that was used already"),
    "password_failed": (401, "密码不正确", "Wrong password"),
    "password_change_required": (403, "请先修改密码", "The password must be changed first"),
    "step_up_required": (403, "此操作需要再次确认是您本人", "Please confirm once more that it is you"),
    "sign_on_failed": (401, "单点登录未成功,请重试", "Single sign-on did not succeed; please try again"),
    "sign_on_unlinked": (403, "该单点登录账号尚未关联用户", "No user is linked to this identity yet"),
    "csrf_failed": (403, "页面已过期,请刷新后重试", "The page is out of date; reload and try again"),
    "not_found": (404, "没有找到您要的内容", "Nothing here"),
    "method_not_allowed": (405, "不支持这种请求方式", "Method not allowed"),
    "conflict": (409, "内容已发生变化,请刷新后查看", "Things have changed meanwhile"),
    "file_gone": (410, "材料已到保存期限,内容已删除", "The time to keep this file is over; its content is gone"),
    "body_too_large": (413, "提交的内容过大", "The body is too large"),
    "headers_too_large": (431, "请求头过大", "The request's headers are too large"),
    "media_type_unsupported": (415, "不支持的内容类型", "Unsupported content type"),
    "encoding_unsupported": (415, "不支持压缩的请求内容", "Content-Encoding is not supported"),
    "invalid": (422, "提交的内容有误", "Something submitted is wrong"),
    "too_many_requests": (429, "操作过于频繁,请稍后再试", "Too many attempts, please wait"),
    "internal_error": (500, "系统出错,已记录", "An error of ours; it has been noted"),
    "not_implemented": (501, "不支持这种请求", "Not implemented"),
    "clock_doubted": (503, "本服务器时钟异常,暂停受理,请稍后再试", "This server's clock is off; please try again"),
    "busy": (503, "系统繁忙,请稍后再试", "Busy, please try again"),
}
BY_STATUS = {
    400: "bad_request", 401: "login_required", 403: "forbidden", 404: "not_found", 405: "method_not_allowed",
    409: "conflict", 413: "body_too_large", 414: "bad_request", 415: "media_type_unsupported", 422: "invalid",
    429: "too_many_requests", 431: "headers_too_large", 501: "not_implemented", 503: "busy",
}  # fmt: skip
MACHINE_PATHS = ("/push", "/api", "/healthz", "/readyz")
# PostgreSQL: lock not available, serialisation, deadlock, cancelled: somebody is in the way of this very work.
_IN_THE_WAY = frozenset({"55P03", "40001", "40P01", "57014"})
# Stopping, starting, crashed, disk trouble, read-only; and class 53, out of something: it cannot serve anybody now.
_AWAY = frozenset({"57P01", "57P02", "57P03", "57P05", "58030", "25006"})
_SQLITE_AWAY = ("locked", "busy", "connection", "unable to open", "full", "readonly", "disk I/O")
RETRY_AFTER = 2  # seconds


@dataclass(frozen=True, slots=True)
class FieldError:
    """One wrong field of a submission."""

    field: str
    code: str


class Problem(Exception):
    """Raise from a view to refuse. `code` of TEXTS, or any stable code with `status` and `detail` given.

    `detail` is zh-CN with English beside and holds no internals. `retry_after` is in seconds.
    """

    def __init__(
        self,
        code: str,
        detail: str = "",
        *,
        status: int | None = None,
        errors: tuple[FieldError, ...] = (),
        retry_after: int | None = None,
    ) -> None:
        super().__init__(code)
        known_status, chinese, english = TEXTS.get(code, (422, "", ""))
        self.code = code
        self.status = status or known_status
        self.detail = detail or f"{chinese} / {english}"
        self.errors = errors
        self.headers = {"Retry-After": str(retry_after)} if retry_after is not None else {}


def wants_json() -> bool:
    """Channels, scripts and htmx read a problem; only a person's browser gets a page."""
    if request.path.startswith(MACHINE_PATHS) or request.headers.get("HX-Request") == "true":
        return True
    accepted = request.accept_mimetypes
    return accepted["application/json"] > accepted["text/html"]


def respond(problem: Problem) -> Response:
    """The answer that a problem becomes."""
    request_id: str = g.get("request_id", "")
    if wants_json() or problem.code == "host_not_allowed":  # an address that is not ours has no pages to link to
        detail = problem.detail if request.path.startswith(MACHINE_PATHS) else side(problem.detail)
        body: dict[str, Any] = {"status": problem.status, "code": problem.code, "detail": detail}
        body["errors"] = [{"field": error.field, "code": error.code} for error in problem.errors]
        response = jsonify(body | {"request_id": request_id})
        response.content_type = "application/problem+json"
    else:
        page = "step_up.html" if "step_up" in g else "error.html"  # what was being done is not lost (web/step_up.py)
        response = make_response(render_template(page, problem=problem))
    response.status_code = problem.status
    response.headers.update(problem.headers)
    if problem.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        response.headers["Connection"] = "close"  # the rest is not read
    return response


def is_away(error: Exception) -> bool:
    """Whether the database can serve nobody at the moment (F-23 to F-28, F-35); a wrong statement is our own fault."""
    if isinstance(error, PoolTimeout):
        return True
    if not isinstance(error, DBAPIError):
        return False
    state = getattr(error.orig, "sqlstate", None)
    if state is not None:
        return state in _AWAY or state.startswith("53")
    return error.connection_invalidated or (
        isinstance(error, OperationalError) and any(word in str(error.orig) for word in _SQLITE_AWAY)
    )


def is_busy(error: Exception) -> bool:
    """Whether the same may work in a moment: the database is away, or another transaction was in the way."""
    return is_away(error) or getattr(getattr(error, "orig", None), "sqlstate", None) in _IN_THE_WAY


def answer_to(error: Exception) -> Response | HTTPException:
    """What anything that goes wrong in a request is answered; no exception leaves with its text."""
    if isinstance(error, Problem):
        return respond(error)
    if isinstance(error, HTTPException):
        return _http(error)
    if is_busy(error):
        log.warning("database busy", extra={"request_id": g.get("request_id", "")}, exc_info=error)
        return respond(Problem("busy", retry_after=RETRY_AFTER))
    log.error("request failed", extra={"request_id": g.get("request_id", "")}, exc_info=error)
    try:
        return respond(Problem("internal_error"))
    except Exception:  # the page itself is broken: the last resort needs no template
        return Response("系统出错 / Internal error\n", 500, content_type="text/plain; charset=utf-8")


def _http(error: HTTPException) -> Response | HTTPException:
    status = error.code or 500
    if status < 400:  # a redirect that routing wants
        return error
    code = "host_not_allowed" if isinstance(error, SecurityError) else BY_STATUS.get(status, "bad_request")
    problem = Problem("internal_error" if status == 500 else code, status=status)
    allowed = {"Allow", "Retry-After"}
    problem.headers.update({name: value for name, value in error.get_headers() if name in allowed})
    return respond(problem)


def install(app: Flask) -> None:
    """Handlers for everything that can go wrong in a request."""
    app.register_error_handler(Exception, answer_to)
    app.register_error_handler(HTTPException, answer_to)
    app.register_error_handler(Problem, answer_to)

"""Who is asking, and may he: sessions, marks on views, the guard before each of them, form tokens."""

from collections.abc import Callable
from secrets import token_bytes
from typing import Any, TypeVar, cast
from urllib.parse import SplitResult, urlsplit

from flask import Flask, Response, current_app, g, redirect, request, url_for
from sqlalchemy import Connection

from people.access import Action, Actor, Scope, may, scope_of
from people.actions import AuditEntry, new_token, record, touch_session
from people.keys.actions import touch_key
from people.keys.queries import find_key
from people.queries import Sitting, find_sitting
from people.sittings import ASKED, NOT_NEEDED, SECOND_FACTOR_ROLES, TOUCH_EVERY
from people.tokens import PAD, same_token
from people.tokens import form_token as masked_token
from web.errors import Problem, wants_json
from web.gate import MOST_FORM_FIELDS
from web.services import doubted, now, services
from web.transactions import noting, seeing
from web.walls import scope

View = TypeVar("View", bound=Callable[..., Any])
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
FORM_TYPES = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})
CSRF_FIELD, CSRF_HEADER = "csrf_token", "X-CSRF-Token"
OWN_SITES = ("same-origin", "none")  # `none`: a person asked for it, no page did
BACKGROUND_HEADER = "X-Background"  # a page that looks by itself; it does not keep a session alive

LOGGED_IN, EVERYBODY, SIGNED = "logged_in", "everybody", "signed"


def needs(action: Action | None, *, step_up: bool = False) -> Callable[[View], View]:
    """The view is for logged-in people whose role may do `action`; None: for any of them. `step_up`: only for who
    proved within the last minutes that it is he who sits there (web/step_up.py)."""

    def mark(view: View) -> View:
        view.audience = LOGGED_IN  # type: ignore[attr-defined]
        view.action = action  # type: ignore[attr-defined]
        view.step_up = step_up  # type: ignore[attr-defined]
        return view

    return mark


def open_to_all(view: View) -> View:
    """The view needs no log-in; its forms still need their token."""
    view.audience = EVERYBODY  # type: ignore[attr-defined]
    return view


def signed(view: View) -> View:
    """The view verifies a signature over the raw body itself: no log-in, no form token."""
    view.audience = SIGNED  # type: ignore[attr-defined]
    return view


def cookie_name(purpose: str = "") -> str:
    """`__Host-` binds a cookie to this host and to TLS, which a plain-HTTP demo cannot have."""
    return ("__Host-" if services().settings.secure_cookies else "") + "lanshou" + purpose


def set_cookie(response: Response, name: str, value: str) -> None:
    """A cookie for this browser session that no script reads."""
    secure = services().settings.secure_cookies
    response.set_cookie(name, value, path="/", httponly=True, secure=secure, samesite="Lax")


def sitting() -> Sitting | None:
    """The living session of this request, or that of the API's key it came with; read once."""
    if "sitting" not in g:
        key, token = _bearer(), request.cookies.get(cookie_name())
        g.sitting = None
        if key is not None or token:
            with seeing() as conn:
                g.sitting = _of_key(conn, key) if key is not None else find_sitting(conn, token or "", now())
                if g.sitting is not None:
                    scope(conn, g.sitting.actor)  # in the same transaction: nearly every page asks for it
    return cast("Sitting | None", g.sitting)


def _bearer() -> str | None:
    """The key of a request to the API: one that comes with a key is judged by it alone."""
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    return key.strip() if scheme.lower() == "bearer" and request.path.startswith("/api/") else None


def _of_key(conn: Connection, key: str) -> Sitting | None:
    found = find_key(conn, key, now())
    if found is None:
        return None
    g.api_key_id = found.key_id
    return Sitting(0, found.actor, found.last_used_at or now() - TOUCH_EVERY, NOT_NEEDED, None, False)


def needs_second_factor(role: str) -> bool:
    """Whether this installation asks this role for one."""
    return services().settings.second_factor_required and role in SECOND_FACTOR_ROLES


def detained(found: Sitting) -> str:
    """The page where somebody must go first, and until then nothing else is served; empty: nowhere."""
    if "api_key_id" in g:
        return ""
    if found.second_factor == ASKED or (found.second_factor == NOT_NEEDED and needs_second_factor(found.actor.role)):
        return "second_factor.page"
    return "password.page" if found.must_change else ""


def known_actor() -> Actor | None:
    """The actor if the guard has found one and he may go on; asks no database, so that an error page can do without."""
    found: Sitting | None = g.get("sitting")
    return found.actor if found and not detained(found) else None


def current_actor() -> Actor:
    """The person asking. Problem `login_required` when nobody is logged in."""
    found = sitting()
    if found is None:
        raise Problem("login_required")
    return found.actor


def current_scope() -> Scope:
    """Where the person asking sees and acts (ROLE-1); what lies outside is answered as not found."""
    actor = current_actor()
    if not actor.station:
        return scope_of(actor)
    known, found = g.get("scope", (None, None))
    if known == actor:
        return cast(Scope, found)
    with seeing() as conn:
        return scope(conn, actor)


def form_token() -> str:
    """The token for this page's forms, from the session's cookie or, before log-in, from a visitor's; under a pad of
    this answer alone, because answers are compressed."""
    if "pad" not in g:
        g.pad = token_bytes(PAD)
    return masked_token(_behind_forms(), g.pad)


def _behind_forms() -> str:
    own = g.get("new_token") or request.cookies.get(cookie_name())
    return (own if g.get("sitting") else _visitor_token()) or ""


def _visitor_token() -> str:
    token = request.cookies.get(cookie_name("-visitor")) or g.get("new_visitor")
    if not token:
        token = g.new_visitor = new_token()
    return token


def local_path(target: str | None) -> str:
    """`target` if it is a path of ours, else `/` (RELIABILITY B-114)."""
    if not target or not target.startswith("/") or target[1:2] in ("/", "\\"):
        return "/"
    if not target.isprintable() or "\\" in target:
        return "/"
    parts = urlsplit(target)
    return "/" if parts.scheme or parts.netloc else target


def install(app: Flask) -> None:
    """The guard: a view without a mark is never served."""

    @app.before_request
    def _guard() -> Response | None:
        if request.endpoint == "static":
            return None  # a file that says nothing of anybody
        if request.endpoint is None:  # no such address; the page that says so keeps the navigation
            if not wants_json():
                sitting()
            return None
        view = current_app.view_functions[request.endpoint]
        audience = getattr(view, "audience", None)
        if audience == SIGNED:
            return None
        if audience == LOGGED_IN:
            found = sitting()
            if found is None:
                return _ask_to_log_in()
            if "api_key_id" not in g:  # no browser sends a key by itself
                _check_form_token()
            if page := detained(found):
                return _detain(page)
            _check_role(found.actor, getattr(view, "action", None))
            _touch(found)
        elif audience == EVERYBODY:
            _check_form_token()
        else:
            raise RuntimeError(f"{request.endpoint} has no mark: needs(), open_to_all or signed")
        return None

    @app.after_request
    def _remember_visitor(response: Response) -> Response:
        if "new_visitor" in g:
            set_cookie(response, cookie_name("-visitor"), g.new_visitor)
        return response


def _ask_to_log_in() -> Response:
    return _send_to("account.login_page", "login_required")


def _detain(page: str) -> Response | None:
    if request.blueprint == page.partition(".")[0] or request.endpoint == "account.log_out":
        return None
    return _send_to(page, "second_factor_required" if page == "second_factor.page" else "password_change_required")


def _send_to(page: str, code: str) -> Response:
    """To a page that leads back here, or, of what asked by itself, to the page that it asked from."""
    if request.headers.get("HX-Request") == "true":
        response = Response(status=401)
        response.headers["HX-Redirect"] = url_for(page, next=came_from())
        return response
    if wants_json():
        raise Problem(code)
    wanted = request.full_path.rstrip("?") if request.method == "GET" else came_from()
    return cast(Response, redirect(url_for(page, next=None if wanted == "/" else wanted), 302))


def came_from() -> str | None:
    """The path of the page of ours that this request came from, if the browser says so."""
    said = _parts(request.headers.get("HX-Current-URL") or request.referrer or "")
    path = local_path(said.path + (f"?{said.query}" if said.query else ""))
    return path if said.netloc == request.host and path not in ("/", url_for("account.login_page")) else None


def _parts(said: str) -> SplitResult:
    """Of an address in a header; what is none has no parts."""
    try:
        return urlsplit(said)
    except ValueError:
        return urlsplit("")


def _check_form_token() -> None:
    """Same origin, and the token of this very session (RELIABILITY B-89, B-131)."""
    if request.method in SAFE_METHODS:
        return
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in OWN_SITES:
        raise Problem("csrf_failed")
    origin = request.headers.get("Origin")
    if origin is not None and _parts(origin).netloc != request.host:
        raise Problem("csrf_failed")
    given = request.headers.get(CSRF_HEADER)
    if given is None:
        if request.mimetype not in FORM_TYPES:
            raise Problem("csrf_failed" if request.is_json else "media_type_unsupported")
        if sum(len(values) for _, values in request.form.lists()) > MOST_FORM_FIELDS:
            raise Problem("body_too_large")
        given = request.form.get(CSRF_FIELD, "")
    if not same_token(given, _behind_forms()):
        raise Problem("csrf_failed")


def _check_role(actor: Actor, action: Action | None) -> None:
    if action is None or may(actor, action):
        return
    what = f"{request.method} {request.path}"
    entry = AuditEntry(actor.user_id, "forbidden", ascii(what)[1:-1], request.remote_addr or "", reason=action)
    with noting() as conn:
        record(conn, [entry], now())
    raise Problem("forbidden")


def _touch(found: Sitting) -> None:
    if request.headers.get(BACKGROUND_HEADER) or now() - found.last_seen_at < TOUCH_EVERY or doubted():
        return
    with noting() as conn:
        if "api_key_id" in g:
            touch_key(conn, g.api_key_id, now())
        else:
            touch_session(conn, found.session_id, now())

"""Who is asking, and may he: sessions, marks on views, the guard before each of them, form tokens."""

from collections.abc import Callable
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, g, redirect, request, url_for

from people.access import Action, Actor, Scope, may, scope_of
from people.actions import AuditEntry, new_token, record, touch_session
from people.queries import Sitting, find_sitting
from people.sittings import TOUCH_EVERY
from people.tokens import csrf_token, same_token
from web.errors import Problem, wants_json
from web.gate import MOST_FORM_FIELDS
from web.services import doubted, now, services
from web.transactions import changing, seeing

View = TypeVar("View", bound=Callable[..., Any])
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
FORM_TYPES = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})
CSRF_FIELD, CSRF_HEADER = "csrf_token", "X-CSRF-Token"
BACKGROUND_HEADER = "X-Background"  # a page that looks by itself; it does not keep a session alive

LOGGED_IN, EVERYBODY, SIGNED = "logged_in", "everybody", "signed"


def needs(action: Action | None) -> Callable[[View], View]:
    """The view is for logged-in people whose role may do `action`; None: for any of them."""

    def mark(view: View) -> View:
        view.audience = LOGGED_IN  # type: ignore[attr-defined]
        view.action = action  # type: ignore[attr-defined]
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
    """The living session of this request, read once."""
    if "sitting" not in g:
        token = request.cookies.get(cookie_name())
        g.sitting = None
        if token:
            with seeing() as conn:
                g.sitting = find_sitting(conn, token, now())
    return cast("Sitting | None", g.sitting)


def known_actor() -> Actor | None:
    """The actor if the guard has found one; asks no database, so that an error page can do without."""
    found: Sitting | None = g.get("sitting")
    return found.actor if found else None


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
    with seeing() as conn:
        network = services().networks.get(conn)
    return scope_of(actor, network.children.get(actor.station, ()))


def form_token() -> str:
    """The token for this page's forms, from the session's cookie or, before log-in, from a visitor's."""
    token = request.cookies.get(cookie_name()) if known_actor() else _visitor_token()
    return csrf_token(token or "")


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
            _check_form_token()
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
    if request.headers.get("HX-Request") == "true":
        response = Response(status=401)
        response.headers["HX-Redirect"] = url_for("account.login_page")
        return response
    if wants_json():
        raise Problem("login_required")
    wanted = request.full_path.rstrip("?") if request.method == "GET" else None
    if wanted == "/":
        wanted = None
    return cast(Response, redirect(url_for("account.login_page", next=wanted), 302))


def _check_form_token() -> None:
    """Same origin, and the token of this very session (RELIABILITY B-89, B-131)."""
    if request.method in SAFE_METHODS:
        return
    origin = request.headers.get("Origin")
    if origin is not None and urlsplit(origin).netloc != request.host:
        raise Problem("csrf_failed")
    given = request.headers.get(CSRF_HEADER)
    if given is None:
        if request.mimetype not in FORM_TYPES:
            raise Problem("csrf_failed" if request.is_json else "media_type_unsupported")
        if sum(len(values) for _, values in request.form.lists()) > MOST_FORM_FIELDS:
            raise Problem("body_too_large")
        given = request.form.get(CSRF_FIELD, "")
    if not same_token(given, form_token()):
        raise Problem("csrf_failed")


def _check_role(actor: Actor, action: Action | None) -> None:
    if action is None or may(actor, action):
        return
    what = f"{request.method} {request.path}"
    entry = AuditEntry(actor.user_id, "forbidden", ascii(what)[1:-1], request.remote_addr or "", reason=action)
    with changing() as conn:
        record(conn, [entry], now())
    raise Problem("forbidden")


def _touch(found: Sitting) -> None:
    if request.headers.get(BACKGROUND_HEADER) or now() - found.last_seen_at < TOUCH_EVERY or doubted():
        return
    with changing() as conn:
        touch_session(conn, found.session_id, now())

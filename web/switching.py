"""The language switch, and the end of the tour. A choice is kept in a cookie and, of a logged-in person, in the
database, so that another device speaks the same language after log-in."""

from flask import Blueprint, Flask, Response, g, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from people.reading.actions import choose_language, end_tour
from people.reading.queries import reading_of
from web.auth import current_actor, known_actor, local_path, needs, open_to_all
from web.errors import FieldError, Problem
from web.language import LANGUAGES, chosen, cookie
from web.services import now, services
from web.tour import LAST_CHINESE, LAST_ENGLISH, first_stop, stop_here
from web.transactions import changing, seeing

pages = Blueprint("language", __name__)
YEAR = 365 * 24 * 3600


@pages.post("/language")
@needs(None)
def switch() -> AnyResponse:
    """For the person logged in."""
    wanted, actor = _wanted(), current_actor()
    with changing() as conn:
        choose_language(conn, actor.user_id, wanted)
    return _back(f"{wanted}-{actor.user_id}")


@pages.post("/login/language")
@open_to_all
def switch_before_log_in() -> AnyResponse:
    """For whoever is about to log in."""
    return _back(_wanted())


@pages.post("/tour/end")
@needs(None)
def end() -> AnyResponse:
    """The tour was walked or put away (users.toured_at)."""
    with changing() as conn:
        end_tour(conn, current_actor().user_id, now())
    return redirect(local_path(request.form.get("back")), 303)


def _wanted() -> str:
    wanted = request.form.get("language", "")
    if wanted not in LANGUAGES:
        raise Problem("invalid", errors=(FieldError("language", "unknown"),))
    return wanted


def _back(value: str) -> AnyResponse:
    """To the page that was read; a form that was being answered with an error has no address, its screen has."""
    g.language_cookie = value
    return redirect(local_path(request.form.get("back")), 303)


def here() -> str:
    """The address to come back to: this page's own, or the front door's where a form was posted."""
    if request.method != "GET":
        return url_for("account.home") if known_actor() else url_for("account.login_page")
    return request.full_path.rstrip("?")


def touring() -> bool:
    """Whether this page brings the tour or offers it: asked for by its address, or a new person of the demo."""
    return known_actor() is not None and ("tour" in request.args or offered())


def offered() -> bool:
    """A person of the demo who has not seen the tour, once after log-in."""
    return bool(g.get("offer_tour")) and bool(first_stop())


def install(app: Flask) -> None:
    """After log-in the person's own choice counts, whoever sat at this browser before."""

    @app.before_request
    def _own_choice() -> None:
        actor = known_actor()
        if actor is None or request.method != "GET" or request.endpoint == "static":
            return
        said, whose = chosen()
        if whose == actor.user_id:
            return
        with seeing() as conn:
            reading = reading_of(conn, actor.user_id)
        g.language = reading.language or (said if whose is None else "zh")
        g.offer_tour = services().settings.demo and not reading.toured
        g.language_cookie = f"{g.language}-{actor.user_id}"

    @app.after_request
    def _keep(response: Response) -> Response:
        value = g.get("language_cookie")
        if value and (response.status_code != 302 or request.method != "GET"):  # what a redirect offers nobody sees
            secure = services().settings.secure_cookies
            response.set_cookie(cookie(), value, max_age=YEAR, path="/", httponly=True, secure=secure, samesite="Lax")
        return response

    app.add_template_global(here, "here_again")
    for name, function in {
        "touring": touring,
        "tour_offered": offered,
        "tour_stop": stop_here,
        "tour_start": first_stop,
        "tour_last": lambda: (LAST_CHINESE, LAST_ENGLISH),
    }.items():
        app.add_template_global(function, name)

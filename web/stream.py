"""How an open desk hears that it has changed: a stream, or an address to ask that touches no order (decision 17)."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import uniform
from time import monotonic
from typing import cast

from flask import Blueprint, Response, current_app, jsonify, request
from flask.sansio.blueprints import BlueprintSetupState
from sqlalchemy.exc import SQLAlchemyError

from dispatch.desks.queries import numbers
from people.access import Action
from people.queries import find_sitting
from storage.session import reading
from web.auth import cookie_name, current_actor, current_scope, needs, open_to_all
from web.desk_token import TOKEN_HEADER, stations_of
from web.errors import Problem
from web.services import Services, services
from web.transactions import seeing
from web.watcher import Listener, Watcher

pages = Blueprint("stream", __name__)
log = logging.getLogger("lanshou.web")

BEAT = 15.0  # seconds between words: a page knows that the line lives, and we notice a reader who is gone
ASK_AGAIN = 60.0  # seconds, and up to half of it more: whether its session still lives
LONGEST = 3600.0  # seconds: then the page opens a new one
WATCHER = "lanshou-watcher"
SERVING = "lanshou-serving"  # app.extensions: whether this process goes on serving; a server that knows puts it there


@pages.get("/desk/stream")
@needs(Action.ACCEPT)
def stream() -> Response:
    """Server-sent events: `id` and data are the change number of the desk. 204 when there are streams enough; then,
    as its standard says, no browser asks again by itself, and the page polls."""
    actor, stations = current_actor(), current_scope().stations
    watcher = cast(Watcher, current_app.extensions[WATCHER])
    listener = watcher.join(actor.user_id, stations)
    if listener is None:
        return _headed(Response(status=204))
    line = Line(services(), watcher, listener, request.cookies.get(cookie_name(), ""), _last_heard())
    line.serving = current_app.extensions.get(SERVING, line.serving)
    response = _headed(Response(line.events(), mimetype="text/event-stream"))
    response.call_on_close(lambda: watcher.leave(listener))  # also of a reader who went before the first word
    return response


@pages.get("/desk/changes")
@open_to_all
def changes() -> Response:
    """The change number of the desk whose token the page shows, or of one of its stations; 304 to whoever knows it
    (If-None-Match). Neither a session nor an order is looked up: 5,000 desks ask it all day. It says that something
    has changed and nothing else; the list itself is for sessions only."""
    stations, asked = stations_of(request.headers.get(TOKEN_HEADER, "")), request.args.get("station")
    if stations is None:
        raise Problem("login_required")
    if asked is not None and asked not in stations:
        raise Problem("not_found")
    number = _known(stations if asked is None else frozenset({asked}))
    response = jsonify({"number": number})
    response.set_etag(str(number))
    return _headed(cast(Response, response.make_conditional(request)))


def _known(stations: frozenset[str]) -> int:
    """From the watcher's last look, or, when nobody has asked lately, from the database."""
    number = cast(Watcher, current_app.extensions[WATCHER]).ask(stations)
    if number is not None:
        return number
    with seeing() as conn:
        return sum(numbers(conn, stations).values())


@dataclass(eq=False, slots=True)
class Line:
    """One stream, after its request is answered: it works without the request."""

    services: Services
    watcher: Watcher
    listener: Listener
    token: str
    heard: int | None
    serving: Callable[[], bool] = lambda: True

    def events(self) -> Iterator[str]:
        """The number as soon as it is another than the reader knows, a word now and then, until the session ends."""
        began = beat = monotonic()
        ask_at = began + uniform(1, 1.5) * ASK_AGAIN  # not all streams at once
        try:
            yield "retry: 3000\n\n"
            while self.serving() and monotonic() - began < LONGEST:
                if self.listener.changed.wait(timeout=1.0):
                    number = self.watcher.number(self.listener)
                    if number != self.heard:
                        self.heard, beat = number, monotonic()
                        yield f"id: {number}\ndata: {number}\n\n"
                if monotonic() - beat >= BEAT:
                    beat = monotonic()
                    yield "event: beat\ndata: \n\n"
                if monotonic() >= ask_at:
                    ask_at = monotonic() + uniform(1, 1.5) * ASK_AGAIN
                    if not self.lives():
                        yield "event: over\ndata: \n\n"
                        return
        finally:
            self.watcher.leave(self.listener)

    def lives(self) -> bool:
        """Whether the session it was opened with goes on for the same person. Listening does not prolong it."""
        try:
            with reading(self.services.engine) as conn:
                found = find_sitting(conn, self.token, self.services.clock())
        except SQLAlchemyError as error:  # the next time: a desk must not fall silent because the database is busy
            log.warning("a stream's session was not asked for: %s", type(error).__name__)
            return True
        return found is not None and found.actor.user_id == self.listener.user


def _last_heard() -> int | None:
    told = request.headers.get("Last-Event-ID", "")
    return int(told) if told.isascii() and told.isdigit() and len(told) <= 18 else None


def _headed(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Accel-Buffering"] = "no"  # a proxy in front must not keep events back
    return response


@pages.record_once
def _install(state: BlueprintSetupState) -> None:
    """The watcher of this process; its thread begins with the first stream."""
    ours = cast(Services, state.app.extensions["lanshou"])
    state.app.extensions[WATCHER] = Watcher(ours.engine, ours.settings.streams)

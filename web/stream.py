"""How an open desk hears that it has changed: a stream, or an address to ask that touches no order (decision 17)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from time import monotonic
from typing import cast

from flask import Blueprint, Response, current_app, jsonify, request
from flask.sansio.blueprints import BlueprintSetupState
from sqlalchemy import Connection

from dispatch.desks.queries import numbers
from people.access import Action
from people.queries import find_sitting
from storage.session import reading
from web.auth import cookie_name, current_actor, current_scope, needs
from web.errors import Problem
from web.services import Services, services
from web.transactions import seeing
from web.watcher import Listener, Watcher

pages = Blueprint("stream", __name__)

BEAT = 15.0  # seconds between words: a page knows that the line lives, and we notice a reader who is gone
ASK_AGAIN = 60.0  # seconds: whether its session still lives
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
@needs(Action.ACCEPT)
def changes() -> Response:
    """The change number of the desk, or of one of its stations; 304 to whoever knows it (If-None-Match)."""
    stations, asked = current_scope().stations, request.args.get("station")
    if asked is not None and asked not in stations:
        raise Problem("not_found")
    with seeing() as conn:
        number = number_of(conn, stations if asked is None else frozenset({asked}))
    response = jsonify({"number": number})
    response.set_etag(str(number))
    return _headed(cast(Response, response.make_conditional(request)))


def number_of(conn: Connection, stations: frozenset[str]) -> int:
    """The change number of a desk of these stations."""
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
        """The number as soon as it is another than the reader knows, a comment otherwise, until the session ends."""
        began = asked = beat = monotonic()
        try:
            yield "retry: 3000\n\n"
            self.listener.changed.set()  # the first look is ours
            while self.serving() and monotonic() - began < LONGEST:
                if self.listener.changed.wait(timeout=1.0):
                    self.listener.changed.clear()
                    number = self._number()
                    if number != self.heard:
                        self.heard, beat = number, monotonic()
                        yield f"id: {number}\ndata: {number}\n\n"
                if monotonic() - beat >= BEAT:
                    beat = monotonic()
                    yield "event: beat\ndata: \n\n"
                if monotonic() - asked >= ASK_AGAIN:
                    asked = monotonic()
                    if not self.lives():
                        yield "event: over\ndata: \n\n"
                        return
        finally:
            self.watcher.leave(self.listener)

    def _number(self) -> int:
        with reading(self.services.engine) as conn:
            return number_of(conn, self.listener.stations)

    def lives(self) -> bool:
        """Whether the session it was opened with goes on for the same person. Listening does not prolong it."""
        with reading(self.services.engine) as conn:
            found = find_sitting(conn, self.token, self.services.clock())
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

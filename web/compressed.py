"""Answers made smaller for browsers that say they read gzip.

What compresses a secret together with words of somebody else tells the secret by its length (BREACH). So form tokens
come under a pad of each answer alone (people/tokens.py), and pages that may show another secret are sent as they are.
"""

import gzip
from threading import Lock

from flask import Flask, Response, request

# Blueprints whose pages show a secret once: seeds and codes of second factors, keys, passwords given out.
SECRETS = frozenset({"second_factor", "my_account", "keys", "users", "password"})
LEAST = 1024  # bytes; less is not worth it
PAGES = frozenset({"text/html", "application/json", "application/problem+json", "text/csv"})
FILES = frozenset({"text/css", "text/javascript", "application/javascript", "image/svg+xml", "application/json"})
# Of files the smallest form, made once; of pages a quick one.
BEST, QUICK = 9, 5
_made: dict[str, tuple[str, bytes]] = {}  # path -> (ETag, bytes): as many as there are files of ours
_lock = Lock()


def install(app: Flask) -> None:
    """To be installed before all others, so that it sees an answer last."""

    @app.after_request
    def _compress(response: Response) -> Response:
        static = request.endpoint == "static"
        if response.mimetype not in (FILES if static else PAGES) or "Content-Encoding" in response.headers:
            return response
        response.vary.add("Accept-Encoding")
        if not request.accept_encodings["gzip"] or "Range" in request.headers or request.blueprint in SECRETS:
            return response
        return _file(response) if static else _page(response)


def _page(response: Response) -> Response:
    if response.is_streamed or "ETag" in response.headers:
        return response
    body = response.get_data()
    if len(body) >= LEAST:
        response.set_data(gzip.compress(body, QUICK, mtime=0))
        response.headers["Content-Encoding"] = "gzip"
    return response


def _file(response: Response) -> Response:
    tag = response.get_etag()[0]
    if response.status_code != 200 or tag is None or (response.content_length or 0) < LEAST:
        return response
    small = f"{tag}-gzip"
    with _lock:
        known = _made.get(request.path)
    if known is None or known[0] != small:
        response.direct_passthrough = False
        known = (small, gzip.compress(response.get_data(), BEST, mtime=0))
        with _lock:
            _made[request.path] = known
    response.close()  # the file that would have been sent
    response.direct_passthrough = False
    response.set_data(known[1])
    response.headers["Content-Encoding"] = "gzip"
    response.set_etag(small)
    return response.make_conditional(request)  # type: ignore[return-value]

"""What every request passes first and every response last: number, size, encoding, headers."""

import secrets
from time import monotonic

from flask import Flask, Response, g, request

from web.errors import Problem
from web.services import services

KIB = 1024
# First match counts; RELIABILITY 11.2. Scan files and areas get their own line when they come.
BODY_LIMITS = (
    ("/push", 256 * KIB), ("/login", 16 * KIB), ("/areas/", 10 * KIB * KIB),
    ("/appeals/", 102 * KIB * KIB),  # ten files of 10 MiB (B-100)
    ("/api/v1/appeals/", 40 * KIB * KIB), ("/api/v1/areas/", 10 * KIB * KIB),
    ("/", 2 * KIB * KIB),
)  # fmt: skip
MOST_HEADERS = 16 * KIB  # names and values of a request
MOST_FORM_FIELDS = 2_100  # 1,000 picked rows, a station beside each, and the rest of the form

CSP = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
WITH_CAMERA = "camera=(self), geolocation=(), microphone=()"  # of a page whose view said `g.camera = True`
HSTS = "max-age=31536000; includeSubDomains"


def limit_for(path: str) -> int:
    """The largest body in bytes that this path takes."""
    return next(limit for prefix, limit in BODY_LIMITS if path.startswith(prefix))


def whole_body() -> bytes:
    """The raw body. Problem `body_too_large`, also when its length was not declared."""
    body = request.get_data()
    if len(body) > limit_for(request.path):
        raise Problem("body_too_large")
    return body


def since_it_came() -> float:
    """Seconds since the request in hand came."""
    return monotonic() - float(g.began)


def install(app: Flask) -> None:
    """Hooks around every request; to be installed before any other."""
    app.config["MAX_CONTENT_LENGTH"] = max(limit for _, limit in BODY_LIMITS)

    @app.before_request
    def _check_envelope() -> None:
        g.request_id, g.began = secrets.token_hex(8), monotonic()
        if sum(len(name) + len(value) + 4 for name, value in request.headers) > MOST_HEADERS:
            raise Problem("headers_too_large")
        request.max_content_length = limit_for(request.path)
        if (request.content_length or 0) > request.max_content_length:
            raise Problem("body_too_large")
        if request.content_length is None:  # chunked: reading stops without a word at the limit; see whole_body
            request.max_content_length += 1
        if request.headers.get("Content-Encoding", "identity") != "identity":
            raise Problem("encoding_unsupported")  # never inflated: a small body can be a large one

    @app.after_request
    def _add_headers(response: Response) -> Response:
        response.headers["X-Request-Id"] = g.get("request_id", "")
        if g.get("camera"):
            response.headers["Permissions-Policy"] = WITH_CAMERA
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if services().settings.secure_cookies:
            response.headers["Strict-Transport-Security"] = HSTS
        if request.endpoint != "static":
            response.headers["Cache-Control"] = "no-store"
        return response

"""What answers carry behind TLS, who may send a form, and how small pages are (B-89, B-113, B-131, B-133; 11.2)."""

import gzip
import re
import shutil
from pathlib import Path

import pytest
from flask import Blueprint, Flask, Response, g

from people.tokens import PAD, form_token, same_token
from tests.web.conftest import Visitor
from web.auth import open_to_all
from web.gate import MOST_HEADERS
from web.services import WebSettings

KIB = 1024
ASKED = {"Accept-Encoding": "gzip, deflate, br"}


@pytest.fixture
def database_url(sqlite_template: Path, tmp_path: Path) -> str:
    """One database: nothing here depends on which."""
    return f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'test.db')}"


@pytest.fixture
def screens() -> list[Blueprint]:
    pages = Blueprint("probe", __name__)

    @pages.get("/probe/camera")
    @open_to_all
    def camera() -> str:
        g.camera = True
        return "x"

    @pages.get("/probe/long")
    @open_to_all
    def long() -> str:
        return "<p>" + "揽收 " * 4_000

    @pages.get("/probe/stream")
    @open_to_all
    def stream() -> Response:
        return Response(("x" * 2_000 for _ in range(2)), mimetype="text/event-stream")

    @pages.post("/probe/open")
    @open_to_all
    def everybody() -> str:
        return "ok"

    secrets = Blueprint("keys", __name__)

    @secrets.get("/probe/secret")
    @open_to_all
    def secret() -> str:
        return "<p>" + "codes " * 4_000

    return [pages, secrets]


class TestBehindTLS:
    @pytest.fixture
    def settings(self) -> WebSettings:
        return WebSettings(hosts=("lanshou.example",), secure_cookies=True, trusted_proxies=1)

    def test_cookies_and_hsts(self, app: Flask) -> None:
        """11.2: bound to this host and to TLS, for a year and for what lies below it."""
        answer = app.test_client().get("/login", base_url="https://lanshou.example")
        cookie = answer.headers["Set-Cookie"]
        assert cookie.startswith("__Host-lanshou-visitor=")
        assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; ")) and "Domain" not in cookie
        assert answer.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"

    def test_only_our_proxy_is_believed(self, app: Flask) -> None:
        """B-113: of a forged list the entry that our own proxy added counts."""
        seen: list[str] = []

        @app.before_request
        def _look() -> None:
            from flask import request

            seen.append(request.remote_addr or "")

        forged = {"X-Forwarded-For": "1.2.3.4, 203.0.113.9", "X-Forwarded-Host": "lanshou.example"}
        client = app.test_client()
        assert client.get("/login", headers=forged, base_url="http://lanshou.example").status_code == 200
        assert seen == ["203.0.113.9"]
        forged["X-Forwarded-Host"] = "evil.example"
        assert client.get("/login", headers=forged, base_url="http://lanshou.example").status_code == 400


def test_no_proxy_is_believed_by_default(app: Flask, visitor: Visitor) -> None:
    """B-113"""
    answer = visitor.get("/login", headers={"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"})
    assert answer.status_code == 200 and "evil.example" not in answer.text
    assert "Strict-Transport-Security" not in answer.headers


def test_own_window_and_own_resources(visitor: Visitor) -> None:
    """B-133"""
    for path in ("/login", "/static/app.css", "/nothing"):
        headers = visitor.get(path).headers
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin", path
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin", path
        assert headers["X-Frame-Options"] == "DENY" and headers["Referrer-Policy"] == "same-origin"
        assert headers["Permissions-Policy"] == "camera=(), geolocation=(), microphone=()"
        assert ("no-store" in headers["Cache-Control"]) == (not path.startswith("/static"))


def test_the_camera_is_for_the_page_that_asks(visitor: Visitor) -> None:
    assert visitor.get("/probe/camera").headers["Permissions-Policy"].startswith("camera=(self), ")
    assert visitor.get("/login").headers["Permissions-Policy"].startswith("camera=(), ")


@pytest.mark.parametrize("more", [-200, 1])
def test_size_of_headers(visitor: Visitor, more: int) -> None:
    """11.2: 16 KiB in all; the test client's own headers are less than 200."""
    answer = visitor.get("/login", headers={"X-Long": "x" * (MOST_HEADERS + more)})
    assert answer.status_code == (200 if more < 0 else 431)
    assert more < 0 or "headers_too_large" in answer.text


@pytest.mark.parametrize(
    ("site", "status"), [("same-origin", 200), ("none", 200), ("same-site", 403), ("cross-site", 403), ("x", 403)]
)
def test_what_the_browser_says_of_the_page_it_comes_from(visitor: Visitor, site: str, status: int) -> None:
    """B-131: a second check beside the token; a sub-domain of ours is somebody else."""
    token = visitor.token("/login")
    answer = visitor.client.post("/probe/open", data={"csrf_token": token}, headers={"Sec-Fetch-Site": site})
    assert answer.status_code == status


def test_a_form_token_never_looks_the_same_twice(visitor: Visitor) -> None:
    """B-89 with compressed pages: what is sent twice cannot be told by its length (BREACH)."""
    first, second = visitor.token("/login"), visitor.token("/login")
    assert first != second
    shown = re.findall(r'(?:content|value)="([0-9a-f]{64})"', visitor.get("/login").text)
    assert len(set(shown)) == 1 and len(shown) >= 2, "one page, one token"
    for one in (first, second):
        assert visitor.client.post("/probe/open", data={"csrf_token": one}).status_code == 200


@pytest.mark.parametrize("cut", [1, 32, 63])
def test_tokens_that_are_none(cut: int) -> None:
    """B-89"""
    good = form_token("secret", bytes(range(PAD)))
    assert same_token(good, "secret") and not same_token(good, "other")
    assert same_token(form_token("secret", b"\xff" * PAD), "secret")
    other = "0" if good[cut] != "0" else "1"
    for wrong in (good[:cut] + other + good[cut + 1 :], good[:cut], good + "00", " " * 64, "é" * 64, "", "g" * 64):
        assert not same_token(wrong, "secret")
    assert not same_token("00 " * 21 + "0", "secret")


class TestCompression:
    def test_a_page(self, visitor: Visitor) -> None:
        plain, small = visitor.get("/probe/long"), visitor.get("/probe/long", headers=ASKED)
        assert "Content-Encoding" not in plain.headers and small.headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(small.data) == plain.data and len(small.data) * 20 < len(plain.data)
        assert int(small.headers["Content-Length"]) == len(small.data)
        assert plain.headers["Vary"] == small.headers["Vary"] and "Accept-Encoding" in small.headers["Vary"]
        assert small.headers["Cache-Control"] == "no-store"

    @pytest.mark.parametrize("said", ["", "br", "gzip;q=0", "identity"])
    def test_not_for_who_does_not_read_it(self, visitor: Visitor, said: str) -> None:
        assert "Content-Encoding" not in visitor.get("/probe/long", headers={"Accept-Encoding": said}).headers

    def test_not_secrets_nor_streams(self, visitor: Visitor) -> None:
        for path in ("/probe/secret", "/probe/stream", "/healthz"):
            assert "Content-Encoding" not in visitor.get(path, headers=ASKED).headers, path

    def test_a_file(self, visitor: Visitor) -> None:
        plain, small = visitor.get("/static/app.css"), visitor.get("/static/app.css", headers=ASKED)
        assert gzip.decompress(small.data) == plain.data
        assert visitor.get("/static/app.css", headers=ASKED).data == small.data
        tags = {plain.headers["ETag"], small.headers["ETag"]}
        assert len(tags) == 2, "two forms, two names"
        for tag, asked in ((small.headers["ETag"], ASKED), (plain.headers["ETag"], {})):
            again = visitor.get("/static/app.css", headers={**asked, "If-None-Match": tag})
            assert (again.status_code, again.data) == (304, b"")
            assert "Accept-Encoding" in again.headers["Vary"]
        crossed = visitor.get("/static/app.css", headers={"If-None-Match": small.headers["ETag"]})
        assert crossed.status_code == 200
        assert "max-age=31536000" in small.headers["Cache-Control"]

    def test_a_part_of_a_file_is_of_the_plain_one(self, visitor: Visitor) -> None:
        part = visitor.get("/static/app.css", headers={**ASKED, "Range": "bytes=0-9"})
        assert part.status_code == 206 and len(part.data) == 10 and "Content-Encoding" not in part.headers

    def test_head(self, visitor: Visitor) -> None:
        answer = visitor.client.head("/static/app.css", headers=ASKED)
        assert answer.status_code == 200 and answer.data == b"" and answer.headers["Content-Encoding"] == "gzip"

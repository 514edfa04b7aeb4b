"""What requests must pass and answers carry: RELIABILITY B-06 to B-12, B-113, B-133 to B-136."""

import logging
import re

import pytest
from flask import Blueprint, Flask, abort
from sqlalchemy import Engine, event
from sqlalchemy.exc import OperationalError

from people.access import Action
from tests.web.conftest import Visitor
from web.auth import needs, open_to_all, signed
from web.errors import FieldError, Problem
from web.notes import say
from web.services import WebSettings

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def screens() -> list[Blueprint]:
    pages = Blueprint("probe", __name__)

    @pages.post("/push/probe")
    @signed
    def push() -> str:
        raise Problem("text_invalid", "文字无效 / Invalid text", errors=(FieldError("sender.name", "text_invalid"),))

    @pages.get("/probe/broken")
    @open_to_all
    def broken() -> str:
        raise RuntimeError("s3cret 13812345678")

    @pages.get("/probe/busy")
    @open_to_all
    def busy() -> str:
        raise OperationalError("select", {}, Exception("database is locked"))

    @pages.get("/probe/bad-sql")
    @open_to_all
    def bad_sql() -> str:
        raise OperationalError("select", {}, Exception("no such table: x"))

    @pages.get("/probe/gone")
    @open_to_all
    def gone() -> str:
        abort(404)

    @pages.post("/probe/say")
    @needs(Action.REVIEW)
    def tell() -> tuple[str, int, dict[str, str]]:
        say("已确认 <b>3</b> 件")
        return "", 303, {"Location": "/"}

    return [pages]


def test_headers(visitor: Visitor) -> None:
    """B-133"""
    headers = visitor.get("/login").headers
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    csp = headers["Content-Security-Policy"]
    assert "default-src 'self'" in csp and "frame-ancestors 'none'" in csp and "unsafe" not in csp
    assert "Strict-Transport-Security" not in headers
    assert re.fullmatch(r"[0-9a-f]{16}", headers["X-Request-Id"])


def test_pages_hold_no_inline_script_or_style(visitor: Visitor) -> None:
    visitor.log_in("hq")
    for path in ("/", "/login", "/nothing-here"):
        page = visitor.get(path, follow_redirects=True).text
        assert not re.search(r"<script(?![^>]*\bsrc=)|\son\w+=|\sstyle=|<style", page), path


def test_static_files_are_kept_and_addressed_by_hash(visitor: Visitor) -> None:
    address = re.search(r'href="(/static/app\.css\?v=[0-9a-f]{12})"', visitor.get("/login").text)
    assert address
    answer = visitor.get(address[1])
    assert answer.status_code == 200 and "max-age=31536000" in answer.headers["Cache-Control"]


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nothing-here", 404, "not_found"),
        ("GET", "/.git/config", 404, "not_found"),
        ("GET", "/probe/gone", 404, "not_found"),
        ("PUT", "/push/probe", 405, "method_not_allowed"),
        ("DELETE", "/login", 405, "method_not_allowed"),
        ("TRACE", "/login", 405, "method_not_allowed"),
        ("FROBNICATE", "/login", 405, "method_not_allowed"),
        ("GET", "/probe/broken", 500, "internal_error"),
        ("GET", "/probe/bad-sql", 500, "internal_error"),
        ("GET", "/probe/busy", 503, "busy"),
        ("POST", "/push/probe", 422, "text_invalid"),
    ],
)
@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_refusals(visitor: Visitor, method: str, path: str, status: int, code: str, accept: str) -> None:
    """B-06, B-134, B-135, B-136: a problem for machines, a page for people, nothing from inside."""
    answer = visitor.client.open(path, method=method, headers={"Accept": accept})
    assert answer.status_code == status
    assert code in answer.text and answer.headers["X-Request-Id"] in answer.text
    assert "s3cret" not in answer.text and "Traceback" not in answer.text
    if accept == "application/json" or path.startswith("/push"):
        assert answer.content_type == "application/problem+json"
        assert answer.json and answer.json["status"] == status
    else:
        assert answer.content_type.startswith("text/html") and 'lang="zh-CN"' in answer.text
    assert ("Allow" in answer.headers) == (status == 405)
    assert ("Retry-After" in answer.headers) == (status == 503)


def test_problem_names_the_field(visitor: Visitor) -> None:
    answer = visitor.client.post("/push/probe")
    assert answer.json and answer.json["errors"] == [{"field": "sender.name", "code": "text_invalid"}]
    assert answer.json["detail"] == "文字无效 / Invalid text"


def test_trace_goes_to_the_log(visitor: Visitor, caplog: pytest.LogCaptureFixture) -> None:
    """B-136"""
    with caplog.at_level(logging.ERROR, "lanshou.web"):
        answer = visitor.get("/probe/broken")
    assert caplog.records[0].request_id == answer.headers["X-Request-Id"]  # type: ignore[attr-defined]
    assert "s3cret" in caplog.text


@pytest.mark.parametrize(
    ("path", "size", "status"),
    [
        ("/push/probe", 256 * 1024, 422),
        ("/push/probe", 256 * 1024 + 1, 413),
        ("/login", 16 * 1024 + 1, 413),
        ("/probe/gone", 2 * 1024 * 1024 + 1, 413),
    ],
)
def test_body_limits(visitor: Visitor, path: str, size: int, status: int) -> None:
    """B-08"""
    answer = visitor.client.post(path, data=b"x" * size, content_type="application/json")
    assert answer.status_code == status
    assert (answer.headers.get("Connection") == "close") is (status == 413)


def test_compressed_bodies_are_not_inflated(visitor: Visitor) -> None:
    """B-11"""
    answer = visitor.client.post("/push/probe", data=b"\x1f\x8b", headers={"Content-Encoding": "gzip"})
    assert answer.status_code == 415 and answer.json and answer.json["code"] == "encoding_unsupported"


def test_note_survives_one_redirect(visitor: Visitor) -> None:
    """B-109: escaped; shown once; nobody else's cookie is believed."""
    visitor.log_in("hq")
    visitor.post("/probe/say", {}, page="/")
    kept = visitor.client.get_cookie("lanshou-notes")
    assert "已确认 &lt;b&gt;3&lt;/b&gt; 件" in visitor.get("/").text
    assert "已确认" not in visitor.get("/").text
    visitor.post("/logout", {}, page="/")
    visitor.log_in("hq")
    visitor.client.set_cookie("lanshou-notes", kept.value if kept else "")
    assert "已确认" not in visitor.get("/").text, "signed by a session that is over"


def test_healthz(visitor: Visitor) -> None:
    answer = visitor.get("/healthz")
    assert (answer.status_code, answer.json) == (200, {"ok": True})


def test_healthz_without_database(visitor: Visitor, engine: Engine) -> None:
    visitor.get("/healthz")

    @event.listens_for(engine, "before_cursor_execute")
    def _refuse(*_: object) -> None:
        raise OperationalError("select", {}, Exception("connection refused"))

    answer = visitor.get("/healthz")
    assert answer.status_code == 503 and answer.json and answer.json["code"] == "busy"


class TestHosts:
    @pytest.fixture
    def settings(self) -> WebSettings:
        return WebSettings(hosts=("lanshou.example",))

    def test_foreign_host(self, app: Flask) -> None:
        """B-113"""
        client = app.test_client()
        assert client.get("/login", base_url="http://lanshou.example").status_code == 200
        answer = client.get("/login", base_url="http://evil.example")
        assert answer.status_code == 400 and answer.json and answer.json["code"] == "host_not_allowed"

"""A served console and a real browser. Skips loudly where there is no chromium."""

import os
import shutil
from collections.abc import Iterator
from threading import Thread

import pytest
from flask import Flask
from playwright.sync_api import Browser, Error, Page, sync_playwright
from werkzeug.serving import make_server

from tests.web.conftest import settings
from tests.web.console.conftest import app, clock, land, postgres_template, screens, sqlite_template

__all__ = ["app", "clock", "land", "postgres_template", "screens", "settings", "sqlite_template"]

BINARIES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    found = next((path for path in map(shutil.which, BINARIES) if path), None)
    as_root = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=found, args=as_root)
        except Error as error:
            pytest.skip(f"NOT RUN IN A BROWSER: no chromium ({error.message.splitlines()[0]})")
        yield browser
        browser.close()


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    """Where the console is served, on a free port of this machine."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


@pytest.fixture
def complaints() -> list[str]:
    """What the browser complained of, and what it asked of other hosts; empty at the end of a good walk."""
    return []


@pytest.fixture
def page(chromium: Browser, address: str, complaints: list[str]) -> Iterator[Page]:
    """A window of an office screen."""
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, locale="zh-CN", base_url=address)
    page = context.new_page()
    page.set_default_timeout(10_000)
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda asked: None if asked.url.startswith((address, "data:")) else complaints.append(asked.url))
    yield page
    context.close()

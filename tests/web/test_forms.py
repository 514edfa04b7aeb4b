"""Form tokens and where a form may come from: RELIABILITY B-89, B-131."""

import pytest
from flask import Blueprint, Flask

from people.access import Action
from tests.web.conftest import PASSWORD, Visitor
from web.auth import needs, open_to_all, signed

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def screens() -> list[Blueprint]:
    pages = Blueprint("probe", __name__)

    @pages.post("/probe/review")
    @needs(Action.REVIEW)
    def review() -> str:
        return "reviewed"

    @pages.post("/push/probe")
    @signed
    def push() -> str:
        return "taken"

    @pages.post("/probe/open")
    @open_to_all
    def everybody() -> str:
        return "ok"

    return [pages]


def test_form_token(visitor: Visitor, app: Flask) -> None:
    """B-89"""
    visitor.log_in("hq")
    token = visitor.token("/")
    other = Visitor(app.test_client())
    other.log_in("hq")
    post = visitor.client.post
    for wrong in ("", "0" * 64, "é", other.token("/")):
        answer = post("/probe/review", data={"csrf_token": wrong})
        assert answer.status_code == 403 and "csrf_failed" in answer.text
    assert post("/probe/review", data={"csrf_token": token}).status_code == 200
    assert post("/probe/review", headers={"X-CSRF-Token": token}).status_code == 200


def test_cross_site(visitor: Visitor) -> None:
    """B-131"""
    visitor.log_in("hq")
    token, post = visitor.token("/"), visitor.client.post
    form = {"csrf_token": token}
    assert post("/probe/review", data=form, headers={"Origin": "https://evil.example"}).status_code == 403
    assert post("/probe/review", data=form, headers={"Origin": "null"}).status_code == 403
    assert post("/probe/review", data=form, headers={"Origin": "http://localhost"}).status_code == 200
    assert post("/probe/review", data="a=b", content_type="text/plain").status_code == 415
    assert post("/login", data={"login": "hq", "password": PASSWORD}).status_code == 403
    assert post("/probe/open").status_code in (403, 415)


def test_signed_views_need_neither(visitor: Visitor) -> None:
    assert visitor.client.post("/push/probe", data=b"{}", headers={"Origin": "https://x.example"}).text == "taken"


def test_too_many_fields(visitor: Visitor) -> None:
    visitor.log_in("hq")
    token = visitor.token("/")
    for fields, status in ((2_001, 200), (2_101, 413)):
        body = f"csrf_token={token}" + "&a=1" * (fields - 1)
        answer = visitor.client.post("/probe/review", data=body, content_type="application/x-www-form-urlencoded")
        assert answer.status_code == status

"""The API over the stories' plain network, asked with a session and its form token."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import Blueprint, Flask

from tests.web.conftest import Visitor
from tests.web.console.conftest import Land, app, clock, land, postgres_template, sqlite_template
from web.api import ADDRESSES
from web.console import SCREENS

__all__ = ["app", "clock", "land", "postgres_template", "sqlite_template"]


@pytest.fixture
def screens() -> list[Blueprint]:
    return [*ADDRESSES, *SCREENS]


class Program:
    """A client of the API that sends JSON."""

    def __init__(self, visitor: Visitor) -> None:
        self.client = visitor.client
        self.token = self.get("/me").json["csrf_token"]

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(f"/api/v1{path}", query_string=query)

    def post(self, path: str, body: Any = None, key: str | None = None, **headers: str) -> Any:
        sent = {"X-CSRF-Token": self.token, **headers} | ({"Idempotency-Key": key} if key is not None else {})
        more = {} if body is None else {"data": json.dumps(body), "content_type": "application/json"}
        return self.client.post(f"/api/v1{path}", headers=sent, **more)


@pytest.fixture
def as_(app: Flask, land: Land) -> Callable[[str], Program]:
    """A program with the session of this person."""

    def seated(login: str) -> Program:
        visitor = Visitor(app.test_client())
        visitor.sit(land.engine, login, land.clock())
        return Program(visitor)

    return seated

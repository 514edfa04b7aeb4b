"""Every operation of the API asked what nobody thought of: by the role that may, over a network with orders in it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import schemathesis
from flask import Flask
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from people.access import ALLOWED, Action
from web.api import AREAS
from web.api.openapi import document
from web.errors import TEXTS

CHECKS = [
    not_a_server_error, status_code_conformance, content_type_conformance, response_headers_conformance,
    response_schema_conformance, negative_data_rejection,
]  # fmt: skip
# Who asks: the first of these whose role may.
PEOPLE = {"station": "hz01", "hq": "hq", "finance": "finance", "province": "zhejiang", "admin": "admin"}


def written() -> Any:
    """The document as schemathesis reads it."""
    config = SchemathesisConfig.from_dict({"checks": {"not_a_server_error": {"expected-statuses": ["2xx", "4xx", 503]}}})
    return schemathesis.openapi.from_dict(document(AREAS) | {"security": []}, config=config)


def who_may(action: str | None) -> str:
    """The person of the tests who may ask for an operation."""
    if action is None:
        return "hq"
    return next(login for role, login in PEOPLE.items() if Action(action) in ALLOWED[role])

"""The OpenAPI document: valid by the schema of 3.1's own JSON Schema, whole, and shown to whoever is logged in."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import jsonschema_rs
import pytest

from tests.web.api.conftest import Program
from web.api import AREAS
from web.api.openapi import document

As = Callable[[str], Program]
# Texts that are read as files are: an edition, a pasted block, base64, GeoJSON.
UNGATED = {
    "appeals.ask", "appeals.decide", "appeals.mail", "areas.check", "areas.merge", "areas.split", "areas.store",
    "entry.paste", "system.propose", "system.rehearse",
}  # fmt: skip
SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def refs(told: Any) -> set[str]:
    """Every reference in it."""
    if isinstance(told, dict):
        own = {told["$ref"]} if isinstance(told.get("$ref"), str) else set()
        return own.union(*map(refs, told.values()))
    return set().union(*map(refs, told)) if isinstance(told, list) else set()


def test_every_reference_leads_somewhere_and_every_schema_is_one() -> None:
    told = document(AREAS)
    for ref in refs(told):
        at: Any = told
        for part in ref.removeprefix("#/").split("/"):
            at = at[part]
    for name, schema in told["components"]["schemas"].items():
        assert jsonschema_rs.meta.is_valid({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}), name


def test_what_openapi_asks_for() -> None:
    told = document(AREAS)
    assert told["openapi"].startswith("3.1") and told["info"]["title"] and told["info"]["version"]
    for path, methods in told["paths"].items():
        for operation in methods.values():
            named = {part["name"] for part in operation["parameters"] if part["in"] == "path"}
            assert named == {part[1:-1] for part in path.split("/") if part.startswith("{")}, path
            assert len({(part["name"], part["in"]) for part in operation["parameters"]}) == len(operation["parameters"])
            assert operation["summary"].count(" / ") == 1 and operation["description"], path  # both languages
            assert {"200", "401", "403", "404", "422"} <= operation["responses"].keys()


def texts(schema: Any, gated: bool = False) -> Iterator[Any]:
    """The texts of a model as it is checked, that pass no function and are held by no list and no pattern."""
    if isinstance(schema, dict):
        if schema.get("type") == "str" and not gated and "pattern" not in schema:
            yield schema
        inside = str(schema.get("type")).startswith("function-")
        for name, one in schema.items():
            yield from texts(one, inside and name == "schema") if name != "metadata" else ()
    elif isinstance(schema, list | tuple):
        for one in schema:
            yield from texts(one)


def test_d12_every_text_that_comes_in_passes_the_gate() -> None:
    bare = {
        f"{one.id}: {text.get('max_length')}"
        for area in AREAS
        for one in area.operations
        for model in (one.query, one.body)
        if model is not None
        for text in texts(model.__pydantic_core_schema__)
    }
    assert {one.partition(":")[0] for one in bare} <= UNGATED, bare


def test_it_is_the_same_each_time_and_names_no_class_of_ours() -> None:
    told = document(AREAS)
    assert json.dumps(told) == json.dumps(document(AREAS))
    assert not [name for name in told["components"]["schemas"] if "__" in name], "two models of one name"


@SQLITE
def test_document_and_page(as_: As) -> None:
    program = as_("hz01")
    assert program.get("/openapi.json").json["openapi"] == "3.1.0"
    page = program.get("/docs")
    assert page.status_code == 200 and "script-src" not in page.headers["Content-Security-Policy"]
    assert "<script>" not in page.text and "swagger-ui-bundle.js" in page.text
    assert 'href="/api/v1/docs"' in program.client.get("/keys").text  # whoever makes a key finds them

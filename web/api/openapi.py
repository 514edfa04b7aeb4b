"""The OpenAPI 3.1 document, written from the operations: pydantic's JSON Schema is the one that 3.1 speaks."""

import re
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from web.api.fields import BIGGEST
from web.api.once import HEADER
from web.api.operation import JSON, PREFIX, Api, Operation
from web.errors import TEXTS

Json = dict[str, Any]

Written = dict[tuple[type[BaseModel], JsonSchemaMode], Json]

REF = "#/components/schemas/{model}"
PROBLEM_JSON = "application/problem+json"
READING = (400, 401, 403, 404, 405, 409, 422, 429, 503)
WRITING = (*READING, 413, 415)
ABOUT = {
    400: "请求无法识别 / The request cannot be read", 409: TEXTS["conflict"][1] + " / " + TEXTS["conflict"][2],
    401: "请先登录,或密钥无效 / Not logged in, or no such key", 403: "无权,或令牌不对 / Not allowed, or no form token",
    404: "没有,或不在您的范围内 / Not there, or outside your scope", 405: "不支持这种请求方式 / Method not allowed",
    413: "内容过大 / Too large", 415: "不支持的内容类型 / Unsupported content type",
    422: "内容有误,或规则不允许 / Something is wrong, or the rules do not allow it",
    429: "过于频繁 / Too many, wait", 503: "系统繁忙或时钟异常 / Busy, or the clock is doubted",
}  # fmt: skip
PROBLEM: Json = {
    "type": "object",
    "required": ["status", "code", "detail", "errors", "request_id"],
    "properties": {
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "稳定的代码 / stable"},
        "detail": {"type": "string", "description": "中文 / English"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "code"],
                "properties": {"field": {"type": "string"}, "code": {"type": "string"}},
            },
        },
        "request_id": {"type": "string"},
    },
}
KEY: Json = {
    "name": HEADER, "in": "header", "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": 100, "pattern": "^[!-~]+$"},
    "description": "同键同内容只做一次,答复相同 / The same key and content is done once, answered alike",
}  # fmt: skip
SCHEMES: Json = {
    "session": {
        "type": "apiKey", "in": "cookie", "name": "lanshou",
        "description": "登录会话;写操作另须 X-CSRF-Token / The log-in's session; writes need X-CSRF-Token as well",
    },
    "key": {"type": "http", "scheme": "bearer", "description": "API 密钥 / an API key, `lsk_…`"},
}  # fmt: skip
_PART = re.compile(r"<(?:(?P<kind>[a-z]+)(?:\([^)]*\))?:)?(?P<name>[a-z_]+)>")


def document(areas: Sequence[Api]) -> Json:
    """The whole of it; the same operations give the same text."""
    operations = [one for area in areas for one in area.operations]
    schemas, of = _schemas(operations)
    paths: dict[str, Json] = {}
    for one in operations:
        paths.setdefault(_PART.sub(r"{\g<name>}", one.path), {})[one.method.lower()] = _operation(one, of)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Lanshou 揽收",
            "version": "1",
            "description": "控制台能做的一切 / Everything that the console can do",
        },
        "servers": [{"url": PREFIX}],
        "tags": [{"name": area.area, "description": area.about} for area in areas],
        "security": [{"session": []}, {"key": []}],
        "paths": paths,
        "components": {
            "schemas": {"Problem": PROBLEM, **schemas},
            "responses": {str(status): _problem(status) for status in WRITING},
            "securitySchemes": SCHEMES,
        },
    }


def _problem(status: int) -> Json:
    return {
        "description": ABOUT[status],
        "content": {PROBLEM_JSON: {"schema": {"$ref": REF.format(model="Problem")}}},
    }


def _schemas(operations: Sequence[Operation]) -> tuple[Json, Written]:
    wanted: dict[tuple[type[BaseModel], JsonSchemaMode], None] = {}
    for one in operations:
        wanted |= {(one.body, "validation"): None} if one.body else {}
        wanted |= {(one.answer, "serialization"): None} if one.answer else {}
    of: Any
    of, defs = models_json_schema(list(wanted), ref_template=REF)
    return defs.get("$defs", {}), of


def _operation(one: Operation, of: Written) -> Json:
    parameters = [_path_part(part) for part in _PART.finditer(one.path)]
    if one.query is not None:
        parameters += _query(one.query)
    told: Json = {
        "operationId": one.id,
        "tags": [one.id.partition(".")[0]],
        "summary": one.summary,
        "description": " ".join(one.about.split()),
        "x-action": one.action.value if one.action else None,
    }
    writes = one.method == "POST"
    if writes and one.repeatable:
        parameters.append(KEY)
    if one.body is not None:
        told["requestBody"] = {"required": True, "content": {JSON: {"schema": of[one.body, "validation"]}}}
    answer = of[one.answer, "serialization"] if one.answer else {"type": "string"}
    content = {JSON: {"schema": answer}} if one.answer else {one.media: {}}
    told["parameters"] = parameters
    told["responses"] = {
        "200": {"description": "好 / done", "content": content},
        **{str(status): {"$ref": f"#/components/responses/{status}"} for status in (WRITING if writes else READING)},
    }
    return told


def _path_part(part: re.Match[str]) -> Json:
    whole = {"type": "integer", "minimum": 0, "maximum": BIGGEST}
    schema = whole if part["kind"] == "int" else {"type": "string", "minLength": 1, "maxLength": 100}
    return {"name": part["name"], "in": "path", "required": True, "schema": schema}


def _query(model: type[BaseModel]) -> list[Json]:
    schema = model.model_json_schema()
    return [
        {"name": name, "in": "query", "required": name in schema.get("required", ()), "schema": kept}
        for name, kept in schema["properties"].items()
    ]

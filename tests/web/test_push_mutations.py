"""500 mutations of genuine messages: never a 5xx, never much work, nothing untrue stored (RELIABILITY 7)."""

import json
from random import Random
from typing import Any

import pytest
from sqlalchemy import Engine

from tests.channels import vectors
from tests.web.door import Door, headers, order, withdrawal
from tests.work import statements

MUTATIONS = 500
MOST_STATEMENTS = 30  # of one message
GENUINE = (vectors.CREATED, order("IS1"), order("IS2"), order("IS2", **{"data.remark": "改"}), withdrawal("IS1"),
           withdrawal("IS3"), order("IS4", **{"data.waybill_no": "55012345678901"}),
           json.dumps({"type": "pickup.order.waybill", "timestamp": "2026-11-22T12:00:00+08:00",
                       "data": {"logistics_order_no": "IS4", "waybill_no": "55012345678902"}}).encode())  # fmt: skip
# Raw JSON texts to stand where a value was.
NASTY = (
    "null", "true", '""', '" "', "[]", "{}", "[[]]", '{"":{}}', "0", "-0", "-1", "1.5", "0.0001", "1e5", "1E400",
    "NaN", "-Infinity", "9" * 31, "9" * 5_000, "[" * 40 + "]" * 40, "{" * 9, '"\\u0000"', '"\\ud800"', '"\\udc00x"',
    '"\\u202e\\u200b"', '"𠮷e\u0301"', '"' + "长" * 600 + '"', '"<script>"', "\"' or 1=1 --\"", '"%s%n{0}"',
    '"2026-02-30T00:00:00Z"', '"9999-12-31T23:59:59Z"', '"1900-01-01T00:00:00Z"', '"2199-12-31T23:59:59-12:00"',
    '"2026-11-22T12:00:00"', '"2026-11-22T12:00:00+99:99"', '"55000000000000"', '"IS1"', '"../../x"',
    '"-90"', '"1e308"', '"NaN"', '"GCJ-02"', '"WGS-84"', "\x00", '"\x01"',
)  # fmt: skip


def mutate(rng: Random, body: bytes) -> bytes:
    """One to three things done to a message."""
    for _ in range(rng.choice((1, 1, 2, 3))):
        body = rng.choice((of_bytes, of_values, of_values, of_values))(rng, body)
    return body


def of_bytes(rng: Random, body: bytes) -> bytes:
    if not body:
        return bytes([rng.randrange(256)])
    start = rng.randrange(len(body))
    end = min(len(body), start + rng.choice((1, 1, 2, 40)))
    middle = rng.choice((b"", bytes(rng.randrange(256) for _ in range(end - start)), body[start:end] * 2))
    return body[:start] + middle + body[end:]


def of_values(rng: Random, body: bytes) -> bytes:
    """A value, or a key, replaced; an unknown or repeated key added."""
    try:
        tree = json.loads(body)
    except (ValueError, RecursionError):
        return of_bytes(rng, body)
    node: Any = tree
    while isinstance(node, dict) and node:
        key = rng.choice(list(node))
        if not isinstance(node[key], dict) or rng.random() < 0.2:
            break
        node = node[key]
    if not isinstance(node, dict) or not node:
        return of_bytes(rng, body)
    what = rng.random()
    if what < 0.75:
        node[key] = "@"
    elif what < 0.85:
        node[rng.choice(("x", "", "a" * 70, "__proto__", "\u202e", "\ud800"))] = "@"
    else:
        del node[key]
    text = json.dumps(tree, ensure_ascii=rng.random() < 0.5)
    return text.replace('"@"', rng.choice(NASTY)).encode("utf-8", "surrogatepass")


def after_signing(rng: Random, body: bytes, given: dict[str, str]) -> tuple[bytes, dict[str, str]]:
    """Altered on the way: the body, or a header."""
    if rng.random() < 0.6:
        return mutate(rng, body), given
    name = rng.choice(list(given))
    value = given[name]
    place = rng.randrange(len(value))
    new = rng.choice((value[:place], value + value[:1], value[:place] + rng.choice(".\xe9,;=") + value[place + 1 :]))
    return body, given | {name: new}


@pytest.fixture
def door(engine: Engine) -> Door:
    return Door(engine)


@pytest.mark.parametrize("seed", [1])
def test_mutations_are_never_our_error(door: Door, seed: int) -> None:
    """Half of them mutated before signing, half on the way."""
    rng, seen = Random(seed), set()
    for n in range(MUTATIONS):
        door.clock.forward(seconds=1)
        sent = rng.choice(GENUINE)
        if n % 2:
            sent = mutate(rng, sent)
        genuine = headers(sent, f"m{n}", door.clock.at)
        body, given = (sent, genuine) if n % 2 else after_signing(rng, sent, genuine)
        unaltered = (body, given) == (sent, genuine)
        allowed = {200, 400, 409, 422} if unaltered else {401} if body else {400}
        with statements(door.engine) as asked:
            answer = door.knock(body, given)
        told = f"seed {seed} mutation {n}: {answer.status_code} {answer.text[:300]} to {body[:2000]!r} {given}"
        assert answer.status_code in allowed and len(asked) <= MOST_STATEMENTS, told
        assert answer.status_code == 200 or (answer.json and answer.json["code"]), told
        if unaltered and body:
            assert door.knock(body, given).data == answer.data, told  # CHAN-3
        seen.add(answer.status_code)
    assert seen >= {200, 400, 401, 422}
    assert door.findings() == []

"""Genuine messages of any channel, spoilt: half before signing, so that parser and rules meet them, half on the way."""

import importlib
import json
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import Engine
from werkzeug.test import TestResponse

from channels.actions import set_channel
from sandbox.call import Call
from storage.session import writing
from storage.tables.dispatch import orders
from tests.web.door import MASTER, NOON, Door
from tests.work import statements

# Texts to stand where another was.
NASTY = (
    "", " ", "0", "-1", "1.5", "0.0001", "1e400", "NaN", "9" * 40, "9" * 5_000, "[" * 60, "{}", "null", "true", "'",
    '"',
    "\x00", "\x01", "\x1b[31m", "\u202e", "\u200b", "𠮷e\u0301", "\ufffe", "长" * 700, "<script>alert(1)</script>",
    "]]>", "<!DOCTYPE a [<!ENTITY b 'c'>]>", "&lol;", "&#0;", "<a>" * 50, "' or 1=1 --", "%s%n{0}", "../../x", "=1+1",
    "\r\n", "2026-02-30 09:00:00", "9999-12-31 23:59:59", "1970-01-01 00:00:00.0 CST", "2026-11-23T09:00:00Z", "25:61",
    "昨天", "１３８００１３８０００", "+86 138-0013-8000", "0571-88881234-802", "55012345678901", "上海",
    "http://169.254.169.254/",
)  # fmt: skip


@dataclass(frozen=True)
class Sent:
    """One message as it goes out. `altered`: after it was signed."""

    call: Call
    number: str
    altered: bool
    kind: str


class Crowd:
    """A channel's other side, with a taste for trouble."""

    def __init__(self, name: str, seed: int) -> None:
        self.name, self.rng = name, Random(f"{name}:{seed}")
        self.side: Any = importlib.import_module(f"sandbox.{name}")
        self.serial = seed * 1_000_000

    def next(self, at: datetime) -> Sent:
        """A new order, or a withdrawal of an earlier one, spoilt once or twice."""
        rng = self.rng
        if rng.random() < 0.75 or self.serial % 1_000_000 == 0:
            self.serial += 1
            kind, number = "create", self.side.number(self.serial)
            call = self.side.create(number, at)
        else:
            kind, number = "cancel", self.side.number(self.serial - rng.randrange(min(5, self.serial % 1_000_000)))
            call = self.side.cancel(number, at)
        altered = rng.random() < 0.5
        for _ in range(rng.choice((1, 1, 2))):
            call = self._on_the_way(call) if altered else self._before(call, at)
        return Sent(call, number, altered, kind)

    def _before(self, call: Call, at: datetime) -> Call:
        """The content changed, and signed as it is then."""
        content: dict[str, str] | str = call.content
        if isinstance(content, dict):
            fields = content
            longest = max(fields, key=lambda one: len(fields[one]))
            name = longest if self.rng.random() < 0.7 else self.rng.choice(sorted(fields))
            content = fields | {name: self._text(fields[name])}
        else:
            content = self._text(content)
        signed: Call = self.side.sign(replace(call, content=content), at)
        return signed

    def _text(self, text: str) -> str:
        rng = self.rng
        if text.startswith("{") and rng.random() < 0.6:
            return self._json(text)
        if text.startswith("<") and rng.random() < 0.6:
            return self._xml(text)
        start = rng.randrange(len(text) + 1)
        end = min(len(text), start + rng.choice((0, 1, 1, 3, 40)))
        return (
            text[:start] + rng.choice(("", rng.choice(NASTY), text[start:end] * 2, text[start:end][::-1])) + text[end:]
        )

    def _json(self, text: str) -> str:
        try:
            tree = json.loads(text)
        except (ValueError, RecursionError):
            return text[: len(text) // 2]
        node = tree
        while isinstance(node, dict) and node:
            key = self.rng.choice(list(node))
            if not isinstance(node[key], dict) or self.rng.random() < 0.2:
                break
            node = node[key]
        if not isinstance(node, dict) or not node:
            return text[:-1]
        node[key] = self.rng.choice((*NASTY, None, [], {}, [[]], 0, -1, 1e300, True, {"a": {}}, node[key]))
        if self.rng.random() < 0.15:
            del node[key]
        return json.dumps(tree, ensure_ascii=False)

    def _xml(self, text: str) -> str:
        """An element's text replaced, an element doubled or taken away."""
        opens = [
            place for place in range(len(text)) if text[place] == ">" and text[place + 1 : place + 2] not in ("", "<")
        ]
        if not opens:
            return text[::-1]
        start = self.rng.choice(opens) + 1
        end = text.find("<", start)
        if end < 0:
            return text[:start]
        if self.rng.random() < 0.7:
            return text[:start] + self.rng.choice(NASTY) + text[end:]
        head = text.rfind("<", 0, start)
        tail = text.find(">", end) + 1
        return text[:head] + self.rng.choice(("", text[head:tail] * 2)) + text[tail:]

    def _on_the_way(self, call: Call) -> Call:
        """Bytes of the body, the query or a header changed."""
        rng, body = self.rng, call.body
        what = rng.random()
        if what < 0.15 and call.query:
            return replace(call, query=self._cut(call.query))
        signed = [name for name in call.headers if name.startswith("webhook-")]
        if what < 0.3 and signed:
            name = rng.choice(signed)
            return replace(call, headers=call.headers | {name: self._cut(call.headers[name])})
        if what < 0.5 and b"&" in body:
            parts = body.split(b"&")
            other = rng.choice((sorted(parts), parts[1:], parts + parts[:1], [*parts, b"x=1"]))
            return replace(call, body=b"&".join(other))
        start = rng.randrange(max(1, len(body)))
        end = min(len(body), start + rng.choice((1, 1, 2, 40)))
        flipped = bytes([body[start] ^ 1 << rng.randrange(8)]) + body[start + 1 : end] if body else b"x"
        return replace(call, body=body[:start] + rng.choice((b"", flipped, body[start:end] * 2)) + body[end:])

    def _cut(self, text: str) -> str:
        place = self.rng.randrange(max(1, len(text)))
        return self.rng.choice((text[:place], text + text[:1], text[:place] + "x" + text[place + 1 :]))


MOST_STATEMENTS = 25  # of one message


class Gauntlet:
    """A door that one channel's crowd runs against."""

    def __init__(self, engine: Engine, name: str, seed: int) -> None:
        self.door, self.crowd, self.seed = Door(engine), Crowd(name, seed), seed
        with writing(engine) as conn:
            assert set_channel(conn, MASTER, name, self.crowd.side.SECRETS, NOON) is None
        self.genuine = self._content_of(self._first())

    def _first(self) -> str:
        number: str = self.crowd.side.number(999_999_999)
        assert self.crowd.side.accepted(*self._told(self.send(self.crowd.side.create(number, NOON))))
        return number

    def send(self, call: Call) -> TestResponse:
        headers = {name: value for name, value in call.headers.items() if name != "content-type"}
        path = f"/push/{self.crowd.name}{'?' + call.query if call.query else ''}"
        kind = call.headers["content-type"]
        return self.door.app.test_client().post(path, data=call.body, headers=headers, content_type=kind)

    @staticmethod
    def _told(answer: TestResponse) -> tuple[int, bytes]:
        return answer.status_code, answer.data

    def _content_of(self, number: str) -> str | None:
        """What an order says, its own number and whatever follows from that left out."""
        rows = [row for row in self.door.rows(orders) if row.logistics_no == number]
        if not rows:
            return None
        content = {key: value for key, value in rows[0].content.items() if key != "echo"}
        return json.dumps(content, sort_keys=True, ensure_ascii=False).replace(number, "#")

    def run(self, count: int) -> None:
        """`count` messages: refused or equivalent, never our error, never much work; the same answer twice."""
        seen = set()
        for place in range(count):
            self.door.clock.at = NOON + timedelta(milliseconds=place)
            sent = self.crowd.next(NOON)
            with statements(self.door.engine) as asked:
                answer = self.send(sent.call)
            taken = self.crowd.side.accepted(*self._told(answer))
            told = f"{self.crowd.name} {self.seed}:{place} {answer.status_code} {answer.data[:300]!r} to {sent}"[:3000]
            assert answer.status_code < 500 and len(asked) <= MOST_STATEMENTS, told
            assert not self.crowd.side.passing(*self._told(answer)), told
            if taken and sent.altered and sent.kind == "create":
                assert self._content_of(sent.number) == self.genuine, f"altered on the way and taken: {told}"
            again = self.send(sent.call)
            assert again.status_code == answer.status_code, f"{told} again {again.status_code}"
            assert self.crowd.side.accepted(*self._told(again)) == taken, told
            seen.add((taken, sent.altered))
        assert seen >= {(True, False), (False, False), (False, True)}, seen
        assert self.door.findings() == []

"""The ear of the make-believe CRM: only what is signed counts, and once."""

import http.client
import json
from collections.abc import Iterator

import pytest

from demo.live import signed
from demo.receiver import LONGEST, Receiver

KEY = b"k" * 32


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    server = Receiver(0, lambda *told: signed(KEY, *told)["webhook-signature"])
    server.listen()
    yield server
    server.shutdown()
    server.server_close()


def ask(receiver: Receiver, method: str, body: bytes = b"", headers: dict[str, str] | None = None) -> tuple[int, dict]:
    connection = http.client.HTTPConnection("127.0.0.1", receiver.server_port, timeout=5)
    try:
        connection.request(method, "/feedback", body, headers or {})
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


def test_signed_messages_count_once(receiver):
    for message_id in ("fb_1_1", "fb_1_2", "fb_1_1"):
        assert ask(receiver, "POST", b"{}", signed(KEY, message_id, 1_800_000_000, b"{}"))[0] == 200
    assert ask(receiver, "GET") == (200, {"heard": 2, "again": 1, "refused": 0})


@pytest.mark.parametrize("headers", [{}, signed(b"o" * 32, "fb_1_1", 1_800_000_000, b"{}"), {"webhook-timestamp": "²"}])
def test_others_do_not(receiver, headers):
    assert ask(receiver, "POST", b"{}", headers)[0] == 401
    assert ask(receiver, "GET") == (200, {"heard": 0, "again": 0, "refused": 1})


def test_a_huge_body_is_not_read(receiver):
    headers = {"Content-Length": str(LONGEST + 1)}
    assert ask(receiver, "POST", b"", headers)[0] == 413

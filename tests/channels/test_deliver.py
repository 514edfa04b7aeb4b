"""A round of sending: connections, time, and messages that cannot be sent (CHAN-4, F-15, F-46, B-138)."""

import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from channels import wire
from channels.adapter import Credential, NotSetUp, Outbound, Outgoing, Sending
from channels.feedback import Claimed, Feedback, Outcome, Reply, Tried
from channels.outbox.wire import Tokens, deliver
from channels.queries import Channel
from channels.registry import OUTBOUND
from tests.channels.raw_server import RawServer, answer, raw_server

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)


def judge(_credential: Credential, reply: Reply) -> Outcome:
    if reply.status == 410:
        return Outcome.GONE
    return Outcome.DELIVERED if reply.status == 200 else Outcome.LATER


def write(_credential: Credential, told: Feedback, sending: Sending) -> Sequence[Outgoing]:
    calls = told.payload.get("calls", [""])
    return [Outgoing(f"{sending.url}?t={sending.token}{call}", {}, str(told.order_id).encode()) for call in calls]


def claimed(order_id: int, **payload: Any) -> Claimed:
    return Claimed(order_id, Feedback(order_id, 1, "浙江", "crm", "accepted", payload), 1, NOW)


@pytest.fixture
def out(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Puts another way of writing and judging in the place of the CRM's."""

    def put(**changed: Any) -> None:
        monkeypatch.setitem(OUTBOUND, "crm", replace(Outbound("crm", write, judge), **changed))

    put()
    return put


def send(url: str | None, *messages: Claimed, now: datetime = NOW, tokens: Tokens | None = None) -> list[Tried]:
    channels = {"crm": Channel("crm", True, Credential(), url, True, 0, None)}
    return deliver(messages, channels, now, private_targets=True, tokens=tokens or Tokens())


def outcomes(tried: Sequence[Tried]) -> list[str]:
    return [one.outcome.value for one in tried]


def bodies(server: RawServer) -> list[bytes]:
    return [one.rpartition(b"\r\n\r\n")[2] for one in server.requests]


pytestmark = pytest.mark.usefixtures("out")


# ---- connections and time ---------------------------------------------------------------------------------------


def test_g_10_connections_are_kept_within_a_round() -> None:
    with raw_server(lambda line, _: answer(line)) as server:
        tried = send(server.url, *map(claimed, range(200)))
        assert outcomes(tried) == ["delivered"] * 200 and len(server.requests) == 200
        assert server.connections <= wire.THREADS


def test_a_connection_that_was_closed_meanwhile_is_made_anew() -> None:
    def hang_up_on_the_second(line: socket.socket, _heard: bytes) -> None:
        if len(server.requests) == 2:
            line.close()
        else:
            answer(line)

    with raw_server(hang_up_on_the_second) as server, wire.Lines(private_targets=True) as lines:
        replies = [wire.post(server.url, {}, b"{}", lines=lines).status for _ in range(3)]
    assert replies == [200, 200, 200] and server.connections == 2


def test_one_who_always_hangs_up_is_asked_twice_and_then_later() -> None:
    with raw_server(lambda line, _: line.close()) as server:
        assert wire.post(server.url, {}, b"{}", private_targets=True) == Reply(None, "ProtocolError")
        assert len(server.requests) == 2


@pytest.mark.parametrize("begins", [b"", b"HTTP/1.1 200 OK\r\nX-Long: ", b"HTTP/1.1 200 OK\r\n\r\n"])
def test_f_46_one_who_drips_is_cut_off(begins: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """15 s in all, whether it is the status, a header or the body that never ends."""
    monkeypatch.setattr(wire, "TOTAL_SECONDS", 0.4)

    def drip(line: socket.socket, _heard: bytes) -> None:
        line.sendall(begins)
        while True:  # for ever, until he hangs up
            line.sendall(b"H")
            time.sleep(0.05)

    with raw_server(drip) as server:
        reply = wire.post(server.url, {}, b"{}", private_targets=True)
    if begins.endswith(b"\r\n\r\n"):
        assert reply.status == 200 and set(reply.text) == {"H"}  # the status has been seen
    else:
        assert reply == Reply(None, "Timeout")


def test_f_46_one_who_never_ends_the_tls_handshake_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "TOTAL_SECONDS", 0.4)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"https://127.0.0.1:{listener.getsockname()[1]}/"
        assert wire.post(url, {}, b"{}", private_targets=True) == Reply(None, "Timeout")


def test_f_48_nothing_is_begun_beyond_sixteen_in_vain() -> None:
    with raw_server(lambda line, _: answer(line, "503 Down")) as server:
        tried = send(server.url, *map(claimed, range(100)))
        assert outcomes(tried) == ["later"] * 16 and len(server.requests) == 16


def test_f_46_a_few_bad_ones_do_not_end_the_round() -> None:
    def every_third_fails(line: socket.socket, heard: bytes) -> None:
        number = int(heard.rpartition(b"\r\n\r\n")[2])
        answer(line, "500 No" if number % 3 == 0 else "200 OK")

    with raw_server(every_third_fails) as server:
        tried = send(server.url, *map(claimed, range(99)))
    assert outcomes(tried) == ["later", "delivered", "delivered"] * 33


def test_410_ends_the_round() -> None:
    with raw_server(lambda line, _: answer(line, "410 Gone")) as server:
        tried = send(server.url, *map(claimed, range(100)))
        assert set(outcomes(tried)) == {"gone"} and len(tried) <= wire.THREADS


# ---- what cannot be sent ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("error", [KeyError("x"), ValueError("é\n"), TypeError("t"), IndexError(), RecursionError()])
def test_f_15_whatever_writing_raises_parks_that_message_alone(out: Callable[..., None], error: Exception) -> None:
    def fails_on_two(credential: Credential, told: Feedback, sending: Sending) -> Sequence[Outgoing]:
        if told.order_id == 2:
            raise error
        return write(credential, told, sending)

    out(write=fails_on_two)
    with raw_server(lambda line, _: answer(line)) as server:
        tried = send(server.url, claimed(1), claimed(2), claimed(3))
    assert outcomes(tried) == ["delivered", "refused", "delivered"]
    assert tried[1].reply.text.startswith(f"cannot be written: {type(error).__name__}")


@pytest.mark.parametrize("error", [RuntimeError("can't start new thread"), MemoryError(), OSError(24, "files")])
def test_f_15_what_goes_wrong_at_sending_parks_nothing(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def fails(*_: object, **__: object) -> Reply:
        raise error

    monkeypatch.setattr("channels.outbox.wire.post", fails)
    (tried,) = send("http://127.0.0.1:9/", claimed(1))
    assert (tried.outcome, tried.reply) == (Outcome.LATER, Reply(None, type(error).__name__))


def test_an_answer_that_the_adapter_cannot_read_is_tried_again(out: Callable[..., None]) -> None:
    out(judge=lambda _credential, reply: Outcome(reply.text))
    with raw_server(lambda line, _: answer(line, body=b"<nonsense>")) as server:
        (tried,) = send(server.url, claimed(1))
    assert (tried.outcome, tried.reply.text) == (Outcome.LATER, "<nonsense>")


def test_what_is_not_set_up_waits(out: Callable[..., None]) -> None:
    def needs(credential: Credential, _told: Feedback, _sending: Sending) -> Sequence[Outgoing]:
        raise NotSetUp("secret")

    out(write=needs)
    (tried,) = send("http://127.0.0.1:9/", claimed(1))
    assert (tried.outcome, tried.reply) == (Outcome.LATER, Reply(None, "not set up: secret"))
    (tried,) = send(None, claimed(1))
    assert (tried.outcome, tried.reply.text) == (Outcome.LATER, "no address")


@pytest.mark.parametrize("scheme", ["file", "smtp", "FILE", "ftp"])
def test_b_138_an_orders_own_address_is_no_way_to_files_or_mail(
    out: Callable[..., None], scheme: str, tmp_path: Path
) -> None:
    """Kuaidi100 names an address in each order: a stranger's text."""
    out(write=lambda *_: [Outgoing(f"{scheme}://{tmp_path}/x", {"name": "x"}, b"x")])
    (tried,) = send("http://127.0.0.1:9/", claimed(1))
    assert tried.outcome is Outcome.LATER and tried.reply.text.startswith("target_forbidden")
    assert list(tmp_path.iterdir()) == []


def test_b_138_an_orders_own_address_is_checked_at_sending(out: Callable[..., None]) -> None:
    out(write=lambda *_: [Outgoing("http://169.254.169.254/latest", {}, b"x")])
    channels = {"crm": Channel("crm", True, Credential(), "https://crm.example/", True, 0, None)}
    (tried,) = deliver([claimed(1)], channels, NOW)
    assert tried.reply.status is None and tried.reply.text.startswith("target_forbidden")


def test_several_calls_go_out_in_order_until_one_is_not_taken() -> None:
    def third_fails(line: socket.socket, heard: bytes) -> None:
        answer(line, "500 No" if b"c3" in heard else "200 OK", b"said")

    with raw_server(third_fails) as server:
        (tried,) = send(server.url, claimed(1, calls=["&c1", "&c2", "&c3", "&c4"]))
        assert [one.split(b" ")[1][-2:] for one in server.requests] == [b"c1", b"c2", b"c3"]
    assert (tried.outcome, tried.reply.status, tried.reply.text) == (Outcome.LATER, 500, "said")


def test_what_has_no_word_is_done_without_a_call() -> None:
    (tried,) = send("http://127.0.0.1:9/", claimed(1, calls=[]))
    assert (tried.outcome, tried.reply.status) == (Outcome.SILENT, None)


# ---- senders ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("hours", "outcome"), [(24, "delivered"), (24.001, "refused")])
def test_chan_7_what_is_older_than_a_day_is_news_no_more(hours: float, outcome: str, tmp_path: Path) -> None:
    channels = {"sms": Channel("sms", True, Credential(), f"file://{tmp_path}/sms", True, 0, None)}
    told = Feedback(7, 2, "", "sms", "received", {"to": "13800138000", "text": "您好"})
    (tried,) = deliver([Claimed(1, told, 1, NOW)], channels, NOW + timedelta(hours=hours))
    assert tried.outcome == outcome
    if outcome == "refused":
        assert tried.reply == Reply(None, "too_late") and not (tmp_path / "sms").exists()
    else:
        (kept,) = (tmp_path / "sms").iterdir()
        assert (kept.name, kept.read_text(encoding="utf-8")) == (
            "fb_7_2.json", '{"id":"fb_7_2","to":"13800138000","text":"您好"}'
        )  # fmt: skip

"""Access tokens that a channel wants with each call: one a process, renewed in time, asked for again once (CHAN-4)."""

import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from urllib.parse import quote

import pytest

from channels.adapter import Credential, Outgoing, Sending, TokenSource, Unsayable
from channels.feedback import Feedback, Outcome, Reply
from channels.outbox.wire import Tokens, deliver
from channels.queries import Channel
from tests.channels.raw_server import answer, raw_server
from tests.channels.test_deliver import NOW, claimed, out, outcomes, send

__all__ = ["out"]
MINUTE = timedelta(minutes=1)
pytestmark = pytest.mark.usefixtures("out")


class TokenServer:
    """Gives t1, t2, … for an hour each; only the newest is good."""

    def __init__(self, broken: bool = False) -> None:
        self.asked, self.used, self.broken = 0, list[str](), broken

    def __call__(self, line: socket.socket, heard: bytes) -> None:
        if heard.startswith(b"POST /token"):
            self.asked += 1
            time.sleep(0.05)
            answer(line, body=b"no" if self.broken else f"t{self.asked}".encode())
            return
        token = heard.split(b"?t=")[1].split(b" ")[0].decode()
        self.used.append(token)
        answer(line, body=b"ok" if token == f"t{self.asked}" else b"spent")

    source = TokenSource(
        ask=lambda _credential, sending: Outgoing(sending.url.replace("/in", "/token"), {}, b""),
        read=lambda reply: (reply.text, timedelta(hours=1)) if reply.text.startswith("t") else None,
        spent=lambda reply: reply.text == "spent",
    )


def test_a_token_is_asked_for_once_and_renewed_before_it_ends(out: Callable[..., None]) -> None:
    platform, tokens = TokenServer(), Tokens()
    out(token=platform.source)
    with raw_server(platform) as server:
        assert outcomes(send(server.url, *map(claimed, range(40)), tokens=tokens)) == ["delivered"] * 40
        assert platform.asked == 1
        send(server.url, claimed(1), now=NOW + 54 * MINUTE, tokens=tokens)
        assert platform.asked == 1
        send(server.url, claimed(1), now=NOW + 55 * MINUTE, tokens=tokens)  # five minutes before its end
        assert platform.asked == 2
        send(server.url, claimed(1), now=NOW - MINUTE, tokens=tokens)  # a clock set back
        assert platform.asked == 3


def test_a_spent_token_is_dropped_and_asked_for_again_once(out: Callable[..., None]) -> None:
    platform, tokens = TokenServer(), Tokens()
    out(token=platform.source)
    with raw_server(platform) as server:
        send(server.url, claimed(1), tokens=tokens)
        platform.asked = 7  # somebody else has fetched tokens since
        platform.used.clear()
        later = NOW + MINUTE
        assert outcomes(send(server.url, *map(claimed, range(30)), now=later, tokens=tokens)) == ["delivered"] * 30
        assert platform.asked == 8 and set(platform.used) == {"t1", "t8"}


def test_a_token_that_is_spent_at_once_is_no_endless_loop(out: Callable[..., None]) -> None:
    platform = TokenServer()
    out(token=replace(platform.source, spent=lambda _reply: True))
    with raw_server(platform) as server:
        (tried,) = send(server.url, claimed(1))
    assert platform.asked == 2 and len(platform.used) == 2 and tried.outcome is Outcome.DELIVERED


def test_without_a_token_all_wait_and_the_platform_is_asked_once_a_round(out: Callable[..., None]) -> None:
    """A wrong secret must not park everything."""
    platform, tokens = TokenServer(broken=True), Tokens()
    out(token=platform.source)
    with raw_server(platform) as server:
        tried = send(server.url, *map(claimed, range(10)), tokens=tokens)
        assert outcomes(tried) == ["later"] * 10 and {one.reply.text for one in tried} == {"no token: HTTP 200"}
        assert platform.asked == 1 and platform.used == []
        platform.broken = False
        assert outcomes(send(server.url, claimed(1), now=NOW + MINUTE, tokens=tokens)) == ["delivered"]


def test_d_8_an_access_token_is_in_no_answer_that_is_kept(out: Callable[..., None]) -> None:
    """Neither one that could not be read, nor one that the platform repeats."""
    canary = "REALTOKEN-canary/+="

    def platform(line: socket.socket, request: bytes) -> None:
        is_token = request.startswith(b"POST /token")
        answer(line, body=f"{canary} {quote(canary, safe='')}".encode() if is_token or is_echoing else b"ok")

    source = TokenSource(
        ask=lambda _credential, sending: Outgoing(sending.url.replace("/in", "/token"), {}, b""),
        read=lambda reply: (canary, timedelta(hours=1)) if is_echoing else None,
        spent=lambda _reply: False,
    )
    for text in ("no token: HTTP 200", "**** ****"):
        is_echoing = text == "**** ****"
        out(token=source)
        with raw_server(platform) as server:
            (tried,) = send(server.url, claimed(1))
        assert (tried.reply.text, "canary" in repr(tried)) == (text, False)


def test_chan_4_what_cannot_be_said_is_parked_before_a_token_is_asked_for(out: Callable[..., None]) -> None:
    def unsayable(_credential: Credential, _told: Feedback, _sending: Sending) -> Sequence[Outgoing]:
        raise Unsayable("没有 Token / no Token")

    platform = TokenServer()
    for writing, outcome, text in ((unsayable, "refused", "没有 Token / no Token"),
                                   (lambda *_: (), "silent", "no word for it")):  # fmt: skip
        out(token=platform.source, write=writing)
        with raw_server(platform) as server:
            (tried,) = send(server.url, claimed(1))
        assert (tried.outcome, tried.reply) == (outcome, Reply(None, text))
    assert platform.asked == 0


def test_another_secret_asks_for_another_token(out: Callable[..., None]) -> None:
    platform, tokens = TokenServer(), Tokens()
    out(token=platform.source)
    with raw_server(platform) as server:
        for number, key in enumerate((b"one", b"one", b"two"), start=1):
            channel = Channel("crm", True, Credential({"secret": (key,)}), server.url, True, 0, None)
            at = NOW + number * MINUTE
            (tried,) = deliver([claimed(1)], {"crm": channel}, at, private_targets=True, tokens=tokens)
            assert tried.outcome is Outcome.DELIVERED
        assert platform.asked == 2

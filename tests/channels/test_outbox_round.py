"""A round of sending: the end of its lease, orders with addresses of their own, and what of an answer is kept."""

import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from channels.adapter import Credential, Outgoing, Sending
from channels.feedback import Feedback, Outcome
from channels.outbox.wire import Lease, Tokens, deliver
from channels.queries import Channel
from tests.channels.raw_server import answer, raw_server
from tests.channels.test_deliver import NOW, claimed, out, outcomes, send

__all__ = ["out"]
pytestmark = pytest.mark.usefixtures("out")


@pytest.mark.parametrize(
    "form", ["top+secret/word==", "dG9wK3NlY3JldC93b3JkPT0=", "top%2Bsecret%2Fword%3D%3D", "old-one"]
)
def test_no_secret_is_kept_with_an_answer(form: str) -> None:
    """Raw, in base64 (worked out with `base64`), percent-encoded, and the one before."""
    secrets = Credential({"secret": (b"top+secret/word==", b"old-one"), "key": (b"\xff\xfe",)})
    with raw_server(lambda line, _: answer(line, "401 No", body=f"bad: <{form}>!".encode())) as server:
        channels = {"crm": Channel("crm", True, secrets, server.url, True, 0, None)}
        (tried,) = deliver([claimed(1)], channels, NOW, private_targets=True, tokens=Tokens())
    assert tried.reply.text == "bad: <****>!"


@pytest.mark.parametrize("seconds", [99, 100])
def test_f_10_nothing_is_begun_shortly_before_the_lease_ends(seconds: int) -> None:
    """By the clock, as when the machine stood still meanwhile: another worker may have it soon."""
    lease = Lease(lambda: NOW + timedelta(seconds=seconds), NOW)
    channels = {"crm": Channel("crm", True, Credential(), "", True, 0, None)}
    with raw_server(lambda line, _: answer(line)) as server:
        channels = {"crm": replace(channels["crm"], feedback_url=server.url)}
        tried = deliver([claimed(1)], channels, NOW, private_targets=True, tokens=Tokens(), lease=lease)
        assert len(tried) == len(server.requests) == (seconds < 100)
    assert Lease(lambda: NOW, NOW, time.monotonic() - 100).over()  # the clock was set back
    assert not Lease(lambda: NOW, NOW, time.monotonic() - 90).over()


def test_f_10_no_further_call_is_begun_then() -> None:
    now = [NOW]

    def slow(line: socket.socket, _heard: bytes) -> None:
        now[0] = NOW + timedelta(seconds=100)
        answer(line)

    with raw_server(slow) as server:
        channels = {"crm": Channel("crm", True, Credential(), server.url, True, 0, None)}
        lease = Lease(lambda: now[0], NOW)
        told = claimed(1, calls=["&c1", "&c2"])
        (tried,) = deliver([told], channels, NOW, private_targets=True, tokens=Tokens(), lease=lease)
        assert (len(server.requests), tried.outcome) == (1, Outcome.LATER)


def own_addresses(_credential: Credential, told: Feedback, _sending: Sending) -> Sequence[Outgoing]:
    return [Outgoing(told.payload["to"], {}, b"x")]


def test_f_48_an_orders_dead_address_is_left_alone_for_the_round(out: Callable[..., None]) -> None:
    """Kuaidi100: the messages to living addresses behind it go out."""
    out(write=own_addresses, one_address=False)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        dead = f"http://127.0.0.1:{listener.getsockname()[1]}/"
    with raw_server(lambda line, _: answer(line)) as server:
        told = [claimed(n, to=dead) for n in range(100)] + [claimed(n, to=server.url) for n in range(100, 130)]
        tried = send("http://127.0.0.1:9/", *told)
    assert outcomes(tried) == ["later"] * 100 + ["delivered"] * 30
    skipped = [one for one in tried if one.reply.text == f"skipped: no answer from {dead[7:-1]}"]
    assert len(skipped) == 96


def test_b_138_an_orders_forbidden_address_is_refused_and_not_in_vain(out: Callable[..., None]) -> None:
    out(write=own_addresses, one_address=False)
    channels = {"crm": Channel("crm", True, Credential(), "https://crm.example/", True, 0, None)}
    told = [claimed(n, to="http://169.254.169.254/") for n in range(20)] + [claimed(99, to="file:///x")]
    tried = deliver(told, channels, NOW)
    assert {one.outcome for one in tried} == {Outcome.REFUSED} and len(tried) == 21
    assert all(one.reply.text.startswith("target_forbidden: ") for one in tried)

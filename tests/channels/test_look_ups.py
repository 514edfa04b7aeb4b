"""F-46: the look-up of a name counts too, is left when it takes too long, and is made once a round."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest

from channels import wire
from channels.adapter import Credential
from channels.feedback import Claimed, Feedback, Outcome
from channels.letters.wire import send_mail
from channels.outbox.wire import deliver
from channels.queries import Channel
from channels.targets import NoAddress, split

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
ENVELOPE = {"from": "noreply@lanshou.example", "to": "wang@example.com"}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The names asked for, by a resolver that hangs for those that begin with `slow`, and finds nothing else."""
    names: list[str] = []
    over = threading.Event()

    def resolver(host: str, *_: Any, **__: Any) -> list[Any]:
        names.append(host)
        if host.startswith("slow"):
            over.wait()  # only the end of the test ends it: whoever waits for it never comes back
        raise OSError("no such name")

    monkeypatch.setattr("socket.getaddrinfo", resolver)
    monkeypatch.setattr(wire, "LOOKUP_SECONDS", 0.3)
    yield names
    over.set()


def test_f_46_a_look_up_that_hangs_is_left(asked: list[str]) -> None:
    for reply in (wire.post("http://slow.example/", {}, b""), send_mail("smtp://slow.example", ENVELOPE, b"x")):
        assert (reply.status, reply.text) == (None, "target_forbidden: the look-up of the host takes too long")
    assert not wire.has_address("https://slow.example/")
    assert wire.check_target("https://slow.example/") is None  # as a name without address: asked again at sending
    assert asked == ["slow.example"] * 4


@pytest.mark.parametrize("host", ["slow.example", "nobody.example"])
def test_f_46_a_name_that_leads_nowhere_is_asked_for_once_a_round(asked: list[str], host: str) -> None:
    with wire.Lines() as lines:
        with ThreadPoolExecutor(8) as pool:
            replies = list(pool.map(lambda _: wire.post(f"https://{host}/", {}, b"", lines=lines), range(8)))
        replies += [wire.post(f"http://{host}:81/", {}, b"", lines=lines)]
        replies += [send_mail(f"smtp://{host}", ENVELOPE, b"x", lines=lines)]
        assert {reply.status for reply in replies} == {None}
        assert all(reply.text.startswith("target_forbidden") for reply in replies)
        assert asked == [host]
        wire.post("https://other.example/", {}, b"", lines=lines)
    with wire.Lines() as lines:  # the next round asks again
        wire.post(f"https://{host}/", {}, b"", lines=lines)
    assert asked == [host, "other.example", host]


def test_no_thread_for_a_look_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """F-06: then the message waits."""

    def none_left(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    parts = split("https://crm.example/")
    monkeypatch.setattr(threading.Thread, "start", none_left)
    with wire.Lines() as lines, pytest.raises(NoAddress):
        lines.address(parts)


def test_f_46_all_letters_of_a_round_ask_once(asked: list[str]) -> None:
    happened = "2026-11-22T12:00:00+08:00"
    told = {"to": "wang@example.com", "subject": "S", "text": "T", "language": "zh", "happened_at": happened}
    claimed = [Claimed(one, Feedback(one, 1, "", "email", "received", told), 1, NOW) for one in range(1, 6)]
    credential = Credential({}, {"from": "noreply@lanshou.example"})
    channel = Channel("email", True, credential, "smtp://nobody.example", True, 0, None)
    tried = deliver(claimed, {"email": channel}, NOW)
    assert [one.outcome for one in tried] == [Outcome.LATER] * 5
    assert asked == ["nobody.example"]

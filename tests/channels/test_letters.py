"""Letters really go out (CHAN-7), to a mail server that refuses, delays, doubles, drips, and wants TLS or a log-in."""

import asyncio
import email
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import policy
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from channels import wire
from channels.adapter import Credential
from channels.feedback import Claimed, Feedback, Outcome, Reply, Tried
from channels.letters import wire as letters
from channels.outbox.wire import deliver
from channels.queries import Channel
from tests.channels.raw_server import raw_server
from tests.channels.test_wire import certificate

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
ENVELOPE = {"from": "noreply@lanshou.example", "to": "wang@example.com", "tls": "offered"}


@dataclass
class Box:
    """What a mail server got, and how it answers."""

    got: list[Any] = field(default_factory=list)
    logins: list[bytes] = field(default_factory=list)
    on_mail: str = "250 OK"
    on_rcpt: str = "250 OK"
    on_data: str = "250 queued as 4711"
    delay: float = 0
    hang_up: bool = False

    async def handle_MAIL(self, _s: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:
        envelope.mail_from = address
        return self.on_mail

    async def handle_RCPT(self, _s: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:
        if self.on_rcpt.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.on_rcpt

    async def handle_DATA(self, server: Any, _session: Any, envelope: Any) -> str:
        self.got.append((envelope.mail_from, envelope.rcpt_tos, envelope.content))
        await asyncio.sleep(self.delay)
        if self.hang_up:  # taken, and not said so: the doubled letter
            server.transport.abort()
        return self.on_data

    def log_in(self, _server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.logins.append(data.password)
        return AuthResult(success=data.password == b"geheim")


class AnyPort(Controller):
    """On a port that is free."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
        super()._trigger_server()


@pytest.fixture
def post_office() -> Iterator[Callable[..., tuple[Box, str]]]:
    """Makes mail servers on loopback: the box and the address of each."""
    started: list[Controller] = []

    def start(**options: Any) -> tuple[Box, str]:
        box = Box()
        controller = AnyPort(box, hostname="127.0.0.1", port=0, authenticator=box.log_in, **options)
        controller.start()
        started.append(controller)
        return box, f"smtp://localhost:{controller.port}"

    yield start
    for one in started:
        one.stop()


@pytest.fixture
def trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """A server's TLS for the name localhost, which our side trusts."""
    path = certificate("localhost", tmp_path / "both.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    monkeypatch.setattr(letters, "tls", lambda _purpose: ssl.create_default_context(cafile=path))
    return context


def send(url: str, **envelope: str) -> Reply:
    return letters.send_mail(url, ENVELOPE | envelope, b"Subject: x\r\n\r\nhello\r\n.dot\r\n", private_targets=True)


def deliver_one(url: str, **settings: str) -> Tried:
    """As the lane does."""
    told = {
        "to": "wang@example.com",
        "subject": "寄件订单LS1已收到",
        "text": "您的寄件订单LS1已收到。",
        "language": "zh",
    }
    feedback = Feedback(7, 1, "", "email", "received", told | {"happened_at": "2026-11-22T12:00:00+08:00"})
    credential = Credential({}, {"from": "noreply@lanshou.example", **settings})
    channel = Channel("email", True, credential, url, True, 0, None)
    (tried,) = deliver([Claimed(1, feedback, 1, NOW)], {"email": channel}, NOW, private_targets=True)
    return tried


def test_chan_7_a_letter_arrives(post_office: Callable[..., tuple[Box, str]]) -> None:
    box, url = post_office()
    tried = deliver_one(url)
    assert (tried.outcome, tried.reply) == (Outcome.DELIVERED, Reply(250, "queued as 4711"))
    ((sender, to, content),) = box.got
    assert (sender, to) == ("noreply@lanshou.example", ["wang@example.com"])
    read = email.message_from_bytes(content, policy=policy.default)
    assert (read["Subject"], read["To"]) == ("寄件订单LS1已收到", "wang@example.com")
    assert read.get_content().strip() == "您的寄件订单LS1已收到。"


@pytest.mark.parametrize(
    ("where", "answer", "outcome"),
    [
        ("on_mail", "451 busy", "later"), ("on_mail", "553 who are you", "refused"),
        ("on_rcpt", "450 greylisted, try again", "later"), ("on_rcpt", "550 no such user", "refused"),
        ("on_data", "452 disk full", "later"), ("on_data", "554 spam", "refused"),
    ],
)  # fmt: skip
def test_chan_7_a_refusal_is_kept_with_its_words(
    post_office: Callable[..., tuple[Box, str]], where: str, answer: str, outcome: str
) -> None:
    box, url = post_office()
    setattr(box, where, answer)
    tried = deliver_one(url)
    code, _, text = answer.partition(" ")
    assert (tried.outcome, tried.reply) == (Outcome(outcome), Reply(int(code), text))
    assert len(box.got) == (where == "on_data")


def test_a_doubled_letter_has_the_same_message_id(post_office: Callable[..., tuple[Box, str]]) -> None:
    """F-10: the server took it and hung up before it said so. Told again, never lost."""
    box, url = post_office()
    box.hang_up = True
    assert deliver_one(url).outcome is Outcome.LATER
    box.hang_up = False
    assert deliver_one(url).outcome is Outcome.DELIVERED
    first, second = (email.message_from_bytes(content)["Message-ID"] for _, _, content in box.got)
    assert first == second == "<fb_7_1@lanshou.example>"


def test_f_46_a_server_that_takes_its_time_is_left(
    post_office: Callable[..., tuple[Box, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "TOTAL_SECONDS", 0.5)
    box, url = post_office()
    box.delay = 3
    assert send(url) == Reply(None, "Timeout")  # not what it says three seconds later


def test_f_46_a_server_that_drips_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "TOTAL_SECONDS", 0.5)

    def drip(line: Any, _heard: bytes) -> None:
        raise AssertionError("SMTP servers speak first")

    with raw_server(drip) as server:
        server._talk = lambda line: _greet_for_ever(line)  # type: ignore[method-assign]
        assert send(f"smtp://127.0.0.1:{server.port}") == Reply(None, "Timeout")


def _greet_for_ever(line: Any) -> None:
    with line, suppress(OSError):
        while True:  # until he hangs up
            line.sendall(b"2")
            time.sleep(0.05)


@pytest.mark.parametrize("greeting", [b"", b"garbage\r\n", b"554 not you\r\n", b"220 \xff\x00\r\n", b"220 x\r\n" * 2])
def test_whatever_a_server_says_raises_nothing(greeting: bytes) -> None:
    def talk(line: Any) -> None:
        with line, suppress(OSError):
            line.sendall(greeting)
            line.settimeout(0.2)
            line.recv(1_000)

    with raw_server(lambda *_: None) as server:
        server._talk = talk  # type: ignore[method-assign]
        reply = send(f"smtp://127.0.0.1:{server.port}")
    assert reply.status in (None, 554)


def test_starttls_is_used_when_offered(post_office: Callable[..., tuple[Box, str]], trusted: ssl.SSLContext) -> None:
    box, url = post_office(tls_context=trusted, require_starttls=True)
    assert send(url).status == 250
    assert send(url, tls="required").status == 250
    assert send(url, tls="none").status == 530  # the server insists
    assert len(box.got) == 2


def test_a_certificate_of_another_name_is_not_trusted(
    post_office: Callable[..., tuple[Box, str]], trusted: ssl.SSLContext
) -> None:
    _, url = post_office(tls_context=trusted)
    assert send(url.replace("localhost", "127.0.0.1")) == Reply(None, "SSLCertVerificationError")


def test_tls_that_is_required_and_not_offered(post_office: Callable[..., tuple[Box, str]]) -> None:
    box, url = post_office()
    assert send(url, tls="required") == Reply(None, "tls_not_offered")
    assert box.got == []


def test_smtps(trusted: ssl.SSLContext) -> None:
    """TLS from the first byte."""

    box = Box()
    controller = AnyPort(box, hostname="127.0.0.1", port=0, ssl_context=trusted)
    controller.start()
    try:
        assert send(f"smtps://localhost:{controller.port}", tls="required").status == 250
    finally:
        controller.stop()
    assert len(box.got) == 1


def test_the_log_in(post_office: Callable[..., tuple[Box, str]], trusted: ssl.SSLContext) -> None:
    box, url = post_office(tls_context=trusted, auth_required=True)
    assert send(url, user="bot", password="geheim").status == 250
    assert send(url, user="bot", password="wrong").status in (535, None)  # tried in two ways, and then hung up
    assert send(url).status == 530
    assert set(box.logins) == {b"geheim", b"wrong"} and len(box.got) == 1


def test_a_password_goes_in_clear_only_where_that_was_chosen(post_office: Callable[..., tuple[Box, str]]) -> None:
    box, url = post_office(auth_require_tls=False)
    assert send(url, user="bot", password="geheim").text.startswith("tls_not_offered")
    assert box.logins == []
    assert send(url, user="bot", password="geheim", tls="none").status == 250
    assert box.logins == [b"geheim"]


def test_b_138_mail_servers_are_checked_like_channels(monkeypatch: pytest.MonkeyPatch) -> None:
    refused = letters.send_mail("smtp://127.0.0.1:25", ENVELOPE, b"x")
    assert refused.status is None and refused.text.startswith("target_forbidden")
    assert wire.check_target("smtp://127.0.0.1") is not None
    assert wire.check_target("smtps://127.0.0.1", private_targets=True) is None
    home = [(2, 1, 6, "", ("10.1.2.3", 25))]
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: home)
    assert wire.check_target("smtp://mail.example") is not None
    for odd in ("smtp://", "smtp://u:p@mail.example", "http://mail.example", "smtp://x:port"):
        assert letters.send_mail(odd, ENVELOPE, b"x", private_targets=True).text.startswith("target_forbidden")


def test_nobody_there() -> None:
    assert send("smtp://127.0.0.1:9").status is None


@pytest.mark.parametrize(
    ("url", "name"), [("file://host{}", "a"), ("file:relative", "a"), ("file://{}/x", "../a"), ("file://{}/x", "")]
)
def test_a_folder_that_is_none(url: str, name: str, tmp_path: Path) -> None:
    assert letters.keep_file(url.format(tmp_path), name, b"x").status is None
    assert list(tmp_path.rglob("*")) == []


def test_one_file_a_message_whole_or_not_at_all(tmp_path: Path) -> None:
    url = f"file://{tmp_path}/a%20b"
    for body in (b"first", b"again"):
        assert letters.keep_file(url, "fb_1_1.eml", body).status == 200
    assert [(one.name, one.read_bytes()) for one in (tmp_path / "a b").iterdir()] == [("fb_1_1.eml", b"again")]
    assert [(tmp_path / "a b" / name).stat().st_mode & 0o777 for name in (".", "fb_1_1.eml")] == [0o700, 0o600]
    (tmp_path / "file").write_bytes(b"")
    assert letters.keep_file(f"file://{tmp_path}/file", "x", b"").status is None
    assert letters.keep_file("file:///%00", "x", b"").status is None

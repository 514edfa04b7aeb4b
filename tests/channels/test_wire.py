"""What goes out, and what must not: F-46, B-138. A small channel of our own stands at the other end."""

import ssl
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from channels import wire
from channels.adapter import Credential
from channels.feedback import Claimed, Feedback, Outcome, Reply
from channels.outbox.wire import deliver
from channels.queries import Channel
from channels.retry_after import retry_after
from channels.standard_webhooks import read_secret, verify
from channels.targets import split
from tests.channels import vectors as v

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
KEY = read_secret(v.SECRET)


class Handler(BaseHTTPRequestHandler):
    """Answers as the last part of the path says and keeps what it heard."""

    heard: list[tuple[dict[str, str], bytes]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.heard.append(({k.lower(): x for k, x in self.headers.items()}, body))  # type: ignore[attr-defined]
        mode = self.path.rpartition("/")[2]
        status = {"redirect": 302, "busy": 429, "broken": 500}.get(mode, 200)
        self.send_response(status)
        if mode == "redirect":
            self.send_header("Location", "/elsewhere")
        if mode == "busy":
            self.send_header("Retry-After", "17")
        self.end_headers()
        if mode == "huge":
            self._until_refused(b"x" * 65_536, 0)
        elif mode == "drip":
            self._until_refused(b".", 0.05)
        else:
            self.wfile.write(b"thank\x00you \xff")

    def _until_refused(self, piece: bytes, pause: float) -> None:
        try:
            while True:
                self.wfile.write(piece)
                time.sleep(pause)
        except OSError:
            pass

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def server() -> Iterator[ThreadingHTTPServer]:
    made = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.heard = []  # type: ignore[attr-defined]
    made.daemon_threads = True
    threading.Thread(target=made.serve_forever, daemon=True).start()
    yield made
    made.shutdown()
    made.server_close()


def url(server: ThreadingHTTPServer, mode: str = "ok") -> str:
    return f"http://127.0.0.1:{server.server_port}/{mode}"


def post(server: ThreadingHTTPServer, mode: str) -> Reply:
    return wire.post(url(server, mode), {}, b"{}", private_targets=True)


def test_an_answer_is_kept_as_text_that_both_databases_hold(server: ThreadingHTTPServer) -> None:
    assert post(server, "ok") == Reply(200, "thank\ufffdyou \ufffd")


def test_f_46_a_redirect_is_not_followed(server: ThreadingHTTPServer) -> None:
    assert post(server, "redirect").status == 302
    assert len(server.heard) == 1  # type: ignore[attr-defined]


def test_f_46_retry_after_is_read(server: ThreadingHTTPServer) -> None:
    reply = post(server, "busy")
    assert (reply.status, reply.retry_after) == (429, retry_after("17"))
    assert retry_after("9" * 99) is None


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("Sun, 22 Nov 2026 04:10:00 GMT", 600), ("Sunday, 22-Nov-26 04:10:00 GMT", 600), ("120", 120), (" 7 ", 7),
        ("Sun, 22 Nov 2026 03:10:00 GMT", None), ("Sun, 22 Nov 2026 04:00:00 GMT", None), ("soon", None), ("", None),
        ("-1", None), ("1.5", None), ("Sun, 99 Nov 2026 04:10:00 GMT", None), ("٣٠", None), ("x" * 5_000, None),
        (" , 99 9 9 99:99:99 +99999999999", None), ("0", 0), ("1000000", 86_400), ("9" * 18, 86_400),
        ("9" * 19, None), ("86399", 86_399), ("Fri, 22 Nov 2996 04:10:00 GMT", 86_400),
    ],
)  # fmt: skip
def test_f_46_retry_after_may_be_a_date(header: str, seconds: int | None) -> None:
    """RFC 9110: whole seconds, or a date; one in the past asks for nothing."""
    assert retry_after(header, NOW) == (None if seconds is None else timedelta(seconds=seconds))


def test_f_46_a_huge_answer_is_cut(server: ThreadingHTTPServer) -> None:
    assert len(post(server, "huge").text) == wire.LONGEST_ANSWER


def test_f_46_an_endless_answer_is_left(server: ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "TOTAL_SECONDS", 0.3)
    reply = post(server, "drip")
    assert (reply.status, set(reply.text)) == (200, {"."})


def test_nobody_there(server: ThreadingHTTPServer) -> None:
    server.shutdown()
    server.server_close()
    reply = post(server, "ok")
    assert reply.status is None
    assert str(server.server_port) not in reply.text


@pytest.mark.parametrize(
    "target",
    [
        "http://127.0.0.1/", "http://localhost/", "http://[::1]/", "http://169.254.169.254/latest",
        "http://10.0.0.1/", "http://192.168.1.1/", "http://100.64.0.1/", "http://0.0.0.0/", "http://[::ffff:127.0.0.1]/",
        "http://[64:ff9b::a00:1]/", "http://[fe80::1]/", "http://2130706433/", "http://224.0.0.1/", "http://127.1/",
        "ftp://example.com/", "file:///etc/passwd", "http://", "https://u:p@example.com/", "http://x:port/",
        "http://a b/", "http://[zz::1]/", "http://-\\x/", f"http://{'a' * 64}.example/",
    ],
)  # fmt: skip
def test_b_138_targets_that_are_refused_at_entry_and_at_sending(target: str) -> None:
    refusal = wire.check_target(target)
    assert refusal is not None
    assert refusal.code == "target_forbidden"
    reply = wire.post(target, {}, b"{}")
    assert reply.status is None
    assert reply.text.startswith("target_forbidden")


def test_b_138_a_refusal_says_what_would_allow_it() -> None:
    refusal = wire.check_target("http://10.0.0.1/")
    assert refusal is not None and "LANSHOU_PRIVATE_TARGETS=1" in refusal.message
    assert wire.check_target("http://10.0.0.1/", private_targets=True) is None


def test_b_138_a_name_without_address_is_refused_at_sending_only() -> None:
    """It may be set up before its name is; whoever enters it is warned."""
    target = "http://nobody.invalid/"
    assert wire.check_target(target) is None and not wire.has_address(target)
    assert wire.post(target, {}, b"{}").text.startswith("target_forbidden")
    assert wire.has_address("http://127.0.0.1/")


def test_b_138_a_name_that_leads_home_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    both = [(2, 1, 6, "", ("93.184.216.34", 80)), (2, 1, 6, "", ("10.1.2.3", 80))]
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: both)
    assert wire.check_target("https://crm.example/in") is not None
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: both[:1])
    assert wire.check_target("https://crm.example/in") is None


def test_b_138_the_checked_address_is_the_one_that_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that leads elsewhere a moment later is not asked again."""
    answers = iter(["93.184.216.34", "10.0.0.1", "2001:db8::1"])
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: [(2, 1, 6, "", (next(answers), 80))])
    with wire.Lines() as lines:
        first = lines.to(split("https://crm.example:8443/in?x=1#y"))
        assert (first.host, first.port) == ("93.184.216.34", 8443)
        assert lines.to(split("https://crm.example:8443/other")) is first
    with wire.Lines(private_targets=True) as lines:
        assert lines.to(split("http://a.example/")).host == "10.0.0.1"
        assert lines.to(split("http://b.example/")).host == "2001:db8::1"


def test_a_name_in_another_script_is_called_in_ascii(
    server: ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """CHAN-4: headers hold ASCII only; such a name must not end the round of everybody else."""
    asked: list[str] = []

    def here(host: str, *_: Any, **__: Any) -> list[Any]:
        asked.append(host)
        return [(2, 1, 6, "", ("127.0.0.1", server.server_port))]

    monkeypatch.setattr("socket.getaddrinfo", here)
    target = f"http://例子.测试:{server.server_port}/ok"
    assert wire.check_target(target, private_targets=True) is None
    (tried,) = deliver([claimed(1)], {"crm": channel(target)}, NOW, private_targets=True)
    assert tried.outcome is Outcome.DELIVERED and asked[0] == "xn--fsqu00a.xn--0zwm56d"
    assert server.heard[0][0]["host"] == f"xn--fsqu00a.xn--0zwm56d:{server.server_port}"  # type: ignore[attr-defined]


@pytest.mark.parametrize("host", ["例" * 80, "例..子", "a b", "例 子", "\ud800", "x\n"])
def test_odd_hosts_raise_nothing(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: [(2, 1, 6, "", ("127.0.0.1", 9))])
    wire.check_target(f"http://{host}:9/x", private_targets=True)
    (tried,) = deliver([claimed(1)], {"crm": channel(f"http://{host}:9/x")}, NOW, private_targets=True)
    assert tried.outcome is Outcome.LATER


def test_a_header_that_cannot_be_sent_is_a_reply_without_status(server: ThreadingHTTPServer) -> None:
    assert wire.post(url(server), {"x": "测试"}, b"{}", private_targets=True).status is None


def certificate(name: str, path: Path) -> Path:
    """A self-signed certificate for a name, and its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    began = datetime.now(UTC) - timedelta(hours=1)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(began)
        .not_valid_after(began + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, SHA256())
    )
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(made.public_bytes(Encoding.PEM) + secret)
    return path


@pytest.mark.parametrize(("name", "status"), [("crm.example", 200), ("other.example", None)])
def test_tls_asks_for_the_certificate_of_the_name_not_of_the_address(
    server: ThreadingHTTPServer,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    name: str,
    status: int | None,
) -> None:
    path = certificate("crm.example", tmp_path / "both.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    here = [(2, 1, 6, "", ("127.0.0.1", server.server_port))]
    monkeypatch.setattr(wire, "tls", lambda _purpose: ssl.create_default_context(cafile=path))
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: here)
    reply = wire.post(f"https://{name}:{server.server_port}/ok", {}, b"{}", private_targets=True)
    assert reply.status == status, reply


def channel(address: str | None, secrets: tuple[bytes, ...] = (KEY,)) -> Channel:
    return Channel("crm", True, Credential({"secret": secrets}), address, True, 0, None)


def claimed(number: int, kind: str = "accepted") -> Claimed:
    payload = {"logistics_no": f"IS{number}", "happened_at": "2026-11-22T12:00:00+08:00", "station": "S"}
    return Claimed(number, Feedback(number, 1, "浙江", "crm", kind, payload), 1, NOW)


def test_chan_4_messages_arrive_signed(server: ThreadingHTTPServer) -> None:
    tried = deliver([claimed(1), claimed(2)], {"crm": channel(url(server))}, NOW, private_targets=True)
    assert [one.outcome for one in tried] == [Outcome.DELIVERED, Outcome.DELIVERED]
    assert [one.claimed.id for one in tried] == [1, 2]
    heard = sorted(server.heard, key=lambda one: one[0]["webhook-id"])  # type: ignore[attr-defined]
    for number, (headers, body) in enumerate(heard, start=1):
        assert verify([KEY], headers, body, NOW) == f"fb_{number}_1"
        assert headers["content-type"] == "application/json"
        assert headers["host"] == f"127.0.0.1:{server.server_port}"
        assert f'"IS{number}"'.encode() in body


def test_f_15_a_message_that_cannot_be_written_harms_no_other(server: ThreadingHTTPServer) -> None:
    tried = deliver(
        [claimed(1, "nonsense"), claimed(2, "picked_up"), claimed(3, "failed")],
        {"crm": channel(url(server))}, NOW, private_targets=True,
    )  # fmt: skip
    assert [one.outcome for one in tried] == [Outcome.REFUSED, Outcome.DELIVERED, Outcome.REFUSED]


def test_without_secret_nothing_is_sent(server: ThreadingHTTPServer) -> None:
    (tried,) = deliver([claimed(1)], {"crm": channel(url(server), ())}, NOW, private_targets=True)
    assert tried.outcome is Outcome.LATER
    assert server.heard == []  # type: ignore[attr-defined]

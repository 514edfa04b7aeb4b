"""The way out: addresses that feedback may go to, and the only outbound HTTP. Rounds of sending: outbox/wire.py."""

import os
import re
import socket
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cache
from ipaddress import ip_address
from ssl import SSLContext, create_default_context
from typing import Any
from urllib.parse import SplitResult, urlsplit

from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3 import HTTPConnectionPool, HTTPResponse, HTTPSConnectionPool, Timeout
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError, ProtocolError
from urllib3.response import BaseHTTPResponse

from basics.refusal import Refusal
from channels.feedback import Reply
from channels.targets import is_public

CONNECT_SECONDS, SILENCE_SECONDS, TOTAL_SECONDS = 5, 10, 15
HUNG_UP_SECONDS = 0.1
LONGEST_ANSWER = 64 * 1024
THREADS = 16
HTTP, MAIL = ("http", "https"), ("smtp", "smtps")
PORTS = {"http": 80, "https": 443, "smtp": 25, "smtps": 465}
_HOST = re.compile(r"[A-Za-z0-9._-]+", re.ASCII)
_SECONDS = re.compile(r"[0-9]{1,6}", re.ASCII)
_here = threading.local()  # .watch: the conversation of this thread


class Forbidden(Exception):
    """The address is unusable, or leads where feedback must not go."""


class NoAddress(Forbidden):
    """The name leads nowhere, at least now."""


def check_target(url: str, *, private_targets: bool = False) -> Refusal | None:
    """Refused `target_forbidden` unless `url` is http(s) or smtp(s) to a host with public addresses only (B-138).

    To be asked when the address is entered; sending asks again, since names can change where they lead. So a name
    that has no address now is not refused here.
    """
    try:
        resolve(split(url, HTTP + MAIL), private_targets)
    except NoAddress:
        return None
    except Forbidden as why:
        return Refusal("target_forbidden", f"不允许的回调地址 / forbidden address: {why}", "feedback_url")
    return None


def has_address(url: str) -> bool:
    """Whether the host of a usable address leads anywhere at the moment."""
    try:
        resolve(split(url, HTTP + MAIL), private_targets=True)
    except Forbidden:
        return False
    return True


def split(url: str, schemes: Sequence[str] = HTTP) -> SplitResult:
    """The parts of a usable address, its host in ASCII: a name in another script in the form that headers carry.

    Forbidden when it is none.
    """
    try:
        parts = urlsplit(url)
        if parts.scheme in schemes and parts.hostname and parts.username is None:
            host = parts.hostname if parts.hostname.isascii() else parts.hostname.encode("idna").decode("ascii")
            if not (ip_address(host) if ":" in host else _HOST.fullmatch(host)):
                raise ValueError("no name of a host")
            shown = f"[{host}]" if ":" in host else host
            # A port that is no number is a ValueError, as is a name that has no such form.
            return parts._replace(netloc=shown if parts.port is None else f"{shown}:{parts.port}")
    except ValueError:
        pass
    raise Forbidden(f"{' or '.join(schemes)}, a host and no password expected")


def resolve(parts: SplitResult, private_targets: bool) -> str:
    """One address of the host; every address it has must be public. NoAddress, Forbidden."""
    try:
        found = socket.getaddrinfo(parts.hostname, parts.port or PORTS[parts.scheme], type=socket.SOCK_STREAM)
    except OSError:
        raise NoAddress("the host has no address") from None
    except UnicodeError:
        raise Forbidden("no name of a host") from None
    addresses = [str(entry[4][0]) for entry in found]
    if not private_targets and not all(is_public(address) for address in addresses):
        raise Forbidden("the host has an address that is not public; LANSHOU_PRIVATE_TARGETS=1 allows it")
    return addresses[0]


class Watch:
    """Ends a conversation that lasts longer than TOTAL_SECONDS, whatever it is doing: time-outs of a socket begin anew
    with each byte, so that one who drips would never be done with."""

    def __init__(self) -> None:
        self._twin: socket.socket | None = None
        self.rang = False
        self._timer = threading.Timer(TOTAL_SECONDS, self._hang_up)
        self._timer.daemon = True

    def __enter__(self) -> "Watch":
        _here.watch = self
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        _here.watch = None
        self._drop()

    def hold(self, sock: socket.socket) -> None:
        """The socket to shut down. The watch has its own duplicate, whatever TLS or a reader of answers does to it."""
        self._drop()
        self._twin = socket.socket(fileno=os.dup(sock.fileno()))
        if self.rang:
            self._hang_up()

    def _drop(self) -> None:
        twin, self._twin = self._twin, None
        if twin is not None:
            twin.close()

    def _hang_up(self) -> None:
        self.rang, twin = True, self._twin
        if twin is not None:
            with suppress(OSError):
                twin.shutdown(socket.SHUT_RDWR)

    def why(self, error: Exception) -> str:
        """The kind of failure; never its text, which may hold the address, and that a token."""
        return "Timeout" if self.rang else type(error).__name__


class _Watched(HTTPConnection):
    """Tells the watch of its thread which socket it talks over."""

    def _new_conn(self) -> socket.socket:
        sock = super()._new_conn()
        _here.watch.hold(sock)
        return sock

    def request(self, *args: Any, **named: Any) -> None:
        if self.sock is not None:  # kept open from an earlier message
            _here.watch.hold(self.sock)
        super().request(*args, **named)


class _WatchedTls(_Watched, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Watched


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _WatchedTls


@cache
def tls(purpose: str) -> SSLContext:
    """What certificates and names are checked by. Read once a purpose, since that takes longer than a message; not
    shared between them, since a library may change it."""
    return create_default_context(cafile=DEFAULT_CA_BUNDLE_PATH)


class Lines:
    """Connections of one round, kept open between its messages. A name is looked up and checked once; every
    connection goes to the very address that was checked (B-138). For all threads of the round."""

    def __init__(self, *, private_targets: bool = False) -> None:
        self._private = private_targets
        self._pools: dict[tuple[str, str], HTTPConnectionPool] = {}
        self._lock = threading.Lock()

    def __enter__(self) -> "Lines":
        return self

    def __exit__(self, *_: object) -> None:
        for pool in self._pools.values():
            pool.close()

    def to(self, parts: SplitResult) -> HTTPConnectionPool:
        """The connections to a host. Forbidden."""
        key = (parts.scheme, parts.netloc)
        with self._lock:
            if key in self._pools:
                return self._pools[key]
        pool = self._pool(parts, resolve(parts, self._private))  # outside the lock: a lookup may take long
        with self._lock:
            return self._pools.setdefault(key, pool)

    def _pool(self, parts: SplitResult, address: str) -> HTTPConnectionPool:
        host, port = parts.hostname or "", parts.port or PORTS[parts.scheme]
        shown = f"[{address}]" if ":" in address else address
        common: dict[str, Any] = {
            "maxsize": THREADS, "retries": False, "timeout": Timeout(connect=CONNECT_SECONDS, read=SILENCE_SECONDS),
        }  # fmt: skip
        if parts.scheme == "http":
            return _Pool(shown, port, **common)
        # TLS to an address, but with the certificate of the name.
        return _TlsPool(shown, port, ssl_context=tls("http"), server_hostname=host, **common)


def post(
    url: str,
    headers: Mapping[str, str],
    body: bytes,
    *,
    private_targets: bool = False,
    now: datetime | None = None,
    lines: Lines | None = None,
) -> Reply:
    """POST, and take at most 64 KiB of the answer, 15 s in all. Follows no redirect, uses no proxy, never raises: what
    cannot be sent is a reply without a status. `now`: what a Retry-After with a date counts from."""
    if lines is None:
        with Lines(private_targets=private_targets) as own:
            return post(url, headers, body, now=now, lines=own)
    with Watch() as watch:
        try:
            parts = split(url)
            target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            named = {"user-agent": "lanshou", **headers, "host": parts.netloc, "accept-encoding": "identity"}
            response = _twice_at_most(lines.to(parts), watch, target, named, body)
            if watch.rang:  # in the middle of the headers, whose end nobody has seen
                response.close()
                return Reply(None, "Timeout")
            answer = _beginning(response)
            return Reply(response.status, answer, _retry_after(response.headers.get("Retry-After"), now))
        except Forbidden as why:
            return Reply(None, f"target_forbidden: {why}")
        except (HTTPError, OSError, ValueError) as error:  # ValueError: no text for a header
            return Reply(None, watch.why(error))


def _twice_at_most(
    pool: HTTPConnectionPool, watch: Watch, target: str, headers: Mapping[str, str], body: bytes
) -> BaseHTTPResponse:
    """The answer. When the other side hangs up without a word, as it does with a connection kept open too long or in
    too large a crowd, once more on a fresh one: the message has the same id."""

    def ask() -> BaseHTTPResponse:
        return pool.urlopen(
            "POST", target, body=body, headers=headers, redirect=False, assert_same_host=False,
            preload_content=False, decode_content=False,
        )  # fmt: skip

    try:
        return ask()
    except ProtocolError:
        if watch.rang:
            raise
        time.sleep(HUNG_UP_SECONDS)
        return ask()


def _beginning(response: BaseHTTPResponse) -> str:
    """The first 64 KiB as text that both databases can hold; one who drips is cut off by the watch."""
    assert isinstance(response, HTTPResponse)
    taken = b""
    try:
        while len(taken) < LONGEST_ANSWER:
            some = response.read1(LONGEST_ANSWER - len(taken), decode_content=False)
            if not some:
                break
            taken += some
    except (HTTPError, OSError):  # the status has been seen, and that decides
        pass
    finally:
        response.close()  # a connection whose answer is wholly read stays open
    return taken[:LONGEST_ANSWER].decode("utf-8", "replace").replace("\x00", "\ufffd")


def _retry_after(header: str | None, now: datetime | None = None) -> timedelta | None:
    """Whole seconds, or a date of HTTP. None when it is neither, or over."""
    text = (header or "").strip()
    if _SECONDS.fullmatch(text):
        return timedelta(seconds=int(text))
    if now is None or len(text) > 40:
        return None
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return max(at - now, timedelta(0)) or None if at.tzinfo is not None else None

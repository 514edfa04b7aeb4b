"""The way out: addresses that feedback may go to, and the only outbound HTTP. Rounds of sending: outbox/wire.py."""

import os
import socket
import threading
import time
from collections.abc import Mapping
from concurrent.futures import Future
from contextlib import suppress
from datetime import datetime
from functools import cache
from ssl import SSLContext, create_default_context
from typing import Any
from urllib.parse import SplitResult

from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3 import HTTPConnectionPool, HTTPResponse, HTTPSConnectionPool, Timeout
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError, ProtocolError
from urllib3.response import BaseHTTPResponse

from basics.refusal import Refusal
from channels.feedback import Reply
from channels.retry_after import retry_after
from channels.targets import HTTP, MAIL, PORTS, Forbidden, NoAddress, is_public, split

LOOKUP_SECONDS, CONNECT_SECONDS, SILENCE_SECONDS, TOTAL_SECONDS = 5, 5, 10, 15
HUNG_UP_SECONDS = 0.1
LONGEST_ANSWER = 64 * 1024
THREADS = 16
_here = threading.local()  # .watch: the conversation of this thread


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


def resolve(parts: SplitResult, private_targets: bool) -> str:
    """One address of the host; every address it has must be public. Waits 5 s at most. NoAddress, Forbidden."""
    found: Future[list[Any]] = Future()

    def look_up() -> None:
        port = parts.port or PORTS[parts.scheme]
        try:
            found.set_result(socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM))
        except Exception as error:
            found.set_exception(error)

    try:
        # The resolver of the system knows no time-out of ours: whoever hangs there is left behind.
        threading.Thread(target=look_up, name="lanshou-name", daemon=True).start()
        addresses = [str(entry[4][0]) for entry in found.result(LOOKUP_SECONDS)]
    except UnicodeError:
        raise Forbidden("no name of a host") from None
    except TimeoutError:
        raise NoAddress("the look-up of the host takes too long") from None
    except (OSError, RuntimeError):  # RuntimeError: no thread to be had
        raise NoAddress("the host has no address") from None
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
    """Connections of one round, kept open between its messages. A name is looked up and checked once, also one that
    leads nowhere; every connection goes to the very address that was checked (B-138). For all threads of the round."""

    def __init__(self, *, private_targets: bool = False) -> None:
        self._private = private_targets
        self._pools: dict[tuple[str, str], HTTPConnectionPool] = {}
        self._addresses: dict[str | None, Future[str]] = {}
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
        pool = self._pool(parts, self.address(parts))  # outside the lock: a look-up may take long
        with self._lock:
            return self._pools.setdefault(key, pool)

    def address(self, parts: SplitResult) -> str:
        """The checked address of a host, the same for the whole round. Forbidden, NoAddress: for the whole round."""
        with self._lock:
            known = self._addresses.get(parts.hostname)
            found = self._addresses.setdefault(parts.hostname, Future()) if known is None else known
        if known is None:
            try:
                found.set_result(resolve(parts, self._private))
            except BaseException as error:  # the other threads wait for it
                found.set_exception(error)
        return found.result()

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
            return Reply(response.status, answer, retry_after(response.headers.get("Retry-After"), now))
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

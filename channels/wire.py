"""The only outbound HTTP: what a channel must hear goes out here, and nowhere it should not."""

import re
import socket
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from time import monotonic
from typing import Any
from urllib.parse import SplitResult, urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError

from basics.refusal import Refusal
from channels.adapter import NotSetUp, Sending
from channels.feedback import Claimed, Outcome, Reply, Tried
from channels.queries import Channel
from channels.registry import OUTBOUND

CONNECT_SECONDS, SILENCE_SECONDS, TOTAL_SECONDS = 5, 10, 15
LONGEST_ANSWER = 64 * 1024
THREADS = 16  # a round of 50 to a silent channel ends within the lease
_NAT64 = ip_network("64:ff9b::/96")  # global by the book, and yet a way to 10.0.0.1
_HOST = re.compile(r"[A-Za-z0-9._-]+", re.ASCII)
_SECONDS = re.compile(r"[0-9]{1,6}", re.ASCII)


class _Forbidden(Exception):
    """The address is unusable, or leads where feedback must not go."""


class _NoAddress(_Forbidden):
    """The name leads nowhere, at least now."""


def check_target(url: str, *, private_targets: bool = False) -> Refusal | None:
    """Refused `target_forbidden` unless `url` is http(s) to a host with public addresses only (B-138).

    To be asked when the address is entered; `post` asks again, since names can change where they lead. So a name
    that has no address now is not refused here.
    """
    try:
        _resolve(_split(url), private_targets)
    except _NoAddress:
        return None
    except _Forbidden as why:
        return Refusal("target_forbidden", f"不允许的回调地址 / forbidden address: {why}", "feedback_url")
    return None


def has_address(url: str) -> bool:
    """Whether the host of a usable address leads anywhere at the moment."""
    try:
        _resolve(_split(url), private_targets=True)
    except _Forbidden:
        return False
    return True


def deliver(
    claimed: Sequence[Claimed],
    channels: Mapping[str, Channel],
    now: datetime,
    *,
    private_targets: bool = False,
) -> list[Tried]:
    """Send each claimed message once, several at a time; what came of each, in the order given. Never raises.

    Runs outside any transaction: claim, commit, deliver, then mark.
    """

    def attempt(one: Claimed) -> Tried:
        told = one.feedback
        out, channel = OUTBOUND[told.channel], channels[told.channel]
        if channel.feedback_url is None:
            return Tried(one, Outcome.LATER, Reply(None, "no address"))
        try:
            calls = out.write(channel.credential, told, Sending(channel.feedback_url, now))
        except NotSetUp as error:
            return Tried(one, Outcome.LATER, Reply(None, f"not set up: {error}"))
        except (KeyError, ValueError) as error:  # ours to mend; the rest of the round goes on
            return Tried(one, Outcome.REFUSED, Reply(None, f"cannot be written: {error!r}"))
        tried = Tried(one, Outcome.SILENT, Reply(None, "no word for it"))
        for call in calls:
            reply = post(call.url, call.headers, call.body, private_targets=private_targets)
            tried = Tried(one, out.judge(channel.credential, reply), reply)
            if tried.outcome is not Outcome.DELIVERED:
                break
        return tried

    with ThreadPoolExecutor(max_workers=THREADS) as pool:
        return list(pool.map(attempt, claimed))


def post(url: str, headers: Mapping[str, str], body: bytes, *, private_targets: bool = False) -> Reply:
    """POST, and take at most 64 KiB of the answer within about 15 s. Follows no redirect, uses no proxy, never raises:
    what cannot be sent is a reply without a status."""
    deadline = monotonic() + TOTAL_SECONDS
    try:
        parts = _split(url)
        address = _resolve(parts, private_targets)
        with _session(parts) as session:
            request = requests.Request("POST", _at_address(parts, address), data=body, headers=dict(headers))
            prepared = session.prepare_request(request)
            prepared.headers.update({"Host": parts.netloc, "Accept-Encoding": "identity"})
            with session.send(
                prepared, stream=True, allow_redirects=False, timeout=(CONNECT_SECONDS, SILENCE_SECONDS)
            ) as response:
                answer = _beginning(response, deadline)
                return Reply(response.status_code, answer, _retry_after(response.headers.get("Retry-After")))
    except _Forbidden as why:
        return Reply(None, f"target_forbidden: {why}")
    except (requests.RequestException, HTTPError, OSError, ValueError) as error:  # ValueError: no text for a header
        return Reply(None, type(error).__name__)  # its text may hold the address, and that a token


def _split(url: str) -> SplitResult:
    """The parts of a usable address, its host in ASCII: a name in another script in the form that headers carry."""
    try:
        parts = urlsplit(url)
        if parts.scheme in ("http", "https") and parts.hostname and parts.username is None:
            host = parts.hostname if parts.hostname.isascii() else parts.hostname.encode("idna").decode("ascii")
            if not (ip_address(host) if ":" in host else _HOST.fullmatch(host)):
                raise ValueError("no name of a host")
            shown = f"[{host}]" if ":" in host else host
            # A port that is no number is a ValueError, as is a name that has no such form.
            return parts._replace(netloc=shown if parts.port is None else f"{shown}:{parts.port}")
    except ValueError:
        pass
    raise _Forbidden("http or https, a host and no password expected")


def _resolve(parts: SplitResult, private_targets: bool) -> str:
    """One address of the host; every address it has must be public."""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        found = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    except OSError:
        raise _NoAddress("the host has no address") from None
    except UnicodeError:
        raise _Forbidden("no name of a host") from None
    addresses = [str(entry[4][0]) for entry in found]
    if not private_targets and not all(_public(address) for address in addresses):
        raise _Forbidden("the host has an address that is not public; LANSHOU_PRIVATE_TARGETS=1 allows it")
    return addresses[0]


def _public(address: str) -> bool:
    ip: IPv4Address | IPv6Address = ip_address(address.partition("%")[0])
    if isinstance(ip, IPv6Address):
        if ip.ipv4_mapped is not None:
            ip = ip.ipv4_mapped
        elif ip in _NAT64 or ip.sixtofour is not None or ip.teredo is not None:
            return False
    return ip.is_global and not ip.is_multicast


def _at_address(parts: SplitResult, address: str) -> str:
    """The URL with the checked address for the host: asking the name again could lead elsewhere."""
    host = f"[{address}]" if ":" in address else address
    netloc = host if parts.port is None else f"{host}:{parts.port}"
    return parts._replace(netloc=netloc, fragment="").geturl()


class _ByName(HTTPAdapter):
    """TLS to an address, but with the certificate of the name."""

    def __init__(self, host: str) -> None:
        self._host = host
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, server_hostname=self._host, assert_hostname=self._host, **kwargs)


def _session(parts: SplitResult) -> requests.Session:
    session = requests.Session()
    session.trust_env = False  # no proxy and no .netrc of this machine
    if parts.scheme == "https":
        session.mount("https://", _ByName(parts.hostname or ""))
    return session


def _beginning(response: requests.Response, deadline: float) -> str:
    """The first 64 KiB as text that both databases can hold; whatever drips in after the deadline is left."""
    taken = b""
    while len(taken) < LONGEST_ANSWER and monotonic() < deadline:
        try:
            some = response.raw.read1(LONGEST_ANSWER - len(taken), decode_content=False)
        except (HTTPError, OSError):  # the status has been seen, and that decides
            break
        if not some:
            break
        taken += some
    return taken[:LONGEST_ANSWER].decode("utf-8", "replace").replace("\x00", "\ufffd")


def _retry_after(header: str | None) -> timedelta | None:
    """Whole seconds; the form with a date is read as none."""
    if header is None or not _SECONDS.fullmatch(header.strip()):
        return None
    return timedelta(seconds=int(header.strip()))

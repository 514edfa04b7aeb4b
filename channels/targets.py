"""Where feedback may go, as far as an address tells by itself (B-138). What names lead to is looked up by wire.py."""

import re
import unicodedata
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

HTTP, MAIL = ("http", "https"), ("smtp", "smtps")
PORTS = {"http": 80, "https": 443, "smtp": 25, "smtps": 465}
_HOST = re.compile(r"[A-Za-z0-9._-]+", re.ASCII)
# Of IPv6 only this part was ever given out (RFC 4291); all else, as 64:ff9b:1::/48 and ::127.0.0.1, may lead home.
_GIVEN_OUT = ip_network("2000::/3")
_NOBODY_S = tuple(
    ip_network(net)
    for net in (
        "2001::/23",  # protocols: Teredo, benchmarks, ORCHID
        "2001:db8::/32", "3fff::/20",  # documentation
        "2002::/16",  # 6to4: a way to 10.0.0.1
    )
)  # fmt: skip


class Forbidden(Exception):
    """The address is unusable, or leads where feedback must not go."""


class NoAddress(Forbidden):
    """The name leads nowhere, at least now."""


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


def is_public(address: str) -> bool:
    """Whether an IP address is one of the open internet. ValueError when it is none."""
    ip: IPv4Address | IPv6Address = ip_address(address.partition("%")[0])
    if isinstance(ip, IPv6Address):
        if ip.ipv4_mapped is not None:
            ip = ip.ipv4_mapped
        elif ip not in _GIVEN_OUT or any(ip in net for net in _NOBODY_S):
            return False
    return ip.is_global and not ip.is_multicast


def usable(url: str, *, private: bool) -> bool:
    """Whether `url` is http(s) to a host, without a password, and not to a literal private address.

    `private` lets those through, for trials on one machine.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port  # a port that is no number is a ValueError
    except ValueError:
        return False
    if parts.scheme not in ("http", "https") or not host or parts.username is not None:
        return False
    if not url.isprintable() or " " in url:
        return False
    return private or _may_be_public(unicodedata.normalize("NFKC", host).replace("。", ".").rstrip("."))


def _may_be_public(host: str) -> bool:
    try:
        return is_public(host)
    except ValueError:
        last = host.rpartition(".")[2]
        # 127.1, 2130706433 and 0x7f000001 are no names: resolvers read addresses in them.
        return bool(last) and not last.isdigit() and not last.startswith("0x") and last != "localhost"

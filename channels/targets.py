"""Where feedback may go, as far as an address tells by itself (B-138). What names lead to is looked up by wire.py."""

import unicodedata
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

_NAT64 = ip_network("64:ff9b::/96")  # global by the book, and yet a way to 10.0.0.1


def is_public(address: str) -> bool:
    """Whether an IP address is one of the open internet. ValueError when it is none."""
    ip: IPv4Address | IPv6Address = ip_address(address.partition("%")[0])
    if isinstance(ip, IPv6Address):
        if ip.ipv4_mapped is not None:
            ip = ip.ipv4_mapped
        elif ip in _NAT64 or ip.sixtofour is not None or ip.teredo is not None:
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

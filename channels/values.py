"""What checks the values of a channel's set-up, and the settings that every channel has."""

from collections.abc import Callable, Mapping
from ipaddress import ip_address, ip_network

SHORTEST_SECRET = 16  # characters (RELIABILITY B-55)
LONGEST_VALUE = 4_000  # characters; an RSA key in PEM has 1,700
_YES_NO = {"true": True, "1": True, "yes": True, "on": True, "false": False, "0": False, "no": False, "off": False}


def long_secret(text: str) -> bytes:
    """A shared secret as it is, UTF-8. ValueError when it is shorter than 16 characters: it could be guessed."""
    text = text.strip()
    if len(text) < SHORTEST_SECRET or len(text) > LONGEST_VALUE or not text.isprintable():
        raise ValueError(f"expected at least {SHORTEST_SECRET} printable characters")
    return text.encode()


def short_text(text: str) -> str:
    """A code or a name that is no secret. ValueError when empty, longer than 200 characters or not printable."""
    text = text.strip()
    if not text or len(text) > 200 or not text.isprintable():
        raise ValueError("expected 1 to 200 printable characters")
    return text


def yes_or_no(text: str) -> bool:
    """ValueError unless it is one of true, false, yes, no, on, off, 1, 0."""
    known = _YES_NO.get(text.strip().lower())
    if known is None:
        raise ValueError("expected true or false")
    return known


def switch(text: str) -> str:
    """`on` or `off`."""
    return "on" if yes_or_no(text) else "off"


def one_of(*allowed: str) -> Callable[[str], str]:
    """A check that lets only these through."""

    def check(text: str) -> str:
        if text.strip() not in allowed:
            raise ValueError(f"expected one of {', '.join(allowed)}")
        return text.strip()

    return check


def sources(text: str) -> str:
    """Networks that may push, parted by commas: `203.0.113.0/24,2001:db8::/32`. ValueError."""
    return ",".join(str(ip_network(part.strip(), strict=False)) for part in text.split(","))


def source_allowed(allowed: str, address: str) -> bool:
    """Whether a peer may push; everybody may where no list is set (B-29)."""
    if not allowed:
        return True
    try:
        peer = ip_address(address)
    except ValueError:
        return False
    mapped = getattr(peer, "ipv4_mapped", None)
    return any((mapped or peer) in ip_network(part) for part in allowed.split(","))


# Settings of every channel. `tell_sender`: CHAN-7 for pushed orders, off by default.
COMMON: Mapping[str, Callable[[str], str]] = {"sources": sources, "tell_sender": switch}

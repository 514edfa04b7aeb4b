"""How long a session lasts, and when guessing is made to wait. Numbers of RELIABILITY 11.2. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from ipaddress import IPv6Address, IPv6Network, ip_address

from people.access import Role

LONGEST = timedelta(hours=12)
# A station's desk screen must sound all day; whoever sees the whole network walks away from it less kindly.
IDLE: dict[str, timedelta] = {Role.STATION: timedelta(hours=4)}
IDLE_OTHERS = timedelta(minutes=30)
TOUCH_EVERY = timedelta(minutes=1)  # last_seen_at is this coarse, so that reading a page seldom writes

THROTTLE_WINDOW = timedelta(minutes=5)
MOST_PER_ACCOUNT_AND_NETWORK = 10
MOST_PER_ADDRESS = 10
MOST_IN_ALL = 1_000

MOST_LOOKS_AN_HOUR = 100  # behind the mask, ROLE-2
ALARMING_LOOKS = 30  # in five minutes: headquarters is told

# sessions.second_factor. ASKED: nothing is served but answering.
NOT_NEEDED, ASKED, GIVEN = "not_needed", "asked", "given"
SECOND_FACTOR_ROLES = frozenset({Role.HQ, Role.FINANCE, Role.PROVINCE, Role.ADMIN})
STEP_UP_LASTS = timedelta(minutes=10)
MOST_WRONG = ((timedelta(minutes=5), 5), (timedelta(hours=1), 20), (timedelta(days=1), 50))
LONGEST_WINDOW = max(window for window, _ in MOST_WRONG)


def is_stepped_up(at: datetime | None, now: datetime) -> bool:
    """Whether the person proved lately that it is he who sits there."""
    return at is not None and timedelta(0) <= now - at < STEP_UP_LASTS


def wait_after_wrong(wrong: Sequence[datetime], now: datetime) -> timedelta | None:
    """How long until the next answer is looked at, by the instants of the wrong ones, oldest first; None: now."""
    waits = []
    for window, most in MOST_WRONG:
        recent = [at for at in wrong if at > now - window]
        if len(recent) >= most:
            waits.append(recent[-most] + window - now)
    return max(waits, default=None)


def idle_limit(role: str) -> timedelta:
    """How long a session of this role may lie unused."""
    return IDLE.get(role, IDLE_OTHERS)


def is_alive(role: str, last_seen_at: datetime, expires_at: datetime, now: datetime) -> bool:
    """Whether a session still counts: neither idle too long nor past its absolute end."""
    return now < expires_at and now - last_seen_at < idle_limit(role)


def network_of(address: str) -> str:
    """The /24 of an IPv4 address, the /64 of an IPv6 one: who shares an office shares a limit."""
    try:
        found = ip_address(address)
    except ValueError:  # of no network: then it is one by itself
        return address
    if isinstance(found, IPv6Address) and found.ipv4_mapped is None:
        return str(IPv6Network((int(found), 64), strict=False))
    ipv4 = found.ipv4_mapped if isinstance(found, IPv6Address) else found
    return str(ipv4).rpartition(".")[0] + ".0/24"


def is_throttled(by_account_and_network: int, by_address: int, in_all: int) -> bool:
    """By the wrong attempts inside the window; the owner elsewhere need not wait (RELIABILITY B-126)."""
    return (
        by_account_and_network >= MOST_PER_ACCOUNT_AND_NETWORK
        or by_address >= MOST_PER_ADDRESS
        or in_all >= MOST_IN_ALL
    )

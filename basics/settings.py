"""What an installation sets, read once at the edge from the environment."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from basics.retention import USUAL, Keep
from basics.sheet_names import USUAL as USUAL_SHEET
from basics.sheet_names import fault

_TILES = re.compile(r"https?://(?:\{s\}\.)?[A-Za-z0-9.-]+(?::[0-9]{1,5})?/[!-~]*", re.ASCII)

_ISSUER = re.compile(r"https://[^?#\s]+|http://(?:127\.0\.0\.1|localhost)(?::[0-9]{1,5})?(?:/[^?#\s]*)?", re.ASCII)
_PLACES = re.compile(r"\{[zxys]\}")
_NEEDED = {"{z}", "{x}", "{y}"}
SHORTEST_SECRET, FEWEST_SIGNS = 32, 8


class SettingsError(ValueError):
    """A setting that cannot be used; the message names the variable, never its value (it may be a secret)."""


@dataclass(frozen=True, slots=True)
class SingleSignOn:
    """An OpenID Connect provider. `secret_file` None: a public client, by PKCE alone."""

    issuer: str
    client_id: str
    secret_file: Path | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """One installation. `redis_url` None means: jobs run in this process (DESIGN, "Where it runs")."""

    database_url: str
    redis_url: str | None
    data: Path
    secret_file: Path  # seals channel secrets; made by `lanshou init`, mode 0600
    private_targets: bool  # may feedback go to loopback and private addresses (demo, tests)
    hosts: tuple[str, ...] = ()  # names under which the web is served; empty: see `lanshou serve`
    secure_cookies: bool = False  # behind TLS: __Host- cookies, Secure, HSTS
    trusted_proxies: int = 0  # how many X-Forwarded-For entries are ours
    tile_url: str = ""  # a map behind the service areas; its tiles must be in GCJ-02 as everything here; empty: none
    second_factor_required: bool = True  # of HQ, finance, province and admin; False for a demo only
    single_sign_on: SingleSignOn | None = None
    replica_url: str | None = None  # a standby of the database, from which reports read
    keep: Keep = USUAL  # how long personal data is kept (docs/privacy.md)
    day_sheet_name: str = USUAL_SHEET  # how a downloaded day sheet is called (basics/sheet_names.py)


def is_weak(secret: bytes) -> bool:
    """Whether a master key is one that somebody typed, or an example's (RELIABILITY B-125); `lanshou init` makes good
    ones."""
    return len(secret) < SHORTEST_SECRET or len(set(secret)) < FEWEST_SIGNS or b"example" in secret.lower()


def from_environ(env: Mapping[str, str]) -> Settings:
    """Settings from DATABASE_URL, REDIS_URL, and LANSHOU_ with DATA, SECRET_FILE, PRIVATE_TARGETS, HOSTS,
    SECURE_COOKIES, TRUSTED_PROXIES, TILE_URL, SECOND_FACTOR, SSO_ISSUER, SSO_CLIENT_ID,
    SSO_SECRET_FILE, KEEP_ORDERS_MONTHS, KEEP_MESSAGES_DAYS, KEEP_EVIDENCE_MONTHS, DAY_SHEET_NAME
    and REPLICA_URL.

    LANSHOU_TILE_URL is `https://host/…{z}…{x}…{y}…`, tiles in GCJ-02 (others are off by up to 700 m); browsers then ask
    that host. Empty means not set. SettingsError naming the variable.
    """
    data = Path(env.get("LANSHOU_DATA") or "data")
    secret_file = env.get("LANSHOU_SECRET_FILE")
    return Settings(
        database_url=_database(env.get("DATABASE_URL"), data),
        redis_url=_redis(env.get("REDIS_URL")),
        data=data,
        secret_file=Path(secret_file) if secret_file else data / "secret.key",
        private_targets=_switch("LANSHOU_PRIVATE_TARGETS", env.get("LANSHOU_PRIVATE_TARGETS")),
        hosts=tuple(host.strip() for host in env.get("LANSHOU_HOSTS", "").split(",") if host.strip()),
        secure_cookies=_switch("LANSHOU_SECURE_COOKIES", env.get("LANSHOU_SECURE_COOKIES")),
        trusted_proxies=_count("LANSHOU_TRUSTED_PROXIES", env.get("LANSHOU_TRUSTED_PROXIES") or "0"),
        tile_url=_tiles(env.get("LANSHOU_TILE_URL")),
        second_factor_required=_second_factor(env.get("LANSHOU_SECOND_FACTOR")),
        single_sign_on=_single_sign_on(env),
        replica_url=_replica(env.get("LANSHOU_REPLICA_URL"), env.get("DATABASE_URL")),
        keep=_keep(env),
        day_sheet_name=_sheet_name(env.get("LANSHOU_DAY_SHEET_NAME")),
    )


def _keep(env: Mapping[str, str]) -> Keep:
    """Whole months or days; what is shorter than a month's settlement and its appeals is refused as a slip."""
    found = {}
    for name, least in (("ORDERS_MONTHS", 3), ("MESSAGES_DAYS", 7), ("EVIDENCE_MONTHS", 3)):
        given = env.get(f"LANSHOU_KEEP_{name}") or ""
        if given and not (given.isascii() and given.isdigit() and least <= int(given[:6]) <= 3650):
            raise SettingsError(f"LANSHOU_KEEP_{name}: expected a number from {least} to 3650")
        found[name] = int(given) if given else None
    return Keep(
        found["ORDERS_MONTHS"] or USUAL.order_months,
        found["MESSAGES_DAYS"] or USUAL.message_days,
        found["EVIDENCE_MONTHS"] or USUAL.evidence_months,
    )


def _sheet_name(rule: str | None) -> str:
    if why := fault(rule or USUAL_SHEET):
        raise SettingsError(f"LANSHOU_DAY_SHEET_NAME: {why}")
    return rule or USUAL_SHEET


def _second_factor(value: str | None) -> bool:
    if value in (None, "", "required"):
        return True
    if value == "optional":
        return False
    raise SettingsError("LANSHOU_SECOND_FACTOR: expected required or optional")


def _single_sign_on(env: Mapping[str, str]) -> SingleSignOn | None:
    """The issuer is trusted with who may come in: plain http only to this machine."""
    issuer, client_id = env.get("LANSHOU_SSO_ISSUER") or "", env.get("LANSHOU_SSO_CLIENT_ID") or ""
    if not issuer and not client_id:
        return None
    if not _ISSUER.fullmatch(issuer):
        raise SettingsError("LANSHOU_SSO_ISSUER: expected https://… without query")
    if not client_id:
        raise SettingsError("LANSHOU_SSO_CLIENT_ID: expected with LANSHOU_SSO_ISSUER")
    file = env.get("LANSHOU_SSO_SECRET_FILE")
    return SingleSignOn(issuer, client_id, Path(file) if file else None)


def _database(url: str | None, data: Path) -> str:
    if not url:
        return f"sqlite:///{data / 'lanshou.db'}"
    if url.startswith("postgres://"):  # what many hosts hand out; SQLAlchemy knows only the long name
        url = "postgresql://" + url.removeprefix("postgres://")
    if not url.startswith(("sqlite:///", "postgresql://", "postgresql+psycopg://")):
        raise SettingsError("DATABASE_URL: expected sqlite:///… or postgresql://…")
    return url


def _replica(url: str | None, of: str | None) -> str | None:
    if not url:
        return None
    if not url.startswith("postgres") or not (of or "").startswith("postgres"):
        raise SettingsError("LANSHOU_REPLICA_URL: expected postgresql://…, beside a DATABASE_URL of PostgreSQL")
    try:
        return _database(url, Path())
    except SettingsError:
        raise SettingsError("LANSHOU_REPLICA_URL: expected postgresql://…") from None


def _tiles(url: str | None) -> str:
    """Its host goes into a header: nothing may stand in it that ends one there."""
    if not url:
        return ""
    rest = _PLACES.sub("", url)  # the map stops at a place that it does not know
    if not _TILES.fullmatch(url) or not set(_PLACES.findall(url)) >= _NEEDED or "{" in rest or "}" in rest:
        raise SettingsError("LANSHOU_TILE_URL: expected https://host/… with {z}, {x} and {y}, no others but {s}")
    return url


def _redis(url: str | None) -> str | None:
    if not url:
        return None
    if not url.startswith(("redis://", "rediss://", "unix://")):
        raise SettingsError("REDIS_URL: expected redis://, rediss:// or unix://")
    return url


def _count(name: str, value: str) -> int:
    if len(value) == 1 and value.isascii() and value.isdigit():
        return int(value)
    raise SettingsError(f"{name}: expected a number from 0 to 9")


def _switch(name: str, value: str | None) -> bool:
    if value in (None, "", "0"):
        return False
    if value == "1":
        return True
    raise SettingsError(f"{name}: expected 0 or 1")

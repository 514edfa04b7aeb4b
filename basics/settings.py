"""What an installation sets, read once at the edge from the environment."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


class SettingsError(ValueError):
    """A setting that cannot be used; the message names the variable, never its value (it may be a secret)."""


@dataclass(frozen=True, slots=True)
class Settings:
    """One installation. `redis_url` None means: jobs run in this process (DESIGN, "Where it runs")."""

    database_url: str
    redis_url: str | None
    data: Path
    secret_file: Path  # seals channel secrets and signs sessions; made by `lanshou init`, mode 0600
    private_targets: bool  # may feedback go to loopback and private addresses (demo, tests)


def from_environ(env: Mapping[str, str]) -> Settings:
    """Settings from DATABASE_URL, REDIS_URL, LANSHOU_DATA, LANSHOU_SECRET_FILE, LANSHOU_PRIVATE_TARGETS.

    Empty means not set. SettingsError naming the variable.
    """
    data = Path(env.get("LANSHOU_DATA") or "data")
    secret_file = env.get("LANSHOU_SECRET_FILE")
    return Settings(
        database_url=_database(env.get("DATABASE_URL"), data),
        redis_url=_redis(env.get("REDIS_URL")),
        data=data,
        secret_file=Path(secret_file) if secret_file else data / "secret.key",
        private_targets=_switch("LANSHOU_PRIVATE_TARGETS", env.get("LANSHOU_PRIVATE_TARGETS")),
    )


def _database(url: str | None, data: Path) -> str:
    if not url:
        return f"sqlite:///{data / 'lanshou.db'}"
    if url.startswith("postgres://"):  # what many hosts hand out; SQLAlchemy knows only the long name
        url = "postgresql://" + url.removeprefix("postgres://")
    if not url.startswith(("sqlite:///", "postgresql://", "postgresql+psycopg://")):
        raise SettingsError("DATABASE_URL: expected sqlite:///… or postgresql://…")
    return url


def _redis(url: str | None) -> str | None:
    if not url:
        return None
    if not url.startswith(("redis://", "rediss://", "unix://")):
        raise SettingsError("REDIS_URL: expected redis://, rediss:// or unix://")
    return url


def _switch(name: str, value: str | None) -> bool:
    if value in (None, "", "0"):
        return False
    if value == "1":
        return True
    raise SettingsError(f"{name}: expected 0 or 1")

"""`lanshou users add` and `channels set`: what they take, and how no secret has to stand on the command line."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine, select

from app import cli
from basics.days import parse_instant
from basics.settings import from_environ, is_weak
from channels.queries import load_channels
from commands import channels, people
from jobs.environment import Environment
from people.passwords import is_once, verify_password
from replay.network import load_folder
from rulebook.book import packaged
from storage.session import reading, writing
from storage.tables.people import audit, users
from tests.channels.vectors import SECRET
from tests.paths import REPO

START = parse_instant("2026-05-04T10:00:00+08:00")
PASSWORD = "纸船 42 marmalade horse"
Run = Callable[..., Result]


@pytest.fixture
def env(engine: Engine, database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Environment:
    """The stories' plain network."""
    key = tmp_path / "secret.key"
    key.write_text("ab" * 32)
    key.chmod(0o600)
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("LANSHOU_SECRET_FILE", str(key))
    with writing(engine) as conn:
        load_folder(conn, REPO / "tests" / "stories" / "_networks" / "plain", START)
    env = Environment(from_environ(os.environ), engine, packaged(), lambda: START)
    for module in (channels, people):
        monkeypatch.setattr(module, "of_this_process", lambda: env)
    return env


def run(*words: str, given: str | None = None) -> Result:
    return CliRunner().invoke(cli, words, input=given, catch_exceptions=False)


def test_password_from_standard_input(env: Environment) -> None:
    told = run("users", "add", "chen", "--role", "hq", "--password", "-", given=f"{PASSWORD}\n")
    assert told.exit_code == 0, told.output
    with reading(env.engine) as conn:
        assert verify_password(conn.scalars(select(users.c.password_hash)).one(), PASSWORD)


def test_no_password_on_standard_input(env: Environment) -> None:
    told = run("users", "add", "chen", "--role", "hq", "--password", "-", given="")
    assert told.exit_code == 1 and "password_length" in told.output


@pytest.mark.parametrize(("province", "code"), [("浙江省", 0), ("浙江", 1), ("Atlantis", 1)])
def test_a_province_is_one_of_the_network(env: Environment, province: str, code: int) -> None:
    """ROLE-1: an account of a province that nobody is in would see nothing, and nobody would know why."""
    told = run("users", "add", "li", "--role", "province", "--province", province, "--password", PASSWORD)
    assert told.exit_code == code, told.output
    assert code == 0 or province in told.output


def test_unlock(env: Environment) -> None:
    """A password to be used once, for whoever can no longer get in."""
    run("users", "add", "chen", "--role", "admin", "--password", PASSWORD)
    told = run("users", "unlock", "chen")
    assert told.exit_code == 0
    with reading(env.engine) as conn:
        stored = conn.scalars(select(users.c.password_hash)).one()
        rows = [tuple(row) for row in conn.execute(select(audit.c.what, audit.c.subject, audit.c.address))]
    assert rows == [("user", "added 1 admin", "server"), ("user", "unlocked 1", "server")]
    assert is_once(stored) and verify_password(stored, told.output.split()[-1])
    assert run("users", "unlock", "nobody").exit_code == 1


@pytest.mark.parametrize(
    ("secret", "weak"),
    [
        (b"a" * 64, True),
        (b"short", True),
        (b"0123456789abcdef" * 2, False),
        (b"0123456789abcdef" * 2 + b"an-Example", True),
    ],
)
def test_weak_master_keys(secret: bytes, weak: bool) -> None:
    """B-125: with such a one the server does not start."""
    assert is_weak(secret) is weak


def test_secret_from_standard_input(env: Environment) -> None:
    told = run("channels", "set", "crm", "secret=-", given=f"{SECRET}\n")
    assert told.exit_code == 0 and SECRET not in told.output, told.output
    with reading(env.engine) as conn:
        assert len(load_channels(conn, env.master(), START)["crm"].credential.valid()) == 1
    assert run("channels", "set", "crm", "secret=-", given="").exit_code == 1


def test_a_name_without_address_is_taken_with_a_warning(env: Environment) -> None:
    """B-138: it is looked at again at every sending."""
    told = run("channels", "set", "crm", "feedback_url=https://nobody.invalid/in")
    assert told.exit_code == 0 and "has no address now" in told.output
    with reading(env.engine) as conn:
        assert load_channels(conn, env.master(), START)["crm"].feedback_url == "https://nobody.invalid/in"


def test_a_private_address_is_refused(env: Environment) -> None:
    """B-138"""
    told = run("channels", "set", "crm", "feedback_url=http://10.0.0.1/in")
    assert told.exit_code == 1 and "LANSHOU_PRIVATE_TARGETS=1" in told.output

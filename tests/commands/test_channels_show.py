"""`lanshou channels set|show`: what is still missing is said; ages of secrets and errors, never a secret."""

import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine, insert

from app import cli
from basics.days import parse_instant
from basics.settings import from_environ
from channels.errors_seen.queries import set_up
from channels.queries import load_channels
from commands import channels
from jobs.environment import Environment
from rulebook.book import packaged
from storage.session import reading, writing
from storage.tables.channels import inbox, push_errors
from tests.web.door import whsec

NOON = parse_instant("2026-11-22T12:00:00+08:00")
OLD, NEW = whsec(b"o" * 32), whsec(b"n" * 32)


@dataclass
class Clock:
    at: datetime = NOON

    def __call__(self) -> datetime:
        return self.at


@dataclass
class Line:
    """The command line over an empty database; its clock stands still."""

    env: Environment
    clock: Clock

    def run(self, *words: str, given: str | None = None) -> Result:
        return CliRunner().invoke(cli, ["channels", *words], input=given, catch_exceptions=False)

    def valid(self) -> tuple[bytes, ...]:
        with reading(self.env.engine) as conn:
            return load_channels(conn, self.env.master(), self.clock())["crm"].credential.valid()


@pytest.fixture
def line(engine: Engine, database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Line:
    key = tmp_path / "secret.key"
    key.write_text("ab" * 32)
    key.chmod(0o600)
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("LANSHOU_SECRET_FILE", str(key))
    clock = Clock()
    env = Environment(from_environ(os.environ), engine, packaged(), clock)
    monkeypatch.setattr(channels, "of_this_process", lambda: env)
    return Line(env, clock)


def test_what_is_missing_is_said(line: Line) -> None:
    told = line.run("set", "crm", "sources=203.0.113.0/24")
    assert told.exit_code == 0
    assert "no push can be verified without: secret" in told.stderr
    assert "cannot be told in full without: secret, feedback_url" in told.stderr
    told = line.run("set", "crm", "secret=-", given=OLD + "\n")
    assert "no push" not in told.stderr and "cannot be told in full without: feedback_url" in told.stderr
    told = line.run("set", "crm", "feedback_url=https://nobody.invalid/in")
    assert "without" not in told.stderr


def test_b_46_what_the_mode_of_wechat_needs_is_said(line: Line) -> None:
    """Its key in secure mode, which is the default; none in plain mode."""
    token = "token=SandboxToken20261122"
    told = line.run("set", "wechat", token, "appid=wx0123456789abcdef")
    assert "no push can be verified without: aes_key\n" in told.stderr
    assert "without: aes_key\n" in line.run("show", "wechat").stdout
    assert "no push" not in line.run("set", "wechat", "mode=plain").stderr
    assert "without: aes_key\n" in line.run("set", "wechat", "mode=aes").stderr
    assert "no push" not in line.run("set", "wechat", f"aes_key={'A' * 43}").stderr


def test_chan_4_alipays_order_amount_is_asked_for(line: Line) -> None:
    told = line.run("set", "alipay", "app_id=2026000000000001")
    assert "cannot be told in full without: app_private_key, order_amount, feedback_url" in told.stderr
    assert "order_amount" not in line.run("set", "alipay", "order_amount=12").stderr


def test_b_28_a_rotation(line: Line) -> None:
    """Both are valid for 24 h; `show` says since when and until when, and shows neither."""
    line.run("set", "crm", "secret=-", given=OLD + "\n")
    line.clock.at += timedelta(days=30)
    line.run("set", "crm", "secret=-", given=NEW + "\n")
    assert line.valid() == (b"n" * 32, b"o" * 32)
    told = line.run("show", "crm")
    assert "secret: 2026-12-22T12:00:00+08:00\n" in told.stdout
    assert "secret: 2026-11-22T12:00:00+08:00, 有效至 / until 2026-12-23T12:00:00+08:00" in told.stdout
    for secret in (OLD, NEW):
        assert secret not in told.output and secret[6:] not in told.output
    line.clock.at += timedelta(hours=24)
    assert line.valid() == (b"n" * 32,)
    assert line.run("show", "crm").stdout.count("secret secret") == 1


@pytest.mark.parametrize(
    ("name", "key", "secret"),
    [
        ("crm", "secret", ""), ("crm", "secret", "whsec_"), ("crm", "secret", "whsec_AAECAwQFBgc="),
        ("kuaidi100", "secret", ""), ("kuaidi100", "secret", "123456789012345"), ("cainiao", "secret", ""),
        ("touchpal", "secret", " " * 20), ("wechat", "token", ""),
    ],
)  # fmt: skip
def test_b_55_short_and_empty_secrets(line: Line, name: str, key: str, secret: str) -> None:
    """An empty one would mean "need not check"; nothing is stored and nothing repeated."""
    told = line.run("set", name, f"{key}=-", given=secret + "\n")
    assert told.exit_code == 1, told.output
    assert secret.strip() == "" or secret not in told.output
    with reading(line.env.engine) as conn:
        assert not set_up(conn, NOON)


def test_b_29_a_source_list(line: Line) -> None:
    line.run("set", "crm", "sources=203.0.113.7,2001:db8::/32")
    assert "setting sources: 203.0.113.7/32,2001:db8::/32" in line.run("show", "crm").stdout
    assert line.run("set", "crm", "sources=crm.example.com").exit_code == 1
    line.run("set", "crm", "sources=")
    assert "sources" not in line.run("show", "crm").stdout


def test_off_and_on(line: Line) -> None:
    for said, shown in (("enabled=off", "停用/off"), ("enabled=on", "启用/on")):
        assert line.run("set", "crm", said).exit_code == 0
        assert line.run("show", "crm").stdout.startswith(f"crm\t{shown}")


def test_traffic_and_errors(line: Line) -> None:
    line.run("set", "crm", "feedback_url=https://nobody.invalid/in?token=hush")
    taken = {"channel": "crm", "sha256": "", "body": b"", "received_at": NOON - timedelta(minutes=5)}
    away = {
        "channel": "crm", "source": "203.0.113.7", "code": "signature_invalid", "status": 401, "request_id": "",
        "logistics_no": "IS00000001", "request": b"secret thing", "answer": "",
    }  # fmt: skip
    with writing(line.env.engine) as conn:
        refused = [None, "text_invalid"]
        conn.execute(insert(inbox), [taken | {"message_key": str(n), "refused": why} for n, why in enumerate(refused)])
        conn.execute(insert(push_errors), [away | {"at": NOON - timedelta(minutes=n)} for n in (1, 90)])
    told = line.run("show", "crm").stdout
    assert "last push: 2026-11-22T11:55:00+08:00" in told and "2 推送 / pushes, 3 被拒 / refused" in told
    assert "errors of the last hour: 2\n" in told and "hush" not in told and "secret thing" not in told
    assert "2026-11-22T11:59:00+08:00 signature_invalid - IS00000001 203.0.113.7" in told


def test_a_channel_that_was_never_set_up(line: Line) -> None:
    told = line.run("show", "wechat")
    assert told.exit_code == 1 and "docs/channels/wechat.md" in told.stderr
    assert line.run("show", "nobody").exit_code == 2

"""What the demo keeps in its folder: a drawn network, a database with some days behind it, accounts, a secret."""

import base64
import fcntl
import json
import os
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import click
from sqlalchemy import Engine, func, select

from basics.days import day_of, midnight, parse_instant
from basics.settings import Settings
from basics.words import FINAL
from channels.actions import set_channel
from channels.outbox.actions import give_up
from channels.outbox.queries import of_channel
from channels.sender_texts import NOBODY
from commands.demo_accounts import Account, busiest, make_accounts, store_accounts
from commands.init import make_secret
from commands.output import refuse
from demo.geography import Network
from demo.network import write_network
from demo.traffic import history
from dispatch.batch import World
from dispatch.memory import actions as memory
from geo.addresses import packaged as gazetteer
from geo.queries import load_network
from replay.driver import Driver
from replay.network import load_folder
from rulebook.book import packaged
from sla.availability.actions import known_well
from storage import migrate
from storage.session import connect, reading, run, writing
from storage.tables.dispatch import orders

CHANNEL = "crm"
STALE = timedelta(hours=24)
BATCH = 1000  # lines in one transaction: few enough that progress shows


class NotADemo(Exception):
    """The folder holds an installation that no demo made, or a demo that runs."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What history is made of; a demo of another plan is made anew."""

    seed: int
    days: int
    per_day: int


@dataclass(frozen=True, slots=True)
class Kept:
    """`demo.json`. `made_at` None: setting up was begun and not finished."""

    plan: Plan
    made_at: datetime | None = None
    secret: str = ""
    accounts: tuple[Account, ...] = ()


@dataclass(frozen=True, slots=True)
class Folder:
    """The demo's folder. Never a real installation: `demo.json` is written first, and asked for ever after."""

    settings: Settings

    @property
    def network(self) -> Path:
        """The network folder, which the live traffic may know."""
        return self.settings.data / "network"

    @property
    def log(self) -> Path:
        """What server and live traffic print."""
        return self.settings.data / "demo.log"

    @property
    def _kept(self) -> Path:
        return self.settings.data / "demo.json"

    @property
    def _database(self) -> Path:
        return self.settings.data / "lanshou.db"

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Nobody else sets up or runs this folder meanwhile. NotADemo."""
        if not self._kept.exists() and (self._database.exists() or self.settings.secret_file.exists()):
            raise NotADemo(f"{self.settings.data} 不是演示数据 / holds an installation that is no demo")
        self.settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self.settings.data / "demo.lock").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise NotADemo(f"演示已在运行 / the demo of {self.settings.data} runs already") from None
            yield

    def load(self) -> Kept | None:
        """What an earlier start kept; None for nothing that this program understands."""
        try:
            found = json.loads(self._kept.read_text(encoding="utf-8"))
            made_at = parse_instant(found["made_at"]) if found["made_at"] else None
            accounts = tuple(Account(**account) for account in found["accounts"])
            return Kept(Plan(**found["plan"]), made_at, found["secret"], accounts)
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            return None

    def save(self, kept: Kept) -> None:
        """Whole or not at all, and for nobody else's eyes."""
        fields = asdict(kept) | {"made_at": kept.made_at.isoformat() if kept.made_at else None}
        draft = self._kept.with_suffix(".new")
        draft.unlink(missing_ok=True)
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(fields, file, ensure_ascii=False, indent=1)
        draft.replace(self._kept)

    def is_usable(self, kept: Kept, plan: Plan, now: datetime) -> bool:
        """Whether an earlier start's data will do: finished, of this plan and schema, made in the last 24 hours."""
        if kept.made_at is None or kept.plan != plan or not self._database.exists():
            return False
        if not timedelta(0) <= now - kept.made_at < STALE:
            return False
        engine = connect(self.settings.database_url)
        try:
            return migrate.current(engine) == migrate.newest()
        finally:
            engine.dispose()

    def clear(self, plan: Plan) -> None:
        """Forget the old data, and say so first: what is found half-made later is made anew."""
        self.save(Kept(plan))
        for suffix in ("-wal", "-shm", ""):
            Path(f"{self._database}{suffix}").unlink(missing_ok=True)


def build(folder: Folder, plan: Plan, now: datetime, check: Callable[[], None]) -> Kept:
    """Everything from nothing, up to `now`. `check` is called often and may raise to end it."""
    folder.clear(plan)
    make_secret(folder.settings.secret_file)
    # Without fsync while it fills; whoever serves the file opens it again, with it (RELIABILITY D10).
    engine = connect(folder.settings.database_url, throw_away=True)
    try:
        migrate.upgrade(engine)
        network = write_network(folder.network, plan.seed, day_of(now))
        with writing(engine) as conn:
            load_folder(conn, folder.network, now)
        levels = [station.level for station in network.stations.values()]
        click.echo(f"网络 / network: {levels.count(1)} 网点 stations, {levels.count(2)} 承包区 contracted areas")
        check()
        _fast_forward(engine, folder, network, plan, now, check)
        with reading(engine) as conn:
            accounts = make_accounts(busiest(conn, network))
        with writing(engine) as conn:
            give_up(conn, ~of_channel(CHANNEL), "demo", now, unsent=True)  # only the CRM is there to be told
            store_accounts(conn, accounts, now)
    finally:
        engine.dispose()
    kept = Kept(plan, now, "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode(), accounts)
    folder.save(kept)
    return kept


def open_channel(folder: Folder, secret: str, feedback_url: str, now: datetime) -> None:
    """The make-believe CRM may push with `secret`, and hears of its orders at `feedback_url`."""
    master = folder.settings.secret_file.read_bytes().strip()
    engine = connect(folder.settings.database_url)
    try:
        with writing(engine) as conn:
            refusal = set_channel(
                conn, master, CHANNEL, {"secret": secret, "feedback_url": feedback_url, "enabled": "true"}, now
            )
    finally:
        engine.dispose()
    if refusal is not None:
        refuse(refusal)


def _count_votes(engine: Engine, world: World, now: datetime) -> None:
    """What the transfers of the history propose: the demo opens with proposals to look at."""
    after: int | None = 0
    while after is not None:
        after = run(engine, partial(memory.count, world=world, now=now, after=after))


def _fast_forward(
    engine: Engine, folder: Folder, network: Network, plan: Plan, now: datetime, check: Callable[[], None]
) -> None:
    """The last days through the real engine on a virtual clock, as `lanshou replay` does it."""
    click.echo(f"编写 {plan.days} 天历史 / making up {plan.days} days of history")
    start = midnight(day_of(now) - timedelta(days=plan.days))
    lines = [json.dumps(line, ensure_ascii=False) for line in history(network, start, now, plan.seed, plan.per_day)]
    events = folder.settings.data / "events.jsonl"
    events.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    with reading(engine) as conn:
        known = load_network(conn)
    driver = Driver(engine, World(known, packaged(), NOBODY), BATCH)
    check()
    began = time.perf_counter()
    with click.progressbar(length=len(lines), label="快进 / fast-forward", update_min_steps=BATCH) as bar:

        def progress(_line: int) -> None:
            check()
            bar.update(1)

        driver.run(events, now, progress)
    _count_votes(engine, World(known, packaged(), NOBODY, gazetteer()), now)
    run(engine, lambda conn: known_well(conn, start, now))
    seconds = time.perf_counter() - began
    with reading(engine) as conn:
        counted = select(func.count(), func.count().filter(orders.c.state.not_in(FINAL))).select_from(orders)
        taken, unfinished = conn.execute(counted).one()
    click.echo(
        f"{taken} 单 orders ({unfinished} 未完成 open), {len(lines)} 事件 events, {len(driver.rejected)} 被拒 refused; "
        f"{seconds:.1f} 秒 s, {taken / seconds:.0f} 单/秒 orders a second"
    )

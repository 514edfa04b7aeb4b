"""A story told into a database by the real engine, for tests that then look at what it left there."""

from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine

from basics.days import parse_instant
from commands.replay import EPOCH
from dispatch.batch import World
from geo.queries import load_network
from replay.driver import Driver
from replay.network import load_folder
from rulebook.book import packaged
from storage.session import reading, writing
from tests.paths import REPO

STORIES = REPO / "tests" / "stories"


def tell(engine: Engine, name: str) -> None:
    """Replay a story of tests/stories into an empty database that has its tables."""
    story = STORIES / name
    named, args = story / "network.txt", story / "args.txt"
    folder = STORIES / "_networks" / Path(named.read_text().strip()).name if named.exists() else story / "network"
    words = args.read_text().split() if args.exists() else []
    until = parse_instant(words[words.index("--until") + 1]) if "--until" in words else None
    run(engine, story / "events.jsonl", folder, until)


def run(engine: Engine, events: Path, folder: Path, until: datetime | None = None) -> None:
    """The same with a history of one's own, and the network of a folder."""
    with writing(engine) as conn:
        load_folder(conn, folder, EPOCH)
    with reading(engine) as conn:
        world = World(load_network(conn), packaged())
    Driver(engine, world).run(events, until)

"""How long hostile input keeps us busy, beside the plainest reading of the same bytes (B-24, B-83 to B-86).

The promise is a second for a file of areas and 10 ms for a signature. Tests count work: they run on any machine.
"""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import shapely
from standardwebhooks.webhooks import Webhook

from basics.now import now
from channels.standard_webhooks import read_secret, sign, verify
from geo.area_files import read_areas
from geo.errors import NetworkError
from tests.channels.vectors import CREATED
from tests.rules.test_area_hostile import HOSTILE

FILES = ("star of 20,000", "100,000 vertices", "60,000 areas", "collections nested 100,000 deep")
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
LISTS = 200  # long lists of signatures a run

Row = tuple[str, str, Callable[[], float], str, Callable[[], float]]  # name, unit, ours, the peer's name, the peer


def rows() -> Iterator[Row]:
    """Files of areas that are refused, and ten thousand signatures of which none is ours."""
    for name in FILES:
        file, make, _ = HOSTILE[name]
        data = make()
        peer = "json.loads and shapely.is_valid"
        yield f"areas refused: {name}", "kB/s", _rate(_refuse, file, data), peer, _rate(_plainly, file, data)
    yield "ten thousand signatures, none ours", "pushes/s", _unsigned, "standardwebhooks", _unsigned_there


def notes() -> list[str]:
    """Markdown: the slowest files of all."""
    seconds = {name: _seconds(_refuse, file, make()) for name, (file, make, _) in HOSTILE.items()}
    slowest = sorted(seconds, key=lambda name: -seconds[name])[:3]
    told = ", ".join(f"{name} {seconds[name]:.2f} s" for name in slowest)
    return [
        "*Hostile input*: refused with its code. The plain reading stops where it cannot go on, and names no reason.",
        f"Of {len(seconds)} hostile files the slowest are: {told}.",
    ]


def _seconds(read: Callable[[str, bytes], None], file: str, data: bytes) -> float:
    began = time.perf_counter()
    read(file, data)
    return time.perf_counter() - began


def _rate(read: Callable[[str, bytes], None], file: str, data: bytes) -> Callable[[], float]:
    return lambda: len(data) / 1000 / _seconds(read, file, data)


def _refuse(file: str, data: bytes) -> None:
    with suppress(NetworkError):
        read_areas(file, data)
        raise RuntimeError(f"{file} was taken")


def _plainly(_file: str, data: bytes) -> None:
    with suppress(ValueError, RecursionError):
        said: Any = json.loads(data)
        shapely.is_valid([shapely.Polygon(one["geometry"]["coordinates"][0]) for one in said["features"]])


def _headers() -> dict[str, str]:
    given = sign(read_secret(SECRET), "m", now(), CREATED)
    return given | {"webhook-signature": "v1,AAAA " * 10_000}


def _unsigned() -> float:
    given, keys, at = _headers(), [read_secret(SECRET)], now()
    began = time.perf_counter()
    for _ in range(LISTS):
        verify(keys, given, CREATED, at)
    return LISTS / (time.perf_counter() - began)


def _unsigned_there() -> float:
    given, webhook = _headers(), Webhook(SECRET)
    began = time.perf_counter()
    for _ in range(LISTS):
        with suppress(Exception):
            webhook.verify(CREATED, given)
    return LISTS / (time.perf_counter() - began)

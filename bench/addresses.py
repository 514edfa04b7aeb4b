"""Addresses understood a second, and how rightly, beside cpca, jionlp and cnloc on the same labelled texts."""

import csv
import gzip
import json
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from geo.addresses import Gazetteer, packaged

HOME = Path(__file__).parent.parent
LABELLED = HOME.parent / "shared" / "data" / "addresses" / "labelled_train.csv.gz"
PYTHON = HOME / ".venv-bench" / "bin" / "python"
PEERS = ("cpca", "jionlp", "cnloc")

Row = tuple[str, str, Callable[[], float], str, Callable[[], float]]  # name, unit, ours, the peer's name, the peer


def rows() -> Iterator[Row]:
    """A row for each peer that is there; none without the labelled addresses."""
    if not LABELLED.exists():
        return
    texts = [row["text"] for row in _labelled()]
    for name in PEERS:
        if "missing" not in _answer(name):
            yield "addresses understood, one core", "addresses/s", lambda: _ours(texts), name, lambda n=name: _theirs(n)  # type: ignore[misc]


def notes() -> list[str]:
    """Markdown: how many were right and wrong."""
    if not LABELLED.exists():
        return ["*Addresses*: the labelled ones are not here."]
    measured: list[tuple[str, Sequence[str | None]]] = [
        ("Lanshou", [said.adcode for said in packaged().understand_many([row["text"] for row in _labelled()])])
    ]
    missing = []
    for name in PEERS:
        answer = _answer(name)
        if "missing" in answer:
            missing.append(f"{name} could not be imported ({answer['missing']}) and is left out.")
        else:
            measured.append((name, [_today(packaged(), said) for said in answer["said"]]))
    return [
        "*Addresses*: real delivery addresses with a derived code of 2024. Codes and names of former times that a peer",
        "gives are led to today's first; an answer without a district, or with one that was split, counts as none.",
        "Ours also says *ambiguous* with the candidates, which counts as no answer here. Peers answer every text; the",
        "last column is texts whose labels name no province, city or district at all.",
        *missing,
        "",
        "| | district with its city: right | wrong | no answer | district alone: right | wrong | no label: answered |",
        "|---|---|---|---|---|---|---|",
        *(_line(name, said) for name, said in measured),
    ]


def _line(name: str, said: Sequence[str | None]) -> str:
    counted: Counter[tuple[str, str]] = Counter()
    for row, code in zip(_labelled(), said, strict=True):
        gold = row["adcode2024"].split(".")[0]
        kind = row["gold_from"] if gold else ("" if row["prov"] or row["city"] or row["district"] else "nothing")
        counted[kind, "none" if code is None else "right" if code == gold else "wrong"] += 1

    def share(kind: str, *outcomes: str) -> str:
        everything = sum(number for (of, _), number in counted.items() if of == kind)
        return f"{sum(counted[kind, outcome] for outcome in outcomes) / everything:.2%}"

    city, alone = "parent+district", "unique district name"
    cells = [share(city, "right"), share(city, "wrong"), share(city, "none"), share(alone, "right")]
    return f"| {name} | {' | '.join([*cells, share(alone, 'wrong'), share('nothing', 'right', 'wrong')])} |"


def _ours(texts: list[str]) -> float:
    gazetteer = packaged()
    started = time.perf_counter()
    gazetteer.understand_many(texts)
    return len(texts) / (time.perf_counter() - started)


def _theirs(name: str) -> float:
    return len(_labelled()) / float(_ask(name)["seconds"])


@cache
def _labelled() -> list[dict[str, str]]:
    with gzip.open(LABELLED, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def _answer(name: str) -> dict[str, Any]:
    return _ask(name)


def _ask(name: str) -> dict[str, Any]:
    """What a peer says about all texts, in a process of its own."""
    if not PYTHON.exists():
        return {"missing": "no environment for the peers"}
    texts = json.dumps([row["text"] for row in _labelled()])
    command = [str(PYTHON), str(HOME / "bench" / "peers" / "addresses.py"), name]
    done = subprocess.run(command, input=texts, capture_output=True, text=True, check=True)
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def _today(gazetteer: Gazetteer, said: str | None) -> str | None:
    """Today's code of a peer's code or name."""
    if not said:
        return None
    if not said.isdigit():
        return gazetteer.understand(said).adcode
    codes = gazetteer.today(said)
    return codes[0] if len(codes) == 1 else None

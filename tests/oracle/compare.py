"""Differences between the result files of a replay and the naive rows.

`python -m tests.oracle.compare EVENTS NETWORK OUT [--until TIME]` prints them; exit 0 when there is none.
"""

import argparse
import csv
import json
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from tests.oracle.edition import SHIPPED, read
from tests.oracle.naive import run
from tests.oracle.results import HEADERS, Rows
from tests.oracle.words import KINDS

SHOWN = 12  # differences of one kind that are written out
REJECTED = "rejected.csv"
FREE_TEXT = {"rejected.csv": ["message"], "settlement.csv": ["why"]}  # the last columns, compared by nobody


def compare(out_dir: Path | str, rows: Rows, edition: Path = SHIPPED) -> list[str]:
    """Hard differences: rows that one side lacks, their order, headers, refused lines (not their codes)."""
    found: list[str] = []
    for name, header in HEADERS.items():
        path = Path(out_dir) / name
        if not path.exists():
            found.append(f"{name}: the product wrote no such file")
            continue
        if b"\r" in path.read_bytes():
            found.append(f"{name}: line ends are not plain \\n")
        told, *product = list(csv.reader(path.read_text(encoding="utf-8").splitlines())) or [[]]
        wanted = header.split(",") + FREE_TEXT.get(name, [])
        if told != wanted:
            found.append(f"{name}: header {','.join(told)} instead of {','.join(wanted)}")
        width = 2 if name == REJECTED else len(header.split(","))
        found += _differences(name, [row[:width] for row in product], [row[:width] for row in rows[name]])
    return found + _summary(Path(out_dir), rows, read(edition).name)


def soft_differences(out_dir: Path | str, rows: Rows) -> list[str]:
    """Lines that both refuse, with different codes."""
    path = Path(out_dir) / REJECTED
    if not path.exists():
        return []
    product = {row[0]: row[2] for row in list(csv.reader(path.read_text(encoding="utf-8").splitlines()))[1:]}
    return [
        f"{REJECTED}: line {line} ({do}): product {product[line]}, naive {code}"
        for line, do, code in rows[REJECTED]
        if line in product and product[line] != code
    ]


def _differences(name: str, product: list[list[str]], naive: list[list[str]]) -> list[str]:
    left, right = Counter(map(tuple, product)), Counter(map(tuple, naive))
    only_product, only_naive = sorted((left - right).elements()), sorted((right - left).elements())
    found = [f"{name}: only product: {','.join(row)}" for row in only_product[:SHOWN]]
    found += [f"{name}: only naive:   {','.join(row)}" for row in only_naive[:SHOWN]]
    hidden = max(0, len(only_product) - SHOWN) + max(0, len(only_naive) - SHOWN)
    if hidden:
        found.append(f"{name}: {hidden} more differences")
    if not found and product != naive:
        first = next(i for i, (a, b) in enumerate(zip(product, naive, strict=True)) if a != b)
        found.append(f"{name}: same rows, other order from row {first + 1}: {','.join(product[first])}")
    return found


def _summary(out_dir: Path, rows: Rows, edition: str) -> list[str]:
    path = out_dir / "summary.json"
    if not path.exists():
        return ["summary.json: the product wrote no such file"]
    told = json.loads(path.read_text(encoding="utf-8"))
    found = [] if told.get("edition") == edition else [f"summary.json: edition {told.get('edition')}"]
    counts = {name.removesuffix(".csv"): len(lines) for name, lines in rows.items()}
    for name, count in counts.items():
        said = told.get(name, told.get(f"{name}.csv"))
        if said != count:
            found.append(f"summary.json: {name} {said}, naive {count}")
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare one output folder with the naive replay of the same inputs."""
    parser = argparse.ArgumentParser(description="Compare a replay's result files with the naive calculation.")
    parser.add_argument("events", type=Path)
    parser.add_argument("network", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--until")
    parser.add_argument("--kinds", default=",".join(KINDS), help="violation kinds to look for, separated by commas")
    parser.add_argument("--no-detectors", action="store_true", help="only what a missed clock shows, not VIO-2")
    parser.add_argument("--rulebook", type=Path, default=SHIPPED, help="the edition file that was replayed under")
    told = parser.parse_args(arguments)
    kinds = told.kinds.split(",")
    rows = run(told.events, told.network, told.until, kinds, not told.no_detectors, told.rulebook)
    hard, soft = compare(told.out, rows, told.rulebook), soft_differences(told.out, rows)
    for line in hard:
        print(line)
    for line in soft:
        print(f"(soft) {line}")
    print(f"{len(hard)} differences, {len(soft)} other refusal codes")
    return 1 if hard else 0


if __name__ == "__main__":
    sys.exit(main())

"""One peer of `bench/addresses.py` in the environment of the peers: JSON texts in, seconds and codes out.

Never imported by the product or the bench: it runs as a process of its own with the peers' packages.
"""

import json
import sys
import time
import warnings
from collections.abc import Callable
from importlib import import_module
from typing import Any


def cpca() -> Callable[[list[str]], list[Any]]:
    peer = import_module("cpca")
    return lambda texts: list(peer.transform(texts)["adcode"])


def jionlp() -> Callable[[list[str]], list[Any]]:
    """It names the district; the code is looked up by the caller."""
    peer = import_module("jionlp")

    def read(texts: list[str]) -> list[Any]:
        found = (peer.parse_location(text) for text in texts)
        return [
            "".join(each[part] or "" for part in ("province", "city", "county")) if each["county"] else None
            for each in found
        ]

    return read


def cnloc() -> Callable[[list[str]], list[Any]]:
    peer = import_module("cnloc")
    return lambda texts: list(peer.getlocation(texts, max_workers=1)["county_adcode"])


def main() -> None:
    warnings.simplefilter("ignore")
    try:
        read = {"cpca": cpca, "jionlp": jionlp, "cnloc": cnloc}[sys.argv[1]]()
        read(["浙江省杭州市余杭区文一西路"])  # dictionaries are loaded at the first text
    except ImportError as problem:
        print(json.dumps({"missing": str(problem)}))
        return
    texts = json.load(sys.stdin)
    started = time.perf_counter()
    said = read(texts)
    seconds = time.perf_counter() - started
    print(json.dumps({"seconds": seconds, "said": [each if isinstance(each, str) else None for each in said]}))


if __name__ == "__main__":
    main()

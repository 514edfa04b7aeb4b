"""What came of a mutation run (`make mutants`): the share of noticed mutants by file, and each that no test noticed.

`python tools/mutants.py [PART …]` shows the survivors of the files whose path holds one of the words, else of all. It
ends with 1 when less than LEAST of all mutants were noticed, or when some were not run.
"""

import ast
import difflib
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

LEAST = 0.95
FOLDER = Path("mutants")
KILLED = (1, 3, 36, 37, 24, -24, 152, 255, -9, -11)  # a test failed, or it ran for ever, or died
UNTOLD = (0, 5, 33, 35)  # all tests passed, or none came there


def functions(path: Path) -> dict[str, list[str]]:
    """Name -> lines; the original beside each of its mutants."""
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines()
    found = {}
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            found[node.name] = lines[node.lineno : node.end_lineno]
    return found


def difference(made: dict[str, list[str]], mutant: str) -> Iterator[str]:
    name = mutant.rsplit(".", 1)[1]
    original = re.sub(r"__mutmut_\d+$", "__mutmut_orig", name)
    for line in difflib.unified_diff(made.get(original, []), made.get(name, []), lineterm="", n=0):
        if not line.startswith(("---", "+++", "@@")):
            yield f"    {line[0]} {line[1:].strip()}"


def main(parts: list[str]) -> int:
    total: Counter[str] = Counter()
    for meta in sorted(FOLDER.glob("sla/**/*.meta")):
        codes: dict[str, int | None] = json.loads(meta.read_text(encoding="utf-8"))["exit_code_by_key"]
        if not codes:
            continue
        killed = sum(code in KILLED for code in codes.values())
        alive = [mutant for mutant, code in codes.items() if code in UNTOLD]
        total.update(all=len(codes), killed=killed, alive=len(alive))
        source = meta.with_suffix("")
        print(f"{source.relative_to(FOLDER)}: {killed} of {len(codes)}, {killed / len(codes):.1%}")
        if parts and not any(part in str(source) for part in parts):
            continue
        made = functions(source) if alive else {}
        for mutant in alive:
            print(f"  {mutant}", *difference(made, mutant), sep="\n")
    if not total["all"]:
        print("nothing was run")
        return 1
    share, not_run = total["killed"] / total["all"], total["all"] - total["killed"] - total["alive"]
    print(f"{total['killed']} of {total['all']} mutants noticed, {share:.1%}; {total['alive']} not, {not_run} not run")
    return 0 if share >= LEAST and not not_run else 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

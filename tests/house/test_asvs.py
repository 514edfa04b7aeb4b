"""docs/asvs.toml: each requirement of OWASP ASVS 5.0, levels 1 and 2, is answered, and each answer can be looked up."""

import ast
import re
import tomllib
from functools import cache
from typing import Any

import pytest

from tests.house.source import product
from tests.paths import REPO

# Levels of the requirements of each section, in their order, as the standard has them; level 3 stands for what follows.
LEVELS = {
    "1.1": "22", "1.2": "1111122223", "1.3": "112222222223", "1.4": "222", "1.5": "123",
    "2.1": "122", "2.2": "112", "2.3": "12223", "2.4": "23",
    "3.2": "11", "3.3": "12223", "3.4": "1122223", "3.5": "1112233", "3.7": "22333",
    "4.1": "12233", "4.2": "2", "4.3": "22", "4.4": "1222",
    "5.1": "2", "5.2": "112333", "5.3": "113", "5.4": "222",
    "6.1": "122", "6.2": "111111112222", "6.3": "11223333", "6.4": "112233", "6.5": "22222333", "6.6": "2223",
    "6.8": "2222",
    "7.1": "222", "7.2": "1111", "7.3": "22", "7.4": "11222", "7.5": "223", "7.6": "22",
    "8.1": "1233", "8.2": "1123", "8.3": "133", "8.4": "23",
    "9.1": "111", "9.2": "1222",
    "10.1": "22", "10.2": "223", "10.3": "22223", "10.4": "11111222222", "10.5": "22222", "10.6": "22", "10.7": "222",
    "11.1": "2233", "11.2": "22233", "11.3": "11233", "11.4": "1222", "11.5": "23", "11.6": "23",
    "12.1": "12233", "12.2": "11", "12.3": "22223",
    "13.1": "2333", "13.2": "222223", "13.3": "2233", "13.4": "1222233",
    "14.1": "22", "14.2": "12223333", "14.3": "122",
    "15.1": "12233", "15.2": "12233", "15.3": "1222222", "15.4": "3333",
    "16.1": "2", "16.2": "22222", "16.3": "2222", "16.4": "222", "16.5": "2223",
}  # fmt: skip
# RELIABILITY 11.1 asks for these of level 3 too. Chapter 17 is WebRTC, which is not here.
PROMISED = {"1.2.10", "1.3.12", "1.5.3", "2.3.5", "4.1.5", "5.2.4", "5.2.6", "14.2.6", "14.2.7", "15.4.2", "16.5.4"}
LEVEL = {f"{section}.{at}": int(one) for section, levels in LEVELS.items() for at, one in enumerate(levels, 1)}
WANTED = {number for number, level in LEVEL.items() if level <= 2} | PROMISED
ANSWERS = ("test", "read", "none", "except", "gap")
LEAST = 95  # of a hundred that apply


@cache
def answers() -> dict[str, dict[str, Any]]:
    chapters = tomllib.loads((REPO / "docs" / "asvs.toml").read_text(encoding="utf-8"))
    return {number: one for chapter in chapters.values() for number, one in chapter.items()}


def test_each_requirement_has_one_answer() -> None:
    found = answers()
    assert set(found) == WANTED, (sorted(WANTED - set(found)), sorted(set(found) - WANTED))
    for number, one in found.items():
        given = [name for name in ANSWERS if name in one]
        assert len(given) == 1, f"{number}: {given}"
        assert one[given[0]].strip() and ("where" in one) == (given == ["test"]), number


def test_what_is_named_exists() -> None:
    wrong = []
    for number, one in answers().items():
        wrong += [
            f"{number}: {one[key]}" for key in ("where", "read") if key in one and not (REPO / one[key]).is_file()
        ]
        path, *names = one.get("test", "docs/asvs.toml").split("::")
        if not (REPO / path).is_file():
            wrong.append(f"{number}: {path}")
        elif names and not _defines(path, names):
            wrong.append(f"{number}: {path}::{'::'.join(names)}")
        elif "test" in one and not names and "def test_" not in (REPO / path).read_text(encoding="utf-8"):
            wrong.append(f"{number}: no test in {path}")
    assert not wrong, "\n".join(wrong)


@cache
def _tree(path: str) -> ast.Module:
    return ast.parse((REPO / path).read_text(encoding="utf-8"))


def _defines(path: str, names: list[str]) -> bool:
    body: list[ast.stmt] = _tree(path).body
    for name in names:
        found = [one for one in body if isinstance(one, ast.FunctionDef | ast.ClassDef) and one.name == name]
        if not found:
            return False
        body = found[0].body
    return True


def test_how_much_is_met() -> None:
    """No gap at level 1 without a written exception; at levels 1 and 2 together at least LEAST in a hundred."""
    found = answers()
    assert [number for number, one in found.items() if "gap" in one and LEVEL[number] == 1] == []
    apply = [number for number, one in found.items() if "none" not in one and LEVEL[number] <= 2]
    met = [number for number in apply if not {"gap", "except"} & set(found[number])]
    assert 100 * len(met) >= LEAST * len(apply), f"{len(met)} of {len(apply)}"
    assert not [number for number in PROMISED if {"gap", "none", "except"} & set(found[number])]


@pytest.mark.parametrize("word", ["11.4.1", "6.3.3"])
def test_written_exceptions(word: str) -> None:
    """RELIABILITY 11.1: with what makes up for them."""
    assert len(answers()[word]["except"]) > 80


def test_nothing_is_stored_in_a_browser() -> None:
    """ASVS 14.3.3, 15.3.6: our scripts keep a switch or two, no page; and none of them runs text or writes markup."""
    for path in sorted((REPO / "web" / "static").glob("*.js")):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"\beval\(|new Function|document\.write|indexedDB|__proto__", text), path.name
        kept = re.findall(r"(?:local|session)Storage\.setItem\(\s*([^,]+),", text)
        assert len(kept) <= 3, f"{path.name} keeps {kept}"


# Files that write rows and do without it, and why.
NO_TEXT_OF_OTHERS = {
    "commands/orders.py": "the names of our own columns",
    "commands/outbox.py": "has the same with control codes escaped: _cell",
    "demo/network.py": "a drawn network",
    "replay/results.py": "read by programs, compared byte by byte (REPLAY)",
    "tools/gazetteer.py": "official names, at development time",
    "reports/paper/xlsx.py": "strings_to_formulas is off: text stays text, tests/rules/test_paper_xlsx.py",
    "reports/statement_xlsx.py": "cells come from reports/statement.py; formulas are turned off",
    "web/console/ask_form.py": "a field of a form that is read back, escaped by the template",
    "commands/workbooks.py": "the names of our own columns",
}


def test_whoever_writes_rows_disarms_them() -> None:
    """11.1: every writer of CSV or of a workbook in the product."""
    bare = set()
    for source in product():
        if not {"csv", "xlsxwriter"} & {name.split(".")[0] for _, name in source.imports}:
            continue
        names = {source.dotted(call.func) or "" for call in source.calls}
        if names & {"csv.writer", "csv.DictWriter", "xlsxwriter.Workbook"}:
            imported = {alias.name for node in source.nodes if isinstance(node, ast.ImportFrom) for alias in node.names}
            if "harmless" not in imported and "def harmless" not in source.path.read_text(encoding="utf-8"):
                bare.add(str(source.path.relative_to(REPO)))
    assert bare <= set(NO_TEXT_OF_OTHERS), sorted(bare - set(NO_TEXT_OF_OTHERS))

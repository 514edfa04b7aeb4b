"""The authority table: every address x everybody who may knock x own things and others' (ROLE-1, RELIABILITY H)."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.routes import expected
from tests.house.source import Source, report
from tests.paths import REPO
from tests.web.routes_scene import OK, WHO, Scene, addresses, answers, make, rules, shown


@pytest.fixture(scope="module")
def scene(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    made = make(sqlite_template, tmp_path_factory.mktemp("routes"))
    yield made
    made.engine.dispose()


def test_b_132_no_get_changes_anything(scene: Scene) -> None:
    """As HQ; what a look leaves in the audit aside."""
    before, visitor = scene.digest(), scene.visitor("hq")
    seen = 0
    for rule in rules(scene.app):
        for method, path, _ in addresses(scene, rule):
            if method == "GET":
                answer = scene.send(visitor, "hq", method, path)
                seen += answer.status_code in OK
                answer.close()
    assert scene.digest() == before
    assert seen > 60


def test_role_1_who_is_answered_what(scene: Scene) -> None:
    """B-115: nobody is let in; B-116: what a role may not is refused and audited; B-118, B-119: of others' things
    nothing is there; I-22: whatever changed something, or took a file, has left its row."""
    table, wrong, met = expected(), [], 0
    for rule in rules(scene.app):
        for method, whose, told in answers(scene, rule):
            name, said = shown(method, rule), [one.said for one in told]
            met += len(told)
            if table.get(name, {}).get(whose) != said:
                wrong.append(f"{name} of {whose}: {' '.join(said)}, not {' '.join(table.get(name, {}).get(whose, []))}")
    assert wrong == [], f"{WHO}\n" + "\n".join(wrong)
    assert scene.unaudited == [], "without an audit row:\n" + "\n".join(scene.unaudited)
    assert met > 1_000


# The channels' door, where no person knocks; what looks for a whole process, outside any request; the bell's note that
# a station's desk was open.
OTHERS = {
    "push.py", "gathering.py", "turned_away.py", "credentials.py", "taking.py", "stream.py", "watcher.py",
    "desk_bell.py",
}  # fmt: skip


def test_i_22_every_view_opens_its_transactions_at_one_place() -> None:
    """So that none of them can be without its audit row, nor beyond the wall of its scope."""
    engines = {"storage.session.writing", "storage.session.run", "storage.session.reading"}
    own = {"web/transactions.py", "web/auditing.py", "web/services.py"}
    found = []
    for path in sorted((REPO / "web").rglob("*.py")):
        source = Source(path)
        if source.name in own or path.name in OTHERS:
            continue
        found += [source.at(line, f"opens a transaction by {name}") for line, name in source.imports if name in engines]
        found += [
            source.at(node.lineno, "uses the engine")
            for node in source.nodes
            if isinstance(node, ast.Attribute) and node.attr in ("connect", "begin")
        ]
    report(found)

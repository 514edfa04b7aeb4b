"""Law 3: the tables of storage/tables/X.py are written in folder X only. Law 9: no statement in a loop."""

import ast
import re
from collections.abc import Iterator

import pytest

from tests.house.source import EDGES, FOLDERS, Source, parsed, product, report
from tests.paths import REPO

WRITERS = {"insert", "update", "delete", "insert_ignore", "insert_from", "upsert"}
# Words in front of a writer that make it one of ours or of the library, not `dict.update` or `list.insert`.
LIBRARIES = ("sqlalchemy.", "storage.sql.")
SQL_TEXT = re.compile(r"\s*(insert\s+into|update\s+\w+\s+set|delete\s+from|replace\s+into|truncate)\s", re.I)
SQL = "(SQL as text)"
TABLES = "storage.tables."


def table_of(source: Source, node: ast.expr, local: dict[str, str]) -> str | None:
    """`dispatch.orders` when the expression is a table, seen through imports and local names."""
    if isinstance(node, ast.Name) and node.id in local:
        return local[node.id]
    name = source.dotted(node)
    if name is None or not name.startswith(TABLES):
        return None
    parts = name.removeprefix(TABLES).split(".")
    return ".".join(parts[:2]) if len(parts) >= 2 and parts[0] != "base" else None


def local_tables(source: Source) -> dict[str, str]:
    """Local names of tables: `orders = t.orders`."""
    local: dict[str, str] = {}
    for node in source.nodes:
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            table = table_of(source, node.value, {})
            if table:
                local[node.targets[0].id] = table
    return local


def writes(source: Source) -> Iterator[tuple[int, str | None]]:
    """(line, table) of every writing statement; table None where the reader cannot see which."""
    local = local_tables(source)
    for call in source.calls:
        if isinstance(call.func, ast.Attribute) and call.func.attr in WRITERS:
            table = table_of(source, call.func.value, local)
            if table:
                yield call.lineno, table
                continue
        name = source.dotted(call.func) or ""
        if name.rsplit(".", 1)[-1] in WRITERS and name.startswith(LIBRARIES):
            given = [*call.args, *(keyword.value for keyword in call.keywords)]
            tables = [table_of(source, value, local) for value in given]
            yield call.lineno, next((table for table in tables if table), None)
    for node in source.nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and SQL_TEXT.match(node.value):
            yield node.lineno, SQL


def sees_only_own(source: Source) -> bool:
    """No table of another folder is in reach: a private helper there may take any table as its argument."""
    tables = [name.removeprefix(TABLES).split(".")[0] for _, name in source.imports if name.startswith(TABLES)]
    return set(tables) <= {source.folder}


def foreign_writes(source: Source) -> list[str]:
    findings = []
    for line, table in writes(source):
        if table is None:
            if not sees_only_own(source):
                findings.append(source.at(line, "a write whose table cannot be seen here: name the table"))
        elif table == SQL:
            findings.append(source.at(line, "writes by SQL text: nobody can see whose table that is"))
        elif table.split(".")[0] != source.folder:
            findings.append(source.at(line, f"writes {table}, which belongs to {table.split('.')[0]}/"))
    return findings


def looped_statements(source: Source) -> list[str]:
    """Statements run once an item. Loops over batches (`batches(…)`) or over a written-out tuple are fine."""
    findings = []
    for loop in source.nodes:
        if isinstance(loop, ast.For):
            harmless = isinstance(loop.iter, ast.Tuple | ast.List) or (
                isinstance(loop.iter, ast.Call) and "batch" in (source.dotted(loop.iter.func) or "")
            )
            inside = [] if harmless else [node for part in loop.body for node in ast.walk(part)]
        elif isinstance(loop, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
            once = {id(node) for node in ast.walk(loop.generators[0].iter)}
            inside = [node for node in ast.walk(loop) if id(node) not in once]
        else:
            continue
        for node in inside:
            if isinstance(node, ast.Call) and runs_statement(source, node):
                findings.append(source.at(node.lineno, "a statement in a loop: read and write set-wise"))
    return sorted(set(findings))


def runs_statement(source: Source, call: ast.Call) -> bool:
    if isinstance(call.func, ast.Attribute) and call.func.attr in ("execute", "scalar", "scalars"):
        return True
    return (source.dotted(call.func) or "").startswith("storage.sql.")


def test_each_tables_file_belongs_to_a_folder() -> None:
    files = {path.stem for path in (REPO / "storage" / "tables").glob("*.py")} - {"__init__", "base"}
    assert files <= set(FOLDERS), f"no folder writes {sorted(files - set(FOLDERS))}"


def test_tables_are_written_in_their_own_folder() -> None:
    report([finding for source in product() if source.folder != "storage" for finding in foreign_writes(source)])


def test_no_statement_in_a_loop() -> None:
    rooms = [source for source in product() if source.folder not in (*EDGES, "storage", "")]
    report([finding for source in rooms for finding in looped_statements(source)])


FOREIGN = """
from storage.tables import penalties as p
from storage.tables.penalties import postings as lines
import storage.tables.penalties
import storage.tables.penalties as q
import sqlalchemy as sa
from sqlalchemy import insert, update, select
from sqlalchemy.dialects import postgresql
from storage.sql import insert_ignore
from storage import sql
cases = p.cases
def act(conn):
    {line}
"""


@pytest.mark.parametrize(
    "line",
    [
        "conn.execute(insert(p.cases))",
        "conn.execute(insert(lines), rows)",
        "conn.execute(sa.update(cases).values(state='x'))",
        "conn.execute(cases.delete())",
        "conn.execute(p.cases.insert().values(id=1))",
        "conn.execute(storage.tables.penalties.cases.update())",
        "conn.execute(sa.delete(q.cases))",
        "insert_ignore(conn, p.cases, rows, ['id'])",
        "sql.insert_from(conn, p.cases, ['id'], query, ['id'])",
        "sql.upsert(conn, rows=rows, table=p.cases, key=['id'])",
        "postgresql.insert(p.cases)",
        "conn.execute(sa.text('UPDATE cases SET state = 1'))",
        "insert_ignore(conn, table, rows, ['id'])",
    ],
)
def test_foreign_writes_are_seen(line: str) -> None:
    assert foreign_writes(parsed(FOREIGN.format(line=line)))


@pytest.mark.parametrize(
    "line",
    [
        "conn.execute(select(p.cases))",
        "seen.update(p.cases.c)",
        "rows.insert(0, 1)",
        "p.cases.select()",
        "hash.update(b'x')",
    ],
)
def test_reads_pass(line: str) -> None:
    assert not foreign_writes(parsed(FOREIGN.format(line=line)))


def test_own_writes_pass() -> None:
    assert not foreign_writes(parsed(FOREIGN.format(line="insert_ignore(conn, p.cases, r, k)"), "penalties/actions.py"))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("for order in orders:\n    conn.execute(select(order))", True),
        ("rows = [conn.scalar(q) for q in questions]", True),
        (
            "from storage.sql import upsert\nfor row in rows:\n    upsert(conn, t, [row], k)",
            True,
        ),
        ("for row in conn.execute(question):\n    found.append(row)", False),
        ("found = {row.id: row for row in conn.execute(question)}", False),
        ("for part in batches(rows):\n    conn.execute(statement, part)", False),
        ("for table in (t.a, t.b):\n    conn.execute(select(table))", False),
    ],
)
def test_looped_statements_are_seen(text: str, found: bool) -> None:
    assert bool(looped_statements(parsed(text))) is found

"""`lanshou verify`: what it says and how it ends."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine, text, update

from app import cli
from storage import triggers
from storage.session import connect, snapshot, writing
from storage.tables import penalties as p
from tests.paths import REPO
from tests.verify.replayed import tell
from verify.finding import INVARIANTS


def verify(url: str, *more: str) -> Result:
    return CliRunner().invoke(cli, ["verify", "--database", url, *more])


def test_all_is_well(engine: Engine, database_url: str) -> None:
    tell(engine, "scan_after_fine_overturns")
    told = verify(database_url)
    assert told.exit_code == 0
    assert [line.split()[0] for line in told.stdout.splitlines()] == list(INVARIANTS)
    assert told.output.count("正常 OK") == len(INVARIANTS)


def test_first_offending_row_and_count(engine: Engine, database_url: str) -> None:
    tell(engine, "scan_after_fine_overturns")
    with writing(engine) as conn:
        triggers.remove(conn)
        conn.execute(update(p.lines).where(p.lines.c.account == "HZ01").values(amount_fen=7))
    told = verify(database_url)
    assert told.exit_code == 1
    assert told.output.count("正常 OK") == len(INVARIANTS) - 2, "its reversal is no opposite any more: I-14"
    assert "6 处不符 / findings" in told.output
    assert "postings 1 (fine:kuaidi100/KD2101:1:V-PICKUP): 分录合计 -9993 分" in told.output


def test_nothing_is_written(engine: Engine, database_url: str) -> None:
    """A look at a database that somebody restored must leave it as it was."""
    with pytest.raises(Exception, match=r"read-?only"), snapshot(engine) as conn:
        conn.execute(text("DELETE FROM orders"))
    with writing(engine) as conn:
        conn.execute(text("DELETE FROM orders"))


def test_another_edition(engine: Engine, database_url: str, tmp_path: Path) -> None:
    """A replay of a draft is looked at by the draft."""
    tell(engine, "accept_exactly_30")
    shipped = REPO / "rulebook" / "editions" / "2017-01-01.toml"
    draft = tmp_path / "draft.toml"
    draft.write_text(
        shipped.read_text(encoding="utf-8").replace('name = "2017-01-01"', 'name = "draft"'), encoding="utf-8"
    )
    told = verify(database_url, "--rulebook", str(draft))
    assert told.exit_code == 1
    assert "no such edition of the rulebook: 2017-01-01" in told.output


def test_no_database(tmp_path: Path) -> None:
    """It makes none (RELIABILITY F-35)."""
    told = verify(f"sqlite:///{tmp_path}/none.db")
    assert told.exit_code == 2
    assert "none.db" in told.output
    assert list(tmp_path.iterdir()) == []


def test_a_database_of_something_else(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/other.db"
    engine = connect(url)
    with writing(engine) as conn:
        conn.execute(text("CREATE TABLE songs (id INTEGER)"))
    engine.dispose()
    assert verify(url).exit_code == 2


@pytest.mark.parametrize("content", [b"no database at all", b"x" * 5000])
def test_a_file_that_is_no_database(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "file.db").write_bytes(content)
    told = verify(f"sqlite:///{tmp_path}/file.db")
    assert told.exit_code == 2
    assert "Traceback" not in told.output and "cannot" in told.output


@pytest.mark.parametrize("column", ["created_at", "content"])
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_value_that_cannot_be_read(engine: Engine, database_url: str, column: str) -> None:
    tell(engine, "accept_exactly_30")
    table = "events" if column == "content" else "orders"
    with writing(engine) as conn:
        conn.execute(text(f"UPDATE {table} SET {'data' if column == 'content' else column} = 'nonsense'"))
    told = verify(database_url)
    assert told.exit_code == 1
    assert "Traceback" not in told.output and "cannot be read" in told.output
    assert f"{table} 1: {'data' if column == 'content' else column}: 值不可读" in told.output, "the row is named"


@pytest.mark.parametrize("url", ["mysql://there", "nonsense"])
def test_an_unknown_kind_of_database(url: str) -> None:
    told = verify(url)
    assert told.exit_code == 2
    assert "DATABASE_URL" in told.output

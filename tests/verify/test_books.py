"""The ledger of `books_scene` as the second reader sees it."""

from pathlib import Path

from sqlalchemy import Engine, select

from rulebook.book import packaged
from storage.session import snapshot
from storage.tables.penalties import postings
from tests.verify.books_scene import KEYS, build
from verify.queries import check


def test_a_ledger_with_one_of_everything_is_clean(engine: Engine, tmp_path: Path) -> None:
    """I-12 to I-17, I-19."""
    heads = build(engine, tmp_path)
    with snapshot(engine) as conn:
        assert tuple(conn.scalars(select(postings.c.key).order_by(postings.c.seq))) == KEYS
        assert check(conn, packaged(), heads) == []
    assert [head.when for head in heads][-2:] == ["2026-07-06", "2026-07-07"] and heads[-1].seq == len(KEYS)

"""Makes a composed table, and reads the questions that were kept."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, or_, select

from reports.archive.queries import facts_of
from reports.ask.document import answered
from reports.ask.question import Question, read
from reports.ask.vocabulary import parts_of
from reports.ask.words import named, reasons_of
from reports.kinds import Asked, NoReport, Say
from reports.measures import Measure
from reports.paper.document import Document, defined
from reports.periods import unfrozen
from storage.tables.reports import questions

KIND = "ask"
q = questions.c


def document(conn: Connection, asked: Asked, say: Say) -> Document:
    """`asked.more` holds `asks` (the question), or `question_id`, or `name` and `user_id` of a kept one. NoReport."""
    if asked.scope != "network":
        raise NoReport("scope_invalid", "自助查询只有全网范围 / a composed table is of the network")
    start, end = unfrozen(asked)
    name, question = _question(conn, asked)
    say(0, 2, "读取 / reading")
    needed = {part.code: part for code in question.measures for part in parts_of(code)}.values()
    facts = facts_of(conn, asked.archive, start, min(end, asked.now), question.frames)
    say(1, 2, "汇总 / counting")
    section, rows = answered(question, facts, named(reasons_of(asked.book)))
    say(2, 2, "完成 / done")
    told = (("期间 / period", asked.period), ("行数 / rows", f"{rows}"))
    edition = asked.book.at(min(end, asked.now)).name
    method = tuple(_definition(one) for one in needed if one.says)
    title = name or "自助查询"
    return Document(
        KIND, title, name or "Composed table", asked.period, asked.scope, None, edition, asked.now, (section,), told,
        method, f"{title} {asked.period}:{rows} 行 / rows", defined((section,)),
    )  # fmt: skip


def _definition(one: Measure) -> str:
    zh, _, en = one.says.partition(" / ")
    return f"{one.zh}:{zh} / {one.en}: {en}"


def _question(conn: Connection, asked: Asked) -> tuple[str, Question]:
    if "asks" in asked.more:
        return "", read(asked.more["asks"])
    row = None
    if "question_id" in asked.more:
        row = conn.execute(select(questions).where(q.id == asked.more["question_id"])).one_or_none()
    elif "name" in asked.more:
        row = _named(conn, str(asked.more["name"]))
    if row is None:
        raise NoReport("question_unknown", "没有这个查询 / no such question")
    return row.name, read(row.asks)


def _named(conn: Connection, name: str) -> Row[Any] | None:
    rows = conn.execute(select(questions).where(q.name == name).order_by(q.id).limit(2)).all()
    if len(rows) > 1:
        raise NoReport("question_ambiguous", "多人保存了同名的查询 / several people kept one of this name")
    return rows[0] if rows else None


def kept(conn: Connection, user_id: int) -> Sequence[Row[Any]]:
    """One's own questions and those that others share, by name."""
    seen = or_(q.user_id == user_id, q.shared)
    return conn.execute(select(questions).where(seen).order_by(q.name, q.id)).all()


def one(conn: Connection, user_id: int, number: int, lock: bool = False) -> Row[Any] | None:
    """One's own, or a shared one. `lock`: until the end of the transaction nobody deletes or schedules it."""
    found = select(questions).where(q.id == number, or_(q.user_id == user_id, q.shared))
    return conn.execute(found.with_for_update() if lock else found).one_or_none()

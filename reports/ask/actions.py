"""Questions kept under a name: saved, renamed by saving anew, deleted. Reads, writes; never commits."""

from datetime import datetime

from sqlalchemy import Connection, delete, exists, func, select

from basics.refusal import Refusal
from reports.ask.question import Question
from storage.sql import upsert
from storage.tables.reports import questions, schedules

MOST = 100  # of one person
NO_NAME = Refusal("name_invalid", "名称为 1 至 60 个字 / a name of 1 to 60 characters", "name")
TOO_MANY = Refusal("too_many_questions", f"最多保存 {MOST} 个 / {MOST} at most", "name")
IN_USE = Refusal(
    "question_in_use", "定时发送在用或用过它,不能删除 / a schedule sends it or once sent it: it stays", "name"
)
q = questions.c


def save(
    conn: Connection, user_id: int, name: str, question: Question, shared: bool, by: str, now: datetime
) -> Refusal | int:
    """Its number; the same name again replaces what stood under it."""
    name = name.strip()
    if not 1 <= len(name) <= 60 or not name.isprintable():
        return NO_NAME
    known = select(func.count()).where(q.user_id == user_id, q.name != name)
    if (conn.scalar(known) or 0) >= MOST:
        return TOO_MANY
    row = {
        "user_id": user_id, "name": name, "asks": question.as_json(), "shared": shared, "saved_at": now, "saved_by": by,
    }  # fmt: skip
    upsert(conn, questions, [row], ["user_id", "name"])
    return int(conn.execute(select(q.id).where(q.user_id == user_id, q.name == name)).scalar_one())


def remove(conn: Connection, user_id: int, number: int) -> Refusal | bool:
    """One's own; False when there is none. One that a schedule sends, or once sent, stays."""
    if conn.scalar(select(q.id).where(q.id == number, q.user_id == user_id).with_for_update()) is None:
        return False
    if conn.scalar(select(exists().where(schedules.c.question_id == number))):
        return IN_USE
    return conn.execute(delete(questions).where(q.id == number)).rowcount == 1

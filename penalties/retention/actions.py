"""Takes customers out of what people wrote about a case, and lets go the files of appeals (RELIABILITY 11.3).

The ledger, verdicts and the log of a case stay as they are: what is written there is masked when it is written.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Connection, Select, Text, bindparam, select, update

from basics.retention import PSEUDONYM
from penalties.hiding.queries import hidden_of
from penalties.retention.queries import old_files
from people.masking import mask_text
from storage.sql import among
from storage.tables import penalties as t
from storage.tables.sla import violations

GONE = b""


def mask_reasons(conn: Connection, contents: Mapping[int, Sequence[Mapping[str, Any]]]) -> None:
    """Of these orders' cases, with all contents that each order ever had: reasons and texts of appeals say of a
    customer what everybody may see, before nobody knows any more what is to be hidden."""
    v = violations.c
    query = select(v.id, v.order_id).where(among(conn, v.order_id, contents))
    secrets: dict[int, set[str]] = {
        violation: set().union(*map(hidden_of, contents[order])) for violation, order in conn.execute(query)
    }
    if not secrets:
        return
    c, s, a = t.cases.c, t.second_reviews.c, t.appeals.c
    reason, text = bindparam("_reason", type_=Text), bindparam("_text", type_=Text)
    if rows := _masked(conn, select(c.violation_id.label("_id"), c.violation_id, c.reason), c.violation_id, secrets):
        conn.execute(update(t.cases).where(c.violation_id == bindparam("_id")).values(reason=reason), rows)
    if rows := _masked(conn, select(s.violation_id.label("_id"), s.violation_id, s.reason), s.violation_id, secrets):
        done = update(t.second_reviews).where(s.violation_id == bindparam("_id"))
        conn.execute(done.values(reason=reason), rows)
    if rows := _masked(conn, select(a.id.label("_id"), a.violation_id, a.reason, a.text), a.violation_id, secrets):
        conn.execute(update(t.appeals).where(a.id == bindparam("_id")).values(reason=reason, text=text), rows)


def _masked(
    conn: Connection, query: Select[Any], violation: Column[int], secrets: Mapping[int, set[str]]
) -> list[dict[str, Any]]:
    """Rows for an update: `_id`, and each text that was read under its name with `_` before it."""
    names = query.selected_columns.keys()[2:]
    return [
        {"_id": key}
        | {f"_{name}": text and mask_text(text, secrets[of]) for name, text in zip(names, said, strict=True)}
        for key, of, *said in conn.execute(query.where(among(conn, violation, secrets)))
    ]


def forget_files(conn: Connection, before: datetime, limit: int) -> int:
    """The bytes and the sender's name of the next files of cases that were decided for good before then; their digest,
    size and type stay, so that a copy somebody kept can still be told from a forgery."""
    ids = old_files(conn, before, limit)
    if ids:
        f = t.appeal_files.c
        conn.execute(update(t.appeal_files).where(among(conn, f.id, ids)).values(content=GONE, name=PSEUDONYM))
    return len(ids)

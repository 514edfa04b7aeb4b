"""Appeals as browsers send them, and what became of them."""

from collections.abc import Callable, Sequence
from io import BytesIO
from typing import Any

import pytest
from sqlalchemy import select

from notify.queries import inbox
from storage.session import reading
from storage.tables import penalties as t
from tests.rules.test_appeal_files import PDF_FILE
from tests.web.conftest import Visitor
from tests.web.console.conftest import Land
from tests.web.console.test_notices import publish

JSON = {"Accept": "application/json"}
As = Callable[[str], Visitor]
Given = Sequence[tuple[str, bytes]]
LETTER: Given = [("来信.pdf", PDF_FILE)]


def send(visitor: Visitor, path: str, form: dict[str, str], given: Given = (), page: str = "/appeals") -> Any:
    """A form with files, as a browser sends it; the answer as a machine reads it."""
    some: dict[str, Any] = {"files": [(BytesIO(content), name) for name, content in given]} if given else {}
    options = {"headers": JSON, "content_type": "multipart/form-data"}
    return visitor.post(path, {**form, **some}, page, **options)


def ask(visitor: Visitor, number: int, given: Given = (), to: str = "province", text: str = "客户改期") -> Any:
    return send(visitor, f"/appeals/{number}/ask", {"to": to, "text": text}, given)


def decide(visitor: Visitor, number: int, decision: str, given: Given = (), reason: str = "看过证据") -> Any:
    return send(visitor, f"/appeals/{number}/decide", {"decision": decision, "reason": reason}, given)


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json["code"] if answer.is_json else ""


@pytest.fixture
def told(land: Land, ids: dict[str, int]) -> dict[str, int]:
    """Published on Monday 11 May: to be appealed against until Thursday is over."""
    publish(land)
    return ids


def stages(land: Land, number: int) -> list[tuple[str, str]]:
    a = t.appeals.c
    with reading(land.engine) as conn:
        query = select(a.stage, a.state).where(a.violation_id == number).order_by(a.id)
        return [(row[0], row[1]) for row in conn.execute(query)]


def keys(land: Land, *to: str) -> list[str]:
    """Subjects of what an inbox holds about appeals."""
    with reading(land.engine) as conn:
        return [row.subject for row in inbox(conn, (to[0], to[1])).rows if row.kind == "appeal"]


def owned(land: Land) -> list[str]:
    with reading(land.engine) as conn:
        return list(conn.scalars(select(t.appeal_files.c.own_name).order_by(t.appeal_files.c.id)))


# Of HZ01A in Zhejiang; HZ01 is its house.
SEES = {
    "hz01": 200, "hz01a": 200, "hz02": 404, "zhejiang": 200, "xinjiang": 404, "hq": 200, "finance": 200, "admin": 403,
}  # fmt: skip

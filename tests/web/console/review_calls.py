"""What tests of the review desk share: late orders, a second reviewer, a decision."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, select

from people.access import Actor
from people.actions import NewUser, add_users
from storage.session import reading, writing
from storage.tables.people import users
from tests.web.conftest import STORED, Visitor
from tests.web.console.conftest import Land, local


def late(land: Land, numbers: int = 3, place: str = "HZ01", **more: Any) -> list[int]:
    """Orders that nobody accepted, a minute apart. Ids of all violations."""
    for n in range(numbers):
        land.order(f"KD{place}{n}", local(f"09:0{n}"), place, **more)
    land.sweep(local("10:00"))
    return [case[0] for case in land.cases()]


def add_reviewers(land: Land) -> None:
    """A second one, and one whose own station is HZ01."""
    people = (
        NewUser("hq2", "总部周易", "hq", STORED),
        NewUser("hq3", "总部吴起", "hq", STORED, station="HZ01"),
    )
    with writing(land.engine) as conn:
        add_users(conn, people, local("08:00"))


def actor_of(conn: Connection, login: str) -> Actor:
    row = conn.execute(select(users).where(users.c.login == login)).one()
    return Actor(row.id, row.display_name, row.role, row.station, row.province)


def reviewer(land: Land, login: str = "hq") -> Actor:
    with reading(land.engine) as conn:
        return actor_of(conn, login)


def decide(visitor: Visitor, decision: str, reason: str, picked: Sequence[int], **more: str) -> tuple[int, str]:
    """Status, and the page that answers, or that one is sent to."""
    path = "/review/causes/decide" if "cause" in more else "/review/decide"
    form = {"csrf_token": visitor.token("/review"), "decision": decision, "reason": reason, **more}
    answer = visitor.client.post(path, data=form | {"cases": [str(one) for one in picked]})
    text = visitor.get(answer.headers["Location"]).text if answer.status_code == 303 else answer.text
    return answer.status_code, text

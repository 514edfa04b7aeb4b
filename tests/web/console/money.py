"""Finance at its desk: two people, forms filled in as the page would."""

import re
from typing import Any

from sqlalchemy import Engine, select

from penalties.booking.actions import post
from penalties.booking.queries import balances
from penalties.ledger import REWARDS, Posting
from people.actions import NewUser, add_users
from storage.session import reading, writing
from storage.tables.penalties import money_requests
from tests.web.conftest import STORED, Visitor
from tests.web.console.conftest import local

JSON = {"Accept": "application/json"}


def second_finance(engine: Engine, station: str | None = None) -> None:
    """Another one, of the same name."""
    with writing(engine) as conn:
        add_users(conn, [NewUser("finance2", "财务钱进", "finance", STORED, station=station)], local("08:00"))


def credit(engine: Engine, house: str, fen: int, key: str = "reward:1") -> None:
    """The house is owed so much."""
    with writing(engine) as conn:
        lines = ((house, -fen), (REWARDS, fen))
        post(conn, [Posting(key, local("08:00"), house, "", "REWARD-1", "2017-01-01", lines)], local("08:00"))


def ledger(engine: Engine) -> dict[str, int]:
    with reading(engine) as conn:
        return balances(conn)


def requests(engine: Engine) -> list[Any]:
    with reading(engine) as conn:
        return list(conn.execute(select(money_requests).order_by(money_requests.c.id)))


def hidden(page: str, name: str) -> str:
    """The value of a hidden field."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, name
    return found[1]


def ask(visitor: Visitor, kind: str = "adjustment", headers: Any = None, **form: str) -> Any:
    """A filled form of finance."""
    given = {
        "kind": kind, "station": "HZ01", "amount": "120.00", "direction": "credit", "reason": "对账差错",
        "key": hidden(visitor.get("/money").text, "key"), **form,
    }  # fmt: skip
    return visitor.post("/money/ask", given, page="/money", headers=headers or {})


def decide(visitor: Visitor, number: int, decision: str = "approve", headers: Any = None, **form: str) -> Any:
    """What the button of the request's page sends."""
    page = visitor.get(f"/approvals/{number}").text
    found = re.search(r'name="digest" value="([0-9a-f]{64})"', page)
    given = {"decision": decision, "reason": "核对无误", "digest": found[1] if found else "", **form}
    return visitor.post(f"/approvals/{number}/decide", given, page="/approvals", headers=headers or {})

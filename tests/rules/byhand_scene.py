"""Finance people over a small ledger: who asks, who checks, what a house has (ROLE-3)."""

from sqlalchemy import Connection, Engine

from basics.refusal import Refusal
from geo.actions import import_stations
from penalties import byhand
from penalties.booking.actions import post
from penalties.booking.queries import balances
from penalties.byhand import Asked
from penalties.ledger import FINES, REWARDS, Posting
from penalties.requests.actions import approve, ask
from penalties.requests.queries import request_of
from people.access import Actor, Role
from storage.session import reading, run, writing
from tests.rules.courses import BOOK, t
from tests.rules.stage import STATIONS

NOW = t("20 10:00")
LATER = t("20 11:00")
MAKER = Actor(1, "财务钱进", Role.FINANCE, None, None)
CHECKER = Actor(2, "财务孙立", Role.FINANCE, None, None)
STAFF = Actor(3, "甲网点王芳", Role.STATION, "A", "浙江省")
FINE = Posting(
    "fine:x/LP1:1:V-ACCEPT", t("5 10:30"), "A1", "LP1", "V-ACCEPT", "2017-01-01", (("A", 100), (FINES, -100))
)


def network(engine: Engine) -> None:
    with writing(engine) as conn:
        import_stations(conn, STATIONS, t("1 00:00"))


def credit(conn: Connection, house: str, fen: int, key: str = "reward:1") -> None:
    """The house is owed so much."""
    lines = ((house, -fen), (REWARDS, fen))
    post(conn, [Posting(key, t("1 00:00"), house, "", "REWARD-1", "2017-01-01", lines)], NOW)


def form(kind: str = byhand.ADJUSTMENT, fen: int = -12_000, station: str = "A", **more: str) -> Asked:
    return Asked(**{"kind": kind, "key": f"{kind}{fen}{station}", "reason": "对账差错", "station": station,
                    "amount_fen": fen, **more})  # type: ignore[arg-type]  # fmt: skip


def asked(conn: Connection, one: Asked, by: Actor = MAKER) -> int:
    number = ask(conn, one, by, BOOK, NOW)
    assert isinstance(number, int), number
    return number


def seen(conn: Connection, number: int) -> str:
    row = request_of(conn, number)
    assert row is not None
    return str(row.digest)


def approved(conn: Connection, number: int, by: Actor = CHECKER) -> str | None:
    return code(approve(conn, number, by, "核对无误", seen(conn, number), BOOK, LATER))


def code(answer: int | Refusal | None) -> str | None:
    return answer.code if isinstance(answer, Refusal) else None


def ledger(engine: Engine) -> dict[str, int]:
    with reading(engine) as conn:
        return balances(conn)


def alone(engine: Engine, one: Asked, by: Actor = MAKER) -> int:
    """A request in a transaction of its own."""
    return run(engine, lambda conn: asked(conn, one, by))

"""The district of `memory_world` with orders told one by one, and what came of them."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from channels.messages import OrderPush
from dispatch.facts import Accept, Confirm, Target, Transfer
from dispatch.memory.queries import open_proposals
from dispatch.proposing import ALONE
from storage.session import reading, run
from storage.tables.dispatch import fragment_votes
from tests.rules.memory_world import DISTRICT, IN_WORDS, START, MemoryWorld

PLACE, ROAD = "翡翠城", "五常大道"
ADDRESS = f"{IN_WORDS}{ROAD}{PLACE}3幢501室"
NOON = START + timedelta(hours=12)
POINT = (120.025, 30.225)  # in the area of YH1
YH1, YH2, YH3 = "YH1", "YH2", "YH3"


class Town(MemoryWorld):
    """The same stations, orders told one by one. `day` counts from the first."""

    def push(self, no: str, day: int = 0, **more: Any) -> None:
        at = NOON + timedelta(days=day)
        content = {
            "business_type": "send_express", "online": True, "datum": "GCJ-02", "sender": {"phone": "13800000000"},
            "adcode": DISTRICT, "address": ADDRESS, "lng": POINT[0], "lat": POINT[1],
        } | more  # fmt: skip
        self.do(at, [OrderPush("crm", no, at, {key: value for key, value in content.items() if value is not None})])

    def moved(self, no: str, day: int = 0, to: str = YH2, picked_up: bool = True, **more: Any) -> None:
        """Routed to YH1, which transfers it."""
        self.push(no, day, **more)
        self.act(day, Transfer(Target(no, "crm"), YH1, to))
        if picked_up:
            self.pick_up(no, day, to)

    def pick_up(self, no: str, day: int, station: str) -> None:
        self.number += 1
        target = Target(no, "crm")
        self.act(day, Accept(target, station), Confirm(target, station, f"55{self.number:012d}"))

    def act(self, day: int, *whats: Any) -> None:
        self.do(NOON + timedelta(days=day, minutes=10), list(whats))

    def votes(self) -> list[tuple[int, str, str | None, str]]:
        """(seq, station, against, cause) of the votes on the estate, by order."""
        v = fragment_votes.c
        query = select(v.seq, v.station, v.against, v.cause).where(v.fragment == PLACE).order_by(v.order_id, v.seq)
        with reading(self.engine) as conn:
            return [tuple(row) for row in conn.execute(query)]

    def counted(self, day: int = 0) -> None:
        self.count(NOON + timedelta(days=day, hours=1))

    def open(self) -> list[tuple[str, str, int, int]]:
        with reading(self.engine) as conn:
            return sorted((one.fragment, one.station, one.votes_for, one.votes_against) for one in open_proposals(conn))

    def proposal(self, fragment: str = PLACE) -> int:
        with reading(self.engine) as conn:
            return next(one.id for one in open_proposals(conn) if one.fragment == fragment)

    def do_it(self, act: Callable[..., Any], *given: Any, day: int = 10) -> str | None:
        """The refusal's code."""
        refusal = run(self.engine, lambda conn: act(conn, *given, NOON + timedelta(days=day)))
        return refusal.code if refusal else None


def proposed(town: Town, count: int = ALONE) -> int:
    for number in range(count):
        town.moved(f"IS{number}", number)
    town.counted(count)
    return town.proposal()

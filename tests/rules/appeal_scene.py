"""Violations that were confirmed and published, to appeal against: fined on Sunday 3 May, told on Monday 4 May."""

from typing import Any

from sqlalchemy import Connection, select

from basics.refusal import Refusal
from penalties.appealing.actions import Asked, Decided, appeal, decide, pass_on_due
from penalties.appeals import HQ, PROVINCE, FileGiven
from penalties.lifecycle import CONFIRM
from penalties.noticing.actions import publish_notice
from storage.tables.dispatch import orders
from storage.tables.penalties import appeal_files, appeals, cases
from storage.tables.sla import violations
from tests.rules.courses import BOOK, t
from tests.rules.scene import Scene, accepts, pushed

WEEK = "2026-W18"
LETTER = FileGiven("来信.pdf", "application/pdf", b"%PDF-1.7 letter")


class AppealScene(Scene):
    """One connection's worth of appeals; everything is named by its order, `LP1`."""

    def fined(self, *numbers: str, told: str | None = "4 09:00") -> "AppealScene":
        """Accepted at once, never picked up: V-PICKUP at Sunday 02:00, confirmed on Monday 08:00."""
        for no in numbers:
            self.tell("2 10:00", pushed(no, "2 10:00"), accepts(no))
        self.sweep("4 07:00")
        self.review("4 08:00", CONFIRM, sorted(self.suspicions().values()))
        if told:
            self.publish(told)
        return self

    def publish(self, at: str) -> None:
        assert not isinstance(publish_notice(self.conn, WEEK, t(at)), Refusal)

    def number(self, no: str) -> int:
        query = select(violations.c.id).join(orders, orders.c.id == violations.c.order_id)
        return self.conn.scalars(query.where(orders.c.logistics_no == no)).one()

    def appeal(self, at: str, *numbers: str, to: str = PROVINCE, mail: str | None = None, **more: Any) -> list[str]:
        """Codes, `entered` for those that were; all in one batch. `mail`: when its letter was received."""
        if mail is not None:
            more = {"by_mail": True, "files": [LETTER], "received_at": t(mail)} | more
        asked = [
            Asked(self.number(no), to, "客户改期", "甲", **({"received_at": t(at)} | more)) for no in numbers
        ]  # fmt: skip
        answers = appeal(self.conn, asked, BOOK, t(at))
        return [answer.code if isinstance(answer, Refusal) else "entered" for answer in answers]

    def decide(self, at: str, no: str, decision: str, stage: str = PROVINCE, **more: Any) -> str:
        """The code, `done` when it was."""
        wanted = [Decided(self.number(no), stage, decision, "看过证据", "省", **more)]
        answer = decide(self.conn, wanted, BOOK, t(at))[0]
        return answer.code if answer else "done"

    def pass_on(self, at: str) -> int:
        return pass_on_due(self.conn, t(at))

    def rows(self, no: str = "LP1") -> dict[str, tuple[Any, ...]]:
        """Stage -> (state, opened_at, closed_at)."""
        a = appeals.c
        query = select(a.stage, a.state, a.opened_at, a.closed_at).where(a.violation_id == self.number(no))
        return {row.stage: tuple(row)[1:] for row in self.conn.execute(query)}

    def states(self, no: str = "LP1") -> tuple[str | None, str | None, str]:
        """Of the province's stage, of HQ's, and of the case."""
        found = self.rows(no)
        case = self.conn.scalars(select(cases.c.state).where(cases.c.violation_id == self.number(no))).one()
        return found.get(PROVINCE, (None,))[0], found.get(HQ, (None,))[0], case

    def files(self) -> list[Any]:
        return list(self.conn.execute(select(appeal_files).order_by(appeal_files.c.id)))


def scene_of(conn: Connection) -> AppealScene:
    scene = AppealScene(conn)
    scene.stations()
    return scene

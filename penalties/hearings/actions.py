"""Appeals entered and decided by people, with what others are told of it, in one transaction (APPEAL-1..3)."""

from datetime import datetime

from sqlalchemy import Connection

from basics.refusal import Refusal
from notify.actions import notify
from penalties.appealing.actions import Asked, Decided, appeal, decide
from penalties.appeals import PROVINCE, AppealState
from penalties.hearings import telling
from penalties.hearings.queries import about, untold
from rulebook.book import Book

AT_ONCE = 500


def enter(conn: Connection, asked: Asked, book: Book, now: datetime) -> Refusal | int:
    """The id of the appeal, or why it is refused; whoever decides it is told."""
    answer = appeal(conn, [asked], book, now)[0]
    if isinstance(answer, int):
        notify(conn, [telling.entered(one) for one in about(conn, [asked.violation_id]) if one.stage == asked.to], now)
    return answer


def rule(conn: Connection, wanted: Decided, book: Book, now: datetime) -> Refusal | None:
    """Decide one; its station is told, and HQ of what is passed on."""
    refused = decide(conn, [wanted], book, now)[0]
    if refused is None:
        found = about(conn, [wanted.violation_id])
        told = [letter for one in found if one.stage == wanted.stage for letter in telling.decided(one)]
        told += [telling.entered(one) for one in found if one.state == AppealState.OPEN]
        notify(conn, told, now)
    return refused


def tell_passed_on(conn: Connection, now: datetime) -> int:
    """Tell HQ of open appeals that it was not told of, and stations that silence passed them on. How many appeals, at
    most AT_ONCE."""
    found = about(conn, untold(conn, AT_ONCE))
    waiting = [one for one in found if one.stage != PROVINCE]
    told = [telling.entered(one) for one in waiting]
    told += [
        letter
        for one in found
        if one.stage == PROVINCE and one.state == AppealState.PASSED_ON
        for letter in telling.decided(one)
    ]
    notify(conn, told, now)
    return len(waiting)

"""ROLE-1, DO-1: who may do what, and where."""

from datetime import UTC, datetime, timedelta

import pytest

from basics.words import DATA_CENTRE
from people.access import ALLOWED, EVERYWHERE, NOWHERE, Action, Actor, Role, Scope, may, may_look, scope_of

STATION = Actor(1, "甲", Role.STATION, "S1", "重庆")
LEVEL_2 = Actor(2, "乙", Role.STATION, "S1-1", "重庆")
PROVINCE = Actor(3, "丙", Role.PROVINCE, None, "重庆")
HQ = Actor(4, "丁", Role.HQ, None, None)
FINANCE = Actor(5, "戊", Role.FINANCE, None, None)
ADMIN = Actor(6, "己", Role.ADMIN, None, None)
EVERYONE = {actor.role: actor for actor in (STATION, PROVINCE, HQ, FINANCE, ADMIN)}

NOW = datetime(2026, 5, 4, 4, 0, tzinfo=UTC)
WEEK = timedelta(days=7)
LOOKS = [
    (STATION, None, True), (STATION, NOW - WEEK, True), (STATION, NOW - WEEK - timedelta(seconds=1), False),
    (HQ, NOW - 10 * WEEK, True), (PROVINCE, None, False), (ADMIN, None, False),
]  # fmt: skip


@pytest.mark.parametrize(("actor", "ended_at", "looks"), LOOKS)
def test_role_2_how_long_one_may_look(actor: Actor, ended_at: datetime | None, looks: bool) -> None:
    assert may_look(actor, ended_at, NOW) is looks


A = Action
WHO: list[tuple[Action, str]] = [
    (A.SEE_ORDER, "station province hq"),
    (A.SEE_BEHIND_MASK, "station hq"),
    (A.ACCEPT, "station"),
    (A.FAIL, "station"),
    (A.TRANSFER, "station"),
    (A.CONFIRM, "station"),
    (A.SUPPLY_WAYBILL, "station"),
    (A.SCAN, "station"),
    (A.HANDLE_WITHDRAWAL, "station"),
    (A.CALL_SENDER, "station"),
    (A.ENTER_ORDER, "station hq"),
    (A.TAKE_CALL, "station hq"),
    (A.ANSWER_CALLER, "station"),
    (A.DISPATCH, "hq"),
    (A.RELEASE_HELD, "hq"),
    (A.SEE_CASE, "station province hq finance"),
    (A.SEE_OWN_CASES, "station province"),
    (A.REVIEW, "hq"),
    (A.PUBLISH_NOTICE, "hq"),
    (A.SEE_NOTICE, "station province hq finance"),
    (A.APPEAL, "station"),
    (A.SEE_APPEAL, "station province hq finance"),
    (A.DECIDE_APPEAL, "province hq"),
    (A.ENTER_APPEAL, "province hq"),
    (A.SEE_REPORT, "station province hq finance"),
    (A.SEE_STATEMENT, "station province hq finance"),
    (A.SEE_LEDGER, "hq finance"),
    (A.SETTLE, "finance"),
    (A.MOVE_MONEY, "finance"),
    (A.ASK_PAYOUT, "station"),
    (A.REHEARSE, "hq admin"),
    (A.ASK_REPORT, "hq"),
    (A.MANAGE_USERS, "admin"),
    (A.MANAGE_STATIONS, "admin"),
    (A.SEE_RULEBOOK, "station province hq finance admin"),
    (A.MANAGE_RULEBOOK, "admin"),
    (A.MANAGE_CHANNELS, "hq admin"),
    (A.SEE_AREAS, "station province hq admin"),
    (A.MANAGE_AREAS, "hq admin"),
    (A.ADOPT_PROPOSAL, "hq admin"),
    (A.ASK_CLOSURE, "station"),
    (A.GRANT_CLOSURE, "hq"),
    (A.SEE_BORDERS, "station province hq"),
    (A.SEE_HEALTH, "hq admin"),
    (A.SEE_AUDIT, "hq admin"),
    (A.ENTER_OUTAGE, "hq"),
    (A.ACCEPT_CLOCK, "admin"),
    (A.SEE_INBOX, "station province hq finance"),
    (A.SEE_WARNINGS, "province hq"),
    (A.CALL_STATION, "province hq"),
    (A.MANAGE_COURIERS, "station"),
    (A.SEE_DAY_SHEETS, "station province hq"),
    (A.CLOSE_DAY, "station"),
]


@pytest.mark.parametrize(("action", "roles"), WHO, ids=[action for action, _ in WHO])
def test_who_may(action: Action, roles: str) -> None:
    """ROLE-1, row by row."""
    assert {role for role, actor in EVERYONE.items() if may(actor, action)} == set(roles.split())


def test_every_action_and_role_is_in_the_table() -> None:
    """ROLE-1: nothing is left to chance."""
    assert {action for action, _ in WHO} == set(Action)
    assert set(ALLOWED) == set(Role)


@pytest.mark.parametrize("role", ["", "root", "HQ"])
def test_unknown_role_may_nothing(role: str) -> None:
    """ROLE-1"""
    actor = Actor(9, "?", role, "S1", "重庆")
    assert not any(may(actor, action) for action in Action)
    assert scope_of(actor) == NOWHERE


@pytest.mark.parametrize(
    ("actor", "contracted", "scope"),
    [
        (STATION, ("S1-1", "S1-2"), Scope(stations=frozenset({"S1", "S1-1", "S1-2"}))),
        (LEVEL_2, (), Scope(stations=frozenset({"S1-1"}))),
        (PROVINCE, (), Scope(province="重庆")),
        (HQ, (), EVERYWHERE),
        (FINANCE, (), EVERYWHERE),
        (ADMIN, (), NOWHERE),
        (Actor(7, "", Role.STATION, None, "重庆"), (), NOWHERE),
        (Actor(8, "", Role.PROVINCE, "S1", None), (), NOWHERE),
    ],
)
def test_scope(actor: Actor, contracted: tuple[str, ...], scope: Scope) -> None:
    """ROLE-1, DO-1: a level-1 station covers its level-2 ones, never the other way round."""
    assert scope_of(actor, contracted) == scope


@pytest.mark.parametrize(
    ("actor", "station", "province", "held"),
    [
        (STATION, "S1", "重庆", True),
        (STATION, "S1-1", "重庆", True),
        (STATION, "S2", "重庆", False),
        (STATION, DATA_CENTRE, "重庆", False),
        (STATION, None, "重庆", False),
        (LEVEL_2, "S1", "重庆", False),
        (PROVINCE, "S2", "重庆", True),
        (PROVINCE, DATA_CENTRE, "重庆", True),
        (PROVINCE, "X1", "上海", False),
        (PROVINCE, DATA_CENTRE, None, False),
        (HQ, DATA_CENTRE, None, True),
        (HQ, None, None, True),
        (ADMIN, "S1", "重庆", False),
    ],
)
def test_scope_holds(actor: Actor, station: str | None, province: str | None, held: bool) -> None:
    """ROLE-1: another station's order is not there at all."""
    contracted = ("S1-1",) if actor is STATION else ()
    assert scope_of(actor, contracted).holds(station, province) is held

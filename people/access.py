"""Who may do what, and where: role x action x scope as one table (ROLE-1). Pure."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

LOOK_AFTER_END = timedelta(days=7)
LOOK_REASONS = ("联系客户", "核实地址", "稽核取证")  # why one looks behind the mask


class Role(StrEnum):
    STATION = "station"
    PROVINCE = "province"
    HQ = "hq"
    FINANCE = "finance"
    ADMIN = "admin"


class Action(StrEnum):
    """What a person can ask for. `may` says whether, `scope_of` says on which stations' orders."""

    SEE_ORDER = "see_order"
    SEE_BEHIND_MASK = "see_behind_mask"
    ACCEPT = "accept"
    FAIL = "fail"
    TRANSFER = "transfer"
    CONFIRM = "confirm"
    SUPPLY_WAYBILL = "supply_waybill"
    SCAN = "scan"
    HANDLE_WITHDRAWAL = "handle_withdrawal"
    CALL_SENDER = "call_sender"
    ENTER_ORDER = "enter_order"
    TAKE_CALL = "take_call"
    ANSWER_CALLER = "answer_caller"
    DISPATCH = "dispatch"
    RELEASE_HELD = "release_held"
    SEE_CASE = "see_case"
    SEE_OWN_CASES = "see_own_cases"
    REVIEW = "review"
    PUBLISH_NOTICE = "publish_notice"
    SEE_NOTICE = "see_notice"
    APPEAL = "appeal"
    SEE_APPEAL = "see_appeal"
    DECIDE_APPEAL = "decide_appeal"
    ENTER_APPEAL = "enter_appeal"
    SEE_REPORT = "see_report"
    ASK_REPORT = "ask_report"
    SEE_STATEMENT = "see_statement"
    SEE_LEDGER = "see_ledger"
    SETTLE = "settle"
    MOVE_MONEY = "move_money"
    ASK_PAYOUT = "ask_payout"
    REHEARSE = "rehearse"
    MANAGE_USERS = "manage_users"
    MANAGE_STATIONS = "manage_stations"
    SEE_RULEBOOK = "see_rulebook"
    MANAGE_RULEBOOK = "manage_rulebook"
    MANAGE_CHANNELS = "manage_channels"
    SEE_AREAS = "see_areas"
    MANAGE_AREAS = "manage_areas"
    ADOPT_PROPOSAL = "adopt_proposal"
    ASK_CLOSURE = "ask_closure"
    GRANT_CLOSURE = "grant_closure"
    SEE_BORDERS = "see_borders"
    SEE_HEALTH = "see_health"
    ENTER_OUTAGE = "enter_outage"
    ACCEPT_CLOCK = "accept_clock"
    SEE_INBOX = "see_inbox"
    SEE_WARNINGS = "see_warnings"
    CALL_STATION = "call_station"
    SEE_AUDIT = "see_audit"
    MANAGE_COURIERS = "manage_couriers"
    SEE_DAY_SHEETS = "see_day_sheets"
    CLOSE_DAY = "close_day"


ALLOWED: dict[str, frozenset[Action]] = {
    Role.STATION: frozenset({
        Action.SEE_ORDER, Action.SEE_BEHIND_MASK, Action.ACCEPT, Action.FAIL, Action.TRANSFER, Action.CONFIRM,
        Action.SUPPLY_WAYBILL, Action.SCAN, Action.HANDLE_WITHDRAWAL, Action.SEE_CASE, Action.APPEAL,
        Action.SEE_REPORT, Action.ENTER_ORDER, Action.TAKE_CALL, Action.ANSWER_CALLER, Action.CALL_SENDER,
        Action.SEE_AREAS, Action.ASK_CLOSURE, Action.SEE_BORDERS, Action.SEE_INBOX, Action.SEE_RULEBOOK,
        Action.SEE_OWN_CASES, Action.SEE_NOTICE, Action.SEE_APPEAL, Action.SEE_STATEMENT, Action.ASK_PAYOUT,
        Action.MANAGE_COURIERS, Action.SEE_DAY_SHEETS, Action.CLOSE_DAY,
    }),
    Role.PROVINCE: frozenset({
        Action.SEE_ORDER, Action.SEE_CASE, Action.DECIDE_APPEAL, Action.SEE_REPORT, Action.SEE_AREAS,
        Action.SEE_BORDERS, Action.SEE_INBOX, Action.SEE_WARNINGS, Action.CALL_STATION,
        Action.SEE_RULEBOOK, Action.SEE_OWN_CASES, Action.SEE_NOTICE, Action.SEE_APPEAL, Action.ENTER_APPEAL,
        Action.SEE_STATEMENT,
        Action.SEE_DAY_SHEETS,
    }),
    Role.HQ: frozenset({
        Action.SEE_ORDER, Action.SEE_BEHIND_MASK, Action.DISPATCH, Action.RELEASE_HELD, Action.SEE_CASE,
        Action.REVIEW, Action.PUBLISH_NOTICE, Action.DECIDE_APPEAL, Action.SEE_REPORT,
        Action.ENTER_ORDER, Action.TAKE_CALL, Action.MANAGE_CHANNELS,
        Action.SEE_AREAS, Action.MANAGE_AREAS, Action.ADOPT_PROPOSAL, Action.GRANT_CLOSURE, Action.SEE_BORDERS,
        Action.SEE_INBOX, Action.SEE_WARNINGS, Action.CALL_STATION, Action.SEE_HEALTH, Action.ENTER_OUTAGE,
        Action.SEE_RULEBOOK, Action.SEE_NOTICE, Action.SEE_APPEAL, Action.ENTER_APPEAL, Action.SEE_STATEMENT,
        Action.SEE_LEDGER, Action.REHEARSE, Action.SEE_AUDIT, Action.ASK_REPORT,
        Action.SEE_DAY_SHEETS,
    }),
    Role.FINANCE: frozenset({
        Action.SEE_LEDGER, Action.SETTLE, Action.MOVE_MONEY, Action.SEE_STATEMENT, Action.SEE_REPORT,
        Action.SEE_RULEBOOK, Action.SEE_NOTICE, Action.SEE_CASE, Action.SEE_APPEAL, Action.SEE_INBOX,
    }),
    Role.ADMIN: frozenset({
        Action.MANAGE_USERS, Action.SEE_AUDIT, Action.MANAGE_STATIONS, Action.MANAGE_RULEBOOK, Action.MANAGE_CHANNELS,
        Action.SEE_RULEBOOK,
        Action.SEE_AREAS, Action.MANAGE_AREAS, Action.ADOPT_PROPOSAL, Action.SEE_HEALTH, Action.ACCEPT_CLOCK,
        Action.REHEARSE,
    }),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Actor:
    """A logged-in person. `station`: where station staff work; of anybody else the station that is his own, about
    which he decides nothing (APPEAL-2). `province`: station and province staff."""

    user_id: int
    name: str
    role: str
    station: str | None
    province: str | None
    only: frozenset[str] | None = None  # the actions of the key that acts for him; None: he acts himself


@dataclass(frozen=True, slots=True)
class Scope:
    """Where an actor sees and acts: everywhere, in one province, or at these stations; else nowhere.

    An order's province is its holder's; at the data centre, and while held, that of its region.
    """

    everywhere: bool = False
    province: str | None = None
    stations: frozenset[str] = frozenset()

    def holds(self, station: str | None, province: str | None) -> bool:
        """Whether an order of this holder (`DATA_CENTRE` too, None while held) and region is in it."""
        if self.everywhere:
            return True
        if self.province is not None:
            return province == self.province
        return station is not None and station in self.stations


NOWHERE = Scope()
EVERYWHERE = Scope(everywhere=True)


def may(actor: Actor, action: Action) -> bool:
    """ROLE-1. An unknown role may nothing, a key no more than was given to it."""
    return action in ALLOWED.get(actor.role, frozenset()) and (actor.only is None or action in actor.only)


def may_look(actor: Actor, ended_at: datetime | None, now: datetime) -> bool:
    """ROLE-2, RELIABILITY 11.3: behind the mask of an order of the actor's scope; `ended_at` None while it goes on.

    A station while it holds the order and 7 days after its end, HQ at any time.
    """
    if not may(actor, Action.SEE_BEHIND_MASK):
        return False
    return actor.role != Role.STATION or ended_at is None or now <= ended_at + LOOK_AFTER_END


def scope_of(actor: Actor, contracted: Collection[str] = ()) -> Scope:
    """ROLE-1, DO-1. `contracted`: the level-2 stations under the actor's own."""
    if actor.role == Role.STATION and actor.station:
        return Scope(stations=frozenset({actor.station, *contracted}))
    if actor.role == Role.PROVINCE and actor.province:
        return Scope(province=actor.province)
    if actor.role in (Role.HQ, Role.FINANCE):
        return EVERYWHERE
    return NOWHERE

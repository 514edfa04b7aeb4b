"""What the first page of a role says: what needs somebody now, what changes soon, how one stands."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import url_for
from sqlalchemy import Connection

from basics.days import day_of, midnight, month_bounds, month_of, week_bounds, week_of
from channels.feedback import PARKED
from channels.outbox.queries import counts
from dispatch.lists.queries import desk_counts, unscanned
from geo.closing.queries import granted, open_requests
from geo.network import Network
from penalties.appeals import HQ, PROVINCE
from penalties.requests.queries import month_states, open_for
from penalties.reviewing.queries import waiting_count
from people.access import Action, Actor, Role, Scope, may
from pickups.closing.queries import leftovers, provinces
from reports.overview import queries
from rulebook.book import Book
from sla.warnings.queries import calls_open
from web.console.calls import stations_in_scope
from web.words import word

SOON = timedelta(minutes=10)
AHEAD = timedelta(days=14)
DAYS = 14  # of a chart, today the last
DUE = timedelta(hours=10)  # DAY-1
SETTLED_BY = 5  # DAY-1: the month is settled by the 5th


@dataclass(frozen=True, slots=True)
class Need:
    """A number that opens the rows behind it. `at`: the next deadline of theirs, or since when the oldest waits when
    `since`; `tone` is a Tabler colour, red for what is late or lost by waiting."""

    chinese: str
    english: str
    count: int
    url: str
    tone: str = "secondary"
    at: datetime | None = None
    since: bool = False
    more: bool = False  # there are more than `count`
    always: bool = False  # shown with a 0 too: the role's own work
    late: int = 0  # so many of them are late already


@dataclass(frozen=True, slots=True)
class Soon:
    """What changes, and when."""

    at: datetime
    chinese: str
    english: str
    url: str


@dataclass(frozen=True, slots=True)
class Chart:
    """Series by day; a table of the same numbers stands behind it. A name is (zh, en)."""

    name: str
    title: tuple[str, str]
    days: Sequence[str]
    series: Sequence[tuple[tuple[str, str], Sequence[int]]]
    kind: str = "bar"


def needs_now(conn: Connection, actor: Actor, scope: Scope, network: Network, now: datetime) -> list[Need]:
    """Everything that waits for this person: what is his role's own work stands there with its 0 too."""
    found = [
        *_orders(conn, actor, scope, now),
        *_calls(conn, actor, network),
        *_closing(conn, actor, scope, now),
        *_judging(conn, actor, scope, now),
        *_running(conn, actor),
    ]
    return [one for one in found if one.count or one.always]


def _orders(conn: Connection, actor: Actor, scope: Scope, now: datetime) -> list[Need]:
    if not may(actor, Action.SEE_ORDER):
        return []
    lies = queries.lying(conn, scope, now)
    if may(actor, Action.ACCEPT):
        return _of_station(conn, scope, lies, now)
    late = url_for("orders.page", late="accept"), url_for("orders.page", late="pickup")
    found = [
        Need("超时未接单", "late, not accepted", lies.late_accept, late[0], "red"),
        Need("超时未揽收", "late, not picked up", lies.late_pickup, late[1], "red"),
    ]
    if may(actor, Action.DISPATCH):
        there = url_for("data_centre.page")
        found.insert(0, Need("数据中心待分件", "at the data centre", lies.at_data_centre, there, "orange", always=True))
        found.append(Need("待核实", "held", lies.held, url_for("orders.page", state="held"), "purple"))
    return found


def _of_station(conn: Connection, scope: Scope, lies: queries.Now, now: datetime) -> list[Need]:
    desk = desk_counts(conn, scope)
    left = unscanned(conn, scope)
    waits = "red" if lies.late_accept else _pressing(lies.next_accept, now)
    picks = "red" if lies.late_pickup else _pressing(lies.next_pickup, now)
    return [
        Need(
            "待接单",
            "to accept",
            lies.waiting,
            url_for("desk.page"),
            waits,
            lies.next_accept,
            always=True,
            late=lies.late_accept,
        ),
        Need(
            "待揽收",
            "to pick up",
            lies.to_pick_up,
            url_for("board.page"),
            picks,
            lies.next_pickup,
            always=True,
            late=lies.late_pickup,
        ),
        Need("撤单待处理", "withdrawn, to handle", desk["to_handle"], url_for("desk.page", tab="to_handle"), "orange"),
        Need("来电待答复", "callers wait for an answer", desk["asked"], url_for("desk.page"), "red"),
        Need(
            "未扫描", "un-scanned", len(left.rows), url_for("unscanned.page"), "orange", more=left.following is not None
        ),
    ]


def leftovers_of(conn: Connection, actor: Actor, scope: Scope, now: datetime) -> list[Need]:
    """DAY-1: what a station has left from the days before stands on top until 10:00."""
    today = midnight(day_of(now))
    if not may(actor, Action.ACCEPT) or now >= today + DUE:
        return []
    words = {
        "waiting": ("单未接", "not accepted", url_for("desk.page")),
        "to_pick_up": ("单未揽收", "not picked up", url_for("board.page")),
        "unscanned": ("单未扫描", "un-scanned", url_for("unscanned.page")),
    }
    left = leftovers(conn, scope.stations, day_of(now))
    return [
        Need(chinese, english, left[kind].count, url) for kind, (chinese, english, url) in words.items() if kind in left
    ]


def _pressing(due: datetime | None, now: datetime) -> str:
    return "orange" if due is not None and due - now <= SOON else "blue"


def _calls(conn: Connection, actor: Actor, network: Network) -> list[Need]:
    if not may(actor, Action.SEE_WARNINGS):
        return []
    count = calls_open(conn, stations_in_scope(network))
    return [Need("待电话催办的网点", "stations to telephone", count, url_for("calls.page"), "red", always=True)]


def _closing(conn: Connection, actor: Actor, scope: Scope, now: datetime) -> list[Need]:
    """DAY-1: whose day of yesterday nobody has signed."""
    if may(actor, Action.CONFIRM) or not may(actor, Action.SEE_DAY_SHEETS):
        return []
    yesterday = day_of(now) - timedelta(days=1)
    count = sum(one.open for one in provinces(conn, scope, yesterday))
    return [
        Need("昨日未关账的网点", "stations that have not closed yesterday", count, url_for("closing.page"), "orange")
    ]


def _judging(conn: Connection, actor: Actor, scope: Scope, now: datetime) -> list[Need]:
    found = []
    if may(actor, Action.REVIEW):
        count, oldest = queries.suspected(conn, scope)
        page = url_for("review.page")
        found.append(Need("疑似待稽核", "suspicions to review", count, page, "orange", oldest, since=True, always=True))
        blind = waiting_count(conn, actor)
        found.append(Need("待复核", "second reviews", blind, url_for("second_reviews.page"), "purple"))
    if may(actor, Action.DECIDE_APPEAL):
        stage = PROVINCE if actor.role == Role.PROVINCE else HQ
        count, due = queries.hearings(conn, scope, stage, now)
        found.append(
            Need("待裁决的申诉", "appeals to decide", count, url_for("appeals.page"), "orange", due, always=True)
        )
    return found


def _running(conn: Connection, actor: Actor) -> list[Need]:
    found = []
    if may(actor, Action.GRANT_CLOSURE):
        asked = open_requests(conn, None, None)
        page = url_for("closures.page")
        found.append(
            Need("停业申请", "closures asked for", len(asked.rows), page, "orange", more=asked.following is not None)
        )
    if may(actor, Action.MANAGE_CHANNELS):
        parked = sum(counts(conn, [PARKED]).values())
        found.append(Need("回传失败", "feedback parked", parked, url_for("outbox.page"), "red"))
    if may(actor, Action.MOVE_MONEY):
        requests = open_for(conn, actor)
        page = url_for("approvals.page")
        more = requests.following is not None
        found.append(Need("待审批", "requests to check", len(requests.rows), page, "orange", more=more, always=True))
    return found


def changes_soon(
    conn: Connection, actor: Actor, scope: Scope, network: Network, book: Book, now: datetime
) -> list[Soon]:
    """What is known to change within two weeks, the next first."""
    found = [
        Soon(midnight(one.effective), f"规则 {one.name} 生效", f"rulebook {one.name} takes effect", _edition(one.name))
        for one in book.editions
        if now < midnight(one.effective) <= now + AHEAD
    ]
    if may(actor, Action.SEE_NOTICE):
        monday = week_bounds(week_of(now))[1] + timedelta(minutes=book.at(now).notice_at)
        found.append(Soon(monday, "发布本周通报", "this week's notice", url_for("notices.page")))
    if may(actor, Action.SEE_AREAS):
        stations = None if scope.everywhere else scope.stations or None
        for row in granted(conn, stations, now, None).rows if stations or scope.everywhere else ():
            if now < row.starts_at <= now + AHEAD:
                found.append(
                    Soon(row.starts_at, f"{row.station} 停业", f"{row.station} closes", url_for("closures.page"))
                )
    if may(actor, Action.SETTLE):
        found += _settlement(conn, now)
    return sorted(found, key=lambda one: one.at)


def _edition(name: str) -> str:
    return url_for("rulebook.edition_page", name=name)


def _settlement(conn: Connection, now: datetime) -> list[Soon]:
    """DAY-1: the month before is settled by the 5th."""
    last = month_of(month_bounds(month_of(now))[0] - timedelta(days=1))
    (state,) = month_states(conn, [last])
    if state.settled:
        return []
    by = midnight(day_of(now).replace(day=SETTLED_BY)) + timedelta(days=1)
    return [Soon(by, f"{last} 须已结算", f"{last} is to be settled", url_for("settlement.month", month=last))]


def charts(conn: Connection, actor: Actor, scope: Scope, now: datetime) -> list[Chart]:
    """The last two weeks, for who sees cases."""
    if not may(actor, Action.SEE_CASE):
        return []
    days = [day_of(now) - timedelta(days=back) for back in range(DAYS - 1, -1, -1)]
    names = [f"{day:%m-%d}" for day in days]
    found = []
    if scope.stations:
        came = queries.orders_by_day(conn, sorted(scope.stations), days)
        series = [(("派给本网点", "assigned"), came["assigned"]), (("其中已接", "of these accepted"), came["accepted"])]
        found.append(Chart("orders", ("近两周订单", "orders of two weeks"), names, series, "line"))
    by_kind = queries.violations_by_day(conn, scope, days)
    kinds = [((word("violation", kind).chinese, word("violation", kind).english), by_kind[kind]) for kind in by_kind]
    found.append(Chart("violations", ("近两周违规与疑似", "violations and suspicions of two weeks"), names, kinds))
    return found

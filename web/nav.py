"""The top navigation of each role. A screen appears here when it is served and the role may see it."""

from collections.abc import Iterable
from dataclasses import dataclass

from flask import current_app, g, request, url_for

from people.access import Action, Actor, may


@dataclass(frozen=True, slots=True)
class Screen:
    """`unless`: who may do that finds the screen among the tabs of another entry."""

    endpoint: str
    chinese: str
    english: str
    action: Action
    unless: Action | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """`unread`: how many messages wait there; None where none can."""

    url: str
    chinese: str
    english: str
    here: bool
    unread: int | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """A part of the work and its screens; its own address is that of the first of them."""

    chinese: str
    english: str
    entries: tuple[Entry, ...]

    @property
    def here(self) -> bool:
        """Whether one of its screens is shown."""
        return any(entry.here for entry in self.entries)


# Which part of the work a screen belongs to, by its blueprint; what nobody lists is control.
PARTS = (
    ("首页", "Home", ("home",)),
    ("订单", "Orders", ("desk", "board", "data_centre", "orders", "entry", "callers", "calls", "closing")),
    ("稽核", "Review", ("review", "violations", "notices", "appeals")),
    ("资金", "Money", ("settlement", "statements")),
    ("报表", "Reports", ("reports", "weekly", "ask", "reports_schedules", "reports_runs")),
    ("网络", "Network", ("areas", "stations", "rulebook")),
    ("消息", "Inbox", ("inbox",)),
)
CONTROL = ("总控", "Control")

SCREENS = (
    Screen("home.page", "首页", "Home", Action.SEE_RULEBOOK),  # which every role may
    Screen("desk.page", "接单台", "Desk", Action.ACCEPT),
    Screen("board.page", "揽件台", "Pickups", Action.CONFIRM),
    Screen("data_centre.page", "分件台", "Data centre", Action.DISPATCH),
    Screen("review.page", "稽核台", "Review", Action.REVIEW),
    Screen("entry.page", "录单", "New order", Action.ENTER_ORDER),
    Screen("callers.page", "来电", "Caller", Action.TAKE_CALL),
    Screen("orders.page", "订单", "Orders", Action.SEE_ORDER),
    Screen("violations.page", "违规", "Violations", Action.SEE_OWN_CASES),
    Screen("settlement.page", "资金", "Money", Action.SEE_LEDGER),
    Screen("statements.page", "账户", "Account", Action.SEE_STATEMENT, unless=Action.SEE_LEDGER),
    Screen("notices.page", "通报", "Notices", Action.SEE_NOTICE),
    Screen("appeals.page", "申诉", "Appeals", Action.SEE_APPEAL),
    Screen("inbox.page", "消息", "Inbox", Action.SEE_INBOX),
    Screen("calls.page", "预警", "Warnings", Action.SEE_WARNINGS),
    Screen("closing.page", "关账", "Day sheets", Action.SEE_DAY_SHEETS, unless=Action.CONFIRM),
    Screen("areas.page", "服务范围", "Areas", Action.SEE_AREAS),
    Screen("stations.page", "网点", "Stations", Action.SEE_AREAS),
    Screen("reports.page", "报表", "Reports", Action.SEE_REPORT),
    Screen("weekly.page", "周报", "Weekly report", Action.SEE_REPORT),
    Screen("ask.page", "自助查询", "Ask", Action.ASK_REPORT),
    Screen("reports_schedules.page", "定时发送", "Schedules", Action.SEE_REPORT),
    Screen("reports_runs.page", "生成记录", "Runs", Action.SEE_REPORT),
    Screen("rulebook.page", "规则", "Rulebook", Action.SEE_RULEBOOK),
    Screen("users.page", "人员", "Users", Action.MANAGE_USERS),
    Screen("control.page", "总控", "Control room", Action.SEE_HEALTH),
    Screen("outbox.page", "回传", "Outbox", Action.MANAGE_CHANNELS),
    Screen("channels.page", "渠道", "Channels", Action.MANAGE_CHANNELS),
    Screen("troubles.page", "异常订单", "Troubled orders", Action.SEE_HEALTH),
    Screen("availability.page", "系统健康", "Health", Action.SEE_HEALTH),
    Screen("audit.page", "审计", "Audit", Action.SEE_AUDIT),
)
BELOW = {
    "reports": {"reports_rows"},
    "calls": {"silent"},
    "users": {"keys"},
    "appeals": {"appeals_mail"},
    "violations": {"packs"},
    "rulebook": {"rehearsals"},
    "review": {"packs", "causes", "second_reviews"},
    "statements": {"trail", "payouts"},
}  # blueprints of screens that are tabs of an entry

# Behind an entry, by its blueprint, there are several screens, shown as tabs.
TABS = {
    "board": (
        Screen("board.page", "待揽收", "To fetch", Action.CONFIRM),
        Screen("unscanned.page", "未扫描", "Un-scanned", Action.CONFIRM),
        Screen("closing.page", "关账", "Day sheet", Action.SEE_DAY_SHEETS),
        Screen("couriers.page", "快递员", "Couriers", Action.MANAGE_COURIERS),
    ),
    "areas": (
        Screen("areas.page", "地图", "Map", Action.SEE_AREAS),
        Screen("findings.page", "问题", "Findings", Action.MANAGE_AREAS),
        Screen("area_versions.page", "版本", "Versions", Action.SEE_AREAS),
        Screen("closures.page", "停业", "Closures", Action.SEE_AREAS),
        Screen("borders.page", "边界登记", "Borders", Action.SEE_BORDERS),
        Screen("memory.page", "地名归属", "Named places", Action.ADOPT_PROPOSAL),
    ),
    "settlement": (
        Screen("settlement.page", "结算", "Settlement", Action.SEE_LEDGER),
        Screen("approvals.page", "审批", "Approvals", Action.SEE_LEDGER),
        Screen("money_forms.page", "填单", "Forms", Action.MOVE_MONEY),
        Screen("statements.page", "账户", "Accounts", Action.SEE_LEDGER),
        Screen("ledger.page", "账本", "Ledger", Action.SEE_LEDGER),
    ),
}


def entries_for(actor: Actor) -> list[Entry]:
    """What stands in the navigation, in order; the first is where the role lands after log-in."""
    return _entries(SCREENS, actor)


def groups_for(actor: Actor) -> list[Group]:
    """The same entries by the parts of the work, in the order of PARTS."""
    entries = {_blueprint(screen.endpoint): entry for screen, entry in _shown(SCREENS, actor)}
    parts = [(zh, en, [entries.pop(one) for one in of if one in entries]) for zh, en, of in PARTS]
    parts.append((*CONTROL, list(entries.values())))
    return [Group(zh, en, tuple(those)) for zh, en, those in parts if those]


def tabs_of(entry: str, actor: Actor) -> list[Entry]:
    """The screens behind an entry that the role may see."""
    return _entries(TABS[entry], actor, tabs=True)


def _entries(screens: Iterable[Screen], actor: Actor, tabs: bool = False) -> list[Entry]:
    return [entry for _, entry in _shown(screens, actor, tabs)]


def _shown(screens: Iterable[Screen], actor: Actor, tabs: bool = False) -> list[tuple[Screen, Entry]]:
    return [
        (
            screen,
            Entry(
                url_for(screen.endpoint),
                screen.chinese,
                screen.english,
                _is_here(screen.endpoint, tabs),
                _unread(screen),
            ),
        )
        for screen in screens
        if screen.endpoint in current_app.view_functions
        and may(actor, screen.action)
        and not (screen.unless and may(actor, screen.unless))
    ]


def _unread(screen: Screen) -> int | None:
    """What `acting.page` counted; an error page asks no database."""
    return g.get("unread", 0) if screen.endpoint == "inbox.page" else None


def _is_here(endpoint: str, tabs: bool) -> bool:
    here, entry = request.blueprint or "", _blueprint(endpoint)
    if here == entry or here in BELOW.get(entry, ()):
        return True
    behind = [] if tabs else [_blueprint(screen.endpoint) for screen in TABS.get(entry, ())]
    return any(here == one or here in BELOW.get(one, ()) for one in behind)


def _blueprint(endpoint: str) -> str:
    return endpoint.partition(".")[0]

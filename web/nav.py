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


SCREENS = (
    Screen("desk.page", "接单台", "Desk", Action.ACCEPT),
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
    Screen("unscanned.page", "未扫描", "Un-scanned", Action.CONFIRM),
    Screen("areas.page", "服务范围", "Areas", Action.SEE_AREAS),
    Screen("weekly.page", "周报", "Weekly report", Action.SEE_REPORT),
    Screen("rulebook.page", "规则", "Rulebook", Action.SEE_RULEBOOK),
    Screen("outbox.page", "回传", "Outbox", Action.MANAGE_CHANNELS),
    Screen("channels.page", "渠道", "Channels", Action.MANAGE_CHANNELS),
    Screen("availability.page", "系统健康", "Health", Action.SEE_HEALTH),
)
BELOW = {
    "calls": {"silent"},
    "appeals": {"appeals_mail"},
    "violations": {"packs"},
    "rulebook": {"rehearsals"},
    "review": {"packs", "causes", "second_reviews"},
    "statements": {"trail", "payouts"},
}  # blueprints of screens that are tabs of an entry

# Behind an entry, by its blueprint, there are several screens, shown as tabs.
TABS = {
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


def tabs_of(entry: str, actor: Actor) -> list[Entry]:
    """The screens behind an entry that the role may see."""
    return _entries(TABS[entry], actor, tabs=True)


def _entries(screens: Iterable[Screen], actor: Actor, tabs: bool = False) -> list[Entry]:
    return [
        Entry(
            url_for(screen.endpoint), screen.chinese, screen.english, _is_here(screen.endpoint, tabs), _unread(screen)
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

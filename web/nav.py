"""The top navigation of each role. A screen appears here when it is served and the role may see it."""

from dataclasses import dataclass

from flask import current_app, request, url_for

from people.access import Action, Actor, may


@dataclass(frozen=True, slots=True)
class Screen:
    endpoint: str
    chinese: str
    english: str
    action: Action


@dataclass(frozen=True, slots=True)
class Entry:
    url: str
    chinese: str
    english: str
    here: bool


SCREENS = (
    Screen("desk.page", "接单台", "Desk", Action.ACCEPT),
    Screen("data_centre.page", "分件台", "Data centre", Action.DISPATCH),
    Screen("review.page", "稽核台", "Review", Action.REVIEW),
    Screen("entry.page", "录单", "New order", Action.ENTER_ORDER),
    Screen("callers.page", "来电", "Caller", Action.TAKE_CALL),
    Screen("orders.page", "订单", "Orders", Action.SEE_ORDER),
    Screen("unscanned.page", "未扫描", "Un-scanned", Action.CONFIRM),
    Screen("weekly.page", "周报", "Weekly report", Action.SEE_REPORT),
    Screen("outbox.page", "回传", "Outbox", Action.MANAGE_CHANNELS),
    Screen("channels.page", "渠道", "Channels", Action.MANAGE_CHANNELS),
)


def entries_for(actor: Actor) -> list[Entry]:
    """What stands in the navigation, in order; the first is where the role lands after log-in."""
    return [
        Entry(url_for(screen.endpoint), screen.chinese, screen.english, _is_here(screen.endpoint))
        for screen in SCREENS
        if screen.endpoint in current_app.view_functions and may(actor, screen.action)
    ]


def _is_here(endpoint: str) -> bool:
    return request.blueprint == endpoint.partition(".")[0]

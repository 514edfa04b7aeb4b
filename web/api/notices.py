"""Notices, the inbox, calls to stations, silent stations."""

from typing import Any

from flask import Response
from sqlalchemy import Row

from basics.days import parse_instant
from basics.refusal import Refusal
from notify.actions import mark_read
from notify.queries import inbox
from penalties.notices import cells, number_of, total
from penalties.noticing import queries
from people.access import Action
from sla.presence.queries import open_silences
from sla.warnings.queries import call_list
from web.api.answers import refused
from web.api.fields import Page
from web.api.notices_shown import (
    BeforeQuery,
    Called,
    CallList,
    Cell,
    Draft,
    InboxQuery,
    Item,
    Marked,
    Message,
    MessagesRead,
    Notice,
    NoticeQuery,
    Publish,
    Published,
    Read,
    Silence,
    Silences,
    Sums,
    ToCall,
    WeekQuery,
    WholeNotice,
)
from web.api.operation import Api
from web.auth import current_actor, current_scope
from web.console import calls, notices
from web.console.fields import cursor, cursor_text
from web.console.inbox import my_mailbox
from web.errors import Problem
from web.services import now, services
from web.transactions import seeing, transact

api = Api("notices", "通报与消息 / Notices and messages")


@api.get("/notices", Action.SEE_NOTICE, "通报列表 / Notices")
def listed(query: BeforeQuery) -> Page[Notice]:
    """By week, newest first."""
    with seeing() as conn:
        rows, following = queries.newest(conn, query.after)
    return Page[Notice](items=[_notice(row) for row in rows], next=following or None)


@api.get("/notices/one", Action.SEE_NOTICE, "一期通报 / One notice")
def one(query: NoticeQuery) -> WholeNotice:
    """It does not count as reading it: `notices.read` does."""
    with seeing() as conn:
        row = next((row for row in queries.notices_of(conn, query.week) if row.number == query.number), None)
        if row is None:
            raise Problem("not_found")
        some = cells(row.figures)
        own = {cell.station for cell in notices.within(some, current_scope())}
        most = notices.ITEMS_PAGE
        found = queries.items_of(conn, row, own, "", "", int(query.after or 0), most + 1)
    shown = [Cell.model_validate(cell) for cell in some]
    following = str(found[most - 1].violation_id) if len(found) > most else None
    items = [Item.model_validate(item) for item in found[:most]]
    return WholeNotice(notice=_notice(row), cells=shown, items=items, next=following)


@api.get("/notices/draft", Action.PUBLISH_NOTICE, "待发布 / What waits to be published")
def draft(query: WeekQuery) -> Draft:
    """A notice or a supplement, as it would be."""
    with seeing() as conn:
        waiting = queries.offered(conn, query.week, now())
    if isinstance(waiting, Refusal):
        raise refused(waiting)
    items = [Item.model_validate(item) for item in waiting.items]
    return Draft(week=query.week, number=waiting.number, items=items)


@api.get("/notices.csv", Action.SEE_NOTICE, "通报 CSV / A notice as CSV", media="text/csv")
def table(query: WeekQuery) -> Response:
    """A row for each violation of one's scope."""
    return notices.download(query.week)


@api.post("/notices/publish", Action.PUBLISH_NOTICE, "发布通报 / Publish a notice")
def publish(body: Publish) -> Published:
    """NOTICE-1."""
    answer = notices.published(body.week, body.number)
    if isinstance(answer, Refusal):
        raise refused(answer)
    return Published(week=body.week, number=answer)


@api.post("/notices/read", Action.SEE_NOTICE, "已阅通报 / Note that a notice was read")
def read(body: Read) -> Published:
    """Who of a station or province did so first is kept."""
    with seeing() as conn:
        rows = queries.notices_of(conn, body.week)
    if not rows:
        raise Problem("not_found")
    notices.mark(body.week)
    return Published(week=body.week, number=max(row.number for row in rows))


@api.get("/inbox", Action.SEE_INBOX, "消息 / Messages")
def messages(query: InboxQuery) -> Page[Message]:
    """What one's station, province or HQ was told, newest first."""
    with seeing() as conn:
        found = inbox(conn, my_mailbox(), query.tab == "unread", cursor(), query.limit)
    items = [Message.model_validate(row) for row in found.rows]
    return Page[Message](items=items, next=cursor_text(found.following) or None)


@api.post("/inbox/read", Action.SEE_INBOX, "标记已读 / Mark messages as read")
def mark(body: MessagesRead) -> Marked:
    """Of one's own inbox."""
    if body.messages is None and body.upto is None:
        raise Problem("invalid", "请指定消息 / messages or upto is needed")
    by, whose = current_actor().name, my_mailbox()
    count = transact(lambda conn: mark_read(conn, whose, body.messages, by, now(), body.upto))
    return Marked(count=count)


@api.get("/calls", Action.SEE_WARNINGS, "催办 / Stations to call")
def to_call() -> CallList:
    """Of one's scope."""
    with seeing() as conn:
        inside = calls.stations_in_scope(services().networks.get(conn))
        rows = call_list(conn, now(), inside)
    told = [{**row._mapping, "called_at": parse_instant(row.called_at) if row.called_at else None} for row in rows]
    return CallList(items=[ToCall.model_validate(one) for one in told])


@api.post("/calls/called", Action.CALL_STATION, "已致电网点 / Note a call to a station")
def called(body: Called) -> Marked:
    """About all that it has on the list."""
    return Marked(count=calls.ticked(body.station))


@api.get("/silent", Action.SEE_WARNINGS, "静默网点 / Silent stations")
def silent() -> Silences:
    """Of one's scope."""
    with seeing() as conn:
        rows = open_silences(conn, calls.stations_in_scope(services().networks.get(conn)))
    return Silences(items=[Silence.model_validate(row) for row in rows])


def _notice(row: Row[Any]) -> Notice:
    sums = Sums.model_validate(total(cells(row.figures)))
    return Notice(
        week=row.week, number=row.number, name=number_of(row.week, row.number), published_at=row.published_at,
        sum=sums,
    )  # fmt: skip

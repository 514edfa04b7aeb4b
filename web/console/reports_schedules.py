"""Who is sent which report every Monday or month, in which form; and the copies that were kept, with their delivery."""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from flask import Blueprint, Response, redirect, send_file, url_for
from sqlalchemy import Connection, Row, select
from werkzeug.wrappers import Response as AnyResponse

from geo.network import Network
from notify.messages import HQ, PROVINCE, STATION, TO_KINDS, Addressee, mailbox_of
from notify.queries import letters_of
from people.access import Action, Scope
from reports.schedules import actions
from reports.schedules.plan import FORMS, FROZEN, MONTH, WEEK, Schedule
from reports.schedules.queries import schedules
from storage.tables.notify import message_files, messages
from web.auth import current_actor, current_scope, needs
from web.console.acting import page as shown
from web.console.fields import BIGGEST_ID, text
from web.console.reports import choices, scope_name
from web.console.reports_asked import kinds_for, may_see
from web.errors import FieldError, Problem
from web.language import t
from web.notes import say
from web.services import now, services
from web.transactions import seeing, transact
from web.words_reports import EVERYBODY, KINDS, Kind

pages = Blueprint("reports_schedules", __name__)
COPIES = 50
ANY = Kind("", "", "", "", "", "", EVERYBODY)
m, f = messages.c, message_files.c


@dataclass(frozen=True, slots=True)
class Copy:
    """A report as it was sent. `letters`: its ways out of the house."""

    message: Row[Any]
    files: Sequence[Row[Any]]
    letters: Sequence[Row[Any]]


@pages.get("/reports/schedules")
@needs(Action.SEE_REPORT)
def page() -> str:
    """Of one's own mailbox; who sees the whole network sees everybody's."""
    scope = current_scope()
    with seeing() as conn:
        network = services().networks.get(conn)
        rows, copies = listed(conn), copies_of(conn)
    return shown(
        "reports_schedules.html", rows=rows, copies=copies, kinds=kinds_for(scope), all_kinds=KINDS, forms=FORMS,
        scopes=[one for _, those in choices(ANY, scope, network) for one in those], everywhere=scope.everywhere,
        name_of=lambda one: scope_name(one, network), told=lambda to: addressee(to, network),
        provinces=sorted({one.province for one in network.stations.values()}), every=(WEEK, MONTH),
    )  # fmt: skip


def listed(conn: Connection) -> list[Schedule]:
    """Those that run, by report and addressee."""
    found = schedules(conn, None if current_scope().everywhere else own_box())
    return sorted(found, key=lambda one: (one.to != own_box(), one.kind, one.to, one.key))


def own_box() -> Addressee:
    """Problem `not_found` for whom no mailbox there is."""
    found = mailbox_of(current_actor())
    if found is None:
        raise Problem("not_found")
    return found


def addressee(to: Addressee, network: Network) -> str:
    """`总部`, `浙江省`, `西湖网点 HZ01`."""
    kind, code = to
    if kind in (STATION, PROVINCE):
        return scope_name(f"{kind}:{code}", network)
    return t("总部", "HQ") if kind == HQ else t("财务", "finance")


@pages.post("/reports/schedules/add")
@needs(Action.SEE_REPORT)
def add() -> AnyResponse:
    """For one's own mailbox, or, by who sees the whole network, for anybody's."""
    given = {name: text(name, limit) for name, limit in (("form", 8), ("every", 8), ("scope", 120))}
    to = text("to_kind", 10), text("to_code", 100)
    if added(text("kind", 12), given["scope"], to if to[0] else own_box(), given["form"], given["every"]):
        say("已加入发送计划 / It will be sent")
    else:
        say("已有同样的发送计划 / There is one like it already", "warning")
    return redirect(url_for("reports_schedules.page"), 303)


def added(kind: str, scope: str, to: Addressee, form: str, every: str) -> bool:
    """False when there was one like it. Problem: a report is sent to nobody who may not see it (ROLE-1)."""
    known = next((one for one in kinds_for(current_scope()) if one.code == kind), None)
    if known is None:
        raise wrong("kind")
    if form not in FORMS:
        raise wrong("form")
    every = FROZEN.get(kind, every)
    if every not in (WEEK, MONTH):
        raise wrong("every")

    def work(conn: Connection) -> bool:
        network = services().networks.get(conn)
        if to != own_box() and not current_scope().everywhere:
            raise Problem("not_found")
        if scope.partition(":")[0] not in known.levels or not may_see(scope, current_scope(), network):
            raise wrong("scope")
        if not may_see(scope, scope_of_box(to, network), network):
            raise wrong("to_code")
        return actions.ask_for(conn, kind, scope, to, form, every, current_actor().name, now())

    return transact(work)


def scope_of_box(to: Addressee, network: Network) -> Scope:
    """What those see who read a mailbox. Problem for one that there is not."""
    kind, code = to
    if kind not in TO_KINDS:
        raise wrong("to_kind")
    if kind == STATION:
        if code not in network.stations:
            raise wrong("to_code")
        return Scope(stations=frozenset({code, *network.children.get(code, ())}))
    if kind == PROVINCE:
        if all(one.province != code for one in network.stations.values()):
            raise wrong("to_code")
        return Scope(province=code)
    if code:
        raise wrong("to_code")
    return Scope(everywhere=True)


def wrong(field: str) -> Problem:
    """422 for a field that names nothing."""
    return Problem("invalid", errors=(FieldError(field, "unknown"),))


@pages.post("/reports/schedules/end")
@needs(Action.SEE_REPORT)
def end() -> AnyResponse:
    """`key`: of one's own, or anybody's."""
    if ended(text("key", 160)):
        say("已停止发送 / Nothing more is sent by it")
    return redirect(url_for("reports_schedules.page"), 303)


def ended(key: str) -> bool:
    """Problem `not_found` for another's."""

    def work(conn: Connection) -> bool:
        found = next((one for one in listed(conn) if one.key == key), None)
        if found is None:
            raise Problem("not_found")
        return actions.end(conn, found, current_actor().name, now())

    return transact(work)


def copies_of(conn: Connection) -> list[Copy]:
    """The newest, with how they are under way."""
    query = select(m.id, m.subject, m.created_at, m.to_kind, m.to_code, m.link, m.read_at).where(m.kind == "report")
    if not current_scope().everywhere:
        kind, code = own_box()
        query = query.where(m.to_kind == kind, m.to_code == code)
    rows: Any = conn.execute(query.order_by(m.id.desc()).limit(COPIES)).all()
    ids = [row.id for row in rows]
    kept_ones = select(f.id, f.message_id, f.name, f.size).where(f.message_id.in_(ids)).order_by(f.id)
    files: Any = conn.execute(kept_ones).all()
    letters = letters_of(conn, ids)
    return [Copy(row, [one for one in files if one.message_id == row.id], letters.get(row.id, ())) for row in rows]


@pages.get(f"/reports/copies/<int(max={BIGGEST_ID}):file_id>")
@needs(Action.SEE_REPORT)
def kept(file_id: int) -> Response:
    """The copy as it was sent."""
    query = select(f.name, f.media_type, f.content, m.to_kind, m.to_code).where(m.id == f.message_id)
    with seeing() as conn:
        row = conn.execute(query.where(f.id == file_id, m.kind == "report")).one_or_none()
    if row is None or (not current_scope().everywhere and (row.to_kind, row.to_code) != own_box()):
        raise Problem("not_found")
    return send_file(BytesIO(row.content), row.media_type, as_attachment=True, download_name=row.name)

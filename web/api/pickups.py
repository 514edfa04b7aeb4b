"""The pickup board: what is to be fetched and by whom, couriers, the closing of a day (DO-3, DAY-1)."""

from datetime import date

from basics.refusal import Refusal
from basics.words import BUSINESS_TYPES
from channels.registry import SOURCES
from dispatch.lists import queries as lists
from people.access import Action
from people.filters.actions import forget, keep
from pickups.board.actions import remind
from pickups.board.queries import to_fetch
from pickups.closing import queries as closing
from pickups.couriers import actions as sending
from pickups.couriers import queries as couriers
from web.api.answers import Answers, answers, refused
from web.api.fields import BIGGEST, Done, Page
from web.api.operation import Api
from web.api.orders import page_of
from web.api.orders_shown import Order, order_of
from web.api.pickups_shown import (
    Active,
    AddCourier,
    Assign,
    BoardQuery,
    Courier,
    Couriers,
    InProvince,
    KeepFilter,
    NotSigned,
    Overview,
    OverviewQuery,
    Paper,
    PaperShown,
    Remind,
    Renamed,
    Sheet,
    SheetQuery,
    Sign,
)
from web.auth import current_actor, current_scope
from web.console import acting
from web.console.board import courier_filter, courier_of, each_of
from web.console.closing import MOST_IDS, STATUS, check_signature, known_station, signed_now
from web.console.couriers import MOST_PRINTED, looked
from web.console.desk import SCREEN
from web.console.desk_kept import kept_words
from web.console.fields import cursor, list_filters
from web.errors import FieldError, Problem
from web.services import now
from web.transactions import changing, seeing, transact

api = Api("pickups", "揽件台 / The pickup board")
ONE = f"/couriers/<int(max={BIGGEST}):courier>"


@api.get("/board", Action.CONFIRM, "揽件台 / What is to be fetched")
def board(query: BoardQuery) -> Page[Order]:
    """By pickup deadline."""
    filters = list_filters(SOURCES, BUSINESS_TYPES)
    with seeing() as conn:
        found = to_fetch(conn, current_scope(), filters, courier_filter(), query.state, cursor(), limit=query.limit)
    return page_of(found)


@api.post("/board/assign", Action.MANAGE_COURIERS, "派快递员 / Send a courier")
def assign(body: Assign) -> Answers:
    """Each order gets its own answer."""
    by = current_actor().name
    return answers(
        each_of(
            list(dict.fromkeys(body.orders)), lambda conn, mine: sending.assign(conn, mine, body.courier, by, now())
        )
    )


@api.post("/board/remind", Action.CALL_SENDER, "提醒寄件人 / Remind senders")
def reminded(body: Remind) -> Answers:
    """DO-3: ask for the missing number once more."""
    by = current_actor().name
    orders = list(dict.fromkeys(body.orders))
    return answers(each_of(orders, lambda conn, mine: remind(conn, mine, acting.world(conn), by, now())))


@api.get("/couriers", Action.MANAGE_COURIERS, "快递员 / Couriers")
def listed() -> Couriers:
    """All, those who carry no more last."""
    with seeing() as conn:
        return Couriers(items=[Courier.model_validate(one) for one in couriers.listed(conn, current_scope().stations)])


@api.post("/couriers", Action.MANAGE_COURIERS, "添加快递员 / Add a courier")
def add(body: AddCourier) -> Done:
    """One name stands for one person of a station."""
    station = body.station or acting.station_of(current_actor())
    if station not in current_scope().stations:
        raise Problem("not_found")
    found = transact(lambda conn: sending.add(conn, station, body.name))
    return _done(found if isinstance(found, Refusal) else None)


@api.post(f"{ONE}/rename", Action.MANAGE_COURIERS, "快递员改名 / Rename a courier")
def rename(courier: int, body: Renamed) -> Done:
    """What he fetched stays his."""
    stations = current_scope().stations
    return _done(transact(lambda conn: sending.rename(conn, stations, courier, body.name)))


@api.post(f"{ONE}/active", Action.MANAGE_COURIERS, "启停快递员 / A courier carries or not")
def set_active(courier: int, body: Active) -> Done:
    """His orders stay his until others are sent."""
    stations = current_scope().stations
    return _done(transact(lambda conn: sending.set_active(conn, stations, courier, body.active)))


@api.post("/couriers/list", Action.SEE_BEHIND_MASK, "揽件单(完整) / A pickup list", repeatable=False, step_up=True)
def paper(body: Paper) -> PaperShown:
    """ROLE-2: each order on it is one logged look. The first hundred."""
    with changing() as conn:
        found = to_fetch(conn, current_scope(), lists.NOTHING, courier_of(body.courier), limit=MOST_PRINTED)
        refusal = looked(conn, found.rows, body.reason)
    if refusal is not None:
        raise Problem("too_many_requests", refusal.message)
    return PaperShown(items=[order_of(row, behind_mask=True) for row in found.rows])


@api.get("/closing", Action.SEE_DAY_SHEETS, "关账单 / A day's sheet")
def day_sheet(query: SheetQuery) -> Sheet:
    """As signed, or as it is now."""
    known_station(query.station)
    which = date.fromisoformat(query.day)
    with seeing(beyond=True) as conn:
        signed = closing.sheet_of(conn, query.station, which)
        found = signed.figures if signed is not None else closing.figures(conn, query.station, which)
    return Sheet(
        station=query.station, day=query.day, figures={name: sorted(ids) for name, ids in found.items()},
        signed_by=signed.signed_by if signed else None, signed_at=signed.signed_at if signed else None,
    )  # fmt: skip


@api.get("/closing/overview", Action.SEE_DAY_SHEETS, "关账进度 / Who has not signed")
def overview(query: OverviewQuery) -> Overview:
    """How the provinces of one's scope stand with a day, and of `province` the stations that have not signed it."""
    scope, which = current_scope(), date.fromisoformat(query.day)
    with seeing(beyond=True) as conn:
        found = closing.provinces(conn, scope, which)
        rows = closing.not_closed(conn, scope, which, query.province) if query.province else []
    return Overview(
        provinces=[InProvince.model_validate(one) for one in found],
        stations=[NotSigned.model_validate(one) for one in rows],
    )


@api.post("/closing/sign", Action.CLOSE_DAY, "关账签字 / Sign a day's sheet")
def close(body: Sign) -> Done:
    """409 when it is not what was shown any more."""
    station = known_station(body.station)
    check_signature(body.name)
    if sum(map(len, body.shown.values())) > MOST_IDS:
        raise Problem("invalid", errors=(FieldError("shown", "too_many"),))
    words = {one.order_id: one.word for one in body.words}
    refusal = signed_now(station, date.fromisoformat(body.day), body.shown, words)
    if refusal is not None:
        raise refused(refusal, STATUS.get(refusal.code, 422))
    return Done()


@api.post("/desk/filters", Action.ACCEPT, "保存筛选 / Keep a filter")
def keep_filter(body: KeepFilter) -> Done:
    """Of one's own desk."""
    user = current_actor().user_id
    query = kept_words(body.query)
    refusal = transact(lambda conn: keep(conn, user, SCREEN, body.name, query, now()))
    if refusal is not None:
        raise refused(refusal, 422)
    return Done()


@api.post(f"/desk/filters/<int(max={BIGGEST}):filter_id>/delete", Action.ACCEPT, "删除筛选 / Forget a filter")
def forget_filter(filter_id: int) -> Done:
    """One of one's own."""
    user = current_actor().user_id
    if not transact(lambda conn: forget(conn, user, filter_id)):
        raise Problem("not_found")
    return Done()


def _done(refusal: Refusal | None) -> Done:
    if refusal is not None:
        absent, known = refusal.code == "courier_unknown", refusal.code == "courier_known"
        raise refused(refusal, 404 if absent else 409 if known else 422)
    return Done()

"""关账: the day in figures, each with its orders behind it, signed once (DAY-1); who has not signed yet."""

import json
from datetime import date, datetime, timedelta
from typing import Any

from flask import Blueprint, make_response, redirect, request, url_for
from werkzeug.wrappers import Response

from basics.days import day_of
from basics.refusal import Refusal
from dispatch.lists.queries import Filters, in_scope, unscanned
from people.access import Action, Role, Scope, may
from pickups import figures as sheet
from pickups.board.queries import numbers_of
from pickups.closing import queries
from pickups.closing.actions import Signature, sign
from web.auth import current_actor, current_scope, needs
from web.console import acting
from web.console.fields import BIGGEST_ID, argument, day, invalid, text
from web.errors import FieldError, Problem
from web.notes import say
from web.services import now, services
from web.transactions import seeing, transact
from web.words_pickups import WORDS_FOR_UNSCANNED

pages = Blueprint("closing", __name__)
# What a station passed on is of its day too, and lies beyond the wall: each view here checks the station itself.

STATUS = {"day_closed": 409, "sheet_changed": 409}
MOST_SHOWN = 400_000  # characters of what a form says it showed
MOST_IDS = 30_000  # and orders: PostgreSQL takes no more than 65,535 values in a statement


@pages.get("/closing")
@needs(Action.SEE_DAY_SHEETS)
def page() -> str:
    """A station's sheet; without one, province and HQ see who has not signed."""
    actor = current_actor()
    own = acting.station_of(actor) if actor.role == Role.STATION else ""
    station = argument("station", 40) or own
    if not station:
        return _overview()
    return _sheet(known_station(station), _day(station))


@pages.get("/closing/orders")
@needs(Action.SEE_DAY_SHEETS)
def behind() -> str:
    """The orders behind one figure: as signed, or as they are now."""
    station, name = known_station(argument("station", 40)), argument("figure", 60)
    which = _day(station)
    with seeing(beyond=True) as conn:
        signed = queries.sheet_of(conn, station, which)
        found = signed.figures if signed is not None else queries.figures(conn, station, which)
        ids = sorted(found.get(name, ()))
        numbers, mine = numbers_of(conn, ids, station), in_scope(conn, current_scope(), ids)
    return acting.page(
        "closing_orders.html", station=station, day=which, name=name, ids=ids, numbers=numbers, mine=mine,
        signed=signed, network=_network(),
    )  # fmt: skip


@pages.post("/closing/sign")
@needs(Action.CLOSE_DAY)
def close() -> Response:
    """Signed with one's own name; what changed since it was shown is shown first."""
    station, which = known_station(text("station", 40)), _date(text("day", 10))
    check_signature(text("name", 64))
    if request.form.get("sure") != "1":
        raise invalid("sure", "field_required", "请勾选确认 / Tick that you have checked it")
    shown = _shown()
    common = text("word", sheet.LONGEST_WORD)
    words = {one: text(f"word-{one}", sheet.LONGEST_WORD) or common for one in shown.get("unscanned", ())}
    refusal = signed_now(station, which, shown, words)
    if refusal is None:
        say("已关账并签字 / The day is closed and signed")
        return redirect(url_for("closing.page", station=station, day=which.isoformat()), 303)
    if refusal.code == "sheet_changed":
        return make_response(_sheet(station, which, refusal, shown, words), 409)
    status = STATUS.get(refusal.code, 422)
    errors = (FieldError(refusal.field, refusal.code),) if refusal.field else ()
    raise Problem(refusal.code, refusal.message, status=status, errors=errors)


def check_signature(name: str) -> None:
    """Problem when it is not the name of who asks."""
    if name != current_actor().name:
        why = "签字须与登录姓名一致 / The signature must be the name you are logged in with"
        raise Problem("signature_differs", why, errors=(FieldError("name", "signature_differs"),))


def signed_now(station: str, which: date, shown: dict[str, list[int]], words: dict[int, str]) -> Refusal | None:
    """Sign what was shown, by who asks."""
    signature, closes = Signature(station, which, shown, words, current_actor().name), closes_at(station)
    return transact(lambda conn: sign(conn, signature, closes, now()))


def _sheet(station: str, which: date, refusal: Refusal | None = None, before: Any = None, words: Any = None) -> str:
    """The signed sheet with what changed since; else what there is to sign, and what changed since it was shown."""
    scope, opens = current_scope(), sheet.opens_at(which, closes_at(station))
    with seeing(beyond=True) as conn:
        network = services().networks.get(conn)
        signed, past = queries.sheet_of(conn, station, which), queries.sheets(conn, station)
        found = queries.figures(conn, station, which)
        changed = sheet.differences(before, found) if before is not None else []
        left: Any = None
        since, about = {}, {one for difference in changed for one in (*difference.joined, *difference.left)}
        if signed is None:
            own, until = Scope(stations=frozenset({station})), sheet.ends_at(which) - sheet.LATEST
            left = unscanned(conn, own, Filters(created_until=until), limit=queries.MOST)
        else:
            changed = sheet.differences(signed.figures, found, only_day=True)
            about = {one for difference in changed for one in (*difference.joined, *difference.left)}
            since = queries.told_since(conn, about, signed.signed_at)
            about |= {one for one, _ in signed.unscanned}
        numbers, mine = numbers_of(conn, about, station), in_scope(conn, scope, about)
    return acting.page(
        "closing.html", station=station, day=which, network=network, signed=signed, past=past,
        figures=sheet.ordered(signed.figures if signed is not None else found), changed=changed, since=since,
        shown=json.dumps(sheet.ordered(found), separators=(",", ":")), left=left.rows if left else [],
        too_many=bool(left and left.following), numbers=numbers, mine=mine, refusal=refusal, words=words or {},
        reasons=WORDS_FOR_UNSCANNED, why_not=_why_not(opens, which), actor=current_actor(), opens=opens,
        late=sheet.is_late(which, signed.signed_at if signed else now()), longest=sheet.LONGEST_WORD,
        may_sign=may(current_actor(), Action.CLOSE_DAY), stations=sorted(scope.stations), today=day_of(now()),
        before=which - timedelta(days=1), after=which + timedelta(days=1),
    )  # fmt: skip


def _why_not(opens: datetime, which: date) -> str:
    """The code for why a day cannot be signed now; empty when it can."""
    if now() < opens:
        return "day_not_over"
    return "day_too_old" if now() >= sheet.ends_at(which) else ""


def _overview() -> str:
    scope, asked = current_scope(), day("day")
    which = day_of(asked) if asked else day_of(now()) - timedelta(days=1)
    with seeing(beyond=True) as conn:
        found = queries.provinces(conn, scope, which)
        province = argument("province", 40) or (found[0].name if len(found) == 1 else "")
        rows = queries.not_closed(conn, scope, which, province) if province else []
    return acting.page(
        "closing_overview.html", day=which, found=found, province=province, rows=rows, today=day_of(now()),
        before=which - timedelta(days=1), after=which + timedelta(days=1),
    )  # fmt: skip


def _shown() -> dict[str, list[int]]:
    """What the form says it showed; nothing but names and ids."""
    given = request.form.get("shown", "")
    try:
        found = json.loads(given) if len(given) <= MOST_SHOWN else None
    except ValueError:
        found = None
    if not isinstance(found, dict) or not all(
        isinstance(ids, list) and all(type(one) is int and 0 < one <= BIGGEST_ID for one in ids)
        for ids in found.values()
    ):
        raise invalid("shown", "malformed")
    if sum(map(len, found.values())) > MOST_IDS:
        raise invalid("shown", "malformed")
    return found


def known_station(station: str) -> str:
    """A station of the asking person's scope; others do not exist for him."""
    known = _network().stations.get(station)
    if known is None or not current_scope().holds(station, known.province):
        raise Problem("not_found")
    return station


def _day(station: str) -> date:
    """The day of the address; else yesterday while it is not signed and its leftovers are due, else today."""
    asked = day("day")
    if asked is not None:
        return day_of(asked)
    today = day_of(now())
    yesterday = today - timedelta(days=1)
    with seeing(beyond=True) as conn:
        open_ = not sheet.is_late(yesterday, now()) and queries.sheet_of(conn, station, yesterday) is None
        worked = open_ and any(queries.figures(conn, station, yesterday).values())
    return yesterday if worked else today


def _date(given: str) -> date:
    try:
        return date.fromisoformat(given)
    except ValueError:
        raise invalid("day", "day_invalid") from None


def _network() -> Any:
    with seeing() as conn:
        return services().networks.get(conn)


def closes_at(station: str) -> int:
    """When duty ends there, in minutes of the day (DUTY-1)."""
    known, hours = _network().stations[station], services().book.at(now()).duty
    return hours[known.duty].closes

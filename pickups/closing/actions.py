"""DAY-1: the sheet of a day is signed once and never changed. Transactions are opened at the edge."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection

from basics.refusal import Refusal
from penalties.hiding.queries import masked_by_order
from pickups.closing.queries import MOST, figures, sheet_of
from pickups.figures import LONGEST_WORD, Figures, digest, ends_at, opens_at, ordered
from storage.locks import lock_names
from storage.sql import insert_ignore
from storage.tables.pickups import day_sheets

WORDS = {
    "day_not_over": "值守结束后才能关账 / The day can be closed from the end of duty on",
    "day_too_old": "已超过补签期限 / It is too late to sign this day",
    "day_closed": "当日已关账 / This day is closed already",
    "sheet_changed": "内容已变化,请核对后重新签字 / Things have changed: look at the differences and sign again",
    "too_many_unscanned": f"未扫描订单超过 {MOST} 单,请先清理 / More than {MOST} orders have no scan: clear some first",
    "word_required": "未扫描订单须逐单说明 / Each order without a scan needs a word",
}


@dataclass(frozen=True, slots=True)
class Signature:
    """What somebody signs: whose day, what he was shown, and his word on each order without a scan."""

    station: str
    day: date
    shown: Figures
    words: Mapping[int, str]
    by: str


def sign(conn: Connection, signature: Signature, closes: int, now: datetime) -> Refusal | None:
    """Close the day as it was shown. `closes`: when duty ends at the station, in minutes of the day. `sheet_changed`
    when it is not what was shown any more."""
    station, day = signature.station, signature.day
    lock_names(conn, [f"sheet {station} {day}"])
    if sheet_of(conn, station, day) is not None:
        return _refuse("day_closed")
    if now < opens_at(day, closes):
        return _refuse("day_not_over")
    if now >= ends_at(day):
        return _refuse("day_too_old")
    found = figures(conn, station, day)
    mark = digest(station, day.isoformat(), found)
    if mark != digest(station, day.isoformat(), signature.shown):
        return _refuse("sheet_changed")
    left = sorted(found["unscanned"])
    if len(left) > MOST:
        return _refuse("too_many_unscanned")
    if not all(signature.words.get(one, "").strip() for one in left):
        return _refuse("word_required", "words")
    # A sheet is never changed: nobody could take a customer out of it later (ROLE-2).
    words = masked_by_order(conn, {one: signature.words[one].strip() for one in left})
    row = {
        "station": station, "day": day.isoformat(), "figures": ordered(found), "digest": mark,
        "unscanned": [[one, words[one][:LONGEST_WORD]] for one in left],
        "signed_by": signature.by, "signed_at": now,
    }  # fmt: skip
    new = insert_ignore(conn, day_sheets, [row], ["station", "day"], ["id"])
    return None if new else _refuse("day_closed")


def _refuse(code: str, field: str | None = None) -> Refusal:
    return Refusal(code, WORDS[code], field)

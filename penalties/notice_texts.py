"""A notice in words, in three lengths (NOTICE-1): a line for chat groups, a page, and the full table. No customer
stands in it: stations, logistics numbers, instants and sums only."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from basics.days import iso, shanghai, week_bounds
from basics.money import yuan
from notify.messages import HQ, PROVINCE, STATION, Addressee, Message
from penalties.notices import CONFIRMED, Cell, Item, Sum, number_of, total

LONGEST_LINE = 200  # characters: the subject of a message
MOST_LISTED = 200  # violations on a page; the console has the rest
KINDS = {
    "V-ACCEPT": "接单超时", "V-PICKUP": "揽收超时", "V-FALSE-FAIL": "虚假失败原因", "V-FALSE-WAYBILL": "虚假运单号",
    "V-WRONG-ACCEPT": "错误接单", "V-TRANSFER": "转单超时或错误",
}  # fmt: skip
TABLE = (
    "通报编号", "发布时间", "省份", "网点编号", "网点名称", "一级网点", "违规", "违规代码", "发生时间", "订单", "状态",
    "罚款(元)",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Notice:
    """What a notice or supplement says. `items`: the violations it tells; `provinces`: those that it is told to, also
    where nothing happened. `appeal_until`: exclusive."""

    week: str
    number: int
    published_at: datetime
    cells: Sequence[Cell]
    items: Sequence[Item]
    provinces: Collection[str]
    appeal_until: datetime | None = None

    @property
    def name(self) -> str:
        return number_of(self.week, self.number)


def days_of(week: str) -> str:
    """`4月27日至5月3日`."""
    start, end = week_bounds(week)
    return f"{_day(start)}至{_day(end - timedelta(days=1))}"


def line(notice: Notice) -> str:
    """The whole network in a line, by province as far as they find room."""
    by_province = _provinces(notice)
    counts = ((province, total(some).confirmed) for province, some in by_province.items())
    named = "、".join(f"{province} {count}" for province, count in counts if count)
    short = _line(notice, "全网", total(notice.cells), "network")
    full = _line(notice, "全网", total(notice.cells), "network", f"其中{named}" if named else "")
    return full if len(full) <= LONGEST_LINE else short


def page(notice: Notice) -> str:
    """The whole network by province; the line stands above it."""
    by_province = [f"{province}:{_said(total(some))}" for province, some in _provinces(notice).items()]
    return "\n".join([*by_province, _more(notice)])


def table(notice: Notice) -> list[tuple[Any, ...]]:
    """A row of TABLE for each violation that it tells."""
    at = iso(notice.published_at)
    return [
        (notice.name, at, one.province, one.station, one.name, one.house, kind_word(one.kind), one.kind,
         iso(one.happened_at), one.logistics_no, state_word(one.state), f"{one.fine_fen / 100:.2f}")
        for one in notice.items
    ]  # fmt: skip


def messages(notice: Notice) -> list[Message]:
    """To each station concerned and its level-1 house its detail, to each province its page, to HQ the page of the
    network; everybody's subject is the line."""
    found = [_message(notice, (HQ, ""), line(notice), page(notice))]
    end = [f"全网:{_said(total(notice.cells))}", _more(notice)]  # of every page, so said once
    for province, some in _provinces(notice).items():
        found.append(_message(notice, (PROVINCE, province), *_province(notice, province, some, end)))
    for code, items in sorted(_by_station(notice.items).items()):
        found.append(_message(notice, (STATION, code), *_station(notice, code, items, end)))
    return found


def key_of(week: str, number: int, to: Addressee) -> str:
    """By which the message to somebody about a notice is known."""
    return f"notice:{number_of(week, number)}:{to[0]}:{to[1]}"


def told_to(some: Sequence[Cell], provinces: Collection[str]) -> list[Addressee]:
    """Whom a notice with these figures was told to."""
    stations = {code for cell in some for code in (cell.station, cell.house)}
    return [(HQ, ""), *((PROVINCE, one) for one in sorted(provinces)), *((STATION, one) for one in sorted(stations))]


def kind_word(kind: str) -> str:
    """A kind of violation in Chinese; one of a later edition by its code."""
    return KINDS.get(kind, kind)


def state_word(state: str) -> str:
    """What a notice tells of a violation."""
    return "已确认" if state == CONFIRMED else "已撤销"


def _message(notice: Notice, to: Addressee, subject: str, text: str) -> Message:
    return Message(
        key_of(notice.week, notice.number, to), to, "notice", subject[:LONGEST_LINE], text, f"/notices/{notice.week}"
    )


def _provinces(notice: Notice) -> dict[str, list[Cell]]:
    """Each province that it is told to, with nothing where nothing happened."""
    return {province: [] for province in sorted(notice.provinces)} | _by(notice.cells, lambda cell: cell.province)


def _province(notice: Notice, province: str, some: Sequence[Cell], end: Sequence[str]) -> tuple[str, str]:
    head = _line(notice, province, total(some), "province")
    by_station = _by(some, lambda cell: cell.station)
    lines = [f"{cells[0].name} {code}:{_said(total(cells))}({_kinds(cells)})" for code, cells in by_station.items()]
    return head, "\n".join([*lines, *end])


def _station(notice: Notice, code: str, items: Sequence[Item], end: Sequence[str]) -> tuple[str, str]:
    own = next((one.name for one in items if one.station == code), "")
    head = _line(notice, f"{own} {code} ".lstrip(), _sum_of(items), "station", _until(notice, items))
    lines = [
        f"{one.logistics_no} {kind_word(one.kind)} {one.station if one.station != code else ''}"
        f" 发生于 {_moment(one.happened_at)},{state_word(one.state)},罚款 {yuan(one.fine_fen)}".replace("  ", " ")
        for one in items[:MOST_LISTED]
    ]
    if len(items) > MOST_LISTED:
        lines.append(f"其余 {len(items) - MOST_LISTED} 起见通报页面 / the others stand on the page")
    return head, "\n".join([*lines, *end])


def _until(notice: Notice, items: Sequence[Item]) -> str:
    if notice.appeal_until is None or not any(one.state == CONFIRMED for one in items):
        return ""
    return f"可申诉至{_day(notice.appeal_until - timedelta(days=1))}24:00"


def _line(notice: Notice, whose: str, found: Sum, english: str, more: str = "") -> str:
    what = "违规通报补充" if notice.number else "违规通报"
    said = f"{notice.name} {what}({days_of(notice.week)}):{whose}{_said(found)}"
    parts = [f"{found.confirmed} confirmed"] + ([f"{found.overturned} overturned"] if found.overturned else [])
    return f"{said}{',' + more if more else ''} / {english}: {', '.join(parts)}"


def _said(found: Sum) -> str:
    parts = [f"确认 {found.confirmed} 起,罚款 {yuan(found.fines_fen)}"] if found.confirmed else []
    parts += [f"撤销 {found.overturned} 起,退回罚款 {yuan(found.reversed_fen)}"] if found.overturned else []
    return ",".join(parts) or "无违规"


def _kinds(some: Sequence[Cell]) -> str:
    return "、".join(
        f"{kind_word(kind)} {found.confirmed + found.overturned}"
        for kind, found in ((kind, total(cells)) for kind, cells in _by(some, lambda cell: cell.kind).items())
    )


def _more(notice: Notice) -> str:
    return f"明细见 通报 {notice.week} / details: Notices"


def _by(some: Sequence[Cell], of: Callable[[Cell], str]) -> dict[str, list[Cell]]:
    found: dict[str, list[Cell]] = {}
    for cell in some:
        found.setdefault(of(cell), []).append(cell)
    return found


def _by_station(items: Sequence[Item]) -> dict[str, list[Item]]:
    """Station, and level-1 house, -> what it is told of."""
    found: dict[str, list[Item]] = {}
    for item in items:
        for code in _whose(item):
            found.setdefault(code, []).append(item)
    return found


def _whose(item: Item) -> Iterator[str]:
    yield item.station
    if item.house != item.station:
        yield item.house


def _sum_of(items: Sequence[Item]) -> Sum:
    sums = (Sum(1, one.fine_fen) if one.state == CONFIRMED else Sum(0, 0, 1, one.fine_fen) for one in items)
    return sum(sums, Sum())


def _day(at: datetime) -> str:
    local = shanghai(at)
    return f"{local.month}月{local.day}日"


def _moment(at: datetime) -> str:
    return f"{shanghai(at):%m-%d %H:%M:%S}"

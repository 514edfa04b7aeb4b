"""渠道: how each channel does, its switches, and its error log (issue 3, point 4)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from flask import Blueprint, redirect, request, url_for
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from basics.refusal import Refusal
from channels.actions import set_channel
from channels.adapter import Adapter, Opened, Outbound
from channels.errors_seen.actions import resume_feedback, stop_feedback
from channels.errors_seen.kept import LONGEST, split
from channels.errors_seen.queries import (
    DOOR,
    HOURS,
    INBOX,
    SHOWN_FOR,
    Hour,
    Seen,
    SetUp,
    Traffic,
    errors,
    one_error,
    set_up,
    traffic,
)
from channels.feedback import PARKED, WAITING
from channels.messages import OrderPush, Question, WaybillTold, Withdrawal
from channels.outbox.queries import counts
from channels.registry import ADAPTERS, OUTBOUND
from people.access import LOOK_REASONS, Action, may
from people.actions import UNMASK, AuditEntry, record
from people.masking import mask_text
from people.queries import looks_since
from people.sittings import MOST_LOOKS_AN_HOUR
from web.auth import current_actor, needs
from web.console.acting import page as shown
from web.console.fields import BIGGEST_ID, cursor, cursor_text, invalid, text
from web.console.looks import alert
from web.console.outline import outline
from web.errors import Problem
from web.notes import say
from web.services import now, services
from web.transactions import changing, seeing, transact

pages = Blueprint("channels", __name__)

ERROR = f"/channels/<name>/errors/<origin>/<int(max={BIGGEST_ID}):row_id>"
KINDS = {
    OrderPush: ("订单", "order"),
    Withdrawal: ("撤单", "withdrawal"),
    WaybillTold: ("运单号", "waybill number"),
    Question: ("查询", "question"),
}
TOO_MANY = "查看完整信息次数过多,请稍后再试 / Too many looks in an hour"
BAR_HEIGHT, BAR_WIDTH = 28, 6  # pixels


@dataclass(frozen=True, slots=True)
class Bar:
    """An hour as drawn: heights in pixels from the bottom, refusals below the rest."""

    x: int
    whole: int
    refused: int
    hour: Hour


@dataclass(frozen=True, slots=True)
class Line:
    """A channel or sender on the page. `known` None: never set up."""

    name: str
    out: Outbound
    pushes: bool
    known: SetUp | None
    lacks: tuple[str, ...]
    lacks_out: tuple[str, ...]
    traffic: Traffic | None
    bars: tuple[Bar, ...]
    waiting: int
    parked: int


@pages.get("/channels")
@needs(Action.MANAGE_CHANNELS)
def page() -> str:
    """All channels, and the services that tell senders."""
    with seeing() as conn:
        lines = lines_of(conn, tuple(OUTBOUND))
    return shown("channels.html", lines=lines, hours=HOURS)


@pages.get("/channels/<name>")
@needs(Action.MANAGE_CHANNELS)
def one(name: str) -> str:
    """One channel with its error log, newest first."""
    known(name)
    with seeing() as conn:
        (line,) = lines_of(conn, (name,))
        found, following = errors(conn, name, now(), cursor())
    return shown(
        "channel.html", line=line, rows=found, following=cursor_text(following), first=not request.args.get("after"),
        days=SHOWN_FOR // timedelta(days=1),
    )  # fmt: skip


@pages.post("/channels/<name>/switch")
@needs(Action.MANAGE_CHANNELS)
def switch(name: str) -> Response:
    """`what`: enabled (may it push) or feedback (is it told); `on`: 1 or 0."""
    known(name)
    what, on = text("what", 10), text("on", 1)
    if on not in ("0", "1") or what not in ("enabled", "feedback"):
        raise invalid("what", "unknown")
    switched(name, what, on == "1")
    words = {"enabled": ("接单", "pushes"), "feedback": ("回传", "feedback")}[what]
    say(f"{words[0]}已{'启用' if on == '1' else '停用'} / {words[1]} {'on' if on == '1' else 'off'}")
    return redirect(url_for("channels.one", name=name), 303)


def switched(name: str, what: str, on: bool) -> None:
    """`what`: enabled or feedback. Problem for a channel that is not set up."""
    known(name)

    def work(conn: Connection) -> None:
        if name not in set_up(conn, now()):
            raise Problem("conflict", "该渠道尚未设置 / This channel is not set up yet")
        if what == "enabled":
            set_channel(conn, services().master, name, {"enabled": "1" if on else "0"}, now())
        else:
            (resume_feedback if on else stop_feedback)(conn, name)
        _audit(conn, name, f"{what} {'on' if on else 'off'}")

    transact(work)


@pages.post("/channels/<name>/settings")
@needs(Action.MANAGE_CHANNELS, step_up=True)
def settings(name: str) -> Response:
    """Source addresses, and whether senders of pushed orders are told (CHAN-7); empty means: everybody, and no."""
    known(name)
    set_to(name, {"sources": text("sources", 2_000).replace("\n", ","), "tell_sender": text("tell_sender", 3)})
    say("已保存 / saved")
    return redirect(url_for("channels.one", name=name), 303)


def set_to(name: str, values: Mapping[str, str]) -> None:
    """Settings of a channel that is set up. Problem."""
    known(name)

    def work(conn: Connection) -> Refusal | None:
        if name not in set_up(conn, now()):
            raise Problem("conflict", "该渠道尚未设置 / This channel is not set up yet")
        refusal = set_channel(conn, services().master, name, values, now())
        if refusal is None:
            _audit(conn, name, f"sources={values['sources'] or '*'} tell_sender={values['tell_sender'] or 'off'}")
        return refusal

    refusal = transact(work)
    if refusal is not None:
        raise invalid(refusal.field or "sources", refusal.code, refusal.message)


@pages.get(ERROR)
@needs(Action.MANAGE_CHANNELS)
def error(name: str, origin: str, row_id: int) -> str:
    """One refused request: our answer, what we understood, and its fields with what may be a customer's hidden."""
    with seeing() as conn:
        found = error_of(conn, name, origin, row_id)
    return _error_page(name, found)


@pages.post(f"{ERROR}/look")
@needs(Action.MANAGE_CHANNELS)
def look(name: str, origin: str, row_id: int) -> str:
    """ROLE-2: the request as it came; each look is logged."""
    actor, reason = current_actor(), text("reason", 100)
    if not may(actor, Action.SEE_BEHIND_MASK):
        raise Problem("forbidden")
    if reason not in LOOK_REASONS:
        raise invalid("reason", "unknown", "请选择查看原因 / Choose a reason")
    return _error_page(name, looked_at(name, origin, row_id, reason), behind_mask=True)


def looked_at(name: str, origin: str, row_id: int, reason: str) -> Seen:
    """The request as it came; the look is written down and counted. Problem."""
    actor = current_actor()
    with changing() as conn:
        found = error_of(conn, name, origin, row_id)
        if looks_since(conn, actor.user_id, UNMASK, now() - timedelta(hours=1)) >= MOST_LOOKS_AN_HOUR:
            raise Problem("too_many_requests", TOO_MANY)
        subject = f"{name} {found.number or f'{origin} {row_id}'}"
        record(conn, [AuditEntry(actor.user_id, UNMASK, subject, request.remote_addr or "", reason=reason)], now())
        alert(conn, actor, stopped=False)
    return found


def _error_page(name: str, found: Seen, behind_mask: bool = False) -> str:
    adapter = adapter_of(name)
    head, body = split(found.request) if found.origin == DOOR else ("", found.request)
    raw = "\n\n".join(part for part in (head, body[:LONGEST].decode("utf-8", errors="replace")) if part)
    return shown(
        "channel_error.html", name=name, found=found, head=_public(head), raw=raw if behind_mask else None,
        fields=outline(body, adapter.prefixes, behind_mask=behind_mask), kind=_understood(adapter, found),
        behind_mask=behind_mask, look_reasons=LOOK_REASONS, is_empty=not body,
        may_look=may(current_actor(), Action.SEE_BEHIND_MASK),
    )  # fmt: skip


def _public(head: str) -> str:
    """The head without its query, which may say anything; numbers are hidden but for the time of the attempt."""
    line, *others = head.split("\r\n")
    path, question, tail = line.partition("?")
    first = f"{path}?…" if question and tail else path
    return "\n".join([first, *(one if one.startswith("webhook-timestamp: ") else mask_text(one) for one in others)])


def _understood(adapter: Adapter, found: Seen) -> tuple[str, str]:
    """The kind of message, as far as it can be read again; nothing of one that was turned away unread."""
    if found.origin == DOOR:
        return ("未解读", "not read")
    try:
        reading_ = adapter.read(Opened(found.message_key, found.request), found.at)
    except Exception:  # it was read with words that were not kept
        return ("已验签", "signature right")
    if isinstance(reading_, Refusal):
        return ("已验签,内容读不懂", "signature right, content not understood")
    said = [KINDS.get(type(one), ("无法采用", "unusable")) for one in reading_.said]
    kinds = list(dict.fromkeys(said))
    more = f" ×{len(said)}" if len(said) > 1 else ""
    return "、".join(zh for zh, _ in kinds) + more, ", ".join(en for _, en in kinds)


def lines_of(conn: Connection, names: tuple[str, ...]) -> list[Line]:
    there = set_up(conn, now())
    rows = counts(conn, (WAITING, PARKED))
    hours = traffic(conn, [name for name in names if name in ADAPTERS], now())
    return [_line(name, there.get(name), hours.get(name), rows) for name in names]


def _line(name: str, known: SetUp | None, hours: Traffic | None, rows: Mapping[tuple[str, str], int]) -> Line:
    out, adapter = OUTBOUND[name], ADAPTERS.get(name)
    needs_in = (*adapter.needs, *adapter.also_needs(known.settings if known else {})) if adapter else ()
    needs_out = (*out.needs, "feedback_url")
    lacks_out = [*(known.lacks(out.needs) if known else out.needs)]
    if known is None or not known.feedback_url:
        lacks_out.append("feedback_url")
    return Line(
        name, out, adapter is not None, known, tuple(known.lacks(needs_in) if known else needs_in),
        tuple(one for one in needs_out if one in lacks_out), hours, _bars(hours) if hours else (),
        rows.get((name, WAITING), 0), rows.get((name, PARKED), 0),
    )  # fmt: skip


def _bars(told: Traffic) -> tuple[Bar, ...]:
    """Drawn to the highest hour of the channel; an hour with anything is at least a pixel high."""
    highest = max(max(hour.pushes + hour.away for hour in told.hours), 1)

    def high(amount: int) -> int:
        return max(round(amount * BAR_HEIGHT / highest), 1) if amount else 0

    return tuple(
        Bar(place * (BAR_WIDTH + 1), high(hour.pushes + hour.away), high(hour.refused + hour.away), hour)
        for place, hour in enumerate(told.hours)
    )


def known(name: str) -> None:
    if name not in OUTBOUND:
        raise Problem("not_found")


def adapter_of(name: str) -> Adapter:
    if name not in ADAPTERS:
        raise Problem("not_found")
    return ADAPTERS[name]


def error_of(conn: Connection, name: str, origin: str, row_id: int) -> Seen:
    adapter_of(name)
    found = one_error(conn, name, origin, row_id, now()) if origin in (INBOX, DOOR) else None
    if found is None:
        raise Problem("not_found")
    return found


def _audit(conn: Connection, name: str, what: str) -> None:
    entry = AuditEntry(current_actor().user_id, "channel", f"{name} {what}", request.remote_addr or "")
    record(conn, [entry], now())

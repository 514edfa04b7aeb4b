"""What happened, who was told, and what the channel said: the log in words, for a pack that everybody may read.

Nothing here is behind the mask, whoever reads it: a sender's or caller's own words are hidden altogether (ROLE-2).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from basics.days import SHANGHAI, shanghai
from basics.money import yuan
from basics.text import visible
from dispatch.evidence.queries import Record
from dispatch.lists.queries import OrderPage
from notify.messages import HQ, KINDS, PROVINCE
from people.masking import HIDDEN
from web.console.logbook import LogLine, Names, log_lines, mask_recipient
from web.pack.exact import exactly
from web.words import word

STEPS = {
    "tint": ("变色提醒", "tint"), "sound": ("响铃", "sound"), "message": ("通知负责人", "message to the head"),
    "call_list": ("列入省平台催办名单", "on the province's call list"),
    "offer_transfer": ("建议转单", "transfer offered"),
}  # fmt: skip
# Of an event's data, what a contradiction may rest on. Codes and stations only, nothing of a customer.
FACTS = ("station", "to", "stage", "inside", "outside", "elsewhere", "origin", "code", "logistics_no")
_CODE = re.compile(r"[a-z_]{1,40}", re.ASCII)
_CALL = re.compile(r"(?:(20\d\d)[-/.](\d{1,2})[-/.](\d{1,2})[ T]+)?(\d{1,2})[::](\d\d)(?!\d)", re.ASCII)


def timeline(found: OrderPage, names: Names) -> list[dict[str, Any]]:
    """The whole log, oldest first, with both times and whom each line told."""
    lines = zip(found.events, log_lines(found.events, found.told, names), strict=True)
    return [_line(event, line, names) for event, line in reversed(list(lines))]


def _line(event: Any, line: LogLine, names: Names) -> dict[str, Any]:
    kind = word("event", line.kind)
    return {
        "seq": event.seq,
        "kind": line.kind,
        "zh": kind.chinese,
        "en": kind.english,
        "text": visible(line.text),
        "by": line.by,
        "happened_at": exactly(line.happened_at),
        "recorded_at": exactly(line.recorded_at),
        "told_late": line.told_late,
        "changes": [
            {"label": one.label, "before": visible(one.before), "after": visible(one.after)} for one in line.differences
        ],
        "told": [_told(row) for row in line.told],
        "fact": _fact(event),
    }


def _told(row: Any) -> dict[str, Any]:
    channel, kind, state = word("channel", row.channel), word("told", row.kind), word("outbox", row.state)
    return {
        "channel": row.channel,
        "kind": row.kind,
        "state": row.state,
        "zh": f"告知{channel.chinese}「{kind.chinese}」{state.chinese}",
        "en": f"{channel.english} told “{kind.english}”: {state.english}",
        "sent_at": exactly(row.sent_at),
    }


def _fact(event: Any) -> dict[str, Any]:
    fact = {key: event.data[key] for key in FACTS if event.data.get(key) not in (None, "")}
    reason = event.data.get("reason")
    if isinstance(reason, str) and _CODE.fullmatch(reason):
        fact["reason"] = reason
    if event.kind == "failed" and reason in ("cannot_reach", "no_time_agreed"):
        claimed = call_time(str(event.data.get("detail", "")), event.happened_at)
        fact |= {"call_time": exactly(claimed)} if claimed else {}
    return fact


def call_time(text: str, failed_at: datetime) -> datetime | None:
    """The time of a call that a station typed (DO-2); without a day the last such time before the failure."""
    said = _CALL.search(text)
    if said is None:
        return None
    year, month, day, hour, minute = said.groups()
    base = shanghai(failed_at)
    try:
        if year:
            return datetime(int(year), int(month), int(day), int(hour), int(minute), tzinfo=SHANGHAI)
        at = base.replace(hour=int(hour), minute=int(minute), second=0, microsecond=0)
    except ValueError:
        return None
    return at if at <= base else at - timedelta(days=1)


def holders(found: OrderPage, names: Names) -> list[dict[str, Any]]:
    """Who held the order, from when until when, why and by whom."""
    return [
        {
            "seq": one.seq,
            "station": one.station,
            "name": names.station(one.station),
            "since": exactly(one.started_at),
            "until": exactly(one.ended_at),
            "cause": one.cause,
            "zh": word("assignment", one.cause).chinese,
            "en": word("assignment", one.cause).english,
            "by": names.actor(one.by),
            "outside": one.outside,
        }
        for one in found.assignments
    ]


def rings(rows: Sequence[Any], names: Names) -> list[dict[str, Any]]:
    """DO-8: each warning before a deadline."""
    return [
        {
            "seq": one.seq,
            "step": one.step,
            "zh": STEPS.get(one.step, (one.step, ""))[0],
            "en": STEPS.get(one.step, ("", one.step))[1],
            "station_name": names.station(one.station),
            "rung_at": exactly(one.rung_at),
            "due_at": exactly(one.due_at),
            "ahead": one.ahead,
            "messages": len(one.told.get("messages", ())),
            "called_at": one.told.get("called_at", ""),
        }
        for one in rows
    ]


def messages(record: Record, names: Names) -> list[dict[str, Any]]:
    """What stations, province and HQ were told of the order, whether it went out, and who read it when."""
    sent: dict[int, list[Any]] = {}
    for row in record.deliveries:
        sent.setdefault(row.message_id, []).append(row)
    return [
        {
            "to": _addressee(one, names),
            "kind": one.kind,
            "zh": KINDS.get(one.kind, (one.kind, ""))[0],
            "en": KINDS.get(one.kind, ("", one.kind))[1],
            "subject": visible(names.free(one.subject)),
            "created_at": exactly(one.created_at),
            "read_at": exactly(one.read_at),
            "read_by": one.read_by or "",
            "deliveries": [
                {
                    "way": row.way,
                    "address": mask_recipient(row.address),
                    "state": row.state,
                    "zh": f"{word('channel', row.way).chinese}{word('outbox', row.state).chinese}",
                    "sent_at": exactly(row.sent_at),
                }
                for row in sent.get(one.id, ())
            ],
        }
        for one in record.messages
    ]


def _addressee(message: Any, names: Names) -> str:
    if message.to_kind == HQ:
        return "总部"
    return f"{message.to_code}省平台" if message.to_kind == PROVINCE else names.station(message.to_code)


def notices(record: Record) -> list[dict[str, Any]]:
    """NOTICE-1: the notice and supplements that hold it. `deliveries`: nobody has been sent one yet."""
    return [
        {
            "week": one.week,
            "number": one.number,
            "zh": f"{one.week} 周通报" + (f"第 {one.number} 号补充" if one.number else ""),
            "en": f"notice {one.week}" + (f", supplement {one.number}" if one.number else ""),
            "published_at": exactly(one.published_at),
            "state": one.state,
            "state_zh": word("case", one.state).chinese,
            "fine": yuan(one.fine_fen),
            "deliveries": [],
        }
        for one in record.notices
    ]


def channel_words(found: OrderPage, names: Names) -> list[dict[str, Any]]:
    """What the channel itself said, in its own words as far as they are nobody's private ones."""
    said = [*_in_the_log(found, names), *_answers(found, names)]
    return sorted(said, key=lambda one: str(one["at"]))


def _in_the_log(found: OrderPage, names: Names) -> Iterator[dict[str, Any]]:
    for event in reversed(found.events):
        data: Mapping[str, Any] = event.data
        remark = (data.get("content") or {}).get("remark")
        if event.kind in ("created", "updated") and remark:
            yield _said(event, names, "订单备注", "remark of the order", names.callers(remark))
        elif event.kind == "withdrawn" and data["origin"] in ("sender", "platform"):
            origin = word("origin", data["origin"])
            yield _said(event, names, f"{origin.chinese}撤单", f"withdrawn by {origin.english}",
                        names.withdrawn(data["origin"], data["reason"]))  # fmt: skip
        elif event.kind == "channel_said":
            code = word("withdrawal_code", data["code"]).chinese
            words = " ".join(filter(None, (f"{code} [{data['code']}]", names.callers(data.get("reason")))))
            yield _said(
                event, names, "撤单原因(因订单已失败未受理)", "reason of a withdrawal that came too late", words
            )


def _said(event: Any, names: Names, zh: str, en: str, words: str) -> dict[str, Any]:
    hidden = HIDDEN in words
    return {"at": exactly(event.happened_at), "by": names.actor(event.by), "zh": zh, "en": en,
            "words": visible(words), "hidden": hidden}  # fmt: skip


def _answers(found: OrderPage, names: Names) -> Iterator[dict[str, Any]]:
    for row in found.told:
        if row.last_answer:
            channel, kind = word("channel", row.channel), word("told", row.kind)
            words = visible(names.answer(row))
            yield {"at": exactly(row.sent_at or row.created_at), "by": channel.chinese,
                   "zh": f"对「{kind.chinese}」回传的答复", "en": f"answer to “{kind.english}”",
                   "words": words, "hidden": HIDDEN in words}  # fmt: skip

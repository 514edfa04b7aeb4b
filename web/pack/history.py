"""What happened, who was told, and what the channel said: the log in words, for a pack that everybody may read.

Nothing here is behind the mask, whoever reads it: a sender's or caller's own words are hidden altogether (ROLE-2).
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from basics.days import parse_instant
from basics.money import yuan
from basics.text import visible
from dispatch.call_times import call_times
from dispatch.evidence.queries import Record, notice_keys
from dispatch.lists.queries import OrderPage
from notify.messages import HQ, KINDS, PROVINCE
from people.masking import HIDDEN
from sla.explain_words import moment
from web.console.logbook import LogLine, Names, log_lines, mask_recipient
from web.pack.exact import exactly
from web.words import word

STEPS = {
    "tint": ("变色提醒", "tint"), "sound": ("响铃", "sound"), "message": ("通知负责人", "message to the head"),
    "call_list": ("列入省平台催办名单", "on the province's call list"),
    "offer_transfer": ("建议转单", "transfer offered"),
}  # fmt: skip
# Of an event's data, what a contradiction may rest on. Codes and stations only, nothing of a customer.
FACTS = ("station", "to", "stage", "inside", "outside", "elsewhere", "origin", "code")


def timeline(found: OrderPage, names: Names, reasons: Collection[str]) -> list[dict[str, Any]]:
    """The whole log, oldest first, with both times and whom each line told. `reasons`: every code of a failure."""
    lines = zip(found.events, log_lines(found.events, found.told, names), strict=True)
    return [_line(event, line, names, reasons) for event, line in reversed(list(lines))]


def _line(event: Any, line: LogLine, names: Names, reasons: Collection[str]) -> dict[str, Any]:
    kind = word("event", line.kind)
    return {
        "seq": event.seq,
        "kind": line.kind,
        "zh": kind.chinese,
        "en": kind.english,
        "text": _again(event) or visible(line.text),
        "by": line.by,
        "happened_at": exactly(line.happened_at),
        "recorded_at": exactly(line.recorded_at),
        "told_late": line.told_late,
        "changes": [
            {"label": one.label, "before": visible(one.before), "after": visible(one.after)} for one in line.differences
        ],
        "told": [_told(row) for row in line.told],
        "fact": _fact(event, reasons),
    }


def _again(event: Any) -> str:
    """The sender's other order: where and when. Its number is for those who may see that order (ROLE-1)."""
    if event.kind not in ("ordered_again", "ordered_again_fell"):
        return ""
    since = event.data.get("created_at")
    said = f"{moment(parse_instant(since))} 下单" if since else ""
    return " · ".join(filter(None, (word("channel", event.data["channel"]).chinese, said)))


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


def _fact(event: Any, reasons: Collection[str]) -> dict[str, Any]:
    fact = {key: event.data[key] for key in FACTS if event.data.get(key) not in (None, "")}
    reason = event.data.get("reason")
    if event.kind != "failed" or reason not in reasons:
        return fact  # elsewhere a reason is a sender's own words, in whatever letters
    fact["reason"] = reason
    if reason in ("cannot_reach", "no_time_agreed"):
        claimed = call_times(str(event.data.get("detail", "")), event.happened_at)
        fact |= {"call_times": [exactly(one) for one in claimed]} if claimed else {}
    return fact


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
            "deliveries": [_letter(row) for row in sent.get(one.id, ())],
        }
        for one in record.messages
    ]


def _addressee(message: Any, names: Names) -> str:
    if message.to_kind == HQ:
        return "总部"
    return f"{message.to_code}省平台" if message.to_kind == PROVINCE else names.station(message.to_code)


def notices(record: Record, names: Names) -> list[dict[str, Any]]:
    """NOTICE-1: the notice and supplements that hold it. `deliveries`: the message to its station and the station's
    house with who read it when, and its letters outside the console."""
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
            "deliveries": [
                way
                for key in notice_keys(one)
                if key in record.told
                for way in _ways(record.told[key], record.letters.get(record.told[key].id, ()), names)
            ],
        }
        for one in record.notices
    ]


def _ways(message: Any, letters: Sequence[Any], names: Names) -> Iterator[dict[str, Any]]:
    to = _addressee(message, names)
    yield {
        "way": "inbox", "to": to, "address": "", "state": "read" if message.read_at else "sent",
        "zh": "站内消息已读" if message.read_at else "站内消息已送达,未读",
        "sent_at": exactly(message.created_at), "read_at": exactly(message.read_at), "read_by": message.read_by or "",
    }  # fmt: skip
    for row in letters:
        yield _letter(row) | {"to": to, "read_at": "", "read_by": ""}


def _letter(row: Any) -> dict[str, Any]:
    return {
        "way": row.way,
        "address": mask_recipient(row.address),
        "state": row.state,
        "zh": f"{word('channel', row.way).chinese}{word('outbox', row.state).chinese}",
        "sent_at": exactly(row.sent_at),
    }


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

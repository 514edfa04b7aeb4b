"""What a channel hears of a step, in our words, which the adapters turn into theirs (CHAN-4); and what the sender
hears of it (CHAN-7)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from basics.days import iso
from basics.words import DATA_CENTRE, State
from channels.feedback import NOT_SET_UP
from channels.sender_texts import LANGUAGES, Telling, message, way_to
from dispatch.facts import Event
from dispatch.facts_of_life import window_end
from dispatch.life import Life
from geo.network import Network
from rulebook.book import Edition

# A sender is told that his pickup failed, but not these: the one is an insult, the other says nothing.
_NOT_SAID = ("test_or_malicious", "other")
_ENDS = {
    State.PICKED_UP: "picked_up",
    State.ACCEPT_FAILED: "failed",
    State.PICKUP_FAILED: "failed",
    State.WITHDRAWN: "withdrawn",
}


@dataclass(frozen=True, slots=True)
class Heard:
    """One thing that somebody has to hear about one order, as things stood then. `channel` "": the order's own, else
    sms or email. `parked`: why it is not to be sent at all, as far as is known."""

    life: Life
    kind: str
    recorded_at: datetime
    payload: dict[str, Any]
    channel: str = ""
    parked: str = ""


def to_tell(kind: str, before: State | None, after: State) -> str | None:
    """Which of CHAN-4's words a step deserves; None when the channel need not hear of it."""
    if kind in ("transferred", "dispatched"):
        return "dispatched"
    if kind == "reminded":
        return "held"
    if kind == "numbered" and before is State.PICKED_UP and after is State.PICKED_UP:
        return "picked_up"  # a corrected number
    if before is after:
        return None
    if kind == "accepted":
        return "accepted"
    return "held" if after is State.HELD else _ENDS.get(after)


def standing(state: State, accepted: bool) -> str | None:
    """The word for how an order stands, whatever step it took last; None while there is nothing to say."""
    return _ENDS.get(state) or ("accepted" if accepted else None)


def to_tell_sender(kind: str, before: State | None, after: State) -> str | None:
    """Which of CHAN-7's words a step deserves: who holds the order is no news to its sender."""
    if kind == "created" and after is not State.HELD:
        return "received"
    if kind == "updated" and before is State.HELD and after is not State.HELD:
        return "received"
    if after is State.AWAITING_WAYBILL and before is not after:
        return "needed"
    told = to_tell(kind, before, after)
    return None if told in ("accepted", "dispatched") else told


def payload(life: Life, kind: str, happened_at: datetime, network: Network, edition: Edition) -> dict[str, Any]:
    """Facts of the step just taken, as FeedbackKind lists them; no personal data of the sender (RELIABILITY D8)."""
    view = life.view()
    station = None if view.station == DATA_CENTRE else view.station
    found = {
        "logistics_no": life.logistics_no,
        "happened_at": iso(happened_at),
        "echo": view.content.get("echo") or {},
        "holder": _holder(station, network),
    }
    if kind == "held":
        return found | {"missing": list(life.missing), "reminder": life.reminded}
    if kind == "accepted":
        return found | {"station": station}
    if kind == "dispatched":
        before = [one.station for one in view.assignments[:-1]]
        return found | {"station": station, "again": any(one != DATA_CENTRE for one in before)}
    if kind == "picked_up":
        weight = view.content.get("weight_g")
        return found | {"waybill_no": view.waybill_no, "weight_g": weight, "station": station}
    if kind == "failed":
        last = next(event for event in reversed(life.events) if event.kind == "failed")
        reason = edition.reasons.get(last.data["reason"])
        text = {"zh": reason.zh, "en": reason.en} if reason else {}
        return found | {"reason": last.data["reason"], "stage": last.data["stage"], "reason_text": text}
    withdrawal = life.withdrawal
    if withdrawal is None:
        return found
    by_channel = next(event.by for event in reversed(life.events) if event.kind == "withdrawn").startswith("channel:")
    return found | {"origin": withdrawal.origin, "reason": withdrawal.reason, "by_channel": by_channel}


def _holder(station: str | None, network: Network) -> dict[str, str] | None:
    known = network.stations.get(station) if station else None
    if known is None:
        return None
    names = ("code", "name", "contact", "phone", "address", "province")
    return {name: getattr(known, name) for name in names}


def to_sender(
    life: Life, kind: str, event: Event, hold_ends: datetime, edition: Edition, telling: Telling
) -> Heard | None:
    """The message to the sender of an order, its text and address in it; None when there is no way to reach him.

    One whose way is not set up is parked at once, rather than sent when it is news no more.
    """
    view = life.view()
    content = view.content
    found = way_to(content.get("sender") or {}, telling.ways)
    if found is None:
        return None
    way, to = found
    language = content.get("language")
    if language not in LANGUAGES:
        language = telling.language
    promise = window_end(content) or life.created_at + edition.promise
    facts: dict[str, Any] = {
        "number": life.logistics_no,
        "promise": promise if promise > event.recorded_at else None,
        "missing": life.missing,
        "until": hold_ends,
        "reminder": life.reminded,
        "waybill_no": view.waybill_no,
        "reason_text": _reason_said(life, edition) if kind == "failed" else {},
        "origin": life.withdrawal.origin if life.withdrawal else "",
    }
    subject, text = message(kind, facts, language, telling.remark(way))
    told = {
        "logistics_no": life.logistics_no, "happened_at": iso(event.happened_at),
        "to": to, "subject": subject, "text": text, "language": language,
    }  # fmt: skip
    return Heard(life, kind, event.recorded_at, told, way, "" if way in telling.ways else NOT_SET_UP)


def _reason_said(life: Life, edition: Edition) -> dict[str, str]:
    reason = next(event.data["reason"] for event in reversed(life.events) if event.kind == "failed")
    known = None if reason in _NOT_SAID else edition.reasons.get(reason)
    return {"zh": known.zh, "en": known.en} if known else {}

"""One order in a channel's own list beside ours: which fields differ (`lanshou reconcile`)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from basics.days import iso, parse_instant
from basics.words import FINAL, State
from channels.messages import OrderPush
from channels.parties import whole_address

# Lists show minutes, and an order without a time of its own is dated at its receipt.
SAME_TIME = timedelta(minutes=1)
SAME_PLACE = 1e-6  # degrees, a hand's breadth
STATE_WORDS: dict[str, str] = {
    "待核实": State.HELD,
    "数据中心": State.AT_DATA_CENTRE,
    "待接单": State.WAITING,
    "已接单": State.ACCEPTED,
    "待运单号": State.AWAITING_WAYBILL,
    "已揽收": State.PICKED_UP,
    "接单失败": State.ACCEPT_FAILED,
    "揽收失败": State.PICKUP_FAILED,
    "已撤单": State.WITHDRAWN,
}
# The channels' own words (CHANNELS 1, 3, 4, 5) and what an order may be with us under each.
_TAKEN = frozenset({State.ACCEPTED, State.AWAITING_WAYBILL})
_OVER = FINAL - {State.PICKED_UP}
_TAOBAO_WORDS: dict[str, frozenset[State]] = {
    "ACCEPT": _TAKEN,
    "UNACCEPT": _OVER - {State.PICKUP_FAILED},
    "GOT": frozenset({State.PICKED_UP}),
    "NOT_SEND": _OVER - {State.ACCEPT_FAILED},
    "WITHDRAW": frozenset({State.WITHDRAWN}),
}
CHANNEL_WORDS: dict[str, dict[str, frozenset[State]]] = {
    "cainiao": _TAOBAO_WORDS,
    "touchpal": _TAOBAO_WORDS,
    "kuaidi100": {
        "1": _TAKEN,
        "9": frozenset({State.WITHDRAWN}),
        "10": frozenset({State.PICKED_UP}),
        "11": _OVER - {State.ACCEPT_FAILED},
        "99": _OVER,
    },
    "alipay": {"collected": frozenset({State.PICKED_UP}), "canceled": _OVER},
}


@dataclass(frozen=True, slots=True)
class Ours:
    """An order as we have it. `content` is that of its last push."""

    logistics_no: str
    created_at: datetime
    business_type: str
    state: str
    waybill_no: str | None
    content: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Difference:
    """A field under its column's name, as text on both sides; "" for nothing."""

    field: str
    theirs: str
    ours: str


def states_of(said: str, channel: str) -> frozenset[str]:
    """The states that a list may mean, by our code, our Chinese word or a word of the channel's; none when it is
    nothing of these."""
    code = STATE_WORDS.get(said, said.lower())
    if code in set(State):
        return frozenset({code})
    return frozenset(CHANNEL_WORDS.get(channel, {}).get(said.upper() if channel != "alipay" else said.lower(), ()))


def differences(values: Mapping[str, str], theirs: OrderPush, ours: Ours) -> list[Difference]:
    """Where the list says something else than we have. An empty cell says nothing, and so does an unknown state."""
    there, here = _sides(theirs.content), _sides(ours.content)
    here |= {"business_type": ours.business_type, "waybill_no": ours.waybill_no or ""}
    found = [
        Difference(field, there[field], here[field])
        for field in there
        if field in values and not _same(field, there[field], here[field])
    ]
    if "created_at" in values and abs(theirs.created_at - ours.created_at) >= SAME_TIME:
        found.insert(0, Difference("created_at", iso(theirs.created_at), iso(ours.created_at)))
    if "lng" in values and not _same_point(theirs.content, ours.content):
        found.append(Difference("lng,lat", _point(theirs.content), _point(ours.content)))
    states = states_of(values.get("state", ""), theirs.channel)
    if states and ours.state not in states:
        found.append(Difference("state", next(iter(states)) if len(states) == 1 else values["state"], ours.state))
    return found


def _sides(content: Mapping[str, Any]) -> dict[str, str]:
    """Comparable fields of a content as text, by their columns."""
    sender, receiver = content.get("sender") or {}, content.get("receiver") or {}
    found = {
        "business_type": content.get("business_type"),
        "waybill_no": content.get("waybill_no"),
        "sender_name": sender.get("name"),
        "sender_phone": sender.get("phone") or sender.get("phone_as_sent"),
        "adcode": content.get("adcode"),
        "address": content.get("address"),
        "receiver_name": receiver.get("name"),
        "receiver_phone": receiver.get("phone") or receiver.get("phone_as_sent"),
        "receiver_address": whole_address(receiver),
        "goods": content.get("goods"),
        "pieces": content.get("pieces"),
        "weight_kg": _kilograms(content.get("weight_g")),
        "window_start": _time(content.get("window_start")),
        "window_end": _time(content.get("window_end")),
        "remark": content.get("remark"),
    }
    return {field: "" if value is None else str(value).strip() for field, value in found.items()}


def _same(field: str, theirs: str, ours: str) -> bool:
    if theirs == ours:
        return True
    if field in ("address", "receiver_address") and theirs and ours:
        # One side may have the province in the address, the other in a column that the list does not have.
        there, here = "".join(theirs.split()), "".join(ours.split())
        return there.endswith(here) or here.endswith(there)
    if field in ("window_start", "window_end") and theirs and ours:
        return abs(parse_instant(theirs) - parse_instant(ours)) < SAME_TIME
    return False


def _same_point(theirs: Mapping[str, Any], ours: Mapping[str, Any]) -> bool:
    if theirs.get("datum") != (ours.get("datum") or "GCJ-02"):
        return False
    pairs = [(theirs.get(key), ours.get(key)) for key in ("lng", "lat")]
    return all(a is not None and b is not None and abs(a - b) <= SAME_PLACE for a, b in pairs)


def _point(content: Mapping[str, Any]) -> str:
    if content.get("lng") is None:
        return ""
    return f"{content['lng']},{content['lat']} {content.get('datum') or 'GCJ-02'}"


def _kilograms(grams: Any) -> str | None:
    if isinstance(grams, int | float):
        return f"{grams / 1000:.3f}".rstrip("0").rstrip(".")
    return None if grams is None else str(grams)


def _time(stored: Any) -> str | None:
    return iso(parse_instant(stored)) if stored else None

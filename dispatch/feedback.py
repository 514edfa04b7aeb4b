"""What a channel hears of a step, in our words; the adapters turn it into theirs (CHAN-4)."""

from datetime import datetime
from typing import Any

from basics.days import iso
from basics.words import DATA_CENTRE
from dispatch.life import Life
from geo.network import Network
from rulebook.book import Edition


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

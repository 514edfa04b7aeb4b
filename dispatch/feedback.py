"""What a channel hears of a step, in our words; the adapters turn it into theirs (CHAN-4)."""

from datetime import datetime
from typing import Any

from basics.days import iso
from basics.words import DATA_CENTRE
from dispatch.life import Life


def payload(life: Life, kind: str, happened_at: datetime) -> dict[str, Any]:
    """Facts of the step just taken: {logistics_no, happened_at, …}; no personal data of the sender (RELIABILITY D8)."""
    view, found = life.view(), {"logistics_no": life.logistics_no, "happened_at": iso(happened_at)}
    if kind == "held":
        return found | {"missing": list(life.missing)}
    if kind in ("accepted", "dispatched"):
        return found | {"station": None if view.station == DATA_CENTRE else view.station}
    if kind == "picked_up":
        weight = view.content.get("weight_g")
        return found | {"waybill_no": view.waybill_no, "weight_g": weight, "station": view.station}
    if kind == "failed":
        last = next(event for event in reversed(life.events) if event.kind == "failed")
        return found | {"reason": last.data["reason"], "stage": last.data["stage"]}
    withdrawal = life.withdrawal
    more: dict[str, Any] = {"origin": withdrawal.origin, "reason": withdrawal.reason} if withdrawal else {}
    return found | more

"""What a channel hears of a step, in our words; the adapters turn it into theirs (CHAN-4)."""

from typing import Any

from basics.days import iso
from basics.words import DATA_CENTRE
from dispatch.batch import Heard


def payload(heard: Heard) -> dict[str, Any]:
    """Facts of one step: {logistics_no, happened_at, …}; no personal data of the sender (RELIABILITY D8)."""
    life = heard.life
    view, found = life.view(), {"logistics_no": life.logistics_no, "happened_at": iso(heard.happened_at)}
    if heard.kind == "held":
        return found | {"missing": list(life.missing)}
    if heard.kind in ("accepted", "dispatched"):
        return found | {"station": None if view.station == DATA_CENTRE else view.station}
    if heard.kind == "picked_up":
        weight = view.content.get("weight_g")
        return found | {"waybill_no": view.waybill_no, "weight_g": weight, "station": view.station}
    if heard.kind == "failed":
        last = next(event for event in reversed(life.events) if event.kind == "failed")
        return found | {"reason": last.data["reason"], "stage": last.data["stage"]}
    withdrawal = life.withdrawal
    more: dict[str, Any] = {"origin": withdrawal.origin, "reason": withdrawal.reason} if withdrawal else {}
    return found | more

"""The part of the rulebook that a kind of violation rests on: did its text change while a clock ran (VIO-3)?"""

from typing import Any

from rulebook.edition import Edition
from rulebook.leaves import LEAVES
from sla.duty import Calendar

# kind of violation -> the keys of its rule, beside its own fine
_KEYS = {
    "V-ACCEPT": ("clocks.accept",),
    "V-TRANSFER": ("clocks.transfer",),
    "V-PICKUP": ("clocks.pickup", "clocks.pickup_least_hold", "evidence.scan_proof"),
    "V-FALSE-FAIL": ("evidence.order_again",),
    "V-FALSE-WAYBILL": ("evidence.scan_proof", "waybill.digits", "waybill.begins", "waybill.check_digit"),
    "V-WRONG-ACCEPT": (),
}
_BY_DUTY = frozenset({"V-ACCEPT", "V-TRANSFER"})


def counts_duty(kind: str, edition: Edition) -> bool:
    """Whether the clock behind a kind of violation counts duty time; else it counts every minute (DUTY-2)."""
    own = next((clock for clock in edition.clock_rules.values() if clock.violation == kind), None)
    return kind in _BY_DUTY if own is None else own.counts == "duty"


def changed_keys(kind: str, before: Edition, after: Edition, hours: Calendar | None) -> list[str]:
    """Keys of the rule of `kind` that do not say the same in both editions. `hours`: of whoever is charged; the duty
    of other stations is no concern of his."""
    if before is after:
        return []
    was, is_now = _leaves(kind, before), _leaves(kind, after)
    found = [key for key in {**was, **is_now} if was.get(key) != is_now.get(key)]
    if hours is not None and counts_duty(kind, before):
        mine = [name for name, duty in before.duty.items() if (duty.opens, duty.closes) == (hours.opens, hours.closes)]
        found += [f"duty.{name}" for name in mine if before.duty[name] != after.duty.get(name)]
    return found


def _leaves(kind: str, edition: Edition) -> dict[str, Any]:
    values: dict[str, Any] = {key: getattr(edition, LEAVES[key][0]) for key in _KEYS.get(kind, ())}
    values[f"fines.{kind}"] = (edition.fines.get(kind), edition.headings.get(kind))
    if kind == "V-FALSE-FAIL":
        values["reasons"] = dict(edition.reasons)
    own = {f"clock.{clock.name}": clock for clock in edition.clock_rules.values() if clock.violation == kind}
    return values | own

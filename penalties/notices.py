"""What a weekly notice freezes: figures by province and station, and the violations it holds (NOTICE-1)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Item:
    """One decided violation of the week, as it stands when the notice is frozen."""

    violation_id: int
    province: str
    station: str
    kind: str
    state: str
    fine_fen: int


def freeze(items: Sequence[Item], told: Sequence[tuple[int, str]]) -> tuple[list[Item], dict[str, Any]]:
    """Items that this notice adds to what earlier ones told ((violation, state), latest last), and its frozen figures.

    The first notice of a week tells every confirmed violation; a supplement what changed since: newly confirmed
    ones, and told ones that fell.
    """
    known = dict(told)
    added = [
        item
        for item in items
        if known.get(item.violation_id) != item.state and (item.state == "confirmed" or item.violation_id in known)
    ]
    figures: dict[str, dict[str, dict[str, int]]] = {}
    for item in items:
        if item.state != "confirmed":
            continue
        row = figures.setdefault(item.province, {}).setdefault(item.station, {"confirmed": 0, "fines_fen": 0})
        row["confirmed"] += 1
        row["fines_fen"] += item.fine_fen
    return added, {"provinces": figures, "items": len(added)}

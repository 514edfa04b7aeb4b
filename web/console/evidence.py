"""What speaks against a station and what for it, in words a reviewer reads at a glance (VIO-2, VIO-3)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from basics.days import parse_instant
from web.check_words import figures_in_words
from web.console.deeds import Fact, deed_facts
from web.language import t, w

# What else counts as the act that was due (CLOCK-2).
_DONE = {"V-ACCEPT": ("picked_up", "accept_failed"), "V-PICKUP": ("picked_up",)}
_CHECKS = {
    "passed": ("不成立", "does not hold", "secondary"),
    "failed": ("成立", "holds", "green"),
    "unknown": ("未知", "unknown", "orange"),
}


@dataclass(frozen=True, slots=True)
class Evidence:
    """`course`: how the clock ran; `late_by`: how long after its deadline the act came, None: never; `checks`. Of an
    untruth `deed` says it all, and there is no clock."""

    starts_at: datetime | None
    due_at: datetime | None
    came_at: datetime | None
    outside: bool
    ended: Fact | None
    checks: list[Fact]
    deed: list[Fact]

    @property
    def late_by(self) -> timedelta | None:
        return self.came_at - self.due_at if self.came_at and self.due_at and self.came_at > self.due_at else None


def evidence_of(kind: str, evidence: Mapping[str, Any]) -> Evidence:
    """`evidence` as it is stored with the violation."""
    ended = evidence.get("ended")
    came = evidence.get("accepted_at") if kind != "V-PICKUP" else None
    if not came and ended and ended["how"] in _DONE.get(kind, ()):
        came = ended["at"]
    return Evidence(
        starts_at=_instant(evidence.get("starts_at")),
        due_at=_instant(evidence.get("due_at")),
        came_at=_instant(came),
        outside=bool(evidence.get("outside")),
        ended=Fact(w("state", ended["how"]), ended["at"]) if ended else None,
        checks=[_check(check) for check in evidence.get("checks", ())],
        deed=deed_facts(evidence),
    )


def _check(check: Mapping[str, Any]) -> Fact:
    chinese, english, tone = _CHECKS[check["outcome"]]
    outcome, more = t(chinese, english), figures_in_words(check)
    return Fact(w("excuse", check["name"]), t(f"{outcome}({more})", f"{outcome} ({more})") if more else outcome, tone)


def _instant(text: str | None) -> datetime | None:
    return parse_instant(text) if text else None

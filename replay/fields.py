"""Typed access to the fields of a line of a replay file."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from basics.days import month_bounds, parse_instant, week_bounds
from dispatch.facts import Target


class BadEvent(ValueError):
    """A line that is refused `bad_event`; the rest of the file goes on."""


class Fields:
    """Typed access to the fields of one line."""

    def __init__(self, fields: Mapping[str, Any], at: datetime) -> None:
        self.fields = fields
        self.at = at

    def text(self, name: str, limit: int = 64) -> str:
        value = self.fields.get(name)
        if not isinstance(value, str) or not value or len(value) > limit:
            raise BadEvent(f"{name} 缺少或有误 / missing or malformed: {name}")
        return value

    def maybe(self, name: str, limit: int = 4000) -> str | None:
        return None if self.fields.get(name) is None else self._any(name, limit)

    def _any(self, name: str, limit: int) -> str:
        value = self.fields[name]
        if not isinstance(value, str) or len(value) > limit:
            raise BadEvent(f"{name} 有误 / malformed: {name}")
        return value

    def one_of(self, name: str, words: tuple[str, ...]) -> str:
        value = self.text(name)
        if value not in words:
            raise BadEvent(f"{name} 有误 / malformed: {name}")
        return value

    def instant(self, name: str) -> datetime:
        try:
            return parse_instant(self.text(name))
        except (ValueError, OverflowError):
            raise BadEvent(f"{name} 不是带时区的时间 / no instant with offset: {name}") from None

    def happened(self, name: str = "happened_at") -> datetime:
        """The message's own time; later than `at` counts as `at`, absent means `at`."""
        return self.at if self.fields.get(name) is None else min(self.instant(name), self.at)

    def happened_required(self, name: str) -> datetime:
        return min(self.instant(name), self.at)

    def target(self) -> Target:
        return Target(self.text("logistics_no"))

    def period(self, name: str) -> str:
        """`week` or `month`, of which there is one."""
        value = self.text(name)
        try:
            (week_bounds if name == "week" else month_bounds)(value)
        except ValueError:
            raise BadEvent(f"{name} 有误 / malformed: {name}") from None
        return value

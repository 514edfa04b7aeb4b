"""An edition's TOML text in, the typed view out. Numbers are `{value, unit, rule}`; units are checked."""

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from hashlib import sha256
from types import MappingProxyType
from typing import Any

from rulebook.edition import (
    ASKS,
    HEADINGS,
    KEEPERS,
    KINDS,
    ClockRule,
    DutyHours,
    Edition,
    EditionError,
    Ladder,
    Reason,
)
from rulebook.leaves import (
    COUNTED,
    DEFAULTS,
    LADDER,
    LEAVES,
    UNITS,
    Expected,
    kind_of_violation,
    name_of,
    text,
    word,
    words,
)

OWN_CLOCKS = frozenset({"accept", "transfer", "pickup"})
_CLOCK_NAME = re.compile(r"[a-z][a-z_]{1,19}", re.ASCII)
_REASON_CODE = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)
LONGEST_LINE = 1_000  # a key of a hundred thousand dots takes minutes to read
LATEST_CALL = 26  # day of the month before: February leaves a day and more, and every process reads it in time
SHOWN = 60  # characters of a wrong value


def read_edition(text: str) -> Edition:
    """The typed view of an edition's TOML text.

    EditionError naming the key: unknown, missing, or of the wrong type or unit.
    """
    try:
        return _Reader(read_tree(text)).edition(sha256(text.encode()).hexdigest())
    except RecursionError:  # a thousand brackets or dots
        raise EditionError("嵌套过深 / nested too deep") from None


def read_tree(text: str) -> dict[str, Any]:
    """The tables of a TOML text, whatever they hold. EditionError."""
    if any(len(line) > LONGEST_LINE for line in text.splitlines()):
        raise EditionError(f"一行最多 {LONGEST_LINE} 个字符 / a line may have {LONGEST_LINE} characters")
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise EditionError("嵌套过深 / nested too deep") from None
    except ValueError as error:  # TOMLDecodeError, and a number of thousands of digits
        raise EditionError(f"不是 TOML / not TOML: {error}") from None


def _refuse_contradictions(values: Mapping[str, Any]) -> None:
    """What each number may say alone, and two of them may not together."""
    if len(values["waybill_begins"]) >= values["waybill_digits"]:
        raise EditionError("waybill.begins: 应少于号码的位数 / expected fewer digits than the number has")
    for less, more in (("west", "east"), ("south", "north")):
        if values[f"country_{less}"] >= values[f"country_{more}"]:
            raise EditionError(f"country.{less}: 应小于 {more} / expected less than {more}")
    if values["hold_reminder"] >= values["hold_close"]:
        raise EditionError("held.reminder: 应早于 close / expected earlier than close")
    if values["change_announced_by"] > LATEST_CALL:
        raise EditionError(
            f"calendar.change_announced_by: 至多 {LATEST_CALL},公布后须留有时日"
            f" / expected {LATEST_CALL} at most: days must be left after it"
        )


def _refuse_clocks(clocks: Iterable[ClockRule]) -> None:
    """A violation is of one clock, and of one whose minutes are its holder's own (ACCEPT-2)."""
    charged: dict[str, str] = {}
    for clock in clocks:
        key = f"clock.{clock.name}.violation"
        if clock.violation and clock.starts == "creation":
            raise EditionError(
                f'{key}: 从下单起计的时钟不得处罚,其中有别的持有者的时间 / expected none with starts = "creation":'
                " some of its minutes are another holder's"
            )
        if clock.violation in charged:
            other = f"clock.{charged[clock.violation]}"
            raise EditionError(f"{key}: {clock.violation} 已属于 {other} / belongs to {other} already")
        if clock.violation:
            charged[clock.violation] = clock.name


class _Reader:
    """Walks the tree once; what is left over in the end is unknown."""

    def __init__(self, tree: dict[str, Any]) -> None:
        self.tree = tree
        self.rules: dict[str, str] = {}

    def edition(self, text_sha256: str) -> Edition:
        name = self._convert("name", self._take(self.tree, "name", "name"), name_of)
        effective = self._take(self.tree, "effective", "effective")
        if type(effective) is not date:
            raise EditionError("effective: 应为日期,如 2017-01-01 / expected a date, 2017-01-01")
        values = {attribute: self._leaf_or_default(key, unit) for key, (attribute, unit) in LEAVES.items()}
        duty = {key: self._duty(key) for key in ("standard", "xinjiang")}
        ladder = Ladder(*(values.pop(name) for name in LADDER))
        clocks = {name: self._clock(name) for name in self._names("clock")}
        _refuse_clocks(clocks.values())
        kinds = (*KINDS, *dict.fromkeys(clock.violation for clock in clocks.values() if clock.violation))
        headings = {kind: self._field(f"fines.{kind}", "heading", word(*HEADINGS)) for kind in kinds}
        fines = {kind: self._leaf(f"fines.{kind}", "fen") for kind in kinds}
        reasons = {code: self._reason(code) for code in self._names("reasons")}
        if not reasons:
            raise EditionError("reasons: 至少要有一个 / at least one is needed")
        _refuse_contradictions(values)
        self._nothing_left(self.tree, "")
        return Edition(
            name=name,
            effective=effective,
            text_sha256=text_sha256,
            duty=MappingProxyType(duty),
            fines=MappingProxyType(fines),
            headings=MappingProxyType(headings),
            reasons=MappingProxyType(reasons),
            ladder=ladder,
            clock_rules=MappingProxyType(clocks),
            rules=MappingProxyType(self.rules),
            **values,
        )

    def _duty(self, kind: str) -> DutyHours:
        hours = DutyHours(*(self._leaf(f"duty.{kind}.{edge}", "time of day") for edge in ("opens", "closes")))
        if hours.opens >= hours.closes:
            raise EditionError(f"duty.{kind}: 下班不晚于上班 / closes before it opens")
        return hours

    def _clock(self, name: str) -> ClockRule:
        """`[clock.NAME]`: a clock that needs nothing but these words."""
        key = f"clock.{name}"
        if not _CLOCK_NAME.fullmatch(name) or name in OWN_CLOCKS:
            own = ", ".join(sorted(OWN_CLOCKS))
            raise EditionError(
                f"{key[:SHOWN]}: 名称应为 2 至 20 个小写字母或 _,且不是 {own}"
                f" / expected a name of 2 to 20 small letters and _, none of {own}"
            )
        violation = self._field(key, "violation", kind_of_violation) if "violation" in self._table(key) else ""
        if violation in KINDS:
            raise EditionError(f"{key}.violation: {violation} 属于别的时钟 / belongs to another clock")
        unit = self._field(f"{key}.length", "unit", word(*COUNTED))
        length = self._field(f"{key}.length", "value", UNITS[unit])
        self._rule(f"{key}.length")
        return ClockRule(
            name=name,
            zh=self._field(key, "zh", text),
            en=self._field(key, "en", text),
            starts=self._field(key, "starts", word("assignment", "creation")),
            length=length,
            counts=unit.partition(" ")[0],
            kept_by=self._field(key, "kept_by", words(*KEEPERS)),
            when=self._field(key, "when", word("always", "outside")),
            violation=violation,
            rule=self.rules[f"{key}.length"],
        )

    def _reason(self, code: str) -> Reason:
        key = f"reasons.{code}"
        if not _REASON_CODE.fullmatch(code):
            raise EditionError(
                f"{key[:SHOWN]!r}: 代码应为至多 40 个小写字母、数字或 _"
                " / expected a code of at most 40 small letters, digits and _"
            )
        zh, en = self._field(key, "zh", text), self._field(key, "en", text)
        asks = self._field(key, "asks", word(*ASKS))
        self._rule(key)
        return Reason(code, zh, en, asks)

    def _leaf_or_default(self, key: str, unit: str) -> Any:
        table, _, name = key.partition(".")
        there = table in self.tree and name in self._table(table)
        return self._leaf(key, unit) if there or key not in DEFAULTS else DEFAULTS[key]

    def _leaf(self, key: str, unit: str) -> Any:
        """The converted value of `{value, unit, rule}` at a dotted key."""
        self._field(key, "unit", word(unit))
        value = self._field(key, "value", UNITS[unit])
        self._rule(key)
        return value

    def _rule(self, key: str) -> None:
        self.rules[key] = self._field(key, "rule", text)

    def _field(self, key: str, name: str, convert: Callable[[Any], Any]) -> Any:
        return self._convert(f"{key}.{name}", self._take(self._table(key), name, f"{key}.{name}"), convert)

    def _names(self, table: str) -> tuple[str, ...]:
        """What a table of free names holds; nothing where there is no `[clock.…]`."""
        return tuple(self._table(table)) if table in self.tree or table != "clock" else ()

    def _table(self, key: str) -> dict[str, Any]:
        node: Any = self.tree
        for part in key.split("."):
            node = node.get(part) if isinstance(node, dict) else None
        if not isinstance(node, dict):
            raise EditionError(f"{key[:SHOWN]}: 缺少,或不是表 / missing, or no table")
        return node

    @staticmethod
    def _take(table: dict[str, Any], name: str, key: str) -> Any:
        if name not in table:
            raise EditionError(f"{key}: 缺少 / missing")
        return table.pop(name)

    @staticmethod
    def _convert(key: str, value: Any, convert: Callable[[Any], Any]) -> Any:
        try:
            return convert(value)
        except Expected as error:
            shown = repr(value) if len(repr(value)) <= SHOWN else f"{repr(value)[:SHOWN]}…"
            raise EditionError(f"{key}: 应为{error.zh},不是 {shown} / expected {error.en}, not {shown}") from None

    def _nothing_left(self, node: dict[str, Any], prefix: str) -> None:
        for name, value in node.items():
            if not isinstance(value, dict) or (value == {} and not self._known(prefix + name)):
                raise EditionError(f"{prefix}{name[:SHOWN]}: 不认识的键 / unknown key")
            self._nothing_left(value, f"{prefix}{name}.")

    def _known(self, key: str) -> bool:
        """Whether something below (or at) a key was read."""
        return any(rule == key or rule.startswith(f"{key}.") for rule in self.rules)

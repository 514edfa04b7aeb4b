"""An edition's TOML text in, the typed view out. Numbers are `{value, unit, rule}`; units are checked."""

import tomllib
from collections.abc import Callable
from datetime import date, timedelta
from hashlib import sha256
from types import MappingProxyType
from typing import Any

from rulebook.edition import ASKS, HEADINGS, KINDS, DutyHours, Edition, EditionError, Reason

NAME_LIMIT = 20  # it stands beside everything that an edition produced


def read_edition(text: str) -> Edition:
    """The typed view of an edition's TOML text.

    EditionError naming the key: unknown, missing, or of the wrong type or unit.
    """
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise EditionError(f"not TOML: {error}") from None
    return _Reader(tree).edition(sha256(text.encode()).hexdigest())


def _whole(low: int, high: int) -> Callable[[Any], int]:
    def convert(value: Any) -> int:
        if type(value) is not int or not low <= value <= high:  # bool is an int, but no number
            raise ValueError(f"a whole number from {low} to {high}")
        return value

    return convert


def _length(**unit: int) -> Callable[[Any], timedelta]:
    return lambda value: _whole(1, 100_000)(value) * timedelta(**unit)


def _word(*allowed: str) -> Callable[[Any], str]:
    def convert(value: Any) -> str:
        if not isinstance(value, str) or value not in allowed:
            raise ValueError("one of " + ", ".join(allowed))
        return value

    return convert


def _time_of_day(value: Any) -> int:
    if isinstance(value, str) and len(value) == 5 and value[2] == ":" and value.isascii():
        hours, minutes = value[:2], value[3:]
        if hours.isdigit() and minutes.isdigit() and int(hours) <= 24 and int(minutes) < 60:
            total = int(hours) * 60 + int(minutes)
            if total <= 24 * 60:
                return total
    raise ValueError("a time of day HH:MM")


def _digits(value: Any) -> str:
    if not isinstance(value, str) or not (value == "" or (value.isascii() and value.isdigit())):
        raise ValueError("digits")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("a text")
    return value


def _name(value: Any) -> str:
    name = _text(value)
    if len(name) > NAME_LIMIT:
        raise ValueError(f"a name of at most {NAME_LIMIT} characters")
    return name


_UNITS: dict[str, Callable[[Any], Any]] = {
    "duty minutes": _length(minutes=1),
    "elapsed minutes": _length(minutes=1),
    "elapsed hours": _length(hours=1),
    "time of day": _time_of_day,
    "days": _whole(1, 366),
    "day of month": _whole(1, 28),
    "degrees": _whole(-180, 180),
    "kilometres": _whole(1, 5_000),
    "digits": _whole(1, 30),
    "digits at the start": _digits,
    "none or luhn": _word("none", "luhn"),
    "fen": _whole(0, 10**12),
    "percent": _whole(0, 100),
    "places a month": _whole(0, 10**6),
}

# key of the text -> (attribute of Edition, the unit it must have)
_LEAVES = {
    "clocks.accept": ("accept", "duty minutes"),
    "clocks.transfer": ("transfer", "duty minutes"),
    "clocks.pickup": ("pickup", "elapsed hours"),
    "clocks.pickup_least_hold": ("pickup_least_hold", "elapsed hours"),
    "clocks.promise": ("promise", "elapsed hours"),
    "clocks.look_every": ("look_every", "duty minutes"),
    "held.reminder": ("hold_reminder", "elapsed hours"),
    "held.close": ("hold_close", "elapsed hours"),
    "evidence.scan_proof": ("scan_proof", "elapsed hours"),
    "evidence.late_push": ("late_push", "elapsed minutes"),
    "evidence.order_again": ("order_again", "elapsed hours"),
    "waybill.digits": ("waybill_digits", "digits"),
    "waybill.begins": ("waybill_begins", "digits at the start"),
    "waybill.check_digit": ("waybill_check_digit", "none or luhn"),
    "waybill.correction": ("waybill_correction", "elapsed hours"),
    "country.west": ("country_west", "degrees"),
    "country.east": ("country_east", "degrees"),
    "country.south": ("country_south", "degrees"),
    "country.north": ("country_north", "degrees"),
    "appeal.station_days": ("appeal_station_days", "days"),
    "appeal.province_days": ("appeal_province_days", "days"),
    "appeal.hq_days": ("appeal_hq_days", "days"),
    "routing.far_from_district": ("far_from_district", "kilometres"),
    "reward.places": ("reward_places", "places a month"),
    "reward.amount": ("reward_amount", "fen"),
    "refund.first_month_percent": ("refund_first_month_percent", "percent"),
    "calendar.leftovers_by": ("leftovers_by", "time of day"),
    "calendar.settled_by": ("settled_by", "day of month"),
    "calendar.change_effective": ("change_effective", "day of month"),
    "calendar.change_announced_by": ("change_announced_by", "day of month"),
}

# Settings younger than the format: a text without them means these.
_DEFAULTS = {"routing.far_from_district": 10}


class _Reader:
    """Walks the tree once; what is left over in the end is unknown."""

    def __init__(self, tree: dict[str, Any]) -> None:
        self.tree = tree
        self.rules: dict[str, str] = {}

    def edition(self, text_sha256: str) -> Edition:
        name = self._convert("name", self._take(self.tree, "name", "name"), _name)
        effective = self._take(self.tree, "effective", "effective")
        if type(effective) is not date:
            raise EditionError("effective: expected a date, 2017-01-01")
        values = {attribute: self._leaf_or_default(key, unit) for key, (attribute, unit) in _LEAVES.items()}
        duty = {key: self._duty(key) for key in ("standard", "xinjiang")}
        headings = {kind: self._field(f"fines.{kind}", "heading", _word(*HEADINGS)) for kind in KINDS}
        fines = {kind: self._leaf(f"fines.{kind}", "fen") for kind in KINDS}
        reasons = {code: self._reason(code) for code in tuple(self._table("reasons"))}
        if not reasons:
            raise EditionError("reasons: at least one is needed")
        if len(values["waybill_begins"]) >= values["waybill_digits"]:
            raise EditionError("waybill.begins: expected fewer digits than the number has")
        self._nothing_left(self.tree, "")
        return Edition(
            name=name,
            effective=effective,
            text_sha256=text_sha256,
            duty=MappingProxyType(duty),
            fines=MappingProxyType(fines),
            headings=MappingProxyType(headings),
            reasons=MappingProxyType(reasons),
            rules=MappingProxyType(self.rules),
            **values,
        )

    def _duty(self, kind: str) -> DutyHours:
        hours = DutyHours(*(self._leaf(f"duty.{kind}.{edge}", "time of day") for edge in ("opens", "closes")))
        if hours.opens >= hours.closes:
            raise EditionError(f"duty.{kind}: closes before it opens")
        return hours

    def _reason(self, code: str) -> Reason:
        key = f"reasons.{code}"
        zh, en = self._field(key, "zh", _text), self._field(key, "en", _text)
        asks = self._field(key, "asks", _word(*ASKS))
        self._rule(key)
        return Reason(code, zh, en, asks)

    def _leaf_or_default(self, key: str, unit: str) -> Any:
        table, _, name = key.partition(".")
        there = name in self.tree.get(table, {})
        return self._leaf(key, unit) if there or key not in _DEFAULTS else _DEFAULTS[key]

    def _leaf(self, key: str, unit: str) -> Any:
        """The converted value of `{value, unit, rule}` at a dotted key."""
        self._field(key, "unit", _word(unit))
        value = self._field(key, "value", _UNITS[unit])
        self._rule(key)
        return value

    def _rule(self, key: str) -> None:
        self.rules[key] = self._field(key, "rule", _text)

    def _field(self, key: str, name: str, convert: Callable[[Any], Any]) -> Any:
        return self._convert(f"{key}.{name}", self._take(self._table(key), name, f"{key}.{name}"), convert)

    def _table(self, key: str) -> dict[str, Any]:
        node: Any = self.tree
        for part in key.split("."):
            node = node.get(part) if isinstance(node, dict) else None
        if not isinstance(node, dict):
            raise EditionError(f"{key}: missing, or no table")
        return node

    @staticmethod
    def _take(table: dict[str, Any], name: str, key: str) -> Any:
        if name not in table:
            raise EditionError(f"{key}: missing")
        return table.pop(name)

    @staticmethod
    def _convert(key: str, value: Any, convert: Callable[[Any], Any]) -> Any:
        try:
            return convert(value)
        except ValueError as error:
            raise EditionError(f"{key}: expected {error}, not {value!r}") from None

    def _nothing_left(self, node: dict[str, Any], prefix: str) -> None:
        for name, value in node.items():
            if not isinstance(value, dict) or (value == {} and not self._known(prefix + name)):
                raise EditionError(f"{prefix}{name}: unknown key")
            self._nothing_left(value, f"{prefix}{name}.")

    def _known(self, key: str) -> bool:
        """Whether something below (or at) a key was read."""
        return any(rule == key or rule.startswith(f"{key}.") for rule in self.rules)

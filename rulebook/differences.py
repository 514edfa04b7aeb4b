"""What one edition's text changes in another's: key by key, with unit and rule id. Comments and order do not count."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from rulebook.leaves import DEFAULTS, LEAVES
from rulebook.reader import read_edition, read_tree

_PER_UNIT = {"duty minutes left": timedelta(minutes=1)}


@dataclass(frozen=True, slots=True)
class Change:
    """`old` or `new` is None where an edition does not have the key. `unit` and `rule` are those of the new edition,
    of the old one for a key that falls away."""

    key: str
    old: Any
    new: Any
    unit: str
    rule: str


@dataclass(frozen=True, slots=True)
class Leaf:
    """One value of a text: a number with its unit, or a word."""

    key: str
    value: Any
    unit: str
    rule: str


def differences(old: str, new: str) -> list[Change]:
    """In the order of the new text, then what it drops. EditionError for a text that is no edition."""
    before, after = ({leaf.key: leaf for leaf in leaves(text)} for text in (old, new))
    keys = [*after, *(key for key in before if key not in after)]
    found = ((before.get(key), after.get(key), key) for key in keys)
    return [
        Change(key, _value(a), _value(b), _both(a, b, "unit"), _both(a, b, "rule")) for a, b, key in found if a != b
    ]


def leaves(text: str) -> list[Leaf]:
    """Every value of an edition, settings that its text leaves to their default among them. EditionError."""
    read_edition(text)
    found = list(_walk(read_tree(text), ""))
    there = {leaf.key for leaf in found}
    for key, value in DEFAULTS.items():
        if key not in there:
            unit = LEAVES[key][1]
            found.append(Leaf(key, value // _PER_UNIT[unit] if isinstance(value, timedelta) else value, unit, ""))
    return found


def _walk(table: Mapping[str, Any], prefix: str, rule: str = "") -> Iterator[Leaf]:
    """A number is one leaf, and its heading another; of a table with a rule of its own (a reason) every word is one."""
    for name, value in table.items():
        key = f"{prefix}{name}"
        if not isinstance(value, dict):
            shown = value.isoformat() if isinstance(value, date) else value
            yield Leaf(key, sorted(shown) if isinstance(shown, list) else shown, "", rule)
        elif "value" in value:
            yield Leaf(key, value["value"], value["unit"], value["rule"])
            if "heading" in value:
                yield Leaf(f"{key}.heading", value["heading"], "", value["rule"])
        else:
            own = value.get("rule", rule)
            words = {word: one for word, one in value.items() if word != "rule"}
            yield from _walk(words, f"{key}.", own if isinstance(own, str) else rule)


def _value(leaf: Leaf | None) -> Any:
    return None if leaf is None else leaf.value


def _both(old: Leaf | None, new: Leaf | None, what: str) -> str:
    """The unit or rule id; both where it changes, `duty hours → elapsed hours`."""
    before, after = (getattr(leaf, what) if leaf else "" for leaf in (old, new))
    return f"{before} → {after}" if before and after and before != after else after or before

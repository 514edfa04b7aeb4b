"""What help.toml holds: each screen's purpose, keys and rules, the rules without numbers, and the tour."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

from people.access import Action


@dataclass(frozen=True, slots=True)
class Help:
    """`title` and `purpose` are (中文, English); `keys` are (key, 中文, English)."""

    title: tuple[str, str]
    purpose: tuple[str, str]
    rules: tuple[str, ...]
    keys: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Step:
    """Of the tour. `spot` is a CSS selector of the thing that is told about."""

    endpoint: str
    action: Action
    spot: str
    chinese: str
    english: str


_READ = tomllib.loads((Path(__file__).parent / "help.toml").read_text("utf-8"))
# By blueprint.
HELP = {
    name: Help(
        tuple(one["title"]),
        (one["zh"], one["en"]),
        tuple(one.get("rules", ())),
        tuple((key, zh, en) for key, zh, en in one.get("keys", ())),
    )
    for name, one in _READ["screens"].items()
}
MORE = {rule: (one["zh"], one["en"]) for rule, one in _READ["rules"].items()}
STEPS = tuple(Step(s["endpoint"], Action(s["action"]), s["spot"], s["zh"], s["en"]) for s in _READ["tour"])

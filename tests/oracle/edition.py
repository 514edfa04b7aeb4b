"""The numbers of an edition file that the money needs; the clocks' numbers stand in the texts (RULEBOOK.md)."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

SHIPPED = Path(__file__).resolve().parents[2] / "rulebook" / "editions" / "2017-01-01.toml"


@dataclass(frozen=True)
class Edition:
    """Fines and rewards in fen, places a month, percent of the first refund, days of each appeal period."""

    name: str
    fines: dict[str, int]
    places: int
    reward: int
    percent: int
    station_days: int
    province_days: int
    hq_days: int


def read(path: Path = SHIPPED) -> Edition:
    """Read an edition file that is taken to be sound."""
    told = tomllib.loads(path.read_text(encoding="utf-8"))
    appeal = {key: leaf["value"] for key, leaf in told["appeal"].items()}
    return Edition(
        told["name"],
        {kind: leaf["value"] for kind, leaf in told["fines"].items()},
        told["reward"]["places"]["value"],
        told["reward"]["amount"]["value"],
        told["refund"]["first_month_percent"]["value"],
        appeal["station_days"],
        appeal["province_days"],
        appeal["hq_days"],
    )

"""The only reader of state tables (DESIGN law 4): a table maps (state, act) to the next state."""

from collections.abc import Mapping
from typing import TypeVar

S = TypeVar("S")
Table = Mapping[tuple[S, str], S]


def step(table: Table[S], state: S, act: str) -> S | None:
    """The state after `act`, or None when the table does not allow it there."""
    return table.get((state, act))

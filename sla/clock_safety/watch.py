"""Whether a process may trust its clock (RELIABILITY D9, F-38): the wall against the database's clock, or where there
is none, against a clock that nobody sets. Pure: it is handed what was read."""

from dataclasses import dataclass
from datetime import datetime, timedelta

APART = timedelta(seconds=5)
NONE = timedelta(0)


@dataclass(frozen=True, slots=True)
class Look:
    """Clocks read in one moment. `steady` counts seconds and is never set. `database` was read within `give` of `wall`;
    None: it is the same host's. `newest`: the last instant that the database knows to have passed, if it was asked."""

    wall: datetime
    steady: float
    database: datetime | None = None
    give: timedelta = NONE
    newest: datetime | None = None


@dataclass(slots=True)
class Watch:
    """What one process knows of its clock. `apart`: wall minus what it should say, while that is over APART; None: the
    clock may be trusted. `looked`: it was asked at all."""

    apart: timedelta | None = None
    looked: bool = False
    _last: Look | None = None
    _granted: timedelta = NONE  # of the database's clock, accepted by an admin

    @property
    def unproved(self) -> bool:
        """Whether no look has been good yet."""
        return self._last is None

    def take(self, look: Look) -> timedelta | None:
        """`apart` as it is now. While the clock is doubted a look without a database is held against the last good one,
        so that it agrees again when it is set right."""
        self.looked = True
        difference = self._difference(look)
        if look.database is not None and abs(difference) - look.give <= APART:
            self._granted = NONE  # set right
        fine = abs(difference - self._granted) - look.give <= APART
        self.apart = None if fine else difference
        if fine:
            self._last = look
        return self.apart

    def _difference(self, look: Look) -> timedelta:
        if look.database is not None:
            # It decides: after a machine was suspended the wall is right, though a steady clock has not seen it pass.
            return look.wall - look.database
        if self._last is not None:
            return look.wall - self._last.wall - timedelta(seconds=look.steady - self._last.steady)
        # A fresh process has nothing to hold the wall against but that time does not run backwards.
        return min(look.wall - look.newest, NONE) if look.newest is not None else NONE

    def accept(self, look: Look) -> None:
        """A named admin says that this clock is to be gone by, as far as it is off now."""
        if look.database is not None:
            self._granted = look.wall - look.database
        self._last, self.apart = look, None

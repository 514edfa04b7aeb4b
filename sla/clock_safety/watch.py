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
        if look.database is not None and abs(difference) + look.give <= APART:
            self._granted = NONE  # set right, beyond the doubt of a slow answer
        if abs(difference - self._granted) - look.give > APART:
            self.apart = difference
        else:
            self.apart = self._both_moved(look)
        if self.apart is None:
            self._last = look
        return self.apart

    def _difference(self, look: Look) -> timedelta:
        if look.database is not None:
            return look.wall - look.database
        if self._last is not None:
            return look.wall - self._last.wall - self._passed(look)
        # A fresh process has nothing to hold the wall against but that time does not run backwards.
        return min(look.wall - look.newest, NONE) if look.newest is not None else NONE

    def _both_moved(self, look: Look) -> timedelta | None:
        """How far the wall jumped together with the database's clock: one host has both, and somebody set it."""
        if self._last is None or self._last.database is None or look.database is None:
            return None
        passed, give = self._passed(look), look.give + self._last.give
        wall, database = look.wall - self._last.wall - passed, look.database - self._last.database - passed
        return wall if min(abs(wall), abs(database)) - give > APART else None

    def _passed(self, look: Look) -> timedelta:
        """Since the last good look, by the clock that nobody sets."""
        return timedelta(seconds=look.steady - self._last.steady) if self._last is not None else NONE

    def accept(self, look: Look) -> None:
        """A named admin says that this clock is to be gone by, as far as it is off now."""
        if look.database is not None:
            self._granted = look.wall - look.database
        self._last, self.apart = look, None

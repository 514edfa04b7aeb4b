"""The forecast tried again on days that are over: paces of the days before, risks of this period, and what came. Pure.

The same arithmetic as the product's (sla/pace/tally.py, sla/forecast.py); nothing of the judged days is in the paces.
"""

from bisect import bisect_right, insort
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta

from basics.days import midnight
from sla.forecast import ACCEPT, Pace, risk
from sla.pace.tally import Own, Wait, cells_of, common_of, crowd_of, own_of, owns_of, pace_of

LOOKS = (0, 10, 20)  # minutes of the accept clock at which an order that still waits is looked at
LEARNT_DAYS, JUDGED_DAYS = 14, 7
MOST = 100_000  # accept clocks of all these days; of more nothing is tried again
Waits = Mapping[str, list[Wait]]
_MINUTE = timedelta(minutes=1)


def learnt(days: Iterable[Waits]) -> dict[str, Pace]:
    """The pace of each station after these days, one after the other; "" is the network's, for others."""
    crowd, owns = crowd_of(None), dict[str, Own]()
    for waits in days:
        cells = cells_of(waits)
        crowd = crowd.older(1).plus(sum(map(len, waits.values())), cells)
        owns = {station: own.older(1) for station, own in owns.items()}
        for station, fresh in owns_of(waits, cells, common_of(crowd)).items():
            owns[station] = owns[station].plus(fresh) if station in owns else fresh
    common = common_of(crowd)
    return {station: pace_of(own, common) for station, own in {**owns, "": own_of(None)}.items()}


def tried(
    paces: Mapping[str, Pace], waits: Waits, day: date, of: Collection[str] | None = None
) -> list[tuple[float, bool]]:
    """(risk, late) of each order at each of LOOKS, while it waited; `of` these stations. None where too little was
    learnt."""
    found = []
    for station, own in waits.items():
        if of is None or station in of:
            pace = paces.get(station, paces[""])
            for wait, minute, ahead in _looks(own):
                length = wait.closes - wait.opens
                at = midnight(day) + _MINUTE * (wait.opens + (wait.begin + minute) % length)
                said = risk(pace, ahead, ACCEPT - _MINUTE * minute, at, outside=wait.outside)
                found += [] if said is None else [(said, wait.late)]
    return found


def _looks(own: Sequence[Wait]) -> Iterator[tuple[Wait, int, int]]:
    """Each order at each look, with how many of the station were ahead of it then."""
    gone: list[float] = []
    for before, wait in enumerate(sorted(own, key=lambda one: one.begin)):
        for minute in LOOKS:
            if minute < wait.length:
                yield wait, minute, before - bisect_right(gone, wait.begin + minute)
        insort(gone, wait.begin + wait.length)

"""Duty hours and deadlines, walked edge by edge (DUTY-1, DUTY-2, ROUTE-6)."""

from datetime import datetime, time, timedelta, timezone

from tests.oracle.network import Network

SHANGHAI = timezone(timedelta(hours=8))
HOURS = {"standard": (8, 20), "xinjiang": (10, 21)}
HALF_HOUR = timedelta(minutes=30)
SIXTEEN_HOURS = timedelta(hours=16)
FOUR_HOURS = timedelta(hours=4)
DAY = timedelta(hours=24)


def duty_of(network: Network, code: str, day: datetime) -> tuple[datetime, datetime]:
    """First and last instant of duty of a station on the Shanghai day of `day`."""
    opens, closes = HOURS[network.stations[code].duty]
    date = day.astimezone(SHANGHAI).date()
    return (
        datetime.combine(date, time(opens), SHANGHAI),
        datetime.combine(date, time(closes), SHANGHAI),
    )


def first_duty_instant(network: Network, code: str, start: datetime) -> datetime:
    """The start itself when it is on duty, else the next opening; 20:00:00 is off duty already."""
    opens, closes = duty_of(network, code, start)
    if start < opens:
        return opens
    return start if start < closes else duty_of(network, code, start + DAY)[0]


def run_down(network: Network, code: str, start: datetime, amount: timedelta, duty: bool) -> datetime:
    """The earliest instant at which `amount` of countable time has passed since `start`: closures of the
    station never count, and hours off duty do not count for a duty clock."""
    now = start
    while True:
        opens, closes = duty_of(network, code, now)
        edges = [opens, closes, opens + DAY]
        edges += [edge for span in network.closures.get(code, []) for edge in span]
        edge = min(e for e in edges if e > now)
        if not network.closed(code, now) and (not duty or opens <= now < closes):
            if amount <= edge - now:
                return now + amount
            amount -= edge - now
        now = edge


def duty_due(network: Network, code: str, start: datetime) -> datetime:
    """ACCEPT-1 and TRANSFER-1: 30 duty minutes."""
    return run_down(network, code, start, HALF_HOUR, True)


def pickup_span(
    network: Network, code: str, base: datetime, window_end: datetime | None, assigned: datetime
) -> tuple[datetime, datetime]:
    """(starts_at, due_at) of a pickup clock: PICKUP-2, moved by the closure minutes since the assignment."""
    end = base + SIXTEEN_HOURS
    if window_end is not None and window_end > end:
        end = window_end
    starts = base
    if assigned + FOUR_HOURS > end:
        starts, end = assigned, assigned + FOUR_HOURS
    return starts, run_down(network, code, assigned, end - assigned, False)

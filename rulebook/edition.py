"""The typed view of one edition of the rulebook."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

HEADINGS = ("timeliness", "truth", "transfer")
ASKS = ("nothing", "call_time", "dialled_number", "goods", "text")
# What a clock of `[clock.NAME]` may wait for.
KEEPERS = ("accepted", "called", "transferred", "numbered", "picked_up", "accept_failed", "pickup_failed")
KINDS = ("V-ACCEPT", "V-PICKUP", "V-FALSE-FAIL", "V-FALSE-WAYBILL", "V-WRONG-ACCEPT", "V-TRANSFER")


class EditionError(ValueError):
    """A rulebook text that cannot be used; the message names the key, then says why in zh-CN and English."""


@dataclass(frozen=True, slots=True)
class DutyHours:
    """Duty of one kind of station (DUTY-1), in minutes of the Shanghai day; `closes` itself is off duty."""

    opens: int
    closes: int


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason of DO-2. `asks` is what must come with it: one of `ASKS`."""

    code: str
    zh: str
    en: str
    asks: str


@dataclass(frozen=True, slots=True)
class ClockRule:
    """A clock that only the rulebook knows: `[clock.NAME]`, beside those of ACCEPT, TRANSFER and PICKUP.

    It starts at each assignment to a station (the first one's at creation) or, with `starts` "creation", at creation
    for every holder. `counts`: `duty` or `elapsed`. `kept_by`: words of `KEEPERS`; whatever else ends the assignment
    drops it. `when`: `always`, or `outside` for points outside the holder's area. `violation`: a kind with a fine of
    its own, "" for a clock that is shown and costs nothing.
    """

    name: str
    zh: str
    en: str
    starts: str
    length: timedelta
    counts: str
    kept_by: frozenset[str]
    when: str
    violation: str
    rule: str


@dataclass(frozen=True, slots=True)
class Ladder:
    """DO-8: what a station with a waiting order notices, and when; lengths are duty time left on its accept clock.

    `risk` is the share in percent of like orders that were late, from which on a step of the ladder is taken ahead of
    its time: what is likely to be late is warned of early.
    """

    tint: timedelta
    sound: timedelta
    message: timedelta
    call_list: timedelta
    offer_transfer: timedelta
    risk: int


@dataclass(frozen=True, slots=True)
class Country:
    """Where a pickup point can be at all, in degrees, borders included (ROUTE-1)."""

    west: int
    east: int
    south: int
    north: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """One edition of the rulebook. Amounts are fen, times of day are minutes, lengths are timedeltas.

    `accept`, `transfer` and `look_every` count duty time; every other length counts elapsed time (DUTY-2).
    """

    name: str
    effective: date
    text_sha256: str
    duty: Mapping[str, DutyHours]
    accept: timedelta
    transfer: timedelta
    pickup: timedelta
    pickup_least_hold: timedelta
    promise: timedelta
    look_every: timedelta
    hold_reminder: timedelta
    hold_close: timedelta
    scan_proof: timedelta
    late_push: timedelta
    order_again: timedelta
    waybill_digits: int
    waybill_begins: str
    waybill_check_digit: str  # none or luhn
    waybill_correction: timedelta
    country_west: int
    country_east: int
    country_south: int
    country_north: int
    far_from_district: int  # kilometres
    fines: Mapping[str, int]  # violation kind -> fen
    headings: Mapping[str, str]  # violation kind -> heading
    reasons: Mapping[str, Reason]  # in the order of the book
    appeal_station_days: int
    appeal_province_days: int
    appeal_hq_days: int
    reward_places: int
    reward_amount: int
    refund_first_month_percent: int
    leftovers_by: int
    settled_by: int
    change_effective: int
    change_announced_by: int
    notice_at: int  # of a Monday (NOTICE-1)
    second_review_percent: int  # of the decided cases (VIO-4)
    payout_above: int  # credit in fen from above which it can be paid out (ROLE-3)
    ladder: Ladder
    clock_rules: Mapping[str, ClockRule]  # by name, without accept, transfer and pickup
    rules: Mapping[str, str]  # key of the text, `clocks.accept` -> rule id

    @property
    def country(self) -> Country:
        return Country(self.country_west, self.country_east, self.country_south, self.country_north)

    @property
    def waybill_pattern(self) -> str:
        """What a waybill number looks like, as an ASCII pattern to match in full (WAYBILL-1); no check digit."""
        return f"{self.waybill_begins}[0-9]{{{self.waybill_digits - len(self.waybill_begins)}}}"

"""The scans of every number that an order had, and why each bears the pickup out or does not (DO-4, PICKUP-1)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from basics.words import DATA_CENTRE
from dispatch.clock_story.story import Story
from web.console.logbook import Names
from web.pack.exact import exactly

WHY = {
    "": ("相符", "matches"),
    "late": ("相符,但晚于确认后的期限", "matches, but too late after the confirmation"),
    "other_number": ("不是本单现在的运单号", "not the order's present number"),
    "before_creation": ("早于下单", "before the order's creation"),
    "nobody": ("当时订单不在任何网点", "no station held the order then"),
    "other_house": ("不是当时持有网点(含承包区)所扫", "made at another house than the holder's"),
}


def scans_of(
    scans: Sequence[Any], story: Story, present: str | None, houses: Mapping[str, str], names: Names
) -> dict[str, Any]:
    """`rows` by time; `proof_until`: until when a confirmation needs its scan, "" where nothing was confirmed."""
    pickup = story.course.pickup
    until = pickup.proof_until if pickup else None
    return {
        "proof_until": exactly(until),
        "rows": [_scan(scan, story, until, present, houses, names) for scan in scans],
    }


def _scan(
    scan: Any, story: Story, until: datetime | None, present: str | None, houses: Mapping[str, str], names: Names
) -> dict[str, Any]:
    why = _why(scan, story, until, present, houses)
    return {
        "waybill_no": scan.waybill_no,
        "station": scan.station,
        "station_name": names.station(scan.station),
        "scanned_at": exactly(scan.scanned_at),
        "told_at": exactly(scan.told_at),
        "operator": names.free(scan.operator),
        "why": why,
        "in_time": not why,
        "zh": WHY[why][0],
        "en": WHY[why][1],
    }


def _why(scan: Any, story: Story, until: datetime | None, present: str | None, houses: Mapping[str, str]) -> str:
    if scan.waybill_no != present:
        return "other_number"
    course = story.course
    if scan.scanned_at < (course.created_at or course.zero):
        return "before_creation"
    holders = [holding.station for holding in course.holdings if holding.started_at <= scan.scanned_at]
    if not holders or holders[-1] == DATA_CENTRE:
        return "nobody"
    if houses.get(holders[-1]) != houses.get(scan.station):
        return "other_house"
    return "late" if until is not None and scan.scanned_at > until else ""

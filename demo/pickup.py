"""The second half of a story: the courier's way from acceptance to waybill, confirmation and scan."""

from datetime import datetime, timedelta

from basics.days import day_of, iso, midnight
from demo import figures
from demo.hours import lognormal, plus, when_couriers_go
from demo.story import Story, a_note, by_habit


def until_picked_up(story: Story) -> None:
    """From an acceptance to the pickup or its failure."""
    at = _when(story)
    if by_habit(story, "pickup", at):
        return
    if story.chance(figures.FAIL_PICKUP):
        reason = figures.choose(story.rng, figures.REASONS_PICKUP)
        story.act(at, "fail", station=story.holder, stage="pickup", reason=reason, note=a_note(story, reason, at))
        story.tag("pickup_failed")
        story.ended_at = at
        return
    typed = _number(story, at)
    scanned_at = _scanned_at(story, at)
    if typed is None and scanned_at and (scanned_at < at or story.chance(figures.SCAN_ALONE)):
        scanned_at = at  # the number is known: the scan completes the order, nobody confirms (DO-3)
    else:
        number = {} if typed is None else {"waybill_no": typed}
        story.act(at, "confirm", station=story.holder, **number)
        if typed == story.draft.typo_no:
            corrected = plus(at, story.rng.uniform(5, 90))
            story.say(corrected, "waybill", waybill_no=story.draft.waybill_no, by="station")
    story.at = story.ended_at = at if scanned_at is None else min(at, scanned_at)
    story.tag("picked_up")
    if scanned_at is None:
        story.tag("never_scanned")
    else:
        _scan(story, scanned_at)
    _promise(story)


def _when(story: Story) -> datetime:
    """When the courier is there: around the booked window, else soon after the order (both measured)."""
    rng, fields = story.rng, story.draft.fields
    if "window_end" in fields:
        end = datetime.fromisoformat(str(fields["window_end"]))
        planned = plus(end, figures.draw(rng, figures.PICKUP_AFTER_WINDOW))
    else:
        planned = plus(story.draft.created_at, figures.draw(rng, figures.PICKUP_AT_ONCE))
    ready = plus(story.at, rng.uniform(6, 40))
    return when_couriers_go(max(planned, ready), story.station.duty, rng)


def _number(story: Story, pickup: datetime) -> str | None:
    """How the waybill number comes: what the confirmation must type, None when the order has it."""
    rng, draft = story.rng, story.draft
    if draft.business_type == "online_order":
        if "waybill_no" in draft.fields:
            return None
        if not story.chance(figures.NUMBER_FROM_STATION):
            routed_at = story.holders[0][0]
            told = (routed_at + (pickup - routed_at) * rng.uniform(0.1, 0.9)).replace(microsecond=0)
            story.say(told, "waybill", waybill_no=draft.waybill_no, by="channel", happened_at=iso(told))
            return None
        if story.chance(0.5):
            story.say(plus(pickup, -rng.uniform(1, 5)), "waybill", waybill_no=draft.waybill_no, by="station")
            return None
    return draft.typo_no if story.chance(figures.MISTYPED) else draft.waybill_no


def _scanned_at(story: Story, pickup: datetime) -> datetime | None:
    """Shortly before the confirmation, or minutes to hours after it; None when no scan is ever made."""
    rng = story.rng
    if story.chance(figures.SCAN_NEVER):
        return None
    if story.chance(figures.SCAN_BEFORE):
        return plus(pickup, -rng.uniform(1, 5))
    return plus(pickup, min(lognormal(rng, 45, 1.1), 20 * 60))


def _scan(story: Story, scanned_at: datetime) -> None:
    """Told within a minute or uploaded in the evening; sometimes made at the level-1 station (DO-4)."""
    rng = story.rng
    told = scanned_at + timedelta(seconds=rng.randrange(1, 50))
    evening = midnight(day_of(scanned_at)) + timedelta(hours=20, seconds=rng.randrange(3600))
    if told < evening and story.chance(figures.SCAN_UPLOADED_IN_THE_EVENING):
        told = evening
        story.tag("scan_told_late")
    station = story.station.parent if story.station.level == 2 and story.chance(0.3) else story.holder
    story.lines.append(
        (
            told,
            {
                "do": "scan",
                "waybill_no": story.draft.waybill_no,
                "station": station,
                "scanned_at": iso(scanned_at),
            },
        )
    )


def _promise(story: Story) -> None:
    """PROMISE-1, for the description only: by the end of the window, else within two hours of creation."""
    end = story.draft.fields.get("window_end")
    until = datetime.fromisoformat(str(end)) if end else story.draft.created_at + timedelta(hours=2)
    if story.ended_at and story.ended_at <= until:
        story.tag("promise_kept")

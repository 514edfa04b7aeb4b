"""An order's clocks and minutes as data, and in lines of text; both say the same."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from basics.days import shanghai
from dispatch.clock_story.story import Story
from sla.clocks import Clock
from sla.explain import explain, name_of
from sla.explain_words import KINDS, VERDICTS, en_length, moment, zh_length
from sla.minutes import KINDS as PARTS
from sla.minutes import Part

TICK = timedelta(microseconds=1)


def as_json(story: Story) -> dict[str, Any]:
    """Instants are ISO 8601 at +08:00 to the microsecond, lengths whole microseconds."""
    minutes = story.minutes
    return {
        "order_id": story.order_id,
        "channel": story.channel,
        "logistics_no": story.logistics_no,
        "at": _iso(story.at),
        "minutes": {
            "since": _iso(minutes.since),
            "until": _iso(minutes.until),
            "microseconds": minutes.elapsed // TICK,
            "of_kind": {kind: minutes.of_kind(kind) // TICK for kind in PARTS},
            "parts": [_part(part) for part in minutes.parts],
        },
        "holders": [
            {
                "seq": holding.seq,
                "station": holding.station,
                "cause": holding.cause,
                "started_at": _iso(holding.started_at),
                "microseconds": minutes.own(holding.seq) // TICK,
                "lost_before": {
                    "microseconds": lost.total // TICK,
                    "by": [{"kind": kind, "holder": by, "microseconds": much // TICK} for kind, by, much in lost.by],
                },
            }
            for holding, lost in zip(story.course.holdings, story.lost, strict=True)
        ],
        "clocks": [_clock(clock) for clock in story.clocks],
    }


def _iso(at: datetime | None) -> str | None:
    return None if at is None else shanghai(at).isoformat()


def _part(part: Part) -> dict[str, Any]:
    return {
        "kind": part.kind,
        "holder": part.holder,
        "seq": part.seq,
        "since": _iso(part.since),
        "until": _iso(part.until),
        "microseconds": part.length // TICK,
    }


def _clock(clock: Clock) -> dict[str, Any]:
    zh, en = name_of(clock)
    steps = [
        {"what": step.what, "rule": step.rule, "zh": step.zh, "en": step.en,
         "since": _iso(step.since), "until": _iso(step.until)}
        for step in explain(clock)
    ]  # fmt: skip
    return {
        "seq": clock.seq,
        "kind": clock.kind,
        "zh": zh,
        "en": en,
        "station": clock.station,
        "starts_at": _iso(clock.starts_at),
        "due_at": _iso(clock.due_at),
        "verdict": clock.verdict.value,
        "decided_by": _iso(clock.decided_by),
        "edition": clock.edition,
        "steps": steps,
    }


def lines(story: Story, station: Callable[[str], str]) -> Iterator[str]:
    """For a terminal. `station`: what people call a holder."""
    minutes = story.minutes
    yield f"{story.logistics_no} {story.channel}:{moment(story.at)} 所知 / as known then"
    yield f"共 {zh_length(minutes.elapsed)} / {en_length(minutes.elapsed)} elapsed:"
    for part in minutes.parts:
        zh, en = KINDS[part.kind]
        holder = f" {station(part.holder)}" if part.holder else ""
        yield f"  {moment(part.since)} – {moment(part.until)} {zh}{holder} {zh_length(part.length)} / {en}"
    for lost in story.lost:
        if lost.total:
            zh, en = zh_length(lost.total), en_length(lost.total)
            yield f"到 {station(lost.holder)} 之前已过 {zh} / {en} gone before it reached this holder"
    for clock in story.clocks:
        (zh, en), (verdict, word) = name_of(clock), VERDICTS[clock.verdict]
        yield ""
        yield f"{clock.seq}. {station(clock.station)} {zh}:{verdict} / {en}: {word}"
        for step in explain(clock):
            rule = f" [{step.rule}]" if step.rule else ""
            yield f"   {step.zh}{rule}"
            yield f"     {step.en}"

"""An order's clocks and minutes as data, and in lines of text; both say the same."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from basics.days import shanghai
from basics.names import VERDICTS
from dispatch.clock_story.story import Story
from sla.clocks import Clock
from sla.explain import Step, explain, name_of
from sla.explain_words import KINDS, en_length, moment, zh_length
from sla.minutes import KINDS as PARTS
from sla.minutes import Part
from sla.promise import OUTCOMES, Promise, explain_promise

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
        "no_pickup_clock": [
            {"seq": one.seq, "station": one.station, "late_by": one.by_seq, **_step(one.step())} for one in story.spared
        ],
        "promise": _promise(story.promise),
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
        "steps": [_step(step) for step in explain(clock)],
    }


def _step(step: Step) -> dict[str, Any]:
    return {
        "what": step.what,
        "rule": step.rule,
        "zh": step.zh,
        "en": step.en,
        "since": _iso(step.since),
        "until": _iso(step.until),
    }


def _promise(promise: Promise) -> dict[str, Any]:
    """PROMISE-1: shown, never fined."""
    return {
        "since": _iso(promise.since),
        "due_at": _iso(promise.due_at),
        "by": "window" if promise.window else "creation",
        "outcome": promise.outcome,
        "decided_by": _iso(promise.decided_at),
        "picked_up_at": _iso(promise.picked_up_at),
        "edition": promise.edition.name,
        "steps": [_step(step) for step in explain_promise(promise)],
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
        yield from _steps(explain(clock))
    for one in story.spared:
        yield ""
        yield f"{one.seq}. {station(one.station)}"
        yield from _steps([one.step(station)])
    zh, en = OUTCOMES[story.promise.outcome]
    yield ""
    yield f"对寄件人的承诺:{zh} / promise to the sender: {en}"
    yield from _steps(explain_promise(story.promise))


def _steps(steps: Iterable[Step]) -> Iterator[str]:
    for step in steps:
        rule = f" [{step.rule}]" if step.rule else ""
        yield f"   {step.zh}{rule}"
        yield f"     {step.en}"

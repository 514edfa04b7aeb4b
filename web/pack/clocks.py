"""The arithmetic of a pack: rule texts in force, clocks step by step from the very traces of their verdicts, whose
minutes were used."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from dispatch.clock_story.story import Story
from people.masking import HIDDEN
from rulebook.book import Book
from rulebook.edition import Edition
from rulebook.rule_texts import rule_texts
from sla.clocks import Clock, violation_of
from sla.explain import explain, name_of
from sla.explain_words import en_length, zh_length
from sla.minutes import KINDS, Lost, Part
from sla.suspicions import KIND_OF
from web.console.deeds import deed_facts
from web.console.logbook import Names
from web.pack.exact import exactly
from web.words import word

TICK = timedelta(microseconds=1)
# kind -> what else of the rulebook it rests on, besides its own text and VIO-1 to VIO-3.
RESTS_ON: dict[str, tuple[str, ...]] = {
    "V-ACCEPT": ("ACCEPT-1", "ACCEPT-2", "DUTY-1", "DUTY-2", "CLOCK-2"),
    "V-PICKUP": ("PICKUP-1", "PICKUP-2", "CLOCK-2"),
    "V-TRANSFER": ("TRANSFER-1", "ROUTE-4", "DUTY-1", "DUTY-2"),
    "V-FALSE-FAIL": ("DO-2",),
    "V-FALSE-WAYBILL": ("DO-4", "PICKUP-1"),
    "V-WRONG-ACCEPT": ("TRANSFER-1", "PICKUP-1"),
}
ALWAYS = ("VIO-1", "VIO-2", "VIO-3")


def rules_of(violation: Any, book: Book, of_clocks: Edition) -> list[dict[str, Any]]:
    """The edition in force when it happened; and the one that set the order's clocks, where that is another."""
    then = book.at(violation.happened_at)
    found = [_texts(violation, then, "发生时有效", "in force when it happened")]
    if of_clocks.name != then.name:
        found.append(_texts(violation, of_clocks, "订单时钟所依", "the order's clocks go by it"))
    return found


def _texts(violation: Any, edition: Edition, zh: str, en: str) -> dict[str, Any]:
    own = [clock.rule for clock in edition.clock_rules.values() if clock.violation == violation.kind]
    wanted = dict.fromkeys((violation.kind, *RESTS_ON.get(violation.kind, ()), *own, *ALWAYS))
    known = rule_texts(edition)
    return {
        "edition": edition.name,
        "effective": edition.effective.isoformat(),
        "sha256": edition.text_sha256,
        "zh": zh,
        "en": en,
        "texts": [{"rule": rule, "zh": known[rule].zh, "en": known[rule].en} for rule in wanted if rule in known],
    }


def arithmetic_of(violation: Any, story: Story) -> dict[str, Any]:
    """The clocks of the assignment, `charged` the one that the suspicion is of; of a deed its `facts`; the
    promise to the sender, which costs nothing (PROMISE-1)."""
    outcome = story.promise.outcome
    said = word("promise", outcome)
    return {
        "clocks": [_clock(clock, violation) for clock in story.clocks if clock.seq == violation.seq],
        "promise": {
            "due_at": exactly(story.promise.due_at),
            "outcome": outcome,
            "zh": said.chinese,
            "en": said.english,
        },
        "facts": [
            {"label": one.label, "value": one.value, "red": one.tone == "red"}
            for one in deed_facts(_shown(violation.evidence))
        ],
    }


def _shown(evidence: Mapping[str, Any]) -> dict[str, Any]:
    """Without the number of the sender's other order, which another station may hold (ROLE-1)."""
    again = evidence.get("again")
    return {**evidence, "again": {**again, "logistics_no": HIDDEN}} if again else {**evidence}


def _clock(clock: Clock, violation: Any) -> dict[str, Any]:
    zh, en = name_of(clock)
    kind = KIND_OF.get(clock.kind) or violation_of(clock)
    return {
        "kind": clock.kind,
        "zh": zh,
        "en": en,
        "charged": kind == violation.kind and "due_at" in violation.evidence,
        "verdict": clock.verdict.value,
        "verdict_zh": word("verdict", clock.verdict.value).chinese,
        "starts_at": exactly(clock.starts_at),
        "due_at": exactly(clock.due_at),
        "edition": clock.edition,
        "steps": [{"what": one.what, "rule": one.rule, "zh": one.zh, "en": one.en} for one in explain(clock)],
    }


def minutes_of(violation: Any, story: Story, names: Names) -> dict[str, Any]:
    """ACCEPT-2: every part, the sums by holder, and what was gone before it reached the one who is suspected."""
    minutes = story.minutes
    lost = next((one for one in story.lost if one.seq == violation.seq), None)
    return {
        "since": exactly(minutes.since),
        "until": exactly(minutes.until),
        **_length(minutes.elapsed),
        "parts": [_part(part, names) for part in minutes.parts],
        "kinds": [_kind(kind, minutes.of_kind(kind)) for kind in KINDS if minutes.of_kind(kind)],
        "holders": [
            {"seq": one.seq, "name": names.station(one.station), "charged": one.seq == violation.seq,
             **_length(minutes.own(one.seq))}
            for one in story.course.holdings
        ],
        "lost": _lost(lost, names) if lost else None,
    }  # fmt: skip


def _length(length: timedelta) -> dict[str, Any]:
    return {"microseconds": length // TICK, "zh": zh_length(length), "en": en_length(length)}


def _kind(kind: str, length: timedelta) -> dict[str, Any]:
    said = word("minutes", kind)
    return {"kind": kind, "label": said.chinese, "label_en": said.english, **_length(length)}


def _part(part: Part, names: Names) -> dict[str, Any]:
    label = word("minutes", part.kind).chinese
    holder = names.station(part.holder) if part.holder else ""
    return {
        "kind": part.kind,
        "seq": part.seq,
        "label": label,
        "holder": holder,
        "since": exactly(part.since),
        "until": exactly(part.until),
        "title": " ".join(filter(None, (label, holder, zh_length(part.length)))),
        **_length(part.length),
    }


def _lost(lost: Lost, names: Names) -> dict[str, Any]:
    by = [{"label": _whose(kind, holder, names), **_length(length)} for kind, holder, length in lost.by]
    return {**_length(lost.total), "by": by}


def _whose(kind: str, holder: str, names: Names) -> str:
    """A holder's own time is called by its name alone."""
    own = kind in ("station", "data_centre")
    return " ".join(
        filter(None, (names.station(holder) if holder else "", "" if own else word("minutes", kind).chinese))
    )

"""What an evidence pack holds: plain JSON values, assembled once, the same for whoever reads it, with its hash.

It is judged as of the last news and never as of the time it is looked at: looked at twice without news it is the same
to the byte.
"""

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from basics.money import yuan
from basics.text import visible
from basics.words import DATA_CENTRE
from dispatch.batch import World
from dispatch.clock_story.queries import story
from dispatch.clock_story.story import Story
from dispatch.evidence.queries import Record, record
from dispatch.lists.queries import OrderPage, order_page
from people.access import EVERYWHERE
from people.masking import address_secrets, customer_names
from sla.warnings.queries import rings_of
from web.check_words import figures_in_words
from web.console.logbook import Names, names_of
from web.pack import clocks, ground, history, scans
from web.pack.contradictions import contradictions
from web.pack.exact import exactly
from web.words import word

FORMAT = 1
TICK = timedelta(microseconds=1)
SHORTEST_MAILBOX = 4  # characters of the part before the @ that free text may not repeat
_OUTCOMES = {"passed": ("不成立", "does not hold"), "failed": ("成立", "holds"), "unknown": ("未知", "unknown")}


def canonical(contents: object) -> bytes:
    """The JSON that is hashed: sorted keys, no spaces, UTF-8."""
    return json.dumps(contents, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def content_hash(contents: object) -> str:
    """SHA-256 of the canonical JSON, in hex."""
    return hashlib.sha256(canonical(contents)).hexdigest()


def pack_of(conn: Connection, world: World, violation: Any) -> dict[str, Any]:
    """`violation`: a row of `dispatch.evidence.queries.charge`, which the reader may see."""
    found = order_page(conn, violation.order_id, EVERYWHERE)
    assert found is not None, "a violation has an order"
    as_of = as_of_last_news(violation, found)
    told = story(conn, world, violation.order_id, as_of)
    assert isinstance(told, Story), "what happened was told by then"
    names = _names(world, found)
    warned = rings_of(conn, [violation.order_id])
    kept = record(conn, violation.id, violation.order_id, _numbers(found), _keys(warned))
    contents = {
        "format": FORMAT,
        "as_of": exactly(as_of),
        "order": _order(found.order),
        "suspicion": _suspicion(violation, kept, world, names),
        "rules": clocks.rules_of(violation, world.book, world.book.at(told.course.zero)),
        "arithmetic": clocks.arithmetic_of(violation, told),
        "minutes": clocks.minutes_of(violation, told, names),
        "holders": history.holders(found, names),
        "timeline": history.timeline(found, names, {code for one in world.book.editions for code in one.reasons}),
        "map": ground.ground_of(conn, world, violation, found, world.book.at(violation.happened_at)),
        "scans": scans.scans_of(kept.scans, told, found.order.waybill_no, world.network.house_of, names),
        "notices": history.notices(kept, names),
        "rings": history.rings(warned, names),
        "messages": history.messages(kept, names),
        "channel": history.channel_words(found, names),
        "checks": _checks(violation.evidence),
    }
    return contents | {"shown_until": shown_until(contents), "contradictions": contradictions(contents)}


def shown_until(contents: dict[str, Any]) -> str:
    """The latest instant that it tells of: what was sent, read, called or published since the last news too."""
    times = [
        contents["as_of"],
        *(line["recorded_at"] for line in contents["timeline"]),
        *(row["sent_at"] for line in contents["timeline"] for row in line["told"]),
        *(step["at"] for step in contents["suspicion"]["steps"]),
        *(scan["told_at"] for scan in contents["scans"]["rows"]),
        *(one["published_at"] for one in contents["notices"]),
        *(ring[when] for ring in contents["rings"] for when in ("rung_at", "called_at")),
        *(one[when] for one in contents["messages"] for when in ("created_at", "read_at")),
        *(way["sent_at"] for one in (*contents["messages"], *contents["notices"]) for way in one["deliveries"]),
        *(way["read_at"] for one in contents["notices"] for way in one["deliveries"]),
        *(one["at"] for one in contents["channel"]),
    ]
    return exactly(max(datetime.fromisoformat(time) for time in times if time))


def as_of_last_news(violation: Any, found: OrderPage) -> datetime:
    """When something last became known of it: a line of the log, the instant itself, a step of its case."""
    recorded = max(event.recorded_at for event in found.events)
    at: datetime = max(recorded, violation.happened_at + TICK, violation.changed_at)
    return at


def _names(world: World, found: OrderPage) -> Names:
    """Nobody is behind the mask, and a sender's own words are shown to nobody: some readers may not see them."""
    contents = [found.order.content, *((event.data.get("content") or {}) for event in found.events)]
    edition = world.book.at(found.order.released_at or found.order.created_at)
    hidden = customer_names(*contents) | {text for one in contents for text in _reachable(one)}
    return names_of(world.network.stations, edition, hidden, behind_mask=False, never_behind=True)


def _reachable(content: Any) -> set[str]:
    """Where sender and receiver live and get their e-mail: staff may have repeated it, a mail server answers so."""
    people = [content.get(who) or {} for who in ("sender", "receiver")]
    emails = {(one.get("email") or "").strip() for one in people} - {""}
    boxes = {email.rpartition("@")[0] for email in emails}
    found = emails | {box for box in boxes if len(box) >= SHORTEST_MAILBOX}
    return found.union(*(address_secrets(one.get("address")) for one in (content, *people)))


def _numbers(found: OrderPage) -> list[str]:
    told = [event.data["waybill_no"] for event in found.events if event.data.get("waybill_no")]
    return sorted({*told, *filter(None, [found.order.waybill_no])})


def _keys(warned: Sequence[Any]) -> list[str]:
    return sorted({key for ring in warned for key in ring.told.get("messages", ())})


def _order(order: Any) -> dict[str, Any]:
    state, channel, kind = (
        word("state", order.state), word("channel", order.channel), word("business", order.business_type)
    )  # fmt: skip
    return {
        "id": order.id,
        "logistics_no": order.logistics_no,
        "waybill_no": order.waybill_no or "",
        "channel": order.channel,
        "channel_zh": channel.chinese,
        "channel_en": channel.english,
        "business_type": order.business_type,
        "business_zh": kind.chinese,
        "business_en": kind.english,
        "state": order.state,
        "state_zh": state.chinese,
        "state_en": state.english,
        "created_at": exactly(order.created_at),
        "received_at": exactly(order.received_at),
        "window_start": exactly(order.window_start),
        "window_end": exactly(order.window_end),
    }


def _suspicion(row: Any, kept: Record, world: World, names: Names) -> dict[str, Any]:
    kind, state, excuse = word("violation", row.kind), word("case", row.case_state), word("excuse", row.excuse)
    known = world.network.stations.get(row.station)
    edition = next((one for one in world.book.editions if one.name == row.edition), None)
    return {
        "id": row.id,
        "kind": row.kind,
        "zh": kind.chinese,
        "en": kind.english,
        "state": row.case_state,
        "state_zh": state.chinese,
        "state_en": state.english,
        "seq": row.seq,
        "station": row.station,
        "station_name": names.station(row.station),
        "house": row.house,
        "house_name": names.station(row.house),
        "province": known.province if known else "" if row.region == DATA_CENTRE else row.region,
        "happened_at": exactly(row.happened_at),
        "opened_at": exactly(row.opened_at),
        "edition": row.edition,
        "edition_effective": edition.effective.isoformat() if edition else "",
        "edition_sha256": edition.text_sha256 if edition else "",
        "fine_fen": row.fine_fen,
        "fine": yuan(row.fine_fen),
        "excuse": row.excuse,
        "excuse_zh": excuse.chinese,
        "excuse_en": excuse.english,
        "outside": row.evidence.get("outside"),
        "timed": "due_at" in row.evidence,
        "steps": [_step(one, names) for one in kept.steps],
    }


def _step(step: Any, names: Names) -> dict[str, Any]:
    return {
        "at": exactly(step.at),
        "by": step.by,
        "from": step.from_state,
        "to": step.to_state,
        "zh": f"{word('case', step.from_state).chinese} → {word('case', step.to_state).chinese}",
        "en": f"{word('case', step.from_state).english} → {word('case', step.to_state).english}",
        "reason": visible(names.free(step.reason)),
    }


def _checks(evidence: Any) -> list[dict[str, Any]]:
    return [
        {
            "name": one["name"],
            "zh": word("excuse", one["name"]).chinese,
            "en": word("excuse", one["name"]).english,
            "outcome": one["outcome"],
            "outcome_zh": _OUTCOMES[one["outcome"]][0],
            "outcome_en": _OUTCOMES[one["outcome"]][1],
            "figures": figures_in_words(one),
        }
        for one in evidence.get("checks", ())
    ]

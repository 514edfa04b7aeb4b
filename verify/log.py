"""A small interpreter of an order's log, written from CHAN-6, PICKUP-1, DO-4 and REPLAY's fine print 1-4.

It asks the finished log one question after the other: whose number, which scans match, how it ended, which
updates came too late for that, who then held it. Nothing is kept from entry to entry.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from basics.days import parse_instant
from basics.words import DATA_CENTRE, ONLINE_ORDER, State
from rulebook.book import Book

PUSHES = frozenset({"created", "updated"})
CONTENTS = PUSHES | {"amended"}  # entries that hold the order's content
CAUSES = {"transferred": "transfer", "dispatched": "dispatch"}
# Known, and without effect on what is checked here.
REMARKS = frozenset({"withdrawal_handled", "reminded", "called"})
OUT_OF_AREA, CUSTOMER_CANCELLED = "out_of_area", "customer_cancelled"
BLAMES = ("not_contacted", "too_slow", "bad_service")  # codes by which a channel blames the courier
ANSWERS = frozenset({"amended", "change_declined"})  # to what a caller asked (CHAN-8)
KNOWN = CONTENTS | ANSWERS | REMARKS | {
    "accepted", "failed", "transferred", "dispatched", "numbered", "confirmed", "scanned", "withdrawn",
    "change_asked", "ordered_again", "ordered_again_fell", "channel_said",
}  # fmt: skip


class UnreadableLog(ValueError):
    """A log that no rule can make an order of; the message says why."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a log as it is stored."""

    seq: int
    kind: str
    happened_at: datetime
    by: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Holder:
    """Who held the order from when, until the next one's `since` (ROUTE-4); `outside` is the test of TRANSFER-1, and
    `to_transfer` the same by what was known when it accepted: only that makes a clock (CHAN-8)."""

    station: str
    since: datetime
    cause: str
    by: str
    outside: bool
    accepted_at: datetime | None = None
    to_transfer: bool = False
    sent_outside: bool = False  # the test when the order was sent there
    wrong: bool = False  # accepted outside its own and inside another's area
    called_at: datetime | None = None  # its first call


class Again(NamedTuple):
    """Another order of the same sender's phone."""

    created_at: datetime
    channel: str
    logistics_no: str


@dataclass(frozen=True, slots=True)
class Failed:
    """A failure, and whether the log shows that its reason was not true (VIO-2); `again`: the order that it names."""

    at: datetime
    stage: str
    reason: str
    untrue: bool
    again: Again | None = None


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a log says of its order. `zero` is when its clocks begin: creation, or the release from a hold (CHAN-5).

    `proof_until`: a confirmation that no scan bears out counts as the pickup up to here (PICKUP-1); then
    `picked_up_at` is the confirmation's time, and nothing once that time has passed.
    """

    state: str
    holders: tuple[Holder, ...]
    waybill_no: str | None
    accepted_at: datetime | None
    confirmed_at: datetime | None
    picked_up_at: datetime | None
    proof_until: datetime | None
    ended_at: datetime | None
    zero: datetime
    window_end: datetime | None
    asked_at: datetime | None
    adcode: str | None  # the district as it was understood when it was told
    failed: Failed | None
    late_proof: bool  # a matching scan, made later than the confirmation's time of proof
    numbered_at: datetime | None = None  # the first number was given


def read(log: Sequence[Entry], house_of: Mapping[str, str], book: Book) -> Meaning:
    """What the entries, ascending by `seq`, add up to. UnreadableLog when they do not."""
    try:
        return _read(log, house_of, book.at(_starts_at(log)).scan_proof)
    except (KeyError, IndexError, TypeError, AttributeError) as error:
        raise UnreadableLog(f"{type(error).__name__}: {error}") from None


def _starts_at(log: Sequence[Entry]) -> datetime:
    """When the clocks begin, whatever ended them: creation, or the release from a hold (CHAN-5)."""
    routed = (entry.happened_at for entry in log if entry.kind in CONTENTS and "route" in entry.data)
    return next(routed, log[0].happened_at)


def _read(log: Sequence[Entry], house_of: Mapping[str, str], proof: timedelta) -> Meaning:
    if [entry.seq for entry in log] != list(range(1, len(log) + 1)) or log[0].kind != "created":
        raise UnreadableLog("日志不完整 / entries are missing")
    if unknown := next((entry for entry in log if entry.kind not in KNOWN), None):
        raise UnreadableLog(f"seq {unknown.seq}: 未知事件 / unknown kind {unknown.kind!r}")
    number = _number(log)
    proofs = _matching(log, number, house_of)
    state, ended_at = _end(log, proofs, proof)
    confirmed = _first(log, "confirmed")
    standing = [entry for entry in log if not _too_late(entry, ended_at)]
    holders = _holders(standing)
    pushes = [entry for entry in standing if entry.kind in CONTENTS]
    # A caller's window that came after the deadline moves nothing (CLOCK-1): the one before it counts.
    counted = [entry for entry in pushes if not entry.data.get("deadline_stays")]
    window = counted[-1].data["content"].get("window_end")
    late_proof = confirmed is not None and any(at > confirmed.happened_at + proof for at in proofs[:1])
    unproved = state == State.PICKED_UP and confirmed is not None and not proofs
    return Meaning(
        state=state or _living(log, holders, number),
        holders=holders,
        waybill_no=number,
        accepted_at=_accepted_at(standing),
        confirmed_at=confirmed.happened_at if confirmed and state == State.PICKED_UP else None,
        picked_up_at=_picked_up_at(state, confirmed, proofs, proof),
        proof_until=confirmed.happened_at + proof if unproved and confirmed else None,
        ended_at=ended_at,
        zero=next((entry.happened_at for entry in pushes if "route" in entry.data), log[0].happened_at),
        window_end=parse_instant(window) if window else None,
        asked_at=None if state else _asked_at(log),
        adcode=pushes[-1].data.get("place", {}).get("adcode", pushes[-1].data["content"].get("adcode")),
        failed=_failed(log),
        late_proof=late_proof and state == State.PICKED_UP,
        numbered_at=_instant(_first(log, "numbered")),
    )


def _failed(log: Sequence[Entry]) -> Failed | None:
    """VIO-2: "out of area" of a point inside, "customer cancelled" of one who ordered again, or blames the courier."""
    entry = _first(log, "failed")
    if entry is None:
        return None
    reason = entry.data.get("reason", "")
    told = next((e for e in reversed(log) if e.kind in ("ordered_again", "ordered_again_fell")), None)
    again = _again(told.data) if told and told.kind == "ordered_again" else None
    blamed = any(e.data["code"] in BLAMES for e in log if e.kind == "channel_said")
    cancelled = reason == CUSTOMER_CANCELLED and (again is not None or blamed)
    untrue = cancelled or (reason == OUT_OF_AREA and bool(entry.data.get("inside")))
    return Failed(entry.happened_at, entry.data["stage"], reason, untrue, again)


def _again(data: Mapping[str, Any]) -> Again:
    return Again(parse_instant(data["created_at"]), data["channel"], data["logistics_no"])


def _asked_at(log: Sequence[Entry]) -> datetime | None:
    """CHAN-8: the last thing asked, unless it was answered. Whoever holds the order by now is asked."""
    last = next((e for e in reversed(log) if e.kind in ANSWERS or e.kind == "change_asked"), None)
    return last.happened_at if last and last.kind == "change_asked" else None


def _first(log: Sequence[Entry], kind: str) -> Entry | None:
    return min((e for e in log if e.kind == kind), key=lambda e: (e.happened_at, e.seq), default=None)


def _instant(entry: Entry | None) -> datetime | None:
    return entry.happened_at if entry else None


def _number(log: Sequence[Entry]) -> str | None:
    """Fine print 3: a channel's wins, its latest made, of one instant the one told last; else what was typed last."""
    given = [e for e in log if e.kind == "numbered"]
    last = max(given, key=lambda e: (e.data["by"] == "channel", e.happened_at, e.seq), default=None)
    return last.data["waybill_no"] if last else None


def _matching(log: Sequence[Entry], number: str | None, house_of: Mapping[str, str]) -> list[datetime]:
    """DO-4: times of the scans of the present number at the house that held the order then, ascending.

    A scan before creation or during a hold finds no holder.
    """
    scans = [e for e in log if e.kind == "scanned" and e.data["waybill_no"] == number]
    if not scans:
        return []
    held = _holders(log)
    found = []
    for scan in scans:
        holder = next((h.station for h in reversed(held) if h.since <= scan.happened_at), DATA_CENTRE)
        station = scan.data["station"]
        if holder != DATA_CENTRE and house_of.get(holder, holder) == house_of.get(station, station):
            found.append(scan.happened_at)
    return sorted(found)


def _end(log: Sequence[Entry], proofs: list[datetime], proof: timedelta) -> tuple[str | None, datetime | None]:
    """CHAN-6: failure and confirmation are final; else the earlier of pickup scan and withdrawal, of one instant the
    scan. A withdrawal made earlier and told later counts."""
    if failed := _first(log, "failed"):
        return f"{failed.data['stage']}_failed", failed.happened_at
    if confirmed := _first(log, "confirmed"):
        in_time = [at for at in proofs[:1] if at <= confirmed.happened_at + proof]
        return State.PICKED_UP, min([confirmed.happened_at, *in_time])
    ends = [(at, 0, State.PICKED_UP) for at in proofs[:1]]
    if withdrawn := _first(log, "withdrawn"):
        ends.append((withdrawn.happened_at, 1, State.WITHDRAWN))
    at, _, state = min(ends, default=(None, 0, None))
    return state, at


def _picked_up_at(
    state: str | None, confirmed: Entry | None, proofs: list[datetime], proof: timedelta
) -> datetime | None:
    """PICKUP-1: the earlier of confirmation and matching scan; a scan later than its 24 h counts alone."""
    if state != State.PICKED_UP:
        return None
    if confirmed is None:
        return proofs[0]
    if proofs and proofs[0] > confirmed.happened_at + proof:
        return proofs[0]
    return min([confirmed.happened_at, *proofs[:1]])


def _too_late(entry: Entry, ended_at: datetime | None) -> bool:
    """Fine print 1: an update made after an end that is told later has no effect; nor has what was agreed then."""
    return entry.kind in ("updated", "amended") and ended_at is not None and entry.happened_at > ended_at


def _holders(log: Sequence[Entry]) -> tuple[Holder, ...]:
    """Everybody who held the order. An act stays, if need be with the holder before: the one of an update that came
    too late is not in `log` any more (fine print 1)."""
    held: list[Holder] = []
    pushes = sum(entry.kind in CONTENTS for entry in log)
    for entry in log:
        data = entry.data
        if _assigns(entry) and entry.kind in PUSHES:
            held.append(Holder(data["route"]["station"], entry.happened_at, "routing", entry.by, False))
        elif _assigns(entry):
            # Told by content: should the later ones fall away, the last one left decides.
            told = data.get("by_version") or [data["outside"]]
            outside = told[min(pushes, len(told)) - 1]
            cause = CAUSES[entry.kind]
            held.append(Holder(data["to"], entry.happened_at, cause, entry.by, outside, None, outside, outside))
        elif entry.kind == "accepted" and held:
            wrong = bool(data.get("outside") and data.get("elsewhere"))
            held[-1] = replace(held[-1], accepted_at=entry.happened_at, wrong=wrong)
        elif entry.kind == "called" and held:
            held[-1] = replace(held[-1], called_at=held[-1].called_at or entry.happened_at)
        elif entry.kind in CONTENTS and "outside" in data:
            known = held[-1].to_transfer if held[-1].accepted_at else data["outside"]
            held[-1] = replace(held[-1], outside=data["outside"], to_transfer=known)
    return tuple(held)


def _assigns(entry: Entry) -> bool:
    """Whether the entry gives the order to somebody."""
    return entry.kind in CAUSES or (
        entry.kind in PUSHES and "route" in entry.data and bool(entry.data.get("assign", True))
    )


def _accepted_at(log: Sequence[Entry]) -> datetime | None:
    """The acceptance by the present holder: the last one since the order was given to him."""
    given = max((entry.seq for entry in log if _assigns(entry)), default=0)
    accepted = [entry.happened_at for entry in log if entry.kind == "accepted" and entry.seq > given]
    return accepted[-1] if accepted else None


def _living(log: Sequence[Entry], holders: Sequence[Holder], number: str | None) -> str:
    """The state of an order that has not ended."""
    if not holders:
        return State.HELD
    if holders[-1].station == DATA_CENTRE:
        return State.AT_DATA_CENTRE
    if holders[-1].accepted_at is None:
        return State.WAITING
    customers = log[0].data["content"]["business_type"] == ONLINE_ORDER
    return State.AWAITING_WAYBILL if customers and number is None else State.ACCEPTED

"""An order rebuilt from its log: the fold that every state, clock and report rests on (DESIGN law 6, I-02).

Acts are decided when they arrive; messages may be told late. So the log keeps facts, and `view()` derives what
they mean by their own times: CHAN-6, and REPLAY fine print 1-4.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from basics.days import parse_instant
from basics.words import DATA_CENTRE, FINAL, ONLINE_ORDER, State
from dispatch import facts_of_life
from dispatch.facts import Event
from dispatch.facts_of_life import Asked, Assignment, Houses, Move, Number, ScanSeen, Version, View, Withdrawn
from dispatch.fallen import after, without_fallen
from rulebook.book import Book

UNKNOWN = datetime(1, 1, 1, tzinfo=UTC)  # until the event `created` says when


@dataclass(slots=True)
class Life:
    """Facts of one order, in the order they were recorded. `apply` takes events; `view` says what they mean."""

    channel: str
    logistics_no: str
    houses: Houses
    book: Book
    created_at: datetime = UNKNOWN
    received_at: datetime = UNKNOWN
    released_at: datetime | None = None
    missing: tuple[str, ...] = ()  # of the first push; a release in effect makes it good (CHAN-5)
    versions: list[Version] = field(default_factory=list)
    assignments: list[Assignment] = field(default_factory=list)
    numbers: list[Number] = field(default_factory=list)
    scans: list[ScanSeen] = field(default_factory=list)
    withdrawal: Withdrawn | None = None
    confirmed_at: datetime | None = None
    failed: facts_of_life.Failed | None = None
    again: facts_of_life.Again | None = None  # of those that stand, the one that was ordered first
    said: tuple[str, ...] = ()  # codes of withdrawals that the channel told after a failure (VIO-2)
    ever_accepted: bool = False
    handled_at: datetime | None = None
    reminded: bool = False
    alias: str | None = None
    asked: Asked | None = None
    events: list[Event] = field(default_factory=list)
    order_id: int | None = None
    region: str = ""
    stored: int = 0  # how many of `events` are in the database already
    _view: View | None = None

    # ---- facts in -------------------------------------------------------------------------------------------

    def apply(self, event: Event) -> None:
        """Add one event. Unknown kinds are an error: an event that the fold ignores would be a lie (law 11)."""
        getattr(self, f"_on_{event.kind}")(event)
        self.events.append(event)
        self._view = None

    def _on_created(self, event: Event) -> None:
        data = event.data
        self.created_at, self.received_at = event.happened_at, event.recorded_at
        self.missing = tuple(data.get("missing", ()))
        self.alias = data.get("alias")
        self._version(event, event.happened_at)

    def _on_updated(self, event: Event) -> None:
        if self.missing and self.released_at is None:
            self.released_at = event.happened_at
        self._version(event, event.happened_at)

    def _version(self, event: Event, at: datetime) -> None:
        data = event.data
        route = data.get("route")
        cause, candidates = (route["cause"], tuple(route["candidates"])) if route else ("", ())
        stays = bool(data.get("deadline_stays")) and bool(self.versions)
        window = self.versions[-1].window_end if stays else facts_of_life.window_end(data["content"])
        by_caller = event.kind == "amended" or bool(data.get("caller"))
        adcode = data.get("place", {}).get("adcode", data["content"].get("adcode"))
        self.versions.append(Version(at, data["content"], cause, candidates, by_caller, window, adcode))
        if route and data.get("assign", True):
            update = event.kind == "updated"
            self.assignments.append(
                Assignment(route["station"], at, "routing", event.by, event.recorded_at, update=update)
            )
        elif "outside" in data and self.assignments:
            last = self.assignments[-1]
            move = Move(at, data["outside"], last.accepted_at is not None)
            last.outside, last.moves = move.outside, (*last.moves, move)
            last.blamed = last.blamed if move.settled else move.outside

    def _on_accepted(self, event: Event) -> None:
        last = self.assignments[-1]
        last.accepted_at = event.happened_at
        last.accepted_outside = bool(event.data.get("outside"))
        last.elsewhere = tuple(event.data.get("elsewhere", ()))
        self.ever_accepted = True

    def _on_called(self, event: Event) -> None:
        last = self.assignments[-1]
        last.called_at = last.called_at or event.happened_at

    def _on_failed(self, event: Event) -> None:
        data, inside = event.data, event.data.get("inside")
        places = None if inside is None else tuple(inside)
        self.failed = facts_of_life.Failed(data["stage"], event.happened_at, data.get("reason", ""), places)

    def _on_ordered_again(self, event: Event) -> None:
        data = event.data
        self.again = facts_of_life.Again(parse_instant(data["created_at"]), data["channel"], data["logistics_no"])

    def _on_ordered_again_fell(self, _event: Event) -> None:
        self.again = None

    def _on_channel_said(self, event: Event) -> None:
        self.said = (*self.said, event.data["code"])

    def _on_transferred(self, event: Event) -> None:
        self._assign(event, "transfer")

    def _on_dispatched(self, event: Event) -> None:
        self._assign(event, "dispatch")

    def _assign(self, event: Event, cause: str) -> None:
        outside = bool(event.data.get("outside"))
        self.assignments.append(
            Assignment(
                event.data["to"], event.happened_at, cause, event.by, event.recorded_at, outside=outside,
                sent_outside=outside, blamed=outside, by_version=tuple(event.data.get("by_version", ())),
            )
        )  # fmt: skip

    def _on_numbered(self, event: Event) -> None:
        self.numbers.append(Number(event.data["waybill_no"], event.data["by"], event.happened_at, event.recorded_at))

    def _on_confirmed(self, event: Event) -> None:
        self.confirmed_at = event.happened_at

    def _on_scanned(self, event: Event) -> None:
        station = event.data["station"]
        self.scans.append(ScanSeen(event.data["waybill_no"], self.houses.house(station), station, event.happened_at))

    def _on_withdrawn(self, event: Event) -> None:
        data = event.data
        self.withdrawal = Withdrawn(event.happened_at, data["origin"], data["reason"], data.get("station"))

    def _on_withdrawal_handled(self, event: Event) -> None:
        self.handled_at = event.happened_at

    def _on_reminded(self, _event: Event) -> None:
        self.reminded = True

    def _on_change_asked(self, event: Event) -> None:
        data, seq = event.data, len(self.events) + 1
        self.asked = Asked(seq, event.happened_at, data["wants"], data.get("content"), data.get("reason", ""), event.by)

    def _on_change_declined(self, _event: Event) -> None:
        self.asked = None

    def _on_amended(self, event: Event) -> None:
        self.asked = None
        self._version(event, event.happened_at)

    # ---- meaning out ----------------------------------------------------------------------------------------

    @property
    def zero(self) -> datetime:
        """When the clocks start: creation, or the release of a held order (CHAN-5)."""
        return self.view().released_at or self.created_at

    @property
    def proof(self) -> timedelta:
        """PICKUP-1: by the edition that set the clocks, for a held order that of its release."""
        return self.book.at(self.released_at or self.created_at).scan_proof

    @property
    def number(self) -> Number | None:
        """The present number: a channel's latest wins over a station's whenever made (REPLAY fine print 3)."""
        channels = [n for n in self.numbers if n.by == "channel"]
        if channels:
            return max(enumerate(channels), key=lambda pair: (pair[1].happened_at, pair[0]))[1]
        return self.numbers[-1] if self.numbers else None

    def view(self) -> View:
        """What the facts mean now. Cached until the next event."""
        if self._view is None:
            self._view = self._derive()
        return self._view

    def picked_up_at(self, now: datetime) -> datetime | None:
        """PICKUP-1: the time of pickup; a confirmation that no scan bore out within its 24 h is none."""
        view = self.view()
        if view.state is not State.PICKED_UP or view.proved_at is not None:
            return view.proved_at
        confirmed = self.confirmed_at
        return confirmed if confirmed is not None and now <= confirmed + self.proof else None

    def matching_scans(self) -> list[datetime]:
        """Times of the matching scans, ascending (DO-4): order's number, holder's house, not before creation."""
        number = self.number
        if number is None:
            return []
        return sorted(
            scan.scanned_at for scan in self.scans if scan.waybill_no == number.waybill_no and self._matches(scan)
        )

    def scans_elsewhere(self) -> list[tuple[str, datetime]]:
        """(station, instant) of the scans of the present number that do not match, each once, by instant (VIO-2)."""
        number = self.number.waybill_no if self.number else None
        told = {(s.scanned_at, s.station) for s in self.scans if s.waybill_no == number and not self._matches(s)}
        return [(station, at) for at, station in sorted(told)]

    def _matches(self, scan: ScanSeen) -> bool:
        return self._house_at(scan.scanned_at) == scan.house

    def _house_at(self, at: datetime) -> str | None:
        """The house that held the order at `at`; None for the data centre, and while there was no holder."""
        holder = None
        for assignment in self.assignments:
            if assignment.started_at > at:
                break
            holder = assignment.station
        return None if holder is None or holder == DATA_CENTRE else self.houses.house(holder)

    def _derive(self) -> View:
        scans = self.matching_scans() if self.scans else []
        state, ended_at = self._end(scans)
        assignments, version, routed = self._effective(ended_at)
        if state is None:
            state = self._living(assignments)
        proved, _ = self._proof(scans)
        return View(
            state=state,
            assignments=assignments,
            content=version.content,
            routing_cause=routed.cause if routed else "",
            candidates=routed.candidates if routed else (),
            waybill_no=self.number.waybill_no if self.number else None,
            accepted_at=(assignments or self.assignments)[-1].accepted_at if self.assignments else None,
            released_at=None if after(self.released_at, ended_at) else self.released_at,
            ended_at=ended_at,
            proved_at=proved if state is State.PICKED_UP else None,
            withdrawal_too_late=self.withdrawal is not None and state is State.PICKED_UP,
            window_end=version.window_end,
            asked=None if state in FINAL else self.asked,
            adcode=version.adcode,
        )

    def _end(self, scans: list[datetime]) -> tuple[State | None, datetime | None]:
        """The final state, if any: failure and confirmation stand; else the earlier of scan and withdrawal, the
        scan first at the same instant (CHAN-6)."""
        if self.failed is not None:
            return (State.ACCEPT_FAILED if self.failed.stage == "accept" else State.PICKUP_FAILED), self.failed.at
        if self.confirmed_at is not None:
            proved, in_time = self._proof(scans)
            return State.PICKED_UP, proved if proved and in_time else self.confirmed_at
        if self.withdrawal is not None and not (scans and scans[0] <= self.withdrawal.at):
            return State.WITHDRAWN, self.withdrawal.at
        if scans:
            return State.PICKED_UP, scans[0]
        return None, None

    def _proof(self, scans: list[datetime]) -> tuple[datetime | None, bool]:
        """PICKUP-1: the time of pickup that a matching scan bears out, and whether it came within the 24 h."""
        if not scans:
            return None, False
        if self.confirmed_at is None or scans[0] <= self.confirmed_at + self.proof:
            return min(scans[0], self.confirmed_at or scans[0]), True
        return scans[0], False

    def _effective(self, ended_at: datetime | None) -> tuple[tuple[Assignment, ...], Version, Version | None]:
        """Assignments, content and routing without updates made after the end (REPLAY fine print 1)."""
        versions, assignments = self.versions, self.assignments
        if ended_at is not None and self.versions[-1].at > ended_at:
            versions = [v for i, v in enumerate(versions) if i == 0 or v.at <= ended_at]
            assignments = without_fallen(assignments, ended_at, len(versions))
        routed = next((v for v in reversed(versions) if v.cause), None)
        return tuple(assignments), versions[-1], routed

    def _living(self, assignments: tuple[Assignment, ...]) -> State:
        if not assignments:
            return State.HELD
        last = assignments[-1]
        if last.station == DATA_CENTRE:
            return State.AT_DATA_CENTRE
        if last.accepted_at is None:
            return State.WAITING
        if self.versions[0].content["business_type"] == ONLINE_ORDER and self.number is None:
            return State.AWAITING_WAYBILL
        return State.ACCEPTED


def replay(life: Life, events: Iterable[Event]) -> Life:
    """Fold stored events into a fresh life; they count as stored."""
    for event in events:
        life.apply(event)
    life.stored = len(life.events)
    return life

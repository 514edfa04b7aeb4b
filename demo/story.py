"""One order's story from push to acceptance, as replay lines that the rules allow at that moment."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from basics.days import iso
from demo import figures
from demo.content import Fields, Place
from demo.geography import DATA_CENTRE, Network, Station
from demo.habits import habit_of, without_a_call
from demo.hours import after_duty, lognormal, plus

HALF_HOUR = 30  # ACCEPT-1 and TRANSFER-1, duty minutes
CORRECTED_BY_HOURS = 20  # a held order is corrected well within the 24 h of CHAN-5
MOST_HOLDERS = 8


@dataclass(frozen=True)
class Draft:
    """An order before anything happens to it. `fields` is its content in words of the `order` line."""

    number: str
    business_type: str
    created_at: datetime
    place: Place
    fields: Fields
    waybill_no: str  # the right one, whoever tells it
    typo_no: str  # a wrong but possible one
    prefix_fits: bool = True


@dataclass
class Story:
    """Grows line by line. `at` is the latest act, `clock` when the present holder's clock began to run."""

    network: Network
    rng: Random
    draft: Draft
    tempo: Mapping[str, float]  # station code -> median duty minutes to react
    at: datetime
    clock: datetime
    lines: list[tuple[datetime, Fields]] = field(default_factory=list)
    holders: list[tuple[datetime, str]] = field(default_factory=list)
    tags: list[tuple[datetime, str]] = field(default_factory=list)
    late_accepts: list[tuple[datetime, str]] = field(default_factory=list)  # deadline, station: a plain V-ACCEPT
    pushed_late: bool = False
    accepted: bool = False
    forgotten: bool = False  # its holder never reacts
    habits: bool = True  # whether its holder may fail it by habit
    turned_away: bool = False  # its sender orders anew
    ended_at: datetime | None = None

    @property
    def holder(self) -> str:
        return self.holders[-1][1]

    @property
    def station(self) -> Station:
        return self.network.stations[self.holder]

    def say(self, at: datetime, do: str, **fields: object) -> None:
        self.lines.append((at, {"do": do, "logistics_no": self.draft.number, **fields}))

    def act(self, at: datetime, do: str, **fields: object) -> None:
        self.say(at, do, **fields)
        self.at = at

    def tag(self, name: str) -> None:
        self.tags.append((self.at, name))

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    def give_to(self, station: str) -> None:
        """A new holder from now on. Back to one that had it means the data centre (ROUTE-5)."""
        self.holders.append((self.at, station))
        self.clock = self.at
        self.tag("at_data_centre" if station == DATA_CENTRE else "assigned")

    def outside(self) -> bool:
        point = self.draft.place.point
        return point is not None and not self.network.covers(self.holder, point)


def until_accepted(story: Story) -> None:
    """From the push to an acceptance (then `story.accepted`), a failure, or to where it is left lying."""
    if not _pushed(story):
        return
    routed = story.network.route(story.draft.place.point, story.draft.place.adcode, story.clock)
    first = routed.station if story.draft.prefix_fits else DATA_CENTRE
    story.holders.append((story.at, first))
    story.tag("at_data_centre" if first == DATA_CENTRE else "assigned")
    for _ in range(MOST_HOLDERS):
        if story.holder == DATA_CENTRE:
            _dispatch(story)
        elif not _react(story):
            return


def withdraw(story: Story) -> None:
    """Cut a story short with a withdrawal by sender or platform, which the holder may handle (DO-6)."""
    rng, first = story.rng, story.lines[0][0]
    minutes = 1 + lognormal(rng, figures.WITHDRAWN_MEDIAN, figures.WITHDRAWN_SIGMA)
    if story.forgotten:
        minutes = rng.uniform(17, 40) * 60
    told = plus(first, minutes)
    if story.ended_at is not None and told >= story.ended_at:
        return
    made = max(told - timedelta(seconds=rng.randrange(8)), story.draft.created_at)
    story.lines = [(at, line) for at, line in story.lines if at < made]
    story.holders = [(at, holder) for at, holder in story.holders if at < made]
    story.tags = [(at, tag) for at, tag in story.tags if at < made]
    story.late_accepts = [(due, station) for due, station in story.late_accepts if due < made]
    story.ended_at = story.at = told
    story.turned_away = False
    origin = figures.choose(rng, figures.ORIGINS_WITHDRAWN)
    reason = figures.choose(rng, figures.REASONS_WITHDRAWN)
    story.act(told, "withdraw", origin=origin, reason=reason, happened_at=iso(made))
    story.tag("withdrawn")
    if story.holders and story.holder != DATA_CENTRE and story.chance(figures.WITHDRAWAL_HANDLED):
        handled = after_duty(told, 1 + lognormal(rng, 25, 1.0), story.station.duty)
        story.act(handled, "handle_withdrawal", station=story.holder)


def _pushed(story: Story) -> bool:
    """Tell the order. False when it is held and nobody corrects it (CHAN-5)."""
    rng, draft = story.rng, story.draft
    story.pushed_late = story.chance(figures.LATE_PUSH)
    story.at = draft.created_at + timedelta(
        seconds=rng.randrange(180, 1500) if story.pushed_late else rng.randrange(1, 25)
    )
    story.tag("pushed")
    if not story.chance(figures.HELD):
        _order(story, story.at, draft.fields)
        return True
    flaws: tuple[Fields, ...] = ({"sender": {"name": "寄件人"}}, {"weight_g": 0}, {"pieces": -1})
    _order(story, story.at, {**draft.fields, **rng.choice(flaws)})
    story.tag("held")
    wait = lognormal(rng, 45, 1.2)
    if wait > CORRECTED_BY_HOURS * 60 or not story.chance(figures.HELD_CORRECTED):
        story.ended_at = story.at
        return False
    story.at = story.clock = plus(story.at, 1 + wait)
    _order(story, story.at, draft.fields)
    return True


def _order(story: Story, at: datetime, fields: Fields) -> None:
    created = iso(story.draft.created_at)
    story.say(at, "order", business_type=story.draft.business_type, created_at=created, **fields)


def _dispatch(story: Story) -> None:
    """HQ sends it on (ROUTE-3): to the area's station, else to a candidate, else to the nearest."""
    rng, network, place = story.rng, story.network, story.draft.place
    at = after_duty(story.at, lognormal(rng, figures.DISPATCH_MEDIAN, figures.DISPATCH_SIGMA), "standard")
    served = [code for code in network.districts.get(place.adcode or "", ()) if network.stations[code].accepts]
    winner = network.winner(place.point) if place.point else None
    if winner is None and not place.point and served:
        winner = rng.choice(served)
    if winner is None or network.closed(winner, at):
        winner = network.near(place.station.code)[0]
    story.act(at, "dispatch", to=winner, operator=f"hq{rng.randrange(1, 4):02d}")
    story.tag("dispatched")
    story.give_to(winner)


def _react(story: Story) -> bool:
    """The holder accepts, fails or transfers. True when the order has a new holder and the story goes on."""
    if story.chance(figures.NEVER_REACTS):
        story.forgotten = True
        story.tag("forgotten")
        return False
    began, due = story.at, after_duty(story.clock, HALF_HOUR, story.station.duty)
    slower = figures.NOT_MINE_FACTOR if _right_station(story) else 1.0
    minutes = lognormal(story.rng, story.tempo[story.holder] * slower, figures.REACTION_SIGMA)
    at = after_duty(began, max(minutes, 0.2), story.station.duty)
    for closure in story.network.closures:
        if closure.station == story.holder and closure.since <= at < closure.until:
            at = after_duty(closure.until, max(minutes, 0.2), story.station.duty)
    _repeat_push(story, at)
    if at > due:
        story.tags.append((at, "late"))
    target = _transfer_target(story)
    if target:
        story.act(at, "transfer", station=story.holder, to=target)
        story.tag("transferred")
        held = {holder for _, holder in story.holders}
        story.give_to(DATA_CENTRE if target in held else target)
        return True
    if by_habit(story, "accept", at):
        return False
    if story.chance(figures.FAIL_ACCEPT):
        _fail(story, at)
        return False
    if at > due and not (story.pushed_late or story.outside() or _ever_closed(story)):
        story.late_accepts.append((due, story.holder))
    story.act(at, "accept", station=story.holder)
    story.tag("accepted")
    story.accepted = True
    return False


def _repeat_push(story: Story, before: datetime) -> None:
    """Seldom, before anybody acted, the channel pushes again: the same, or a later window (CHAN-3)."""
    fields = story.draft.fields
    if len(story.lines) != 1 or before - story.at < timedelta(minutes=3) or _ever_closed(story):
        return
    at = story.at + timedelta(seconds=story.rng.randrange(20, 160))
    if story.chance(figures.REPEATED_PUSH):
        _order(story, at, fields)
    elif "window_end" in fields and story.chance(figures.CHANGED_WINDOW):
        for name in ("window_start", "window_end"):
            fields[name] = iso(datetime.fromisoformat(str(fields[name])) + timedelta(hours=1))
        _order(story, at, fields)
        story.tag("updated")


def _transfer_target(story: Story) -> str | None:
    """Whom the holder transfers to: the right station when the point is outside; else seldom, or wrongly."""
    network, place, station = story.network, story.draft.place, story.station
    if place.serves is not None:
        mine = place.serves in (story.holder, station.parent)
        return None if mine or not story.chance(figures.ESTATE_PASSED_ON) else place.serves
    if right := _right_station(story):
        return None if story.chance(figures.KEPT_WRONGLY) else right
    if story.outside():
        return None  # nobody's area: HQ sent it here
    if station.level == 2 and story.chance(figures.TRANSFER_UP):
        return station.parent
    if place.point is None and story.chance(figures.TRANSFER_NO_POINT):
        return network.near(story.holder)[0]
    if story.chance(figures.TRANSFER_WRONG):
        return story.rng.choice(network.near(story.holder))
    return DATA_CENTRE if story.chance(figures.TRANSFER_TO_CENTRE) else None


def _right_station(story: Story) -> str | None:
    """The station that should have an order which lies outside its holder's area; None when it lies right."""
    place = story.draft.place
    if place.serves is not None:
        return place.serves if story.holder != place.serves else None
    return story.network.winner(place.point) if place.point and story.outside() else None


def _fail(story: Story, at: datetime) -> None:
    """Acceptance fails with a reason; sometimes 'out of area' of a point well inside (V-FALSE-FAIL)."""
    reason = figures.choose(story.rng, figures.REASONS_ACCEPT)
    if story.draft.place.point and (story.outside() or story.chance(figures.FALSE_OUT_OF_AREA)):
        reason = "out_of_area"
    story.act(at, "fail", station=story.holder, stage="accept", reason=reason, note=a_note(story, reason, at))
    story.tag("accept_failed")
    story.ended_at = at


def by_habit(story: Story, stage: str, at: datetime) -> bool:
    """Whether the holder fails the order because that is what it does (demo/habits.py)."""
    inside = story.draft.place.point is not None and not story.outside()
    habit = habit_of(story.rng, story.holder, stage, inside) if story.habits else None
    if habit is None:
        return False
    note = a_note(story, habit.reason, at) if habit.called else without_a_call(story.draft.created_at, at)
    story.act(at, "fail", station=story.holder, stage=stage, reason=habit.reason, note=note)
    story.tag(f"{stage}_failed")
    story.ended_at, story.turned_away = at, habit.again
    return True


def a_note(story: Story, reason: str, at: datetime) -> str:
    """What DO-2 asks for beside the reason."""
    sender = story.draft.fields["sender"]
    phone = str(sender.get("phone", "")) if isinstance(sender, dict) else ""
    called = (at - timedelta(minutes=2)).strftime("%H:%M")
    return {
        "cannot_reach": f"{called} 电话无人接听",
        "no_time_agreed": f"{called} 与客户通话,未约定时间",
        "wrong_number": f"拨打 {phone},号码不符",
        "forbidden_goods": "内含液体,不予收寄",
        "other": "客户要求改日再寄,已告知重新下单",
    }.get(reason, "")


def _ever_closed(story: Story) -> bool:
    return any(closure.station == story.holder for closure in story.network.closures)

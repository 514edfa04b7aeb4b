"""Seeded, lifelike traffic on the demo network, as lines of a replay. Shares and their origin: figures.py.

python -m demo.traffic --describe            what a seed makes, counted
python -m demo.traffic --seed 7 > events     the lines themselves
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from random import Random

from basics.days import day_of, iso, midnight, parse_instant, shanghai, week_of
from demo import figures
from demo.content import Fields, a_cargo, a_person, a_place, a_window, created_on
from demo.drawing import draw_network
from demo.geography import Network
from demo.habits import AGAIN_SECONDS, HONEST, LIARS
from demo.network import read_network
from demo.pickup import until_picked_up
from demo.story import Draft, Story, until_accepted, withdraw

_TYPO_SERIAL = 500_000  # waybill serials from here on are the typed mistakes
_AGAIN_SERIAL = 250_000  # and from here on the orders of senders who order anew
_FOREIGN_PREFIX = "SF"

__all__ = ["HONEST", "LIARS", "describe", "history", "stories_between", "tempo_of"]


def history(network: Network, start: datetime, end: datetime, seed: int, per_day: int) -> Iterator[dict[str, object]]:
    """Replay lines, by `at`: the orders created from `start` on and what happened to them up to `end`.

    A day's orders depend on network, seed, day and volume only: a later `end` tells more of the same stories.
    What is unfinished at `end` stays open. `network` must be the one the replay runs on.
    """
    stories = list(stories_between(network, start, end, seed, per_day))
    keyed = [
        (at, number, step, line)
        for number, story in enumerate(stories)
        for step, (at, line) in enumerate(story.lines)
        if at <= end
    ]
    keyed += [(at, -1, step, line) for step, (at, line) in enumerate(_desk(stories, start, end, seed))]
    keyed.sort(key=lambda entry: entry[:3])
    for at, _, _, line in keyed:
        yield {"at": iso(at), **line}


def stories_between(network: Network, start: datetime, end: datetime, seed: int, per_day: int) -> Iterator[Story]:
    """The stories of all orders created in the period, told to their own end."""
    tempo = tempo_of(network, seed)
    day = day_of(start)
    while day <= day_of(end):
        rng = Random(f"{seed}:{day}")
        mean = per_day * figures.WEEKDAYS[day.weekday()]
        for serial in range(max(0, round(rng.gauss(mean, mean**0.5)))):
            own = Random(f"{seed}:{day}:{serial}")
            stories = [_story(network, tempo, _draft(network, day, serial, own), own)]
            if stories[0].turned_away:
                stories.append(_again(network, tempo, stories[0], Random(f"{seed}:{day}:{serial}:again")))
            yield from (story for story in stories if start <= story.draft.created_at <= end)
        day += timedelta(days=1)


def _story(network: Network, tempo: dict[str, float], draft: Draft, rng: Random, habits: bool = True) -> Story:
    story = Story(network, rng, draft, tempo, at=draft.created_at, clock=draft.created_at, habits=habits)
    until_accepted(story)
    if story.accepted:
        until_picked_up(story)
    if story.chance(figures.FORGOTTEN_WITHDRAWN if story.forgotten else figures.WITHDRAWN):
        withdraw(story)
    return story


def _again(network: Network, tempo: dict[str, float], story: Story, rng: Random) -> Story:
    """The next order of a sender who was turned away: from the same place and phone, and come at once."""
    assert story.ended_at is not None
    was = story.draft
    serial = _AGAIN_SERIAL + int(was.number[-6:])  # beside the first one's day: of a day's serials each is drawn once
    created_at = story.ended_at + timedelta(seconds=rng.randrange(*AGAIN_SECONDS))
    waybill_no, typo_no = (f"{was.waybill_no[:-6]}{number:06d}" for number in (serial, _TYPO_SERIAL + serial))
    left_out = ("window_start", "window_end", "waybill_no")
    fields = {name: said for name, said in was.fields.items() if name not in left_out}
    number = f"{was.number[:-6]}{serial:06d}"
    draft = Draft(number, "send_express", created_at, was.place, fields, waybill_no, typo_no, was.prefix_fits)
    return _story(network, tempo, draft, rng, habits=False)


def _draft(network: Network, day: date, serial: int, rng: Random) -> Draft:
    place = a_place(rng, network, figures.choose(rng, figures.PLACES))
    created_at = created_on(rng, midnight(day), place.station.duty)
    online = rng.random() >= figures.OFFLINE
    channel = "crm"
    if online:
        channel = rng.choices(list(figures.CHANNELS), [share for share, _ in figures.CHANNELS.values()])[0]
    fits = rng.random() >= figures.WRONG_PREFIX
    prefix = figures.CHANNELS[channel][1] if fits else _FOREIGN_PREFIX
    business_type = "online_order" if rng.random() < figures.ONLINE_ORDER else "send_express"
    waybill_no, typo_no = (f"55{day:%y%m%d}{number:06d}" for number in (serial, _TYPO_SERIAL + serial))
    fields: Fields = {"channel": channel, **place.told, "sender": a_person(rng), "receiver": a_person(rng)}
    fields |= a_cargo(rng)
    if rng.random() < figures.WINDOW_BOOKED:
        fields |= a_window(rng, created_at, place.station.duty)
    if business_type == "online_order" and rng.random() < figures.NUMBER_WITH_PUSH:
        fields["waybill_no"] = waybill_no
    if not online:
        fields["online"] = False
    number = f"{prefix}{day:%Y%m%d}{serial:06d}"
    return Draft(number, business_type, created_at, place, fields, waybill_no, typo_no, fits)


def tempo_of(network: Network, seed: int) -> dict[str, float]:
    """Each station's median reaction; one in eight is slack, the others differ a little."""
    rng = Random(f"{seed}:tempo")
    tempo = {}
    for code in sorted(network.stations):
        factor = figures.SLACK_FACTOR if rng.random() < figures.SLACK_STATIONS else rng.lognormvariate(0.0, 0.25)
        tempo[code] = figures.REACTION_MEDIAN * factor
    return tempo


def _desk(stories: list[Story], start: datetime, end: datetime, seed: int) -> list[tuple[datetime, Fields]]:
    """What HQ does by the calendar: reviews on weekday mornings, the notice on Mondays (VIO-4, NOTICE-1)."""
    lines: list[tuple[datetime, Fields]] = []
    reviewed_until, day = start, day_of(start)
    last_review = end - timedelta(hours=figures.REVIEWS_STOP_HOURS)
    while day <= day_of(end):
        morning = midnight(day) + timedelta(hours=9, minutes=20)
        review = morning + timedelta(minutes=10)
        if start <= morning and review <= last_review and day.weekday() < 5:
            lines += _dismissals(stories, reviewed_until, morning, Random(f"{seed}:review:{day}"))
            lines.append((review, {"do": "review", "all": True, "decision": "confirm", "reason": "核对日志,情况属实"}))
            reviewed_until = review
        notice = midnight(day) + timedelta(hours=10)
        if day.weekday() == 0 and start <= notice <= end:
            lines.append((notice, {"do": "notice", "week": week_of(notice - timedelta(days=7))}))
        day += timedelta(days=1)
    return lines


def _dismissals(
    stories: list[Story], since: datetime, morning: datetime, rng: Random
) -> Iterator[tuple[datetime, Fields]]:
    """Some of the late acceptances since the last review are let off one by one, a few seconds apart."""
    at = morning
    for story in stories:
        for due, station in story.late_accepts:
            if since <= due < morning and rng.random() < figures.DISMISSED:
                at += timedelta(seconds=rng.randrange(5, 15))
                who = {"logistics_no": story.draft.number, "station": station, "kind": "V-ACCEPT"}
                yield (
                    at,
                    {
                        "do": "review",
                        **who,
                        "decision": "dismiss",
                        "reason": "网点已电话联系客户,属系统操作延迟",
                    },
                )


def describe(stories: list[Story], end: datetime) -> str:
    """Counts and shares of what happened up to `end`, for a reader."""
    told = [story for story in stories if story.lines[0][0] <= end]
    tags = Counter(tag for story in told for at, tag in story.tags if at <= end)
    hours = Counter(shanghai(story.draft.created_at).hour for story in told)
    channels = Counter(str(story.draft.fields["channel"]) for story in told)
    orders = len(told)
    finished = tags["picked_up"] + tags["pickup_failed"] + tags["accept_failed"] + tags["withdrawn"]
    count = sum(at <= end for story in told for at, _ in story.lines)
    lines = [f"{orders} orders, {count} lines, {orders - finished} open"]
    for tag, of in (
        ("late", "assigned"), ("transferred", "assigned"), ("at_data_centre", "pushed"), ("held", "pushed"),
        ("updated", "pushed"), ("forgotten", "pushed"), ("accept_failed", "pushed"), ("withdrawn", "pushed"),
        ("pickup_failed", "accepted"), ("scan_told_late", "picked_up"), ("never_scanned", "picked_up"),
        ("promise_kept", "picked_up"),
    ):  # fmt: skip
        lines.append(f"{tag:15s} {tags[tag]:6d}  {tags[tag] / max(1, tags[of]):6.2%} of {of} ({tags[of]})")
    lines.append("by channel: " + ", ".join(f"{name} {count}" for name, count in channels.most_common()))
    lines.append("by hour: " + " ".join(f"{hour}:{hours[hour] / max(1, orders):.1%}" for hour in range(24)))
    return "\n".join(lines)


def main() -> None:
    """Print the lines, or with --describe what they amount to."""
    parser = argparse.ArgumentParser(prog="python -m demo.traffic", description=main.__doc__)
    parser.add_argument("--describe", action="store_true")
    parser.add_argument("--network", help="a folder written by demo.network; drawn afresh when left out")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--days", type=int, default=10)
    parser.add_argument("--per-day", type=int, default=400)
    parser.add_argument("--end", type=parse_instant, default=parse_instant("2026-11-22T12:00:00+08:00"))
    args = parser.parse_args()
    start = midnight(day_of(args.end) - timedelta(days=args.days))
    network = read_network(args.network) if args.network else draw_network(args.seed, day_of(args.end))
    if args.describe:
        print(describe(list(stories_between(network, start, args.end, args.seed, args.per_day)), args.end))
        return
    for line in history(network, start, args.end, args.seed, args.per_day):
        sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()

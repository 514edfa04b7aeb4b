"""What is told of suspicions and money: reviews, notices, appeals at every step, decisions, silence, settlements."""

from datetime import datetime, timedelta

from tests.oracle.author import MINUTE, NUDGES, Author
from tests.oracle.book import Decision
from tests.oracle.clocks import SHANGHAI
from tests.oracle.dispute import HQ, PROVINCE, end_of_days
from tests.oracle.money import month_of, shifted
from tests.oracle.results import week
from tests.oracle.words import KINDS

WEEK = timedelta(days=7)
Case = tuple[tuple[str, int, str], Decision]


def plan(author: Author) -> None:
    """Note reviews, Mondays and settlements of the next months."""
    rng, start = author.rng, author.start
    for day_no in (*range(1, 9), 12, 20, 33, 45):
        author.plan(author.moment_in_day(start + timedelta(days=day_no)), "desk")
    monday = datetime(2026, 5, 4, tzinfo=SHANGHAI)
    while monday < start + timedelta(days=80):
        clock = rng.choice((0, 0, 540, 540, 540, 725, 1439))
        author.plan(monday + MINUTE * clock, "monday")
        monday += WEEK
    for first in (datetime(2026, 6, 1, tzinfo=SHANGHAI), datetime(2026, 7, 1, tzinfo=SHANGHAI)):
        for days in (0, rng.choice((0, 4)), rng.randint(5, 30)):
            author.plan(first + timedelta(days=days) + rng.choice((*NUDGES, 600 * MINUTE)), "settle")
    for _ in range(14):
        author.plan(author.moment_in_day(start + timedelta(days=rng.randint(5, 40))), "dispute")


def desk(author: Author, _: str) -> None:
    """HQ reviews some suspicions, or all."""
    rng, book = author.rng, author.replay.book
    found = book.open_suspicions(book.orders.values(), author.now)
    for order, suspicion in rng.sample(found, min(len(found), 6)):
        fields = {"logistics_no": order.logistics_no, "station": suspicion.station, "kind": suspicion.kind}
        decision = "confirm" if author.chance(author.strict) else "dismiss"
        author.say("review", **fields, decision=decision, reason="查实")
    if author.chance(0.3 * author.strict):
        author.say("review", all=True, decision="confirm", reason="批量查实")
    if author.chance(0.15):
        author.say("notice", week=week(author.now - rng.choice((0, 1, 2)) * WEEK))


def monday(author: Author, __: str) -> None:
    """The notice of last week, sometimes with supplements of older ones; appeals follow."""
    if author.chance(0.1):
        return
    author.say("notice", week=week(author.now - WEEK))
    for back in (2, 3):
        if author.chance(0.4):
            author.say("notice", week=week(author.now - back * WEEK))
    for (logistics_no, _, _), decision in list(author.replay.book.decisions.items()):
        if decision.state == "confirmed" and decision.published == author.now:
            ends = end_of_days(author.now, author.replay.book.edition.station_days)
            author.plan(when(author, ends), "dispute", logistics_no)


def when(author: Author, ends: datetime) -> datetime:
    """Exactly at the end of a period, a moment beside it, or somewhere before."""
    if author.chance(0.3):
        return ends + author.rng.choice(NUDGES)
    return author.now + (ends - author.now) * author.rng.random()


def settle(author: Author, _: str) -> None:
    last = shifted(month_of(author.now), -1)
    author.say("settle", month=last)
    if author.chance(0.4):
        author.say("settle", month=author.rng.choice((last, shifted(last, -1), shifted(last, 1))))


def dispute(author: Author, logistics_no: str) -> None:
    """One step in a quarrel: mostly what can be done, sometimes too early, too late, doubled or by a stranger."""
    rng = author.rng
    cases: list[Case] = [c for c in author.replay.book.decisions.items() if logistics_no in ("", c[0][0])]
    if not cases:
        return
    able = [case for case in cases if case[1].state == "confirmed" and (case[1].published or case[1].stages)]
    case = rng.choice(able if able and author.chance(0.85) else cases)
    stages = case[1].stages
    if stages and stages[-1].state == "open" and author.chance(0.8):
        _decide(author, case, stages[-1].stage)
    elif stages and stages[-1].stage == PROVINCE and stages[-1].state == "upheld" and author.chance(0.85):
        _appeal(author, case, HQ)
    elif not stages or author.chance(0.1):
        _appeal(author, case, PROVINCE if author.chance(0.9) else HQ)
    else:
        _decide(author, case, rng.choice((PROVINCE, HQ)))


def _fields(author: Author, case: Case) -> dict[str, str]:
    (logistics_no, _, kind), decision = case
    station, rng = decision.suspicion.station, author.rng
    if author.chance(0.04):
        kind = rng.choice(KINDS)
    if author.chance(0.04):
        station = rng.choice((*author.land.stations, "NOWHERE"))
    return {"logistics_no": logistics_no, "station": station, "kind": kind}


def _appeal(author: Author, case: Case, to: str) -> None:
    fields = _fields(author, case)
    if to == HQ or author.chance(0.2):
        fields["to"] = to
    author.say("appeal", **fields, text="不是我们的责任" if author.chance(0.98) else "")
    if author.chance(0.1):
        author.say("appeal", **fields, text="再次申诉")
    _go_on(author, case)


def _decide(author: Author, case: Case, stage: str) -> None:
    words = ("overturn", "uphold", "uphold", "uphold", "pass_on")
    word = author.rng.choice(words if stage == PROVINCE or author.chance(0.1) else words[:2])
    author.say("decide", **_fields(author, case), stage=stage, decision=word, reason="复核")
    _go_on(author, case)


def _go_on(author: Author, case: Case) -> None:
    """Come back soon, or around the end of the period that runs."""
    edition, stages = author.replay.book.edition, case[1].stages
    if not stages:
        return
    ends = end_of_days(stages[-1].closed or stages[-1].opened, edition.province_days)
    if ends > author.now:
        author.plan(when(author, ends), "dispute", case[0][0])

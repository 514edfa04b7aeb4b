"""Notices, appeals and their decisions (NOTICE-1, APPEAL-1, APPEAL-2)."""

import re
from datetime import date, datetime, timedelta

from tests.oracle.book import Book, Decision, Stage
from tests.oracle.clocks import SHANGHAI
from tests.oracle.words import CODES, KINDS, Bad, Event, one_of, text

Answer = str | None
PROVINCE, HQ = "province", "hq"


def end_of_days(when: datetime, days: int) -> datetime:
    """APPEAL-1: published on a Monday with three days, this is Friday 00:00:00, when the period is over."""
    day = when.astimezone(SHANGHAI).date() + timedelta(days=days + 1)
    return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI)


def notice(book: Book, event: Event, at: datetime) -> Answer:
    """Publish the week: what is confirmed, happened in it and was in no notice yet is published now."""
    found = re.fullmatch(r"(\d{4})-W(\d{2})", text(event, "week"))
    try:
        monday = date.fromisocalendar(int(found[1]), int(found[2]), 1) if found else None
    except ValueError:
        monday = None
    if monday is None:
        raise Bad("week")
    begins = datetime(monday.year, monday.month, monday.day, tzinfo=SHANGHAI)
    over = begins + timedelta(days=7)
    if over > at:
        return "week_not_over"
    for decision in book.decisions.values():
        inside = begins <= decision.suspicion.happened < over
        if inside and decision.state == "confirmed" and decision.published is None:
            decision.published = at
    return None


def silence(book: Book, now: datetime) -> None:
    """APPEAL-2: a province that is silent until the end of the third day passes the appeal on."""
    for decision in book.decisions.values():
        last = decision.stages[-1] if decision.stages else None
        if last is not None and last.stage == PROVINCE and last.state == "open":
            over = end_of_days(last.opened, book.edition.province_days)
            if over <= now:
                last.state, last.closed = "passed_on", over
                decision.stages.append(Stage(HQ, over))


def _chosen(book: Book, event: Event) -> list[Decision] | str:
    """Decided violations of that station and kind on the order, by seq; or why there can be none."""
    logistics_no, station = text(event, "logistics_no"), text(event, "station")
    kind = one_of(event, "kind", KINDS)
    if logistics_no not in book.orders:
        return "order_unknown"
    if station not in book.network.stations:
        return "station_unknown"
    found = [(seq, d) for (number, seq, k), d in book.decisions.items() if (number, k) == (logistics_no, kind)]
    return [d for _, d in sorted(found, key=lambda pair: pair[0]) if d.suspicion.station == station]


def appeal(book: Book, event: Event, at: datetime) -> Answer:
    """A station appeals to its province, or takes to HQ what the province upheld."""
    text(event, "text")
    to = one_of({"to": PROVINCE, **event}, "to", (PROVINCE, HQ))
    found = _chosen(book, event)
    if isinstance(found, str):
        return found
    troubles = [(_trouble(book, decision, to, at), decision) for decision in found]
    for trouble, decision in troubles:
        if trouble is None:
            decision.stages.append(Stage(to, at))
            return None
    return min((t for t, _ in troubles if t is not None), key=CODES.index, default="not_confirmed")


def _trouble(book: Book, decision: Decision, to: str, at: datetime) -> Answer:
    """Why this violation cannot be appealed there now."""
    if decision.state != "confirmed":
        return "not_confirmed"
    if decision.published is None:
        return "not_published"
    stages = decision.stages
    over = at >= end_of_days(decision.published, book.edition.station_days)
    if to == PROVINCE:
        return "appeal_period_over" if over else "already_appealed" if stages else None
    if not stages and over:
        return "appeal_period_over"
    if not stages or stages[0].state == "open":
        return "province_first"
    upheld = stages[0].closed
    if stages[0].state == "upheld" and upheld is not None and at >= end_of_days(upheld, book.edition.hq_days):
        return "appeal_period_over"
    return "already_appealed" if len(stages) > 1 else None


def decide(book: Book, event: Event, at: datetime) -> Answer:
    """The province or HQ decides what is open before it."""
    text(event, "reason")
    stage = one_of(event, "stage", (PROVINCE, HQ))
    allowed = ("overturn", "uphold", "pass_on") if stage == PROVINCE else ("overturn", "uphold")
    word = one_of(event, "decision", allowed)
    found = _chosen(book, event)
    if isinstance(found, str):
        return found
    for decision in found:
        last = decision.stages[-1] if decision.stages else None
        if last is not None and (last.stage, last.state) == (stage, "open"):
            last.state = {"overturn": "overturned", "uphold": "upheld", "pass_on": "passed_on"}[word]
            last.closed = at
            if word == "overturn":
                decision.state, decision.overturned_at = "overturned", at
            if word == "pass_on":
                decision.stages.append(Stage(HQ, at))
            return None
    return "no_open_appeal"

"""总控: what runs by itself, at a glance: feedback, refused pushes, troubled orders, health, and the timetable."""

from dataclasses import dataclass

from flask import Blueprint, url_for

from channels.errors_seen.queries import traffic
from channels.feedback import PARKED
from channels.outbox.queries import counts
from channels.registry import ADAPTERS
from dispatch.troubled.queries import counts as troubled
from jobs.timetable import TIMETABLE
from people.access import Action
from sla.availability import queries as record_of
from sla.outages import OURS, TOLERANCE
from web.auth import needs
from web.console.acting import page as shown
from web.services import now
from web.transactions import seeing
from web.words_jobs import JOBS

pages = Blueprint("control", __name__)


@dataclass(frozen=True, slots=True)
class Card:
    """A figure and where it comes from; `bad`: it needs a person."""

    chinese: str
    english: str
    figure: str
    url: str
    bad: bool


@pages.get("/control")
@needs(Action.SEE_HEALTH)
def page() -> str:
    """Cards that are red need somebody."""
    at = now()
    with seeing() as conn:
        parked = sum(counts(conn, [PARKED]).values())
        seen = traffic(conn, tuple(ADAPTERS), at)
        all_troubled, stuck = troubled(conn)
        beats = {row.source: row.last_at for row in record_of.last_beats(conn)}
    refused = sum(one.refusals for one in seen.values())
    last = beats.get(OURS)
    well = last is not None and at - last <= TOLERANCE
    cards = (
        Card("未送达的回传", "Feedback not delivered", str(parked), url_for("outbox.page"), parked > 0),
        Card("24 小时被拒推送", "Pushes refused in 24 h", str(refused), url_for("channels.page"), refused > 0),
        Card("异常订单", "Troubled orders", f"{stuck} / {all_troubled}", url_for("troubles.page"), stuck > 0),
        Card("系统", "The system", "正常 / well" if well else "停机或无记录 / down or unknown",
             url_for("availability.page"), not well),
    )  # fmt: skip
    return shown("control.html", cards=cards, timetable=TIMETABLE, jobs=JOBS)

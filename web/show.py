"""What templates may call: words, times, money, masks, addresses of files."""

import hashlib
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

from flask import Flask, current_app, g, url_for

from basics.days import iso, shanghai
from basics.money import yuan
from basics.text import visible
from people.access import Action, may
from people.masking import customer_names, mask_address, mask_name, mask_phone, mask_text
from web.auth import form_token, known_actor
from web.check_words import figures_in_words, length_in_words
from web.language import t
from web.nav import Entry, Group, groups_for, tabs_of
from web.notes import take_notes
from web.services import now
from web.words import word

SOON = timedelta(minutes=10)  # a badge turns orange


def when(at: datetime | None) -> str:
    """`11-22 09:15` on a Shanghai clock; with the year when it is not this one's."""
    if at is None:
        return ""
    local = shanghai(at)
    return local.strftime("%m-%d %H:%M" if local.year == shanghai(now()).year else "%Y-%m-%d %H:%M")


def exactly(at: datetime | None) -> str:
    """`2026-11-22 09:15:07`, for the order page and for titles."""
    return "" if at is None else shanghai(at).strftime("%Y-%m-%d %H:%M:%S")


def left(due: datetime, at: datetime) -> str:
    """Time until `due`: `剩 12 分`, `剩 3 时 05 分`, `仅剩 8 分`, `已超 2 分`; `12 min left`, `3 h 05 min left`,
    `only 8 min left`, `2 min late`. Whole minutes; app.js says the same."""
    minutes = abs(due - at) // timedelta(minutes=1)
    amount = _amount(minutes)
    if due < at:
        return t(f"已超 {amount}", f"{amount} late")
    return t(f"仅剩 {amount}", f"only {amount} left") if due - at <= SOON else t(f"剩 {amount}", f"{amount} left")


def _amount(minutes: int) -> str:
    days, hours = minutes // 1440, minutes // 60
    if days >= 2:
        return t(f"{days} 天", f"{days} days")
    return (
        t(f"{hours} 时 {minutes % 60:02d} 分", f"{hours} h {minutes % 60:02d} min")
        if hours
        else t(f"{minutes} 分", f"{minutes} min")
    )


def in_yuan(fen: int) -> str:
    """`1,200.00 元`, `1,200.00 yuan`."""
    return t(yuan(fen), f"{yuan(fen).removesuffix('元').strip()} yuan")


def urgency(due: datetime, at: datetime) -> str:
    """Tabler colour of what is left."""
    if due < at:
        return "red"
    return "orange" if due - at <= SOON else "green"


def asset(name: str) -> str:
    """Address of a file in static/ with its hash, so that browsers may keep it for ever."""
    return url_for("static", filename=name, v=_digest(Path(current_app.static_folder or "") / name))


@cache
def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]


def navigation() -> list[Group]:
    """The parts of the work of whoever is known; none on the log-in page."""
    actor = known_actor()
    return groups_for(actor) if actor else []


def may_find() -> bool:
    """Whether the search stands in the header: for all who may see something that it finds (DO-7)."""
    actor = known_actor()
    finds = actor is not None and any(may(actor, one) for one in (Action.SEE_ORDER, Action.SEE_STATEMENT))
    return finds and "search.find" in current_app.view_functions


def tabs_behind(entry: str) -> list[Entry]:
    """The tabs of the screens behind an entry of the navigation."""
    actor = known_actor()
    return tabs_of(entry, actor) if actor else []


def request_id() -> str:
    """The number under which the log knows this request."""
    return str(g.get("request_id", ""))


def install(app: Flask) -> None:
    """Filters and functions for all templates."""
    app.add_template_filter(when, "when")
    app.add_template_filter(exactly, "exactly")
    app.add_template_filter(iso, "iso")
    app.add_template_filter(in_yuan, "yuan")
    app.add_template_filter(mask_name, "mask_name")
    app.add_template_filter(mask_phone, "mask_phone")
    app.add_template_filter(mask_address, "mask_address")
    app.add_template_filter(mask_text, "mask_text")
    app.add_template_filter(visible, "visible")
    for function in (
        figures_in_words,
        length_in_words,
        word,
        customer_names,
        left,
        urgency,
        asset,
        navigation,
        may_find,
        tabs_behind,
        form_token,
        known_actor,
        take_notes,
        now,
        request_id,
    ):
        app.add_template_global(function, function.__name__)

"""消息: what a station, a province or HQ was told through the notify door, and who has read it (DO-8)."""

import hashlib

from flask import Blueprint, Response, g, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from notify.actions import mark_read
from notify.messages import KINDS, Addressee, mailbox_of
from notify.queries import inbox
from people.access import Action, may
from web.auth import current_actor, needs
from web.console import acting
from web.console.fields import choice, cursor, cursor_text, ids, picked
from web.errors import Problem
from web.notes import say
from web.services import now, services
from web.transactions import seeing, transact

pages = Blueprint("inbox", __name__)

TABS = ("unread", "all")
SHOWN_HEADER = "X-Shown"


@pages.get("/inbox")
@needs(Action.SEE_INBOX)
def page() -> str | Response:
    """Unread ones or all, newest first; like the desk, the list renews itself and answers 204 while nothing changed."""
    tab = choice("tab", TABS) or "unread"
    with seeing() as conn:
        network = services().networks.get(conn)
        found = inbox(conn, my_mailbox(), tab == "unread", cursor())
    seen = [(row.id, row.read_at) for row in found.rows]
    version = hashlib.sha256(repr((tab, seen)).encode()).hexdigest()[:16]
    if acting.wants_part() and request.headers.get(SHOWN_HEADER) == version:
        return Response(status=204)
    return acting.page(
        "_inbox_part.html" if acting.wants_part() else "inbox.html",
        rows=found.rows, following=cursor_text(found.following), tab=tab, kinds=KINDS, network=network,
        version=version, sees_orders=may(current_actor(), Action.SEE_ORDER), here=acting.address(), unread=_unread,
    )  # fmt: skip


@pages.post("/inbox/read")
@needs(Action.SEE_INBOX)
def read() -> AnyResponse:
    """The ticked messages, that of the row's own button, or with `all` every one up to the newest that was shown
    (`upto`). Whose inbox it is, is not asked."""
    everything = request.form.get("all") == "1"
    chosen, upto = (None, max(ids("upto"), default=0)) if everything else (picked("messages"), None)
    if not everything and not chosen:
        say("请先勾选消息 / Pick some messages first", "warning")
    else:
        by, whose = current_actor().name, my_mailbox()
        count = transact(lambda conn: mark_read(conn, whose, chosen, by, now(), upto))
        say(f"已读 {count} 条 / marked as read")
    return redirect(url_for("inbox.page"), 303)


def _unread() -> int:
    """As `acting.page` counted it."""
    return int(g.unread)


def my_mailbox() -> Addressee:
    whose = mailbox_of(current_actor())
    if whose is None:
        raise Problem("not_found")
    return whose

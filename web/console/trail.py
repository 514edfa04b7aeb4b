"""A posting explains itself: what it moves, by which rule, who decided, and all that hangs on it."""

from flask import Blueprint

from dispatch.lists.queries import in_scope
from penalties.byhand import APPROVED
from penalties.requests.telling import WORDS
from penalties.statements.entry import KINDS, OUTCOMES, STAGES
from penalties.trail import queries
from people.access import Action, may
from people.masking import mask_text
from rulebook.book import Edition
from rulebook.rule_texts import RuleText, rule_text
from web.auth import current_actor, current_scope, needs
from web.console.acting import page as shown
from web.console.fields import BIGGEST_ID
from web.errors import Problem
from web.services import services
from web.transactions import seeing

pages = Blueprint("trail", __name__)


@pages.get(f"/ledger/<int(max={BIGGEST_ID}):seq>")
@needs(Action.SEE_STATEMENT)
def one(seq: int) -> str:
    """404 for a posting that neither names nor moves the account of a station of the reader's scope (ROLE-1)."""
    actor, scope = current_actor(), current_scope()
    with seeing() as conn:
        found = queries.trail(conn, seq, scope)
        if found is None:
            raise Problem("not_found")
        violation = found.case.violation if found.case else None
        opens = bool(violation and may(actor, Action.SEE_ORDER) and in_scope(conn, scope, [violation.order_id]))
        network = services().networks.get(conn)
        house = next((row.account for row in found.lines if row.account in network.stations), "")
        edition = next((one for one in services().book.editions if one.name == found.posting.edition), None)
    # What somebody only asked for is no news for a station yet.
    changes = [row for row in found.changes if row.state == APPROVED or may(actor, Action.SEE_LEDGER)]
    seen = house in network.stations and scope.holds(house, network.stations[house].province)
    return shown(
        "trail.html", trail=found, changes=changes, posting=found.posting, network=network, house=house,
        sees_house=seen, opens=opens, edition_text=edition, kinds=KINDS, stages=STAGES, outcomes=OUTCOMES,
        texts=_texts(edition, found.posting.rule, found.kind), asked=WORDS,
        free=lambda text: mask_text(text, found.hidden),
        sees_all=may(actor, Action.SEE_LEDGER), sees_case=may(actor, Action.SEE_CASE),
        province=network.stations[house].province if house else "",
    )  # fmt: skip


def _texts(edition: Edition | None, rule: str, kind: str) -> list[RuleText]:
    """The rule in the words of the posting's own edition, with what else such an entry rests on."""
    more = {"fine": ("VIO-4",), "reversal": ("APPEAL-3",)}.get(kind, ())
    found = [rule_text(edition, name) for name in (rule, *more)] if edition else []
    return [one for one in found if one is not None]

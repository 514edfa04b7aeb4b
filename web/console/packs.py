"""证据包: one suspicion with all that speaks for it and against it; the same for station, reviewer and appeal."""

from typing import Any

from flask import Blueprint, Response, url_for
from sqlalchemy import Connection, Row

from dispatch.evidence.queries import charge
from dispatch.lists.queries import in_scope
from penalties.reviewing.queries import blinded
from people.access import Action, may
from web.auth import current_actor, current_scope, needs
from web.console.acting import page as shown
from web.console.acting import world
from web.console.fields import BIGGEST_ID
from web.errors import Problem
from web.language import in_chinese
from web.pack import contents, pdf
from web.pack.blind import without_outcome
from web.pack.pictures import bar_svg
from web.transactions import seeing

pages = Blueprint("packs", __name__)
PACK = f"/violations/<int(max={BIGGEST_ID}):violation_id>/pack"


@pages.get(PACK)
@needs(Action.SEE_CASE)
def one(violation_id: int) -> str:
    """On a page that prints well; 404 when the violation is of no station of the reader's (ROLE-1)."""
    with seeing() as conn:
        violation, pack = pack_for(conn, violation_id)
        may_open = bool(in_scope(conn, current_scope(), [violation.order_id]))
    return shown(
        "pack.html", pack=pack, digest=contents.content_hash(pack), bar=bar_svg(pack["minutes"]["parts"]),
        may_open=may_open,
    )  # fmt: skip


@pages.get(PACK + ".json")
@needs(Action.SEE_CASE)
def data(violation_id: int) -> Response:
    """`sha256` is that of `contents` as canonical JSON: sorted keys, no spaces, UTF-8."""
    with seeing() as conn:
        _, pack = pack_for(conn, violation_id)
    body = contents.canonical({"contents": pack, "sha256": contents.content_hash(pack)})
    return Response(body, mimetype="application/json")


@pages.get(PACK + ".pdf")
@needs(Action.SEE_CASE)
def paper(violation_id: int) -> Response:
    """The same, typeset."""
    with seeing() as conn:
        violation, pack = pack_for(conn, violation_id)
    digest = contents.content_hash(pack)
    made = pdf.pdf_of(pack, digest, url_for("packs.one", violation_id=violation_id))
    answer = Response(made, mimetype="application/pdf")
    answer.headers["Content-Disposition"] = f'inline; filename="evidence-{violation.id}-{digest[:8]}.pdf"'
    return answer


def pack_for(conn: Connection, violation_id: int) -> tuple[Row[Any], dict[str, Any]]:
    violation = charge(conn, violation_id, current_scope())
    if violation is None:
        raise Problem("not_found")
    with in_chinese():  # its hash must not depend on who reads
        pack = contents.pack_of(conn, world(conn), violation)
    actor = current_actor()
    blind = may(actor, Action.REVIEW) and blinded(conn, actor, [violation_id])
    return violation, without_outcome(pack) if blind else pack

"""How a screen acts: one transaction, the orders of others do not exist, each item gets its own answer."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from flask import g, redirect, render_template, request, url_for
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from basics.refusal import Refusal
from dispatch.actions import conduct
from dispatch.batch import World
from dispatch.facts import Act, Item, Target
from dispatch.lists.queries import in_scope
from dispatch.refusals import refuse
from people.access import Actor
from web.auth import current_actor, current_scope, local_path
from web.language import side, t
from web.notes import say
from web.services import now, services
from web.transactions import transact
from web.unread import unread_messages

ABSENT = frozenset({"order_unknown", "not_holder"})
CONFLICTS = frozenset({
    "not_allowed_in_state", "not_at_data_centre", "same_station", "waybill_in_use", "waybill_locked",
    "waybill_conflict", "no_open_suspicion", "already_picked_up", "already_closed", "nothing_asked", "ask_replaced",
    "already_asked", "already_published", "nothing_new",
})  # fmt: skip
# What the lists read from their address; url_for takes other names for options of its own.
FILTERS = (
    "tab", "channel", "type", "online", "state", "from", "until", "withdrawal", "kind", "excuse", "after", "courier",
    "district", "late",
)  # fmt: skip
MOST_LISTED = 50  # numbers in a note: a page of them


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one picked row; `refusal` None when it was done. `number` is empty for what nobody may see."""

    order_id: int
    number: str
    refusal: Refusal | None


def world(conn: Connection) -> World:
    """The network as it is now, the rulebook, and which senders are told."""
    return services().world(conn)


def act(order_ids: Sequence[int], make: Callable[[Target], Act]) -> list[Result]:
    """The same act on many orders. Orders out of scope are answered as unknown ones are (ROLE-1)."""
    actor, scope = current_actor(), current_scope()

    def work(conn: Connection) -> list[Result]:
        seen = in_scope(conn, scope, order_ids)
        items = [Item(now(), make(Target(order_id=one)), actor.name) for one in order_ids if one in seen]
        answers = iter(conduct(conn, items, world(conn)))
        return [
            Result(one, seen[one], next(answers)) if one in seen else Result(one, "", refuse("order_unknown"))
            for one in order_ids
        ]

    return transact(work)


def station_of(actor: Actor) -> str:
    """The station that a member of its staff acts for; level 1 acts for its level-2 ones too (DO-1)."""
    return actor.station or ""


def status_of(refusal: Refusal) -> int:
    """The HTTP status of a single refused act."""
    if refusal.code in ABSENT:
        return 404
    return 409 if refusal.code in CONFLICTS else 422


def wants_part() -> bool:
    """Whether htmx asks for a piece of the page only."""
    return request.headers.get("HX-Request") == "true"


def page(template: str, **values: object) -> str:
    """A template with what every screen of the console needs: the network for names, the edition in force now."""
    if "unread" not in g:
        g.unread = unread_messages()
    return render_template(template, edition=services().book.at(now()), address=address, **values)


def address(**changes: str) -> str:
    """This screen's address with its filters, some of them changed."""
    kept = {name: request.args[name] for name in FILTERS if name in request.args}
    return url_for(f"{request.blueprint}.page", **{**kept, **changes})  # type: ignore[arg-type]


def back_with(results: Sequence[Result], done: str, english: str) -> Response:
    """Back to the list as it was filtered, which tells what became of each picked order (DO-1, B-91).

    A redirect, so that reloading acts on nothing again. Refusals come first: the cookie may not hold everything.
    """
    refused: dict[str, list[Result]] = {}
    for result in results:
        if result.refusal is not None:
            refused.setdefault(result.refusal.message, []).append(result)
    for message, those in refused.items():
        many, which = len(those), _numbers(those)
        why = side(message)
        say(t(f"失败 {many} 单,{why}:{which}", f"{many} failed, {why}: {which}"), "danger")
    well = [result for result in results if result.refusal is None]
    if well:
        many, which = len(well), _numbers(well)
        say(t(f"{done} {many} 单:{which}", f"{many} {english}: {which}"))
    return redirect(local_path(request.form.get("back") or address()), 303)


def _numbers(results: Sequence[Result]) -> str:
    listed = t("、", ", ").join(result.number or f"#{result.order_id}" for result in results[:MOST_LISTED])
    return listed + (t(" 等", " and others") if len(results) > MOST_LISTED else "")

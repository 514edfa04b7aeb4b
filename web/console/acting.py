"""How a screen acts: one transaction, the orders of others do not exist, each item gets its own answer."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from flask import render_template, request, url_for
from sqlalchemy import Connection

from basics.refusal import Refusal
from dispatch.actions import conduct
from dispatch.batch import World
from dispatch.facts import Act, Item, Target
from dispatch.lists.queries import in_scope
from dispatch.refusals import refuse
from people.access import Actor
from storage.session import run
from web.auth import current_actor, current_scope
from web.services import now, services

ABSENT = frozenset({"order_unknown", "not_holder"})
CONFLICTS = frozenset({
    "not_allowed_in_state", "not_at_data_centre", "same_station", "waybill_in_use", "waybill_locked",
    "waybill_conflict", "no_open_suspicion",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one picked row; `refusal` None when it was done. `number` is empty for what nobody may see."""

    order_id: int
    number: str
    refusal: Refusal | None


def world(conn: Connection) -> World:
    """The network as it is now, and the rulebook."""
    return World(services().networks.get(conn), services().book)


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

    return run(services().engine, work)


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
    return render_template(template, edition=services().book.at(now()), address=_address, **values)


def _address(**changes: str) -> str:
    """This screen's address with its filters, some of them changed."""
    return url_for(f"{request.blueprint}.page", **{**request.args.to_dict(), **changes})  # type: ignore[arg-type]

"""Why an order was sent where routing sent it: as it was understood then, by the areas that held then (issue 4)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from dispatch.batch import World
from dispatch.explain import Step, alike, facts, remembered
from dispatch.explain_words import steps
from dispatch.lists.queries import OrderPage
from dispatch.places import read_place
from dispatch.routing import Route, choose


@dataclass(frozen=True, slots=True)
class Why:
    """`route` is what the log says. `again`: stations, districts or areas as they are now would have made something
    else of it, which the steps rehearse before they end with what was decided. `today`: where the order would go now,
    where that is elsewhere. `unread`: its address was not read then, and is today."""

    route: Route
    at: datetime
    steps: Sequence[Step]
    again: bool
    today: Route | None
    unread: bool


def why(found: OrderPage, world: World, now: datetime, exact: bool) -> Why | None:
    """The last decision of routing; None before the first. `exact`: the reader is behind the mask (ROLE-2)."""
    event = next((event for event in found.events if event.data.get("route")), None)
    if event is None:
        return None
    said, at = event.data["route"], event.happened_at
    named = said.get("fragment", ""), said.get("passed", "")
    stored = Route(said["station"], said["cause"], tuple(said["candidates"]), *named)
    content, edition = event.data["content"], world.book.at(at)
    kept = event.data.get("place") or {}
    place = remembered(content, kept, stored.fragment or stored.passed, edition, partial(_listed, world))
    known = facts(content, place, world.network, at, edition, world.gazetteer, stored, exact)
    today = stored if stored.cause == "prefix" else _today(found, world, now)
    return Why(
        stored,
        at,
        steps(known),
        known.decided is not None,
        None if alike(today, stored) else today,
        world.gazetteer is not None and (place.why == "not_read" or (place.why == "unknown_code" and not kept)),
    )


def _listed(world: World, adcode: str) -> bool:
    """Whether a list or the network knows the code; without lists nobody can say that they do not."""
    return world.gazetteer is None or bool(world.gazetteer.today(adcode)) or adcode in world.network.serves


def _today(found: OrderPage, world: World, now: datetime) -> Route:
    place = read_place(found.order.content, world.book.at(now), world.gazetteer, world.network)
    return choose([place], world.network, [now])[0]

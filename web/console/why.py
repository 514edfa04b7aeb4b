"""Why an order was sent where routing sent it: as it was understood then, by the areas that held then (issue 4)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from dispatch.batch import World
from dispatch.explain import Step, facts, remembered
from dispatch.explain_words import steps
from dispatch.lists.queries import OrderPage
from dispatch.places import read_place
from dispatch.routing import Route, choose


@dataclass(frozen=True, slots=True)
class Why:
    """`route` is what the log says. `again`: what stations and districts as they are now would have made of it, where
    that is something else. `today`: where the order would go now, where that is elsewhere."""

    route: Route
    at: datetime
    steps: Sequence[Step]
    again: Route | None
    today: Route | None


def why(found: OrderPage, world: World, now: datetime, exact: bool) -> Why | None:
    """The last decision of routing; None before the first. `exact`: the reader is behind the mask (ROLE-2)."""
    event = next((event for event in found.events if event.data.get("route")), None)
    if event is None:
        return None
    said, at = event.data["route"], event.happened_at
    stored = Route(said["station"], said["cause"], tuple(said["candidates"]), said.get("fragment", ""))
    content, edition = event.data["content"], world.book.at(at)
    place = remembered(content, event.data.get("place") or {}, stored.fragment, edition)
    fits = stored.cause != "prefix"
    known = facts(content, place, world.network, at, edition, world.gazetteer, prefix_fits=fits)
    today = _today(found, world, now) if fits else stored
    return Why(
        stored,
        at,
        steps(known, exact),
        None if _alike(known.route, stored) else known.route,
        None if _alike(today, stored) else today,
    )


def _today(found: OrderPage, world: World, now: datetime) -> Route:
    place = read_place(found.order.content, world.book.at(now), world.gazetteer, world.network.shapes)
    return choose([place], world.network, [now])[0]


def _alike(one: Route, other: Route) -> bool:
    return (one.station, one.cause) == (other.station, other.cause)

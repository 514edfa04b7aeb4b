"""What the areas of that instant say of an act (VIO-2). It is kept with the act: a later edition of the areas changes
nothing of what somebody knew or said."""

from datetime import datetime
from typing import Any

import numpy as np

from dispatch.batch import Batch
from dispatch.life import Life
from dispatch.places import point_of
from dispatch.routing import Place

MOST = 5  # stations that the log names


def accepted_outside(batch: Batch, life: Life, at: datetime) -> dict[str, Any]:
    """Of an acceptance: that the point lay outside the holder's area, and in whose it did; nothing when inside, or
    when the point is not known. Only other stations that accept count; one may be of the holder's own house."""
    holder, content = life.view().station, life.view().content
    point = point_of(content, batch.edition(life))
    network = batch.world.network
    if holder is None or point.lng is None or point.lat is None or network.covers(holder, point.lng, point.lat, at):
        return {}
    place = batch.read(content, life.zero)
    if not batch.outside(holder, place, at):
        return {}
    others = [one for one in _stations_at(batch, place, at) if one != holder and network.stations[one].accepts]
    return {"outside": True, "elsewhere": others[:MOST]}


def inside_house(batch: Batch, life: Life, at: datetime) -> list[str]:
    """Stations of the holder's house in whose area the point lay; empty when it was in none, or is not known."""
    view, houses = life.view(), batch.world.houses
    if view.station is None:
        return []
    place, house = batch.read(view.content, life.zero), houses.house(view.station)
    return [one for one in _stations_at(batch, place, at) if houses.house(one) == house][:MOST]


def _stations_at(batch: Batch, place: Place, at: datetime) -> list[str]:
    """Codes of all stations whose polygon held the point at `at`, or who have a named place of the address."""
    network = batch.world.network
    if place.lng is None or place.lat is None:
        return []
    [hits] = network.areas.hits(np.array([(place.lng, place.lat)], dtype=np.float64), [at])
    named = network.named.all(place.adcode, place.fragments, at)
    return sorted({station for station, _ in hits} | {one.station for one in named})

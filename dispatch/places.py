"""What an order's words say about where its pickup is: point, district by code or by address, fragments of address."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from dispatch import routing
from dispatch.routing import Place
from geo.addresses import Gazetteer
from geo.districts import DistrictShapes
from geo.fragments import fragments
from rulebook.book import Edition

PLACE_KEYS = ("lng", "lat", "datum", "adcode", "address")


def point_of(content: Mapping[str, Any], edition: Edition) -> Place:
    """The pickup point in GCJ-02 when it is usable (ROUTE-1), and the district code as told."""
    lng, lat, adcode = content.get("lng"), content.get("lat"), content.get("adcode")
    if not (_number(lng) and _number(lat)):
        return Place(None, None, adcode)
    return routing.place_of(lng, lat, content.get("datum") or "GCJ-02", adcode, edition.country)


def read_place(
    content: Mapping[str, Any], edition: Edition, gazetteer: Gazetteer | None, shapes: DistrictShapes | None
) -> Place:
    """`point_of`, with today's district: of the code, else of the address. Without a gazetteer (a replay, whose inputs
    name the district) nothing is read from words."""
    place = point_of(content, edition)
    if gazetteer is None:
        return place
    place = _district(place, content.get("address"), gazetteer)
    if shapes is None or place.lng is None or place.lat is None or place.adcode is None:
        return place
    metres = shapes.metres(place.adcode, place.lng, place.lat)
    too_far = metres is not None and metres > edition.far_from_district * 1000
    return replace(place, far=round(metres)) if metres is not None and too_far else place


def _district(place: Place, address: Any, gazetteer: Gazetteer) -> Place:
    text = address if isinstance(address, str) else ""
    read = gazetteer.understand(text)
    # The whole text when no district was read in it: streets and estates stand in it all the same.
    named = fragments(read.rest or text)
    told = gazetteer.today(place.adcode) if place.adcode else ()
    if len(told) == 1:
        return replace(place, adcode=told[0], source="code", fragments=named)
    if told:
        return replace(place, adcode=None, candidates=told, source="code", why="split", fragments=named)
    if place.adcode:
        # A code that the lists do not know may be one of the network's own: it decides as before.
        return replace(place, source="code", why="unknown_code", fragments=named)
    if read.status == "not_understood":
        return replace(place, why=read.why if text else "", fragments=named)
    candidates = read.candidates if read.status == "ambiguous" else ()
    return replace(place, adcode=read.adcode, candidates=candidates, source="address", why=read.why, fragments=named)


def said(place: Place) -> dict[str, Any]:
    """What the log keeps of a place beside what the channel told (law 11): how its words were understood."""
    kept: dict[str, Any] = {"ignored": place.ignored, "far": place.far, "candidates": list(place.candidates)}
    if place.source == "address" or place.why:
        kept |= {"source": place.source, "why": place.why}
    return {key: value for key, value in kept.items() if value}


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)

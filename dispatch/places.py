"""What an order's words say about where its pickup is: point, district by code or by address, fragments of address."""

from collections.abc import Container, Mapping
from dataclasses import replace
from typing import Any

from dispatch import routing
from dispatch.routing import Place
from geo.addresses import Gazetteer
from geo.fragments import fragments
from geo.network import Network
from rulebook.book import Edition

PLACE_KEYS = ("lng", "lat", "datum", "adcode", "address")


def point_of(content: Mapping[str, Any], edition: Edition) -> Place:
    """The pickup point in GCJ-02 when it is usable (ROUTE-1), and the district code as told."""
    lng, lat, adcode = content.get("lng"), content.get("lat"), _text(content.get("adcode")) or None
    if not (_number(lng) and _number(lat)):
        return Place(None, None, adcode)
    return routing.place_of(lng, lat, content.get("datum") or "GCJ-02", adcode, edition.country)


def key_of(content: Mapping[str, Any]) -> tuple[Any, ...]:
    """All that `read_place` goes by, to know what was read already."""
    return tuple(value if isinstance(value := content.get(word), str | int | float) else None for word in PLACE_KEYS)


def read_place(
    content: Mapping[str, Any], edition: Edition, gazetteer: Gazetteer | None, network: Network | None
) -> Place:
    """`point_of`, with today's district: of the code, else of the address. Without a gazetteer (a replay, whose inputs
    name the district) nothing is read from words."""
    place = point_of(content, edition)
    if gazetteer is None:
        return place
    place = _district(place, _text(content.get("address")), gazetteer, network.serves if network else {})
    if network is None or network.shapes is None or place.lng is None or place.lat is None:
        return place
    named = place.candidates or ((place.adcode,) if place.adcode else ())
    metres = [network.shapes.metres(adcode, place.lng, place.lat) for adcode in named]
    # Whichever is meant it contradicts the point, when all of them are known and too far.
    known = [one for one in metres if one is not None]
    if not known or len(known) < len(metres) or min(known) <= edition.far_from_district * 1000:
        return place
    return replace(place, far=round(min(known)))


def _district(place: Place, text: str, gazetteer: Gazetteer, served: Container[str]) -> Place:
    read = gazetteer.understand(text)
    meant = (read.adcode,) if read.adcode else read.candidates
    # The whole text when no district was read in it: streets and estates stand in it all the same.
    place = replace(place, fragments=fragments(read.rest or text))
    told = gazetteer.today(place.adcode) if place.adcode else ()
    if place.adcode and not told and place.adcode in served:
        told = (place.adcode,)  # the network's own code, which no list knows
    if told:
        place = replace(place, source="code", why="" if len(told) == 1 else "split")
        if meant and not set(meant) & set(told):
            # The code counts (reading 41), but the street is one of another district.
            place = replace(place, why="address_elsewhere", fragments=())
        elif len(told) > 1 and read.adcode:
            return replace(place, adcode=read.adcode)  # one of those that a split code may mean
        return replace(place, adcode=told[0]) if len(told) == 1 else replace(place, adcode=None, candidates=told)
    if read.status == "not_understood":
        why = "unknown_code" if place.adcode else read.why if text else ""
        return replace(place, source="code" if place.adcode else "", why=why)
    # A code that neither list nor network knows can decide nothing; the address can.
    why = "unknown_code" if place.adcode else read.why
    return replace(place, adcode=read.adcode, candidates=read.candidates, source="address", why=why)


def said(place: Place) -> dict[str, Any]:
    """What the log keeps of a place beside what the channel told (law 11): how its words were understood."""
    kept: dict[str, Any] = {"ignored": place.ignored, "far": place.far, "candidates": list(place.candidates)}
    if place.source == "address" or place.why:
        kept |= {"source": place.source, "why": place.why}
    return {key: value for key, value in kept.items() if value}


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""

"""What `lanshou route` is told, on the command line or in a row of a table, and where it leads."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from basics.refusal import Refusal
from channels.fields import WORDS, Fields
from channels.json_gate import Unreadable
from channels.order_rows import DATUM_WORDS
from dispatch.places import read_place
from dispatch.routing import Place, Route, choose, usable
from geo.addresses import Gazetteer
from geo.datum import DATUMS, to_gcj02
from geo.network import Network
from rulebook.book import Edition

KEYS = ("lng", "lat", "datum", "adcode", "address")
LONGEST_ADDRESS = 500
_CODE = re.compile(r"[\w.-]{1,12}")
NOTHING = Refusal(
    "field_required", "坐标、区县代码、地址至少给出一项 / say a point, a district code or an address", None
)


@dataclass(frozen=True, slots=True)
class Ground:
    """What routes go by: the network, the districts by name, the rulebook, when."""

    network: Network
    gazetteer: Gazetteer
    edition: Edition
    at: datetime

    def places(self, contents: Sequence[Mapping[str, Any]]) -> list[Place]:
        """Where each content says the pickup is."""
        read = self._converted(contents)
        return [read_place(content, self.edition, self.gazetteer, self.network) for content in read]

    def routes(self, places: Sequence[Place]) -> list[Route]:
        return choose(places, self.network, [self.at] * len(places))

    def _converted(self, contents: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        """The same contents with their points in GCJ-02, a datum at once: one by one it takes ten times as long.

        A point that is usable in one of the two datums only stays as it was told.
        """
        result, country = list(contents), self.edition.country
        for datum in DATUMS[1:]:
            rows = [
                number
                for number, one in enumerate(contents)
                if one.get("datum") == datum and usable(one["lng"], one["lat"], country)
            ]
            points = np.array([(contents[row]["lng"], contents[row]["lat"]) for row in rows]).reshape(-1, 2)
            lngs, lats = to_gcj02(points[:, 0], points[:, 1], datum)
            for row, lng, lat in zip(rows, lngs.tolist(), lats.tolist(), strict=True):
                if usable(lng, lat, country):
                    result[row] = {**contents[row], "lng": lng, "lat": lat, "datum": "GCJ-02"}
        return result


def content_of(values: Mapping[str, str], datum: str | None) -> dict[str, Any]:
    """The content of an order that says these things. `datum`: of a point without one. Unreadable."""
    fields = Fields({key: values[key].strip() for key in KEYS if key in values})
    lng, lat, said = fields.degrees("lng"), fields.degrees("lat"), fields.text("datum", 64)
    content: dict[str, Any] = {
        "adcode": fields.matching("adcode", _CODE, 64),
        "address": fields.text("address", LONGEST_ADDRESS),
    }
    if lng is None and lat is None:
        if not any(content.values()):
            raise Unreadable(NOTHING)
        return content
    if lng is None or lat is None:
        _refuse("field_required", "lng" if lng is None else "lat")
    known = DATUM_WORDS.get(said.upper().replace("-", "")) if said else datum
    if known is None:
        _refuse("value_unknown" if said else "datum_required", "datum")
    return content | {"lng": lng, "lat": lat, "datum": known}


def _refuse(code: str, field: str) -> None:
    raise Unreadable(Refusal(code, WORDS[code], field))

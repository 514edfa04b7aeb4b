"""Addresses: from a text to today's code of its district, or *ambiguous*, or *not understood*; never a guess.

Pure but for `packaged()`, which reads the lists shipped inside `geo.gazetteer`: package data is part of the code.
"""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from io import StringIO
from typing import Literal

from geo.address_names import District, FormerDistrict, names_of
from geo.address_reading import chains
from geo.address_sense import Sense
from geo.address_text import LONGEST, is_firm, is_free, is_now, is_once, plain

Status = Literal["understood", "ambiguous", "not_understood"]


@dataclass(frozen=True, slots=True)
class Understood:
    """What an address says.

    `adcode`: today's code when understood. `candidates`: today's codes when ambiguous, sorted. `rest`: what stands
    behind the last name that was read. `why`: "current", "former", "several_cities", "split", "two_addresses",
    "contradiction", "no_district" or "no_name".
    """

    status: Status
    adcode: str | None
    candidates: tuple[str, ...]
    rest: str
    why: str


class Gazetteer:
    """Districts of today and of former times; immutable."""

    def __init__(
        self,
        districts: Iterable[District],
        formers: Iterable[FormerDistrict],
        parents: Iterable[tuple[str, str, str]],
    ) -> None:
        self._districts = {each.adcode: each for each in districts}
        gone = sorted(formers, key=lambda each: each.until)
        self._today = {each.adcode: each.today for each in gone if each.adcode}
        self._today |= {code: (code,) for code in self._districts}
        self._names = names_of(self._districts, gone, parents)

    def today(self, adcode: str) -> tuple[str, ...]:
        """What a code of today or of former times is today; () when it is unknown."""
        return self._today.get(adcode, ())

    def name(self, adcode: str) -> str:
        """浙江省杭州市余杭区; "" when it is no code of today."""
        found = self._districts.get(adcode)
        return found.whole_name if found else ""

    def understand_many(self, texts: Sequence[str]) -> list[Understood]:
        """Each text by itself."""
        return [self.understand(text) for text in texts]

    def understand(self, text: str) -> Understood:
        """The district that a text names. Only its first 500 signs are read."""
        signs = plain(text)
        sense = Sense()
        for chain in chains(self._names, signs):
            opening = chain.start == 0 or not signs[: chain.start].strip()
            free = opening or ((chain.direct or is_free(signs, chain.start)) and not is_firm(signs, chain.end))
            when = "now" if is_now(signs, chain.start) else "once" if is_once(signs, chain.start) else ""
            sense.take(chain, free, opening, when)
            if sense.doubt:
                break
        rest = text[len(signs) - len(signs[sense.end :].lstrip()) : LONGEST].rstrip()
        doubt = sense.doubt or sense.clash
        if doubt == "two_addresses":
            return Understood("ambiguous", None, tuple(sorted(sense.found)), rest, doubt)
        if doubt or not sense.found:
            return Understood("not_understood", None, (), rest, doubt or ("no_district" if sense.end else "no_name"))
        if len(sense.found) == 1:
            (code,) = sense.found
            return Understood("understood", code, (), rest, "former" if sense.former else "current")
        cities = {(self._districts[code].city, self._districts[code].province) for code in sense.found}
        why = "split" if sense.former and len(cities) == 1 else "several_cities"
        return Understood("ambiguous", None, tuple(sorted(sense.found)), rest, why)


@cache
def packaged() -> Gazetteer:
    """The lists shipped with the product (reads package data, see the head of this file)."""
    districts = [District(**row) for row in _rows("districts.csv")]
    formers = [
        FormerDistrict(
            row["name"], row["city"], row["province"], row["adcode"], int(row["until"]), tuple(row["today"].split())
        )
        for row in _rows("former.csv")
    ]
    parents = [(row["name"], row["short"], row["province"]) for row in _rows("parents.csv")]
    return Gazetteer(districts, formers, parents)


def _rows(name: str) -> Iterable[dict[str, str]]:
    text = files("geo.gazetteer").joinpath(name).read_text(encoding="utf-8")
    return csv.DictReader(StringIO(text))

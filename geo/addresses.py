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

from geo.address_names import Codes, District, FormerDistrict, names_of
from geo.address_reading import Chain, chains
from geo.address_text import LONGEST, is_free, plain

Status = Literal["understood", "ambiguous", "not_understood"]


@dataclass(frozen=True, slots=True)
class Understood:
    """What an address says.

    `adcode`: today's code when understood. `candidates`: today's codes when ambiguous, sorted. `rest`: what stands behind the last name
    that was read. `why`: "current", "former", "several_cities", "split", "two_addresses", "contradiction", "no_district" or "no_name".
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
        self._today = {each.adcode: each.today for each in gone if each.adcode} | {code: (code,) for code in self._districts}
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
        found: Codes | None = None
        first: Chain | None = None
        scope: Codes | None = None  # a city named in full before, with other words between
        end = 0
        for chain in chains(self._names, signs):
            free = is_free(signs, chain.start)
            if chain.found is None:
                if first is None:
                    end = chain.end
                    if chain.clash:
                        return _not_understood(_rest(text, end), chain.clash)
                    if chain.strong and chain.once_under is not None:
                        scope = chain.once_under if scope is None else scope & chain.once_under
            elif first is not None and found is not None:
                if chain.found & found:
                    found &= chain.found
                elif chain.strong or (free and not chain.vague):
                    return _ambiguous(found | chain.found, _rest(text, end), "two_addresses")
            elif scope is not None and not chain.found & scope:
                if chain.parents or (free and not chain.vague):
                    return _not_understood(_rest(text, end), "contradiction")
            elif scope is not None or chain.parents or free:
                first, end = chain, chain.end
                found = chain.found if scope is None else chain.found & scope
                if chain.rivals:
                    return _ambiguous(found | chain.rivals, _rest(text, end), "two_addresses")
        if first is None or found is None:
            return _not_understood(_rest(text, end), "no_district" if end else "no_name")
        if first.clash:
            return _not_understood(_rest(text, end), first.clash)
        return self._said(first, found, _rest(text, end))

    def _said(self, chain: Chain, found: Codes, rest: str) -> Understood:
        if len(found) == 1:
            (code,) = found
            return Understood("understood", code, (), rest, "former" if chain.former else "current")
        cities = {(self._districts[code].city, self._districts[code].province) for code in found}
        return _ambiguous(found, rest, "split" if chain.former and len(cities) == 1 else "several_cities")


def _ambiguous(codes: Codes, rest: str, why: str) -> Understood:
    return Understood("ambiguous", None, tuple(sorted(codes)), rest, why)


def _not_understood(rest: str, why: str) -> Understood:
    return Understood("not_understood", None, (), rest, why)


def _rest(text: str, end: int) -> str:
    rest = text[end:LONGEST]
    return rest[len(rest) - len(plain(rest).lstrip()) :].rstrip()


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

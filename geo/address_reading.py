"""Reads chains of names in an address: 浙江省杭州市 余杭区 is one chain (pure)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from geo.address_names import NOWHERE, Codes, Name, Names
from geo.address_text import is_now, is_other_word, is_road, is_thing, is_town, may_begin

# Words between the parts that name nothing.
_FILLER = re.compile(
    "市辖区|省直辖县级行政(?:区划|单位)|自治区直辖县级行政(?:区划|单位)|省直辖行政单位|直辖县|省直辖|县(?=[^城级])|"
    "(?:国家级)?(?:高新|经济|经开|新)?(?:技术)?(?:产业)?(?:开发)?区"
)
_WRONG_ENDING = re.compile("[区县市](?!场)")


@dataclass(slots=True)
class Chain:
    """Names side by side, and what they mean together."""

    start: int
    end: int = 0
    under: Codes | None = None  # what the parents hold, today
    once_under: Codes | None = None  # and in former times
    found: Codes | None = None  # the district
    former: bool = False
    strong: bool = False  # a parent was written in full
    parents: int = 0
    direct: bool = False  # a short parent with a district in full behind it
    vague: bool = False
    clash: str = ""
    rivals: Codes = NOWHERE  # another district of the same chain
    instead: Codes | None = None  # `found` was 巢湖市, which was a parent too

    def within(self, name: Name) -> tuple[Codes, bool]:
        """What a name of a district means here, and whether in former times."""
        if self.under is None or self.once_under is None:
            return name.bare, not name.today
        for scope in (self.under, self.once_under):
            if today := name.today & scope:
                return today, False
            if former := name.former & scope:
                return former, True
        return NOWHERE, False


def chains(names: Names, text: str) -> Iterator[Chain]:
    """The chains of a text, left to right."""
    at, last, lengths = 0, len(text) - 1, names.lengths
    before: Chain | None = None
    while at < last:
        if text[at : at + 2] in lengths:
            chain = _renamed(names, text, at, before) or _chain(names, text, Chain(at), may_begin(text, at))
            if chain is not None:
                yield chain
                at, before = chain.end, chain
                continue
        at += 1


def _renamed(names: Names, text: str, at: int, before: Chain | None) -> Chain | None:
    """余杭区(现临平): what is meant now, in the same city, where a short name will do."""
    if before is None or not is_now(text, at):
        return None
    chain = _chain(names, text, Chain(at, under=before.under, once_under=before.once_under), False)
    return chain if chain is not None and chain.found is not None else None


def _chain(names: Names, text: str, chain: Chain, free: bool) -> Chain | None:
    at = chain.start
    while True:
        step = _name_at(names, text, at, chain, free)
        if step is None:
            filler = _FILLER.match(text, at) if chain.end else None
            if filler is None:
                break
            at = _skip(text, filler.end())
            continue
        name, end = step
        if not _take(chain, name):
            break
        chain.end = end
        at = _skip(text, end)
    return chain if chain.end else None


def _skip(text: str, at: int) -> int:
    size = len(text)
    while at < size and text[at] == " ":
        at += 1
    return at


def _name_at(names: Names, text: str, at: int, chain: Chain, free: bool) -> tuple[Name, int] | None:
    """The longest name that begins here and can be meant."""
    for length in names.lengths.get(text[at : at + 2], ()):
        word, end = text[at : at + length], at + length
        name = names.full.get(word)
        if name is not None and not is_other_word(text, end):
            if chain.end or not name.vague or not _is_vague_thing(text, end, name):
                return name, end
            continue  # 西区, 城区街道, 老城区火锅
        name = names.short.get(word)
        if name is None or not (
            free or chain.end or chain.under is not None or _district_at(names, text, end, name)[1]
        ):
            continue
        meant = _short(names, text, end, name, chain)
        if meant is not None or (chain.under is not None and chain.within(name)[0]):
            return meant  # 武陵源路 is a road, and 武陵 no name in it
    return None


def _is_vague_thing(text: str, end: int, name: Name) -> bool:
    return (
        name.slight or is_road(text, end) or is_town(text, end) or (len(name.bare) == 1 and is_thing(text, end, True))
    )


def _short(names: Names, text: str, end: int, name: Name, chain: Chain) -> tuple[Name, int] | None:
    """A short name counts as a parent when no road is named by it, as a district only behind its parent."""
    if chain.found is not None:
        return _short_again(names, text, end, name, chain)
    if name.under and _is_parent(chain, name):
        itself = chain.within(name)[0] == _common(chain, name)  # 东莞 has no districts
        if not (is_thing if itself else is_road)(text, end) or _district_at(names, text, end, name)[0]:
            return name, end
    if chain.under is None or not chain.within(name)[0]:
        return None
    ending = _WRONG_ENDING.match(text, end)  # 宁海区 for 宁海县
    if ending:
        return name, ending.end()
    return None if is_thing(text, end, len(name.today) > 1) else (name, end)


def _is_parent(chain: Chain, name: Name) -> bool:
    """Whether a short name of a province or city says something new here, or again what is known."""
    if chain.once_under is None:
        return True
    return bool(_common(chain, name)) and not (name.today and chain.once_under <= name.once_under)


def _common(chain: Chain, name: Name) -> Codes:
    """What a parent holds of what the chain holds so far."""
    return name.once_under if chain.once_under is None else chain.once_under & name.once_under


def _short_again(names: Names, text: str, end: int, name: Name, chain: Chain) -> tuple[Name, int] | None:
    """Behind a district a short parent counts with a district of its own: 江北区宁波大学 goes on with a university."""
    district, full, behind = _district_at(names, text, end, name)
    if not district or chain.found is None or not (full or not is_thing(text, behind)):
        return None
    if not district & chain.found:
        chain.rivals = district
    return (name, end) if full and district & chain.found else None


def _district_at(names: Names, text: str, at: int, parent: Name) -> tuple[Codes, bool, int]:
    """What district of that parent begins here, whether in full, and where it ends: 台州路桥区 is no road."""
    for length in names.lengths.get(text[at : at + 2], ()):
        word = text[at : at + length]
        for name in (names.full.get(word), names.short.get(word)):
            if name and (found := name.today & parent.under):
                return found, name.full, at + length
    return NOWHERE, False, at


def _take(chain: Chain, name: Name) -> bool:
    """Adds a name to the chain; False when the chain ends before it."""
    district, former = chain.within(name)
    parent = _common(chain, name)
    if chain.instead is not None and district and not district & (chain.found or NOWHERE):
        chain.found = None  # 巢湖市庐江县
    chain.instead = None
    if name.once_under and not (district and (not parent or chain.found)):
        return _take_parent(chain, name, parent, district)
    return _take_district(chain, name, district, former)


def _take_parent(chain: Chain, name: Name, parent: Codes, district: Codes) -> bool:
    if chain.found is not None:
        if not chain.found & name.once_under:
            chain.clash = "contradiction"  # another address begins
            return False
        if len(chain.found) > 1 and chain.found & name.under:
            chain.found &= name.under
    elif not parent:
        chain.clash = "contradiction" if chain.strong or name.full else ""
        return False
    else:
        chain.under = name.under if chain.under is None else chain.under & name.under
        chain.once_under = parent
        if district and (name.full or district == parent):
            chain.found, chain.instead = district, district
    chain.parents += 1
    chain.strong |= name.full
    return True


def _take_district(chain: Chain, name: Name, district: Codes, former: bool) -> bool:
    if chain.found is None:
        if not district:
            chain.clash = "" if name.vague else "contradiction"
            return False
        chain.found, chain.former, chain.vague = district, former, name.vague
        chain.direct = chain.parents > 0 and name.full
        return True
    everything = name.today | name.former
    if chain.found & everything:
        chain.found &= everything
        return True
    if not name.vague:
        chain.rivals = district or name.bare
    return False

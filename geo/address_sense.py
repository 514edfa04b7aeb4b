"""What the chains of one address say together (pure)."""

from dataclasses import dataclass

from geo.address_names import NOWHERE, Codes
from geo.address_reading import Chain


@dataclass(slots=True)
class Sense:
    """Fed with the chains of a text, left to right."""

    found: Codes = NOWHERE
    former: bool = False
    scope: Codes | None = None  # a city named in full, with other words behind it
    end: int = 0  # behind the last name that was read
    parent: Chain | None = None  # the last chain, when it named no district
    clash: str = ""  # a parent that contradicts the district; a second address may still follow
    doubt: str = ""  # settled: nothing certain, whatever follows

    def take(self, chain: Chain, free: bool, opening: bool, when: str = "") -> None:
        """`free`: the chain stands by itself; `opening`: nothing stands before it; `when`: "now" or "once" is said."""
        if chain.found is None:
            self._parents(chain)
        elif self.found:
            self._again(chain, chain.found, free, when)
        else:
            self._first(chain, chain.found, free, opening)

    def _parents(self, chain: Chain) -> None:
        if self.found:
            return
        self.end, self.parent = chain.end, chain
        self.doubt = chain.clash
        # 重庆小面 says nothing; 重庆市 does, even with a street behind it.
        if chain.strong and chain.once_under is not None:
            self.scope = chain.once_under if self.scope is None else self.scope & chain.once_under

    def _first(self, chain: Chain, found: Codes, free: bool, opening: bool) -> None:
        certain = chain.parents > 0 or (free and not chain.vague)
        if (self.scope is not None and not found & self.scope) or self._other_city(chain, found):
            self.doubt = "contradiction" if certain else ""
        elif certain or opening or (self.scope is not None and (free or not chain.vague)):
            self.found = found if self.scope is None else found & self.scope
            self.former, self.end, self.clash = chain.former, chain.end, chain.clash
            if chain.rivals:
                self.found |= chain.rivals
                self.doubt = "two_addresses"

    def _other_city(self, chain: Chain, found: Codes) -> bool:
        """上海杭州西湖区: a city, and at once another with its district."""
        before = self.parent
        return before is not None and before.end == chain.start and not found & (before.once_under or NOWHERE)

    def _again(self, chain: Chain, found: Codes, free: bool, when: str) -> None:
        near = found & self.found or (when and _cities(found) == _cities(self.found))
        if near and when == "now":
            self.found, self.former, self.end = found & self.found or found, chain.former, chain.end
        elif near:
            self.found = found & self.found or self.found
        elif chain.strong or when == "now" or (free and (chain.direct or not chain.vague)):
            self.found |= found
            self.doubt = "two_addresses"


def _cities(codes: Codes) -> set[str]:
    return {code[:4] for code in codes}

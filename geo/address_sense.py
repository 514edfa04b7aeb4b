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
    clash: str = ""  # a parent that contradicts the district; a second address may still follow
    doubt: str = ""  # settled: nothing certain, whatever follows

    def take(self, chain: Chain, free: bool, opening: bool) -> None:
        """`free`: the chain stands by itself; `opening`: nothing stands before it."""
        if chain.found is None:
            self._parents(chain)
        elif self.found:
            self._again(chain, chain.found, free)
        else:
            self._first(chain, chain.found, free, opening)

    def _parents(self, chain: Chain) -> None:
        if self.found:
            return
        self.end = chain.end
        self.doubt = chain.clash
        # 重庆小面 says nothing; 重庆市 does, even with a street behind it.
        if chain.strong and chain.once_under is not None:
            self.scope = chain.once_under if self.scope is None else self.scope & chain.once_under

    def _first(self, chain: Chain, found: Codes, free: bool, opening: bool) -> None:
        certain = chain.parents > 0 or (free and not chain.vague)
        if self.scope is not None and not found & self.scope:
            self.doubt = "contradiction" if certain else ""
        elif certain or opening or (self.scope is not None and (free or not chain.vague)):
            self.found = found if self.scope is None else found & self.scope
            self.former, self.end, self.clash = chain.former, chain.end, chain.clash
            if chain.rivals:
                self.found |= chain.rivals
                self.doubt = "two_addresses"

    def _again(self, chain: Chain, found: Codes, free: bool) -> None:
        if found & self.found:
            self.found &= found
        elif chain.strong or (free and not chain.vague):
            self.found |= found
            self.doubt = "two_addresses"

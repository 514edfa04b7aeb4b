"""The network's numbers as dated data (DESIGN law 12): all editions, and which one applies when.

Pure but for `packaged_texts()`, which reads the editions shipped inside this package: the one place of a pure
file that may read anything, because package data is part of the code. Later editions are approved rows; the
edge hands their text to `read_edition` and puts the result into a `Book`.
"""

from bisect import bisect_right
from collections.abc import Iterable
from datetime import date, datetime
from importlib.resources import files

from basics.days import day_of
from rulebook.edition import Country, DutyHours, Edition, EditionError, Reason
from rulebook.reader import read_edition

__all__ = ["Book", "Country", "DutyHours", "Edition", "EditionError", "Reason", "packaged", "read_edition"]


class Book:
    """All editions that were ever in force, and which one applies when."""

    def __init__(self, editions: Iterable[Edition]) -> None:
        """ValueError when there is none, or when two have one name or one effective day."""
        self.editions = tuple(sorted(editions, key=lambda edition: edition.effective))
        self._days = [edition.effective for edition in self.editions]
        if not self.editions:
            raise ValueError("a book needs at least one edition")
        names = {edition.name for edition in self.editions}
        if len(names) < len(self.editions) or len(set(self._days)) < len(self.editions):
            raise ValueError("two editions of one name or one effective day")

    def edition_on(self, day: date) -> Edition:
        """The edition in force on a Shanghai day.

        Days before the first edition get the first: something must apply.
        """
        return self.editions[max(0, bisect_right(self._days, day) - 1)]

    def at(self, instant: datetime) -> Edition:
        """The edition in force at an aware instant."""
        return self.edition_on(day_of(instant))

    def tariff(self, kind: str, happened_at: datetime) -> Edition:
        """The edition whose fine counts for a violation that happened then: the one in force, or the last before it
        that knew this kind, for a clock that began under it. KeyError when there is none."""
        for edition in reversed(self.editions[: max(1, bisect_right(self._days, day_of(happened_at)))]):
            if kind in edition.fines:
                return edition
        raise KeyError(kind)

    def named(self, name: str) -> Edition:
        """The edition that a stored result names. KeyError when there is none."""
        for edition in self.editions:
            if edition.name == name:
                return edition
        raise KeyError(name)


def packaged() -> Book:
    """The editions shipped with the product (reads package data, see the head of this file)."""
    return Book(read_edition(text) for text in packaged_texts())


def packaged_texts() -> list[str]:
    """Their texts, in no order."""
    shipped = files("rulebook").joinpath("editions").iterdir()
    return [entry.read_bytes().decode("utf-8") for entry in shipped if entry.name.endswith(".toml")]

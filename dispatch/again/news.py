"""Which failed orders hear that their sender ordered again, or did not after all (VIO-2).

A failed order keeps one such order: of those that are picked up, made after the failure and within the edition's time
of it, the one that was made first. So whatever comes in whichever order, it ends with the same one, and its log stays
short however much one sender sends.
"""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from dispatch.batch import Turn
from dispatch.facts import Event
from dispatch.facts_of_life import Again, sender_phone
from dispatch.life import Life
from rulebook.book import Book


class Collected:
    """Picked up orders by their sender's phone, those of one phone by when they were made."""

    def __init__(self, rows: Iterable[tuple[str, Again]] = ()) -> None:
        self._of: dict[str, list[Again]] = {}
        for phone, order in sorted(rows, key=lambda row: row[1]):
            self._of.setdefault(phone, []).append(order)

    def turn(self, turn: Turn) -> None:
        """Take over what was told of one order. What is there, or gone, already stays so."""
        order = _made(turn.life)
        if turn.was is not None and (place := self._place(turn.was, order)) is not None:
            del self._of[turn.was][place]
        if turn.now is not None and self._place(turn.now, order) is None:
            insort(self._of.setdefault(turn.now, []), order)

    def first(self, phone: str, after: datetime, until: datetime) -> Again | None:
        """The order of this phone that was made first after `after`, and not after `until`."""
        orders = self._of.get(phone, [])
        place = bisect_right(orders, after, key=lambda order: order.created_at)
        return orders[place] if place < len(orders) and orders[place].created_at <= until else None

    def _place(self, phone: str, order: Again) -> int | None:
        orders = self._of.get(phone, [])
        place = bisect_left(orders, order)
        return place if place < len(orders) and orders[place] == order else None


def news(
    turned: Iterable[Turn], failed: Mapping[str, Sequence[Life]], collected: Collected, book: Book
) -> Iterator[tuple[Life, Event]]:
    """What to log, one after the other: each is to be applied before the next is asked for.

    `failed`: by the sender's phone, orders failed as cancelled by the customer. `collected`: as things stood before
    `turned`, and afterwards as they stand; needed only where one of them is no longer picked up.
    """
    for turn in turned:
        collected.turn(turn)
        told = _made(turn.life)
        if turn.was is not None:
            for life in failed.get(turn.was, ()):
                if life.again == told:
                    yield life, _fell(told, turn.at)
                    yield from _first(life, turn.was, turn.at, collected, book)
        if turn.now is not None:
            for life in failed.get(turn.now, ()):
                if _concerns(life, told.created_at, book) and (life.again is None or told < life.again):
                    yield life, _ordered(told, turn.at)


def known_already(cancelled: Iterable[Life], collected: Collected, book: Book) -> Iterator[tuple[Life, Event]]:
    """What a new failure was not told: while it waited for its turn its sender ordered again and that was picked up."""
    for life in cancelled:
        phone = sender_phone(life.view().content)
        if life.again is None and phone is not None:
            yield from _first(life, phone, life.events[-1].recorded_at, collected, book)


def _first(life: Life, phone: str, at: datetime, collected: Collected, book: Book) -> Iterator[tuple[Life, Event]]:
    failed = life.failed
    if failed and (told := collected.first(phone, failed.at, failed.at + book.at(failed.at).order_again)):
        yield life, _ordered(told, at)


def _made(life: Life) -> Again:
    return Again(life.created_at, life.channel, life.logistics_no)


def _fell(told: Again, at: datetime) -> Event:
    data = {"channel": told.channel, "logistics_no": told.logistics_no}
    return Event("ordered_again_fell", at, at, "system", data)


def _ordered(told: Again, at: datetime) -> Event:
    created_at = told.created_at.isoformat()
    data = {"channel": told.channel, "logistics_no": told.logistics_no, "created_at": created_at}
    return Event("ordered_again", at, at, "system", data)


def _concerns(life: Life, created_at: datetime, book: Book) -> bool:
    """After the failure, and up to the edition's time later; that instant included."""
    failed = life.failed
    return failed is not None and failed.at < created_at <= failed.at + book.at(failed.at).order_again

"""Which failed orders hear that their sender ordered again, or did not after all (VIO-2).

A failed order keeps one such order: of those that are picked up, made after the failure and within the edition's time
of it, the one that was made first. So whatever comes in whichever order, it ends with the same one, and its log stays
short however much one sender sends.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from dispatch.batch import Key, Turn
from dispatch.facts import Event
from dispatch.facts_of_life import Again
from dispatch.life import Life
from rulebook.book import Book

Collected = dict[Key, tuple[str, datetime]]  # picked up orders: the sender's phone, and when it was made


def news(
    turned: Iterable[Turn], failed: Mapping[str, Sequence[Life]], collected: Collected, book: Book
) -> Iterator[tuple[Life, Event]]:
    """What to log, one after the other: each is to be applied before the next is asked for.

    `failed`: by the sender's phone, orders failed as cancelled by the customer. `collected`: as things stood before
    `turned`; needed only where one of them is no longer picked up.
    """
    for turn in turned:
        key = (turn.life.channel, turn.life.logistics_no)
        collected.pop(key, None)
        if turn.now is not None:
            collected[key] = (turn.now, turn.life.created_at)
        if turn.was is not None:
            for life in failed.get(turn.was, ()):
                yield from _fallen(life, turn, collected, book)
        if turn.now is not None:
            told = Again(turn.life.created_at, *key)
            for life in failed.get(turn.now, ()):
                if _concerns(life, told.created_at, book) and (life.again is None or told < life.again):
                    yield life, _ordered(told, turn.at)


def _fallen(life: Life, turn: Turn, collected: Collected, book: Book) -> Iterator[tuple[Life, Event]]:
    told = Again(turn.life.created_at, turn.life.channel, turn.life.logistics_no)
    if life.again != told:
        return
    data = {"channel": told.channel, "logistics_no": told.logistics_no}
    yield life, Event("ordered_again_fell", turn.at, turn.at, "system", data)
    left = [
        Again(created_at, *key)
        for key, (phone, created_at) in collected.items()
        if phone == turn.was and _concerns(life, created_at, book)
    ]
    if left:
        yield life, _ordered(min(left), turn.at)


def _ordered(told: Again, at: datetime) -> Event:
    created_at = told.created_at.isoformat()
    data = {"channel": told.channel, "logistics_no": told.logistics_no, "created_at": created_at}
    return Event("ordered_again", at, at, "system", data)


def _concerns(life: Life, created_at: datetime, book: Book) -> bool:
    """After the failure, and up to the edition's time later; that instant included."""
    failed = life.failed
    return failed is not None and failed.at < created_at <= failed.at + book.at(failed.at).order_again

"""Many threads bring one thing each; one worker handles all that are there in one go (DESIGN law 9, RELIABILITY D1).

A transaction costs the same for one push as for thirty: whoever comes while one is being written goes into the next.
Nobody waits for company: a push that comes alone is handled alone.
"""

from collections import deque
from collections.abc import Callable, Sequence
from threading import Event, Lock, Thread
from typing import Generic, TypeVar

Thing = TypeVar("Thing")
Result = TypeVar("Result")


class TooLong(Exception):
    """Nothing had come of a thing in time. If it was begun it may still be done: whoever brings it again must then be
    told the same."""


class Crowded(Exception):
    """Too many things wait already."""


class _Ticket(Generic[Thing, Result]):
    """One thing on its way, and what came of it."""

    def __init__(self, thing: Thing) -> None:
        self.thing = thing
        self.done = Event()
        self.given_up = False
        self.result: Result | None = None
        self.error: Exception | None = None


class Gathering(Generic[Thing, Result]):
    """`handle` takes things in the order they came and gives a result for each, or raises and has done nothing.

    `hopeless` says of an exception that trying the things one by one is of no use.
    """

    def __init__(
        self,
        handle: Callable[[Sequence[Thing]], Sequence[Result]],
        hopeless: Callable[[Exception], bool],
        most: int = 64,
        longest_queue: int = 1_000,
    ) -> None:
        self._handle, self._hopeless, self._most, self._longest = handle, hopeless, most, longest_queue
        self._lock = Lock()
        self._waiting: deque[_Ticket[Thing, Result]] = deque()
        self._working = False

    def take(self, thing: Thing, patience: float) -> Result:
        """What came of it. Raises what `handle` raised for it, TooLong after `patience` seconds, and Crowded."""
        ticket: _Ticket[Thing, Result] = _Ticket(thing)
        with self._lock:
            if len(self._waiting) >= self._longest:
                raise Crowded
            self._waiting.append(ticket)
            start, self._working = not self._working, True
        if start:  # a thread for as long as there is work: it must not be made before a server forks
            try:
                Thread(target=self._work, name="lanshou-gathering", daemon=True).start()
            except RuntimeError:  # no thread to be had (F-06): then this one does it
                self._work()
        if not ticket.done.wait(patience):
            with self._lock:
                ticket.given_up = True
            raise TooLong
        if ticket.error is not None:
            raise ticket.error
        return ticket.result  # type: ignore[return-value]

    def _work(self) -> None:
        while lot := self._next():
            self._settle(lot)

    def _next(self) -> "list[_Ticket[Thing, Result]]":
        """The next lot. A thing that was given up before it began is left: news may have come after it."""
        lot: list[_Ticket[Thing, Result]] = []
        with self._lock:
            while self._waiting and len(lot) < self._most:
                ticket = self._waiting.popleft()
                if not ticket.given_up:
                    lot.append(ticket)
            self._working = bool(lot)
        return lot

    def _settle(self, lot: "Sequence[_Ticket[Thing, Result]]") -> None:
        try:
            results = self._handle([ticket.thing for ticket in lot])
            for ticket, result in zip(lot, results, strict=True):
                ticket.result = result
        except Exception as error:
            if len(lot) > 1 and not self._hopeless(error):
                for ticket in lot:  # one of them spoils it for all
                    self._settle([ticket])
                return
            for ticket in lot:
                ticket.error = error
        for ticket in lot:
            ticket.done.set()

"""Many threads bring one thing each; one of them handles all that are there in one go (DESIGN law 9, RELIABILITY D1).

A transaction costs the same for one push as for thirty: whoever comes while one is being written waits for the next.
Nobody waits for company: a push that comes alone is handled alone.
"""

from collections import deque
from collections.abc import Callable, Sequence
from threading import Event, Lock
from typing import Generic, TypeVar

Thing = TypeVar("Thing")
Result = TypeVar("Result")


class _Ticket(Generic[Thing, Result]):
    """One thing on its way: what came of it, or the call to handle the next lot."""

    def __init__(self, thing: Thing) -> None:
        self.thing = thing
        self.moved = Event()
        self.leads = False
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
    ) -> None:
        self._handle, self._hopeless, self._most = handle, hopeless, most
        self._lock = Lock()
        self._waiting: deque[_Ticket[Thing, Result]] = deque()
        self._busy = False

    def take(self, thing: Thing) -> Result:
        """What came of it. Raises what `handle` raised for it."""
        ticket: _Ticket[Thing, Result] = _Ticket(thing)
        with self._lock:
            self._waiting.append(ticket)
            if not self._busy:
                self._busy = ticket.leads = True
        if not ticket.leads:
            ticket.moved.wait()
        if ticket.leads:
            self._lead()
        if ticket.error is not None:
            raise ticket.error
        return ticket.result  # type: ignore[return-value]

    def _lead(self) -> None:
        """Handle one lot, mine in front, and call the next leader."""
        with self._lock:
            lot = [self._waiting.popleft() for _ in range(min(self._most, len(self._waiting)))]
        try:
            self._settle(lot)
        finally:
            with self._lock:
                following = self._waiting[0] if self._waiting else None
                self._busy = following is not None
                if following is not None:
                    following.leads = True
            for ticket in lot[1:]:
                ticket.moved.set()
            if following is not None:
                following.moved.set()

    def _settle(self, lot: Sequence[_Ticket[Thing, Result]]) -> None:
        try:
            for ticket, result in zip(lot, self._handle([ticket.thing for ticket in lot]), strict=True):
                ticket.result = result
        except Exception as error:
            if len(lot) == 1 or self._hopeless(error):
                for ticket in lot:
                    ticket.error = error
                return
            for ticket in lot:  # one of them spoils it for all
                self._settle([ticket])
        except BaseException as stop:  # the process is being ended: nobody may be left waiting
            for ticket in lot:
                ticket.error = RuntimeError(f"ended: {type(stop).__name__}")
            raise

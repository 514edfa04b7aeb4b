"""Things of many threads handled together (web/gathering.py): each gets its own result, whatever the others bring."""

import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from web.gathering import Crowded, Gathering, TooLong


class Busy(Exception):
    pass


class Handler:
    """Doubles numbers, slowly or not before it may; remembers the lots."""

    def __init__(self, pause: float = 0.0, may: threading.Event | None = None) -> None:
        self.lots: list[list[int]] = []
        self.pause, self.may = pause, may
        self.inside = 0

    def __call__(self, lot: Sequence[int]) -> list[int]:
        self.inside += 1
        assert self.inside == 1, "two at a time"
        time.sleep(self.pause)
        assert self.may is None or self.may.wait(30)
        self.inside -= 1
        self.lots.append(list(lot))
        if 13 in lot:
            raise ValueError("13")
        if 99 in lot:
            raise Busy
        return [2 * one for one in lot]


def hopeless(error: Exception) -> bool:
    return isinstance(error, Busy)


def test_each_of_many_gets_its_own_in_few_lots() -> None:
    handler = Handler(0.01)
    gathering = Gathering(handler, hopeless)
    with ThreadPoolExecutor(64) as pool:
        found = list(pool.map(lambda one: gathering.take(one, 10), range(1000, 1640)))
    assert found == [2 * one for one in range(1000, 1640)]
    assert sorted(one for lot in handler.lots for one in lot) == list(range(1000, 1640))
    assert len(handler.lots) < 320
    assert max(map(len, handler.lots)) <= 64


def test_one_alone_is_handled_alone_and_its_worker_ends() -> None:
    handler = Handler()
    gathering = Gathering(handler, hopeless)
    assert gathering.take(1, 10) == 2
    assert gathering.take(2, 10) == 4
    assert handler.lots == [[1], [2]]
    for thread in threading.enumerate():
        if thread.name == "lanshou-gathering":
            thread.join(5)
            assert not thread.is_alive()


def test_f_15_one_that_spoils_its_lot_harms_no_other() -> None:
    handler = Handler(0.05)
    gathering = Gathering(handler, hopeless)

    def take(one: int) -> object:
        try:
            return gathering.take(one, 10)
        except ValueError:
            return "spoiled"

    with ThreadPoolExecutor(20) as pool:
        found = list(pool.map(take, range(1, 21)))
    assert found == ["spoiled" if one == 13 else 2 * one for one in range(1, 21)]
    assert [13] in handler.lots


def test_f_26_when_the_database_is_away_nobody_is_tried_alone() -> None:
    handler = Handler(0.05)
    gathering = Gathering(handler, hopeless)

    def take(one: int) -> bool:
        try:
            gathering.take(one, 10)
        except Busy:
            return True
        return False

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(take, [99] * 8))
    assert len(handler.lots) <= 3


def test_b_52_who_waits_too_long_is_told_so_and_the_thing_is_done_once() -> None:
    handler = Handler(may=threading.Event())
    gathering = Gathering(handler, hopeless)
    with pytest.raises(TooLong):
        gathering.take(5, 0.05)
    assert handler.inside == 1 and handler.lots == []  # he is told while it is still being done
    assert handler.may is not None
    handler.may.set()
    assert gathering.take(6, 10) == 12
    assert handler.lots == [[5], [6]]


def test_chan_3_a_thing_given_up_before_it_began_is_left() -> None:
    """Its sender was told to try again: done later it might undo what he said meanwhile."""
    handler = Handler(0.3)
    gathering = Gathering(handler, hopeless)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(gathering.take, 1, 10)
        time.sleep(0.1)
        with pytest.raises(TooLong):
            gathering.take(2, 0.05)
        assert first.result() == 2
        assert gathering.take(3, 10) == 6
    assert handler.lots == [[1], [3]]


def test_b_09_a_queue_has_an_end() -> None:
    gathering = Gathering(Handler(0.3), hopeless, longest_queue=1)
    with ThreadPoolExecutor(3) as pool:
        first = pool.submit(gathering.take, 1, 10)
        time.sleep(0.1)
        second = pool.submit(gathering.take, 2, 10)
        time.sleep(0.1)
        with pytest.raises(Crowded):
            gathering.take(3, 10)
        assert (first.result(), second.result()) == (2, 4)


def test_f_06_without_a_thread_to_be_had_the_caller_works(monkeypatch: pytest.MonkeyPatch) -> None:
    def none_left(_self: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    gathering = Gathering(Handler(), hopeless)
    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", none_left)
        assert gathering.take(1, 10) == 2
    assert gathering.take(2, 10) == 4

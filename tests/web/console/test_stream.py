"""How open desks hear of changes: the number, its address without a statement on orders, the stream (decision 17)."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import Engine, event, select

from dispatch.desks.actions import FOLD_AT, fold, rise
from dispatch.desks.queries import numbers
from storage.session import reading, writing
from storage.tables.dispatch import desk_changes
from tests.web.conftest import Visitor
from tests.web.console.conftest import Land, local
from web.stream import WATCHER
from web.watcher import PER_USER, Watcher

As = Callable[[str], Visitor]
SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
STATIONS = ("HZ01", "HZ01A", "HZ02", "HZ03")
ASK = {"Accept": "application/json"}


def known(land: Land) -> dict[str, int]:
    with reading(land.engine) as conn:
        return {one: number for one, number in numbers(conn, STATIONS).items() if number}


def test_the_number_rises_with_what_the_desk_shows(land: Land) -> None:
    """Holder before and after, once a batch, for a sweep too; no other desk, and not for what was refused."""
    land.order("KD1", local("09:00"))
    land.order("KD2", local("09:00"), "HZ03")
    assert known(land) == {"HZ01": 1, "HZ03": 1}
    land.transfer("KD1", "HZ01", local("09:01"), "HZ02")
    assert known(land) == {"HZ01": 2, "HZ02": 1, "HZ03": 1}
    land.accept("KD1", "HZ02", local("09:05"))
    assert known(land)["HZ02"] == 2
    land.sweep(local("09:30"))
    assert known(land)["HZ03"] == 1, "its deadline is not over yet"
    land.sweep(local("09:31"))
    assert known(land)["HZ03"] == 2, "late now"


def test_nobody_waits_for_another_transaction_of_his_station(land: Land) -> None:
    """Two acts at one station that are not committed yet; each shows when it is."""
    if land.engine.dialect.name != "postgresql":
        pytest.skip("ONE WRITER AT A TIME: SQLite has no such moment")
    with land.engine.begin() as one:
        rise(one, ["HZ01"])
        with land.engine.begin() as other:
            other.exec_driver_sql("SET LOCAL lock_timeout = '100ms'")
            rise(other, ["HZ01", "HZ02"])
        assert known(land) == {"HZ01": 1, "HZ02": 1}
    assert known(land) == {"HZ01": 2, "HZ02": 1}


def test_folding_changes_no_number(land: Land) -> None:
    for time in range(FOLD_AT + 5):
        with writing(land.engine) as conn:
            rise(conn, ["HZ01", "HZ02"] if time < 3 else ["HZ01"])
    before = known(land)
    with writing(land.engine) as conn:
        assert fold(conn) == FOLD_AT + 5
    with reading(land.engine) as conn:
        rows = conn.execute(select(desk_changes.c.station)).scalars().all()
    assert (known(land), sorted(rows)) == (before, ["HZ01", "HZ02", "HZ02", "HZ02"])
    with writing(land.engine) as conn:
        assert fold(conn) == 0


@SQLITE
def test_the_fullest_are_folded_first(land: Land, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dispatch.desks.actions.MOST", 1)
    with writing(land.engine) as conn:
        for time in range(FOLD_AT + 5):
            rise(conn, ["HZ02"] if time < 5 else ["HZ01", "HZ02"])
        assert [fold(conn), fold(conn), fold(conn)] == [FOLD_AT + 5, FOLD_AT, 0]


@SQLITE
def test_a_transaction_that_is_undone_raises_nothing(land: Land) -> None:
    land.order("KD1", local("09:00"))
    with pytest.raises(ZeroDivisionError), land.engine.begin() as conn:
        rise(conn, ["HZ01", "HZ02"])
        raise ZeroDivisionError
    assert known(land) == {"HZ01": 1}


def statements(engine: Engine, into: list[str]) -> Callable[..., None]:
    def note(_conn: object, _cursor: object, statement: str, *_: object) -> None:
        into.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    return note


def asker(visitor: Visitor) -> dict[str, str]:
    """The headers with which the page of this desk asks."""
    found = re.search(r'data-token="([^"]+)"', visitor.get("/desk").text)
    assert found
    return {"Accept": "application/json", "X-Desk-Token": found[1]}


def test_asking_touches_no_order(land: Land, as_: As, app: Flask, watcher: Watcher) -> None:
    """304 to whoever knows the number: one small statement for the first who asks, none for the others."""
    watcher._thread = watcher  # type: ignore[assignment] # the test looks itself
    land.order("KD1", local("09:00"))
    ask, nobody = asker(as_("hz01")), app.test_client()
    seen: list[str] = []
    note = statements(land.engine, seen)
    first = nobody.get("/desk/changes", headers=ask)
    assert (first.status_code, first.json, first.headers["Cache-Control"]) == (200, {"number": 1}, "no-store")
    assert [re.findall(r"(?:FROM|JOIN|INTO|UPDATE) (\w+)", text) for text in seen if "FROM" in text] == [
        ["desk_changes"]
    ]
    watcher.look(["HZ01", "HZ01A"])
    seen.clear()
    again = nobody.get("/desk/changes", headers=ask | {"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data, seen) == (304, b"", [])
    event.remove(land.engine, "before_cursor_execute", note)
    land.order("KD2", local("09:01"))
    watcher.look(["HZ01", "HZ01A"])
    assert nobody.get("/desk/changes", headers=ask | {"If-None-Match": first.headers["ETag"]}).json == {"number": 2}


def test_whose_number(land: Land, as_: As, app: Flask) -> None:
    """ROLE-1: one's own and one's contracted areas'; of others there is none, and without a token nothing."""
    land.order("KD1", local("09:00"), "HZ01A")
    above, below, nobody = asker(as_("hz01")), asker(as_("hz01a")), app.test_client()
    assert nobody.get("/desk/changes", headers=above).json == {"number": 1}
    assert nobody.get("/desk/changes?station=HZ01A", headers=above).json == {"number": 1}
    assert nobody.get("/desk/changes?station=HZ01", headers=below).status_code == 404
    assert as_("hz01").get("/desk/changes", headers={"Accept": "application/json"}).status_code == 401


@SQLITE
def test_the_page_knows_the_number_of_its_list(land: Land, as_: As) -> None:
    land.order("KD1", local("09:00"))
    assert 'data-number="1"' in as_("hz01").get("/desk").text


@pytest.fixture
def watcher(app: Flask) -> Iterator[Watcher]:
    found = app.extensions[WATCHER]
    assert isinstance(found, Watcher)
    yield found
    assert found.open == 0, "every place is free again"


def events(answer: object) -> Iterator[str]:
    return (part.decode() for part in answer.response)  # type: ignore[attr-defined]


@SQLITE
def test_a_stream_tells_the_number_and_each_change(land: Land, as_: As, watcher: Watcher) -> None:
    land.order("KD1", local("09:00"))
    answer = as_("hz01").get("/desk/stream", headers={"Accept": "text/event-stream"})
    assert answer.mimetype == "text/event-stream"
    assert (answer.headers["Cache-Control"], answer.headers["X-Accel-Buffering"]) == ("no-store", "no")
    told = events(answer)
    assert next(told).startswith("retry:")
    assert next(told) == "id: 1\ndata: 1\n\n"
    land.order("KD2", local("09:01"))
    assert next(told) == "id: 2\ndata: 2\n\n", "the watcher's thread has seen it"
    answer.close()


@SQLITE
def test_a_stream_goes_on_where_it_was(land: Land, as_: As, watcher: Watcher) -> None:
    """Last-Event-ID: what the page has heard is not told again; what came meanwhile is."""
    land.order("KD1", local("09:00"))
    answer = as_("hz01").get("/desk/stream", headers={"Last-Event-ID": "1"})
    told = events(answer)
    assert next(told).startswith("retry:")
    land.order("KD2", local("09:01"))
    assert next(told) == "id: 2\ndata: 2\n\n"
    answer.close()


@SQLITE
def test_a_stream_ends_with_its_session(land: Land, as_: As, watcher: Watcher, monkeypatch: pytest.MonkeyPatch) -> None:
    """RELIABILITY 11.2: it does not prolong the session; at its end it says so and is over."""
    monkeypatch.setattr("web.stream.ASK_AGAIN", 0.0)
    visitor = as_("hz01")
    answer = visitor.get("/desk/stream")
    told = events(answer)
    assert next(told).startswith("retry:") and next(told) == "id: 0\ndata: 0\n\n"
    land.clock.at += timedelta(hours=4)
    assert list(told) == ["event: over\ndata: \n\n"]
    answer.close()
    assert visitor.get("/desk", headers={"HX-Request": "true", "X-Background": "1"}).status_code == 401


@SQLITE
def test_streams_are_counted(land: Land, as_: As, watcher: Watcher) -> None:
    """Four of one user; the fifth gets 204 and polls. One that nobody read frees its place."""
    visitor = as_("hz01")
    open_ones = [visitor.get("/desk/stream") for _ in range(PER_USER)]
    assert {one.status_code for one in open_ones} == {200}
    assert (visitor.get("/desk/stream").status_code, watcher.open) == (204, PER_USER)
    assert as_("hz02").get("/desk/stream").status_code == 200, "another user's"
    for one in open_ones:
        one.close()
    for listener in {one for those in list(watcher._listeners.values()) for one in those}:
        watcher.leave(listener)
        watcher.leave(listener)


@SQLITE
def test_a_process_has_an_end_of_streams(engine: Engine) -> None:
    watcher = Watcher(engine, 2)
    first, second = watcher.join(1, ["HZ01"]), watcher.join(2, ["HZ01"])
    assert first and second and watcher.join(3, ["HZ01"]) is None
    watcher.leave(first)
    third = watcher.join(3, ["HZ02"])
    assert third is not None
    for one in (second, third):
        watcher.leave(one)
    assert watcher.open == 0


@SQLITE
def test_who_is_woken(engine: Engine, land: Land) -> None:
    """Only who listens to the station, and only when its number is another."""
    watcher = Watcher(engine, 10)
    watcher._thread = watcher  # type: ignore[assignment] # the test looks itself
    own, other = watcher.join(1, ["HZ01", "HZ01A"]), watcher.join(2, ["HZ02"])
    assert own and other
    watcher.look(["HZ01", "HZ01A", "HZ02"])
    own.changed.clear()
    other.changed.clear()
    land.order("KD1", local("09:00"), "HZ01A")
    watcher.look(["HZ01", "HZ01A", "HZ02"])
    assert own.changed.is_set() and not other.changed.is_set()
    own.changed.clear()
    watcher.look(["HZ01", "HZ01A", "HZ02"])
    assert not own.changed.is_set()


def test_a_desk_sounds_on_after_the_session(land: Land, as_: As, app: Flask) -> None:
    """RELIABILITY 11.2: with the page's token how many wait and whether to ring, and nothing else."""
    land.order("KD1", local("09:00"))
    found = re.search(r'data-token="([^"]+)"', as_("hz01").get("/desk").text)
    assert found
    nobody = Visitor(app.test_client())
    answer = nobody.get("/desk/waiting", headers=ASK | {"X-Desk-Token": found[1]})
    assert (answer.status_code, answer.json) == (200, {"waiting": 1, "bell": "soft"})
    for wrong in ("", found[1][:-1], found[1] + "x"):
        assert nobody.get("/desk/waiting", headers=ASK | {"X-Desk-Token": wrong}).status_code == 401
    land.clock.at = local("21:00")
    assert nobody.get("/desk/waiting", headers=ASK | {"X-Desk-Token": found[1]}).json == {"waiting": 1, "bell": ""}
    land.clock.at = local("09:00") + timedelta(hours=14)
    assert nobody.get("/desk/waiting", headers=ASK | {"X-Desk-Token": found[1]}).status_code == 401, "too old"


@SQLITE
def test_numbers_of_stations_nobody_changed(land: Land) -> None:
    with reading(land.engine) as conn:
        assert numbers(conn, ["HZ01", "HZ02"]) == {"HZ01": 0, "HZ02": 0}

"""STATEMENT-1, LEDGER-1: no entry gets lost from a statement: not on paper, not by a move of its station, not by what
is booked and closed while it is read; and no station has an account of the ledger's own."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from typing import Any

import pytest
from sqlalchemy import Connection, Engine

from basics.words import OWN_ACCOUNTS
from geo.actions import import_stations
from geo.errors import NetworkError
from geo.stations import Station
from penalties.booking.actions import post
from penalties.ledger import ADJUSTMENTS, Posting
from penalties.statements import queries
from penalties.statements.entry import Heard
from penalties.statements.queries import statement
from reports.statement import table
from reports.statement_pdf import as_pdf
from storage.session import reading, writing
from storage.tables import penalties as t
from tests.pdf import pages_of
from tests.rules.months import EAST, STATIONS, Months, at
from tests.rules.statement_scene import NAMES, by_hand, close

MOVED = replace(STATIONS[-1], parent="B")


@pytest.fixture
def months(engine: Engine) -> Iterator[Months]:
    with writing(engine) as conn:
        yield Months(conn)


def goodwill(months: Months, station: str, account: str) -> None:
    lines = ((account, -700), (ADJUSTMENTS, 700))
    one = Posting(f"request:{station}", at("1-22"), station, "", "ROLE-3", "2017-01-01", lines)
    assert post(months.conn, [one], at("1-22")) == 1


def test_a_level_2_station_with_entries_keeps_its_house(months: Months) -> None:
    """They are on the house's account, and would be on no statement of its own."""
    import_stations(months.conn, [MOVED], at("1-20"))
    import_stations(months.conn, [replace(MOVED, parent="A")], at("1-21"))
    goodwill(months, "A1", "A")
    with pytest.raises(NetworkError, match="A1") as caught:
        import_stations(months.conn, [STATIONS[0], MOVED], at("1-23"))
    assert caught.value.line == 3
    import_stations(months.conn, [replace(STATIONS[-1], name="承包区新名", duty="xinjiang")], at("1-23"))
    assert len(statement(months.conn, "A", "2026-01", "A1").entries) == 1


def test_a_level_1_station_with_an_account_stays_one(months: Months) -> None:
    """Else its balance would be nobody's to read."""
    by_hand(months, "C", 500, "1-21")
    contracted = [replace(one, level=2, parent="A") for one in STATIONS if one.code in "CD"]
    with pytest.raises(NetworkError, match="C"):
        import_stations(months.conn, contracted, at("1-23"))
    import_stations(months.conn, contracted[1:], at("1-23"))


def test_a_request_that_waits_holds_the_house_too(months: Months) -> None:
    row: dict[str, Any] = {
        "key": "form", "kind": "goodwill", "state": "open", "station": "A1", "amount_fen": -700, "about": "",
        "reason": "补偿", "content": {"house": "A"}, "digest": "", "maker": "财务甲 #1", "made_at": at("1-21"),
        "decision": "",
    }  # fmt: skip
    months.conn.execute(t.money_requests.insert().values(row))
    with pytest.raises(NetworkError, match="A1"):
        import_stations(months.conn, [MOVED], at("1-23"))
    decided = {"state": "declined", "checker": "财务乙 #2", "decided_at": at("1-22")}
    months.conn.execute(t.money_requests.update().values(decided))
    import_stations(months.conn, [MOVED], at("1-23"))


@pytest.mark.parametrize("account", sorted(OWN_ACCOUNTS))
def test_no_station_is_called_like_an_account_of_the_ledger(engine: Engine, account: str) -> None:
    with writing(engine) as conn, pytest.raises(NetworkError, match=f"reserved.*{account}") as caught:
        Months(conn, stations=[*STATIONS, Station(account, "网点", 1, None, EAST, "standard", True)])
    assert caught.value.line == len(STATIONS) + 2


def test_what_is_booked_and_closed_meanwhile(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """A statement that says closed has every entry of the month. Between its reads others book, and close."""
    if engine.dialect.name != "postgresql":
        pytest.skip("on SQLite a reader sees nothing of what is written meanwhile")
    with writing(engine) as conn:
        months = Months(conn)
        months.fine("A", "1-05")
        months.settled("2026-01", "2-02")

    def meanwhile(name: str) -> None:
        real = getattr(queries, name)

        def read(conn: Connection) -> Any:
            monkeypatch.setattr(queries, name, real)
            with writing(engine) as other:
                late = Months(other)
                late._numbers = count(50)
                late.fine("A", "1-07")
                close(late, "2026-01", "2-05")
            return real(conn)

        monkeypatch.setattr(queries, name, read)

    # whatever of the two is read last, it all happens just before it
    order: list[str] = []

    def noting(name: str, real: Any) -> Any:
        def read(conn: Any) -> Any:
            order.append(name)
            return real(conn)

        return read

    for name in ("closed_months", "head"):
        real = getattr(queries, name)
        monkeypatch.setattr(queries, name, noting(name, real))
    with reading(engine) as conn:
        statement(conn, "A", "2026-01")
    meanwhile(order[-1])
    with reading(engine) as conn:
        found = statement(conn, "A", "2026-01")
    with reading(engine) as conn:
        whole = statement(conn, "A", "2026-01")
    assert whole.closed_at is not None and len(whole.entries) == 2
    assert found.closed_at is None or found.entries == whole.entries


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_long_decision_flows_over_pages_and_a_short_one_stays_whole(months: Months) -> None:
    for day in range(1, 25):
        months.fine("A", f"1-{day:02d}")
    found = statement(months.conn, "A", "2026-01")
    short = pages_of(as_pdf(table(found, NAMES)))
    for entry in found.entries:
        assert [entry.key in "".join(page) for page in short].count(True) == 1
    told = [f"第{number:04d}句说明理由充分。" for number in range(340)]
    entry, *rest = found.entries
    assert entry.step
    heard = tuple(
        Heard(stage, "upheld", entry.recorded_at, "".join(told[begin : begin + 150]))
        for stage, begin in (("province", 40), ("hq", 190))
    )
    long = replace(entry, step=replace(entry.step, reason="".join(told[:40])), appeals=heard)
    paper = ["".join(page) for page in pages_of(as_pdf(table(replace(found, entries=(long, *rest)), NAMES)))]
    held = [sum(f"第{number:04d}" in page for number in range(len(told))) for page in paper]
    assert all(f"{number:04d}" in "".join(paper) for number in range(len(told))) and len(paper) > len(short) + 1
    assert max(held) < 130, "a row that does not break is cut off at the foot of one page"

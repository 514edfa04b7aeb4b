"""The month's report and the year: the ledger to the fen, refund chains, places and their gap (REWARD-1, REFUND-1,
SETTLE-1, STATEMENT-1), and cells that are their rows."""

from collections import Counter, defaultdict
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Engine, select

from basics.days import month_bounds
from penalties.statements.queries import statement
from reports.archive.queries import facts_of
from reports.compliance.figures import Week
from reports.cube import over, parse, rows
from reports.kinds import Asked, NoReport
from reports.making.queries import make
from reports.measures import weekly_measures
from reports.monthly.compliance import about_orders, definitions
from reports.monthly.money import KINDS, Account, Chain, counted, summed
from reports.paper.document import Document, Section, Share
from rulebook.book import Book
from storage.session import reading, writing
from storage.tables.penalties import lines, postings
from tests.rules.courses import EDITION
from tests.rules.months import EAST, STATIONS, WEST, Months, at

THREE = Book([replace(EDITION, reward_places=3)])  # two in the east, one in the west
HOUSES = [one.code for one in STATIONS if one.level == 1]


def history(months: Months) -> None:
    """A: fined in April, clean since. B: fined in April and in May. C: fined in April, no orders after. D rewarded. W:
    a fine that falls after its month was settled, and one of its level-2 neighbour A1."""
    for station in ("A", "B", "D", "W"):
        for month in ("4-10", "5-10", "6-10"):
            months.order(station, month)
    months.order("D", "5-11")
    months.order("A", "5-12", accept="missed")
    for station, fen in (("A", 10_001), ("B", 10_000), ("C", 50_000)):
        months.fine(station, "4-12", fen)
    fallen = months.fine("W", "4-20")
    months.fine("B", "5-13")
    months.settled("2026-04", "5-05")
    months.settled("2026-05", "6-05")
    months.overturn(fallen, now="6-06")
    months.settled("2026-04", "6-07")
    months.settled("2026-05", "6-07")
    months.fine("A1", "6-13", 12_345)
    months.settled("2026-06", "7-05")


def asked(kind: str, period: str, scope: str = "network", now: str = "8-01") -> Asked:
    return Asked(kind, period, at(now), THREE, scope)


def section(found: Document, key: str) -> Section:
    return next(one for one in found.sections if one.key == key)


def table(found: Document, key: str) -> list[list[Any]]:
    return [[cell.value for cell in row] for row in section(found, key).rows]


@pytest.mark.parametrize("month", ["2026-03", "2026-04", "2026-05", "2026-06", "2026-07"])
def test_statement_1_every_account_is_the_ledgers(engine: Engine, month: str) -> None:
    """Opening and closing of each house as its own statement has them; the kinds by a count in plain Python."""
    with writing(engine) as conn:
        history(Months(conn, THREE))
    with reading(engine) as conn:
        found = make(conn, asked("monthly", month))
        ours = {str(row[0])[-2]: row for row in table(found, "statements_house")[:-1]}
        moved: dict[str, Counter[str]] = defaultdict(Counter)
        query = select(postings.c.key, postings.c.month, lines.c.account, lines.c.amount_fen).join(
            lines, lines.c.posting_id == postings.c.id
        )
        for key, booked, account, fen in conn.execute(query):
            if account in HOUSES and booked == month:
                kind = (
                    "reversal"
                    if key.endswith(":reversed")
                    else "fine"
                    if key.startswith("fine:")
                    else key.split(":")[3]
                )
                moved[account][kind] += fen
        for house in HOUSES:
            theirs = statement(conn, house, month)
            mine = ours.get(house, ["", 0, 0, 0, 0, 0, 0, 0, 0])
            assert (mine[1], mine[-1]) == (theirs.opening_fen, theirs.closing_fen), house
            assert mine[2:-1] == [moved[house][kind] for kind in KINDS], house
        whole = table(found, "statements_house")[-1] if ours else None
        assert whole is None or whole[1:] == [sum(row[n] for row in ours.values()) for n in range(1, 9)]
        assert dict(found.facts)["全部账户之和 / sum of all accounts"] == "0.00 元"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_refund_1_what_became_of_the_fines(engine: Engine) -> None:
    with writing(engine) as conn:
        history(Months(conn, THREE))
    with reading(engine) as conn:
        april = make(conn, asked("monthly", "2026-04"))
        [first_paid, first_ended, first_lapsed, first_open, *second] = [row[2:] for row in table(april, "refunds")]
        assert first_paid == [1, 10_001, 6_000], "A: 60 %, rounded down to the fen"
        assert first_ended == [1, 10_000, 0] and first_lapsed == [1, 50_000, 0] and first_open == [0, 0, 0]
        assert second == [[0, 0, 0], [2, 20_001, 0], [1, 50_000, 0], [0, 0, 0]], "June: A1 is of A's house"
        chains = {
            row[0]: row[1:] for row in table(make(conn, asked("monthly", "2026-04", f"province:{EAST}")), "chains")
        }
        assert chains["网点A(A)"][:2] == [10_001, 6_000] and "W" not in "".join(map(str, chains))
        june = make(conn, asked("monthly", "2026-06"))
        assert [row[2] for row in table(june, "refunds") if "尚未结算" in str(row[1])] == [1, 1]
        then = make(conn, asked("monthly", "2026-04", now="6-05 23:00:00"))
        assert sum(row[3] for row in table(then, "refunds")[:4]) == 80_001, "the fine of W had not fallen yet"
        area = make(conn, asked("monthly", "2026-06", "station:A1"))
        assert all(not one.key.startswith(("statements", "postings", "chains")) for one in area.sections), "its house's"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_reward_1_places_gap_and_settling_again(engine: Engine) -> None:
    with writing(engine) as conn:
        history(Months(conn, THREE))
    with reading(engine) as conn:
        may = make(conn, asked("monthly", "2026-05"))
        places = {row[0]: row[1:] for row in table(may, "places")}
        assert places[EAST] == [4, 2, 2, 0, 40_000] and places[WEST] == [1, 1, 1, 0, 20_000]
        assert "版本名额" in section(may, "places").note
        april = make(conn, asked("monthly", "2026-04"))
        [again] = table(april, "differences")
        assert again[:4] == [1, "网点W(W)", "奖励 / rewards", 20_000]
        assert [row[0] for row in table(april, "settlements")] == [0, 1]
        then = make(conn, asked("monthly", "2026-04", now="6-06 10:00:00"))
        assert table(then, "differences") == [] and [row[0] for row in table(then, "settlements")] == [0], "known then"
        mine = make(conn, asked("monthly", "2026-04", "station:W"))
        assert [row[3] for row in table(mine, "postings")] == [20_000] and len(table(mine, "statements_house")) == 1
        assert dict(make(conn, asked("monthly", "2026-07")).facts)["结算次数 / times settled"].startswith("尚未结算")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("scope", ["network", f"province:{EAST}", "station:A"])
def test_every_cell_that_opens_is_its_rows(engine: Engine, scope: str) -> None:
    with writing(engine) as conn:
        history(Months(conn, THREE))
    measures = {one.code: one for one in weekly_measures()}
    with reading(engine) as conn:
        found = make(conn, asked("monthly", "2026-05", scope))
        facts = facts_of(conn, None, *month_bounds("2026-05"))
        opened = 0
        for cell in (cell for one in found.sections for row in one.rows for cell in row if cell.opens):
            key = parse(cell.opens)
            value = rows(facts, measures[key.measure], key).select(over(measures[key.measure])).collect().item()
            assert value == (cell.value.of if isinstance(cell.value, Share) else cell.value), cell.opens
            opened += 1
    assert opened > 25


def test_a_months_measures_are_told_of_a_month() -> None:
    """Those in rows too: the report of a station has hardly any columns of them."""
    found = about_orders(Week(), f"province:{EAST}", {})
    told = [*definitions(), *(("", column.says) for one in found for column in one.columns)]
    assert {"接单及时率 / share accepted in time", "接单时钟 / accept clocks"} <= set(dict(definitions()))
    assert any("in the month" in says for _, says in told)
    assert not [says for _, says in told if "周" in says or "the week" in says or not says]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_year_is_its_months(engine: Engine) -> None:
    with writing(engine) as conn:
        history(Months(conn, THREE))
    with reading(engine) as conn:
        for scope in ("network", f"province:{WEST}", "station:A"):
            year = make(conn, asked("year", "2026", scope))
            money = {row[0]: row for row in table(year, "money")}
            assert len(money) == 12 and [row[0] for row in table(year, "months")] == [f"2026-0{n}" for n in range(1, 9)]
            for month in ("2026-04", "2026-05", "2026-06"):
                of = make(conn, asked("monthly", month, scope))
                accounts = table(of, "statements_house")
                whole = accounts[-1] if scope != "station:A" else accounts[0]
                assert money[month][1:] == whole[1:], (scope, month)
            assert all(a[-1] == b[1] for a, b in zip(list(money.values()), list(money.values())[1:], strict=False))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("kind", "period", "scope", "code"),
    [
        ("monthly", "2026-13", "network", "period_invalid"),
        ("monthly", "2026-W19", "network", "period_invalid"),
        ("monthly", "2027-01", "network", "period_future"),
        ("monthly", "2026-05", "province:无", "province_unknown"),
        ("monthly", "2026-05", "station:'; --", "station_unknown"),
        ("monthly", "2026-05", "channel:crm", "scope_invalid"),
        ("year", "2026-05", "network", "period_invalid"),
        ("year", "2027", "network", "period_future"),
    ],
)
def test_what_cannot_be_made_says_why(engine: Engine, kind: str, period: str, scope: str, code: str) -> None:
    with writing(engine) as conn:
        Months(conn, THREE)
    with reading(engine) as conn, pytest.raises(NoReport) as why:
        make(conn, asked(kind, period, scope))
    assert why.value.code == code


def test_outcomes_of_a_chain() -> None:
    """REFUND-1: a violation in the first month ends both parts, one in the second the second only."""
    of = {
        (None, None, False, False): ("open", "open"), (600, None, False, False): ("paid", "open"),
        (0, 0, True, False): ("ended", "ended"), (600, 0, False, True): ("paid", "ended"),
        (0, 400, False, False): ("lapsed", "paid"), (0, 0, False, False): ("lapsed", "lapsed"),
    }  # fmt: skip
    chains = [Chain("A", 1000, first, second, (a, b)) for first, second, a, b in of]
    assert [one.outcomes for one in chains] == list(of.values())
    assert counted(chains, 0)["paid"] == (2, 2000, 1200) and counted(chains, 1)["paid"] == (1, 1000, 400)


def test_sums_of_accounts() -> None:
    one, two = Account("A", 100, {"fine": 50}), Account("B", -30, {"fine": 7, "reward": -20})
    assert (one.closing_fen, two.closing_fen) == (150, -43)
    assert summed([one, two], "x").closing_fen == 107 and summed([], "x").closing_fen == 0

"""A house's account told in few words, closed and settled in between, and its statements against it (STATEMENT-1)."""

import random
from collections import defaultdict
from typing import Any

from sqlalchemy import select

from penalties.booking.actions import post
from penalties.booking.queries import balances
from penalties.ledger import ADJUSTMENTS, CLEARING, Posting
from penalties.statements.entry import Statement
from penalties.statements.queries import balance_of, months_of, statement
from storage.tables import penalties as t
from tests.rules.months import STATIONS, Months, at

HOUSES = ("A", "B", "C", "D", "W")
NAMES = {one.code: one.name for one in STATIONS}


def close(months: Months, month: str, now: str) -> None:
    """As an approved request closes it (BYHAND's own tests show the way there)."""
    row = {
        "key": f"close {month}", "kind": "close_month", "state": "approved", "month": month, "about": "", "reason": "",
        "content": {}, "digest": "", "maker": "财务甲 #1", "made_at": at(now), "checker": "财务乙 #2",
        "decided_at": at(now), "decision": "",
    }  # fmt: skip
    number = months.conn.execute(t.money_requests.insert().values(row).returning(t.money_requests.c.id)).scalar_one()
    months.conn.execute(t.closed_months.insert().values(month=month, closed_at=at(now), request_id=number))


def by_hand(months: Months, station: str, fen: int, now: str, kind: str = "adjustment") -> None:
    number = len(months.conn.execute(select(t.money_requests.c.id)).all()) + 1
    row = {
        "key": f"form {number}", "kind": kind, "state": "approved", "station": station, "amount_fen": fen, "about": "",
        "reason": "核对 13812345678", "content": {}, "digest": "", "maker": "财务甲 #1", "made_at": at(now),
        "checker": "财务乙 #2", "decided_at": at(now), "decision": "同意",
    }  # fmt: skip
    found = months.conn.execute(t.money_requests.insert().values(row).returning(t.money_requests.c.id)).scalar_one()
    other = CLEARING if kind == "payout" else ADJUSTMENTS
    one = Posting(
        f"request:{found}", at(now), station, "", "ROLE-3", "2017-01-01", ((station, fen), (other, -fen)),
        request_id=found,
    )  # fmt: skip
    assert post(months.conn, [one], at(now)) == 1


def naive(months: Months) -> dict[str, list[Any]]:
    """Account -> its lines with their postings, in the order of the ledger: read without any of our queries."""
    found = defaultdict(list)
    rows = {row.id: row for row in months.conn.execute(select(t.postings))}
    for one in months.conn.execute(select(t.lines)):
        found[one.account].append((rows[one.posting_id], one.amount_fen))
    return {account: sorted(lines, key=lambda pair: pair[0].seq) for account, lines in found.items()}


def check(months: Months, house: str) -> list[Statement]:
    """Every statement of a house against its account; the statements of all months with an entry, in order."""
    lines = naive(months).get(house, [])
    wanted = sorted({row.month for row, _ in lines})
    balance, found = 0, []
    for month in wanted:
        one = statement(months.conn, house, month)
        here = [(row, fen) for row, fen in lines if row.month == month]
        assert one.opening_fen == balance
        got = [(entry.seq, entry.key, entry.happened_at, entry.recorded_at, entry.amount_fen) for entry in one.entries]
        assert got == [(row.seq, row.key, row.happened_at, row.recorded_at, fen) for row, fen in here]
        for entry in one.entries:
            balance += entry.amount_fen
            assert entry.balance_fen == balance
        assert one.closing_fen == balance == one.opening_fen + one.charged_fen - one.credited_fen
        found.append(one)
    assert balance == balances(months.conn).get(house, 0) == balance_of(months.conn, house)
    told = [(one.month, one.entries, one.closing_fen) for one in months_of(months.conn, house)]
    assert told == [(one.month, len(one.entries), one.closing_fen) for one in found[::-1]]
    return found


def scenario(months: Months, dice: random.Random) -> None:
    """Three months of fines, overturns, settlements, closings and money by hand, in some order."""
    fines: list[int] = []
    for month in (1, 2, 3):
        for house in ("A", "B", "C", "A1", "W"):
            for _ in range(dice.randrange(3)):
                months.order(house if house != "A1" else "A", f"{month}-{dice.randrange(1, 28):02d}")
            if dice.random() < 0.5:
                fines.append(months.fine(house, f"{month}-{dice.randrange(1, 20):02d}", dice.choice((10_000, 333, 7))))
        for one in dice.sample(fines, dice.randrange(len(fines) + 1)):
            months.overturn(one, now=f"{month}-27")
            fines.remove(one)
        if dice.random() < 0.7:
            by_hand(months, dice.choice(HOUSES), dice.choice((1, -1)) * dice.randrange(1, 90_000), f"{month}-28")
        if month > 1:
            months.settled(f"2026-0{month - 1}", f"{month}-03")
            if dice.random() < 0.5:
                close(months, f"2026-0{month - 1}", f"{month}-28 20:00")

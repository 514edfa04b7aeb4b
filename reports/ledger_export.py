"""The ledger as text that other programs read: CSV, and Beancount's plain-text accounting (docs/ledger.md).

Lines come as they are asked for: a ledger of any size is written with little memory.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta

from basics.days import day_of, iso
from penalties.ledger import ADJUSTMENTS, CLEARING, FINES, OWN_ACCOUNTS, REFUNDS, REWARDS
from penalties.ledger_text import Entry
from reports.export import harmless

COLUMNS = (
    "seq", "key", "happened_at", "booked_at", "month", "rule", "edition", "station", "logistics_no", "account",
    "amount_fen", "why", "violation_id", "request_id", "content_hash", "chain",
)  # fmt: skip
NAMES = {
    FINES: "Income:Fines", REWARDS: "Expenses:Rewards", REFUNDS: "Expenses:Refunds",
    ADJUSTMENTS: "Expenses:Adjustments", CLEARING: "Assets:Clearing",
}  # fmt: skip
STATIONS = "Assets:Stations:S"
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")


def as_csv(entries: Iterable[Entry]) -> Iterator[str]:
    """A header, then a row a line of a posting, amounts in fen, `\\n` line ends. No spreadsheet runs any of it."""
    yield _row(COLUMNS)
    for entry in entries:
        one = entry.posting
        head = (
            one.seq, one.key, iso(one.happened_at), iso(one.recorded_at), one.month, one.rule, one.edition,
            one.station, one.logistics_no,
        )  # fmt: skip
        tail = (one.why, one.violation_id, one.request_id, one.content_hash, one.chain)
        for account, fen in entry.lines:
            yield _row((*head, account, fen, *tail))


def _row(cells: Iterable[object]) -> str:
    file = io.StringIO()
    csv.writer(file, lineterminator="\n").writerow([harmless(cell) for cell in cells])
    return file.getvalue()


def as_beancount(
    entries: Iterable[Entry],
    opening: Mapping[str, int],
    closing: Mapping[str, int],
    days: tuple[date, date],
    title: str,
) -> Iterator[str]:
    """Transactions of the days from `days[0]` to `days[1]` between the balances before and after them, in fen by
    account, which it asserts: whoever loads it learns at once whether anything is missing."""
    yield f'option "title" {_text(title)}\noption "operating_currency" "CNY"\n\n'
    first, last = days
    for account in sorted({*opening, *closing}):
        yield f"{first} open {account_name(account)} CNY\n"
    if any(opening.values()):
        yield f'\n{first} * "期初余额 / balances before"\n'
        yield from (_line(account, fen) for account, fen in opening.items() if fen)
    for entry in entries:
        yield from _transaction(entry)
    yield "\n"
    for account, fen in closing.items():
        yield f"{last + timedelta(days=1)} balance {account_name(account)} {in_yuan(fen)} CNY\n"


def _transaction(entry: Entry) -> Iterator[str]:
    """Dated when it was booked; when it happened stands beside it."""
    one = entry.posting
    yield f"\n{day_of(one.recorded_at)} * {_text(one.key)}\n"
    texts = {
        "key": one.key, "rule": one.rule, "edition": one.edition, "station": one.station, "order": one.logistics_no,
        "happened": iso(one.happened_at), "booked": iso(one.recorded_at), "month": one.month, "why": one.why,
        "chain": one.chain,
    }  # fmt: skip
    yield f"  seq: {one.seq}\n"
    yield from (f"  {name}: {_text(value)}\n" for name, value in texts.items() if value)
    yield from (_line(account, fen) for account, fen in entry.lines)


def _line(account: str, fen: int) -> str:
    return f"  {account_name(account)}  {in_yuan(fen)} CNY\n"


def account_name(account: str) -> str:
    """The name of an account in Beancount: letters and digits of a station's code stay, every other sign becomes its
    code point in hexadecimal between hyphens, so that no two codes meet: `HZ-01` is `Assets:Stations:SHZ-2d-01`."""
    if account in OWN_ACCOUNTS:
        return NAMES[account]
    plain = (sign if sign.isascii() and sign.isalnum() else f"-{ord(sign):x}-" for sign in account)
    return STATIONS + "".join(plain)


def in_yuan(fen: int) -> str:
    """Fen as `-0.05`."""
    whole, rest = divmod(abs(fen), 100)
    return f"{'-' if fen < 0 else ''}{whole}.{rest:02d}"


def _text(value: str) -> str:
    """A string of Beancount in one line."""
    inside = _CONTROL.sub(" ", value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{inside}"'

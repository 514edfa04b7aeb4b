"""A statement as one table, from which page, CSV, XLSX and PDF are made: they cannot differ (STATEMENT-1)."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from hashlib import sha256

from basics.days import iso
from basics.money import yuan
from penalties.statements.entry import KINDS, Entry, Statement, decision_words
from reports.export import harmless

OPENING, CLOSING = "opening", "closing"
Cell = str | int | datetime | None


@dataclass(frozen=True, slots=True)
class Column:
    """`kind`: text, number, time, or fen (shown in yuan). `says` is its definition, `width` in characters."""

    name: str
    zh: str
    kind: str
    width: int
    says: str


COLUMNS = (
    Column("seq", "序号", "number", 8, "账本中的分录号,全网连续 / number of the posting in the ledger"),
    Column("entry", "类型", "text", 18, "期初、期末或分录的种类 / opening, closing, or what the entry is"),
    Column("happened_at", "发生时间", "time", 19, "事情发生的时刻,北京时间 / when it happened, +08:00"),
    Column("booked_at", "入账时间", "time", 19, "记入账本的时刻,北京时间 / when it was booked, +08:00"),
    Column("station", "网点", "text", 20, "分录所标记的网点;二级网点记在其一级网点账上 / whom it is tagged with"),
    Column("logistics_no", "订单", "text", 20, "物流单号 / the order"),
    Column("rule", "规则", "text", 16, "规则编号及版本 / rule and edition"),
    Column("decision", "裁定", "text", 52, "谁、何时、为何决定,及申诉结果 / who decided, when and why; appeals"),
    Column("amount", "金额(元)", "fen", 13, "正数:网点应付增加;负数:减少 / + the station owes more, - less"),
    Column("balance", "余额(元)", "fen", 13, "该分录之后的余额;正数:网点欠款 / after the entry; + the station owes"),
    Column("key", "凭证键", "text", 40, "由事由得出的唯一键 / made from its cause, there is one"),
)


@dataclass(frozen=True, slots=True)
class Table:
    """A statement ready to be written. `facts` are (label, value); `rows` have a cell for each of COLUMNS, the opening
    balance first, the closing one last; amounts are fen. `made_at`: the last instant that it tells of."""

    title: str
    facts: tuple[tuple[str, str], ...]
    rows: tuple[tuple[Cell, ...], ...]
    made_at: datetime | None

    @property
    def digest(self) -> str:
        """SHA-256 of the CSV file, byte for byte: the same on every form of it."""
        return sha256(csv_file(self)).hexdigest()


def table(statement: Statement, names: Mapping[str, str]) -> Table:
    """`names`: station code -> name."""
    words = ("小计起", "part from") if statement.is_part else ("期初余额", "opening balance")
    ends = ("小计", "sum of the part") if statement.is_part else ("期末余额", "closing balance")
    rows = [
        _edge(*words, statement.opening_fen),
        *(_row(entry, names) for entry in statement.entries),
        _edge(*ends, statement.closing_fen),
    ]
    made = max((entry.recorded_at for entry in statement.entries), default=None)
    title = f"{statement.month} 对账单 {named(statement.station, names)}"
    return Table(title, tuple(_facts(statement, names)), tuple(rows), made)


def named(code: str, names: Mapping[str, str]) -> str:
    """`西湖(HZ01)`; an unknown code stands for itself."""
    return f"{names[code]}({code})" if code in names else code


def balance_words(fen: int) -> tuple[str, str]:
    """A balance as people say it, zh-CN and English."""
    if fen > 0:
        return f"欠款 {yuan(fen)}", f"owes {yuan(fen)}"
    if fen < 0:
        return f"贷方余额 {yuan(-fen)}", f"credit of {yuan(-fen)}"
    return "已结清", "settled, nothing owed"


def _facts(statement: Statement, names: Mapping[str, str]) -> list[tuple[str, str]]:
    closed = f"已关账 {iso(statement.closed_at)} closed" if statement.closed_at else "未关账,仍可入账 / open"
    facts = [("网点 station", named(statement.station, names)), ("月份 month", f"{statement.month},{closed}")]
    if statement.is_part:
        facts.append(("所属账户 account", f"{named(statement.house, names)},此处仅列本网点的分录 / only its entries"))
        facts.append(("小计 sum", yuan(statement.closing_fen)))
    else:
        facts.append(("期初 opening", " / ".join(balance_words(statement.opening_fen))))
        facts.append(("借方 charged", yuan(statement.charged_fen)))
        facts.append(("贷方 credited", yuan(statement.credited_fen)))
        facts.append(("期末 closing", " / ".join(balance_words(statement.closing_fen))))
    facts.append(("账本至 ledger as of", f"{statement.seq}:{statement.chain}"))
    return facts


def _edge(zh: str, en: str, fen: int) -> tuple[Cell, ...]:
    return (None, f"{zh} {en}", None, None, "", "", "", "", None, fen, "")


def _row(entry: Entry, names: Mapping[str, str]) -> tuple[Cell, ...]:
    zh, en = KINDS.get(entry.kind, (entry.kind, ""))
    return (
        entry.seq, f"{zh} {en}", entry.happened_at, entry.recorded_at, named(entry.station, names), entry.logistics_no,
        f"{entry.rule} {entry.edition}", ";".join(decision_words(entry)), entry.amount_fen, entry.balance_fen,
        entry.key,
    )  # fmt: skip


def as_csv(made: Table) -> str:
    """Names of the columns and rows; amounts in yuan with two decimals, times as ISO 8601 at +08:00, cut to the
    second. Text that a spreadsheet would run as a formula is disarmed."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow([column.name for column in COLUMNS])
    writer.writerows([_csv(column, cell) for column, cell in zip(COLUMNS, row, strict=True)] for row in made.rows)
    return file.getvalue()


def csv_file(made: Table) -> bytes:
    """`as_csv` as it is handed out: UTF-8 behind the mark by which spreadsheets know it."""
    return as_csv(made).encode("utf-8-sig")


def _csv(column: Column, cell: Cell) -> object:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return iso(cell)
    return Decimal(cell).scaleb(-2) if column.kind == "fen" and isinstance(cell, int) else harmless(cell)

"""I-25: editions are what was approved, in time and by two people, and every clock names the edition of its instant."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Protocol

from basics.days import SHANGHAI
from rulebook.book import Book, Edition, EditionError, read_edition
from verify.finding import Finding, differs
from verify.log import Meaning
from verify.orders import OrderRow, key_of


class EditionRow(Protocol):
    name: str
    effective: str
    text: str
    sha256: str
    maker: str
    checker: str
    approved_at: datetime


class ProposalRow(Protocol):
    name: str
    sha256: str
    state: str
    maker: str
    checker: str | None
    proposed_at: datetime
    decided_at: datetime | None


class ClockRow(Protocol):
    seq: int
    kind: str
    edition: str


def stored_book(rows: Iterable[EditionRow], shipped: Book) -> Book:
    """The shipped editions and those stored beside them, as far as they can be read."""
    names = {edition.name for edition in shipped.editions}
    days = {edition.effective for edition in shipped.editions}
    found = list(shipped.editions)
    for row in rows:
        edition = _read(row.text)
        if isinstance(edition, Edition) and edition.name not in names and edition.effective not in days:
            names.add(edition.name)
            days.add(edition.effective)
            found.append(edition)
    return Book(found)


def edition_findings(rows: Sequence[EditionRow], proposals: Iterable[ProposalRow], shipped: Book) -> Iterator[Finding]:
    """At most one finding an edition: of its row, or because it has none, shipped (beside others) or approved."""
    book = stored_book(rows, shipped)
    approved = {row.name: row for row in proposals if row.state == "approved"}
    of_ours = {edition.name: edition.text_sha256 for edition in shipped.editions}
    for row in rows:
        problem = _text_problem(row)
        if not problem and row.name in of_ours:
            problem = differs("sha256", row.sha256, of_ours[row.name]) if row.sha256 != of_ours[row.name] else ""
        elif not problem:
            problem = _approval_problem(row, approved.get(row.name), book)
        if problem:
            yield Finding("I-25", "editions", row.name, problem)
    for name in sorted(of_ours.keys() - {row.name for row in rows}) if rows else ():
        yield Finding("I-25", "editions", name, "最初的规则版本不见了 / the edition that came with the product is gone")
    for name in sorted(approved.keys() - {row.name for row in rows} - of_ours.keys()):
        yield Finding("I-25", "editions", name, "已批准的规则版本不见了 / the edition was approved and is gone")


def _text_problem(row: EditionRow) -> str:
    found = sha256(row.text.encode()).hexdigest()
    if found != row.sha256:
        return f"文本被改动 / the text was altered: {differs('sha256', row.sha256, found)}"
    edition = _read(row.text)
    if isinstance(edition, str):
        return f"文本无法读取 / the text cannot be read: {edition}"
    if (edition.name, edition.effective.isoformat()) != (row.name, row.effective):
        return differs("name, effective", f"{row.name}, {row.effective}", f"{edition.name}, {edition.effective}")
    return ""


def _approval_problem(row: EditionRow, proposal: ProposalRow | None, book: Book) -> str:
    """ROLE-3 and DAY-1 once more: two people, the text that was proposed, the 1st of a month, announced by the 15th."""
    if proposal is None:
        return "没有批准它的提案 / no proposal was approved for it"
    stored = (row.sha256, row.maker, row.checker, row.approved_at)
    asked = (proposal.sha256, proposal.maker, proposal.checker, proposal.decided_at)
    if stored != asked:
        return "与提案不符 / is not what was proposed and approved"
    if row.maker.split("#")[-1] == row.checker.split("#")[-1]:
        return f"提案人与审批人相同 / maker and checker are one person: {row.maker}"
    calendar, day = book.at(proposal.proposed_at), date.fromisoformat(row.effective)
    last = (day.replace(day=1) - timedelta(days=1)).replace(day=calendar.change_announced_by)
    if day.day != calendar.change_effective:
        return differs("effective", day.day, calendar.change_effective)
    if row.approved_at.astimezone(SHANGHAI).date() > last:
        return f"公布过晚 / announced too late: {row.approved_at.isoformat()}, {last}"
    return ""


def version_findings(order: OrderRow, meaning: Meaning, clocks: Iterable[ClockRow], book: Book) -> Iterator[Finding]:
    """Every clock of an order runs by the edition in force when its clocks started. One that nobody knows is I-07's."""
    expected = book.at(meaning.zero).name
    known = {edition.name for edition in book.editions}
    for row in clocks:
        if row.edition != expected and row.edition in known:
            key = key_of(order, row.seq, row.kind)
            yield Finding("I-25", "clocks", key, differs("edition", row.edition, expected))


def _read(text: str) -> Edition | str:
    try:
        return read_edition(text)
    except EditionError as error:
        return str(error)

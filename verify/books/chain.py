"""I-13: postings are numbered without a gap, each linked to the one before, up to every head that was remembered."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Protocol

from basics.days import midnight
from verify.finding import Finding, differs

_LINE = re.compile(r"(\S{10,40}) (?:(\d{1,18}) ([0-9a-f]{64})|(0) )")
_WHEN = r"[0-9TZ:.+-]"  # of a day or an instant
_TORN = re.compile(rf"{_WHEN}{{0,40}}|{_WHEN}{{10,40}} (\d{{0,18}}|\d{{1,18}} [0-9a-f]{{0,63}})")
_HEAD = re.compile(r"(\d{1,18}):([0-9a-f]{64})")
_as_json = json.JSONEncoder(ensure_ascii=False).encode  # made once: a million links take seconds less
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


class LinkedRow(Protocol):
    """What is read of `postings`."""

    seq: int
    key: str
    content_hash: str
    chain: str
    recorded_at: datetime
    month: str
    why: str
    violation_id: int | None
    request_id: int | None


@dataclass(frozen=True, slots=True)
class Remembered:
    """Where the chain ended once. `when`: the day at whose end it did, or an instant; `where`: who remembers it."""

    where: str
    when: str
    seq: int
    chain: str

    @property
    def is_daily(self) -> bool:
        """Whether it is the head of a whole day, which stands in `ledger_heads` too."""
        return bool(_DAY.fullmatch(self.when))


class DayRow(Protocol):
    """What is read of `ledger_heads`."""

    day: str
    seq: int
    chain: str
    written_at: datetime


@dataclass(frozen=True, slots=True)
class Kept:
    """The file of heads of this installation. What was written down before `until` has had its time to get there."""

    name: str
    until: datetime


@dataclass(slots=True)
class Chain:
    """How far the chain was read. `links`: of the numbers that somebody remembers."""

    wanted: frozenset[int]
    seq: int = 0
    link: str = ""
    at: datetime | None = None
    links: dict[int, str] = field(default_factory=dict)


def link_findings(chain: Chain, posting: LinkedRow) -> Iterator[Finding]:
    """The next posting: its number follows, its link is over the one before and all that is stored of it. After a
    wrong one the reading goes on from what is stored, so that each wrong row is named and no other."""
    if posting.seq != chain.seq + 1:
        yield _finding(posting, f"编号应为 {chain.seq + 1} / its number should be {chain.seq + 1}: rows are missing")
    elif posting.chain != _link(chain.link, posting):
        yield _finding(posting, "链接不符 / its link does not follow from the posting before and its own content")
    if chain.at is not None and posting.recorded_at < chain.at:
        yield _finding(posting, differs("recorded_at", posting.recorded_at, f">= {chain.at.isoformat()}"))
    chain.seq, chain.link, chain.at = posting.seq, posting.chain, posting.recorded_at
    if posting.seq in chain.wanted:
        chain.links[posting.seq] = posting.chain


def _finding(posting: LinkedRow, message: str) -> Finding:
    return Finding("I-13", "postings", f"{posting.seq} ({posting.key})", message)


def _link(before: str, posting: LinkedRow) -> str:
    """As decision 13 defines it."""
    at = posting.recorded_at.astimezone(UTC).isoformat()
    content = [before, posting.seq, posting.key, posting.content_hash, at, posting.month, posting.why]
    text = _as_json([*content, posting.violation_id, posting.request_id])
    return sha256(text.encode()).hexdigest()


def head_findings(chain: Chain, remembered: Sequence[Remembered]) -> Iterator[Finding]:
    """Each remembered head is a posting of the chain: a tail that was cut off, or written anew, is not."""
    for head in remembered:
        stored = "" if head.seq == 0 else chain.links.get(head.seq)
        if stored == head.chain:
            continue
        message = f"当时的链头 {head.seq}:{head.chain} 已不在链上 / the head of that time is no longer in the chain: "
        message += (
            f"链止于 {chain.seq} / the chain ends at {chain.seq}" if stored is None else f"库中为 / stored {stored}"
        )
        yield Finding("I-13", head.where, head.when, message)


def lost_findings(rows: Sequence[Remembered], remembered: Sequence[Remembered]) -> Iterator[Finding]:
    """`rows` are those of `ledger_heads`: a day that the file of heads knows stands there too, and says the same."""
    known = {row.when: f"{row.seq}:{row.chain}" for row in rows}
    for head in remembered:
        if head.is_daily and known.get(head.when) != f"{head.seq}:{head.chain}":
            yield Finding(
                "I-13", "ledger_heads", head.when, differs(head.where, known.get(head.when), f"{head.seq}:{head.chain}")
            )


def day_findings(rows: Sequence[DayRow]) -> Iterator[Finding]:
    """`rows` are those of `ledger_heads`, oldest first: days that were over, one after the other."""
    before: date | None = None
    for row in rows:
        day = _as_day(row.day)
        if day is None:
            yield Finding("I-13", "ledger_heads", row.day, "不是日期 / is no day")
            continue
        if row.written_at < midnight(day + timedelta(days=1)):
            yield Finding("I-13", "ledger_heads", row.day, "写于当日结束之前 / was written before the day was over")
        if before is not None and day != before + timedelta(days=1):
            yield Finding("I-13", "ledger_heads", row.day, differs("day", day, before + timedelta(days=1)))
        before = day


def _as_day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        return None


def kept_findings(rows: Sequence[DayRow], remembered: Sequence[Remembered], kept: Kept | None) -> Iterator[Finding]:
    """`rows` are those of `ledger_heads`: the file of heads holds each of them. One that is missing, or was shortened,
    tells no cut tail any more."""
    there = {head.when for head in remembered if kept is not None and head.where == kept.name}
    for row in rows:
        if kept is not None and row.written_at < kept.until and row.day not in there:
            yield Finding("I-13", kept.name, row.day, "链头文件中没有这一天 / the file of heads does not hold this day")


def read_heads(text: str, name: str) -> tuple[list[Remembered], list[Finding]]:
    """The lines of a file of heads. One that a crash tore, the beginning of any, is none; others are findings."""
    lines, heads, findings = text.splitlines(), list[Remembered](), list[Finding]()
    for number, line in enumerate(lines, 1):
        found = _LINE.fullmatch(line)
        if found:
            heads.append(Remembered(name, found[1], int(found[2] or 0), found[3] or ""))
        elif not _TORN.fullmatch(line):
            findings.append(Finding("I-13", name, f"{number}", f"无法解读 / cannot be read: {line[:60]!r}"))
    return heads, findings


def parse_head(text: str) -> Remembered:
    """`SEQ:HASH` as a daily report printed it. ValueError."""
    found = _HEAD.fullmatch(text.strip())
    if not found:
        raise ValueError(f"not SEQ:HASH: {text!r}")
    return Remembered("--head", found[0], int(found[1]), found[2])

"""I-22: every audit row is linked as it was written, one after the other, up to every head that was remembered."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from verify.finding import Finding, differs

# Rows are linked within seconds. A transaction that took long, or a worker that was away, brings one late; but none
# that happened long before what is already in the chain comes after it.
LATE = timedelta(hours=1)
_HEAD = re.compile(r"(\d{1,18}):([0-9a-f]{64})")


@dataclass(slots=True)
class Chain:
    """How far the chain was read; `newest` is the latest instant in it. `links`: of the numbers somebody remembers."""

    wanted: frozenset[int] = frozenset()
    seq: int = 0
    link: str = ""
    newest: datetime | None = None
    links: dict[int, str] = field(default_factory=dict)


def parse_head(text: str) -> tuple[int, str]:
    """`SEQ:HASH` as `lanshou audit head` printed it. ValueError."""
    found = _HEAD.fullmatch(text.strip())
    if not found:
        raise ValueError(f"not SEQ:HASH: {text!r}")
    return int(found[1]), found[2]


def link_findings(chain: Chain, row: Any) -> Iterator[Finding]:
    """The next link with its audit row. After a wrong one the reading goes on from what is stored, so that each wrong
    row is named and no other."""
    if row.seq != chain.seq + 1:
        yield _finding(row, f"编号应为 {chain.seq + 1} / its number should be {chain.seq + 1}: links are missing")
    if row.id is None:
        yield _finding(row, "链上的审计记录已不在 / the audit row of this link is gone")
    elif row.seq == chain.seq + 1 and row.chain != _link(chain.link, row):
        yield _finding(row, "链接不符:记录或其前一条被改动 / row or link before altered")
    if row.id is not None:
        if chain.newest is not None and row.happened_at < chain.newest - LATE:
            yield _finding(row, differs("happened_at", row.happened_at, f">= {(chain.newest - LATE).isoformat()}"))
        chain.newest = max(chain.newest or row.happened_at, row.happened_at)
    chain.seq, chain.link = row.seq, row.chain
    if row.seq in chain.wanted:
        chain.links[row.seq] = row.chain


def _finding(row: Any, message: str) -> Finding:
    return Finding("I-22", "audit", f"{row.audit_id} (#{row.seq})", message)


def _link(before: str, row: Any) -> str:
    """As decision 14 defines it."""
    at = row.happened_at.astimezone(UTC).isoformat()
    who = [row.user_id, row.what, row.order_id, row.subject, row.reason, row.address]
    content = [before, row.seq, row.id, at, *who, row.before, row.after, row.request_id, row.api_key_id]
    return sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()


def unlinked_findings(rows: Sequence[Any], last_linked_at: datetime | None) -> Iterator[Finding]:
    """`rows` have no link: put in past the linker, if it went on long after they are said to have happened."""
    for row in rows:
        if last_linked_at is not None and row.happened_at < last_linked_at - LATE:
            message = "没有进入链条 / is not in the chain, which has gone on since"
            yield Finding("I-22", "audit", str(row.id), message)


def head_findings(chain: Chain, heads: Sequence[tuple[int, str]]) -> Iterator[Finding]:
    """Each remembered head is a link of the chain: a tail that was cut off, or written anew, is not."""
    for seq, link in heads:
        stored = "" if seq == 0 else chain.links.get(seq)
        if stored != link:
            message = f"当时的链头已不在链上,链止于 {chain.seq} / no longer in the chain, which ends at {chain.seq}"
            yield Finding("I-22", "--head", f"{seq}:{link}", message)

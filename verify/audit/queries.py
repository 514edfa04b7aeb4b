"""Reads the audit and its chain, a chunk at a time."""

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection, func, select

from storage.tables.people import audit, audit_links
from verify.audit.chain import Chain, head_findings, link_findings, unlinked_findings
from verify.finding import Finding
from verify.reading.queries import guarded, guarded_row

CHUNK = 2_000
_a, _l = audit.c, audit_links.c


def audit_findings(conn: Connection, heads: Sequence[tuple[int, str]] = ()) -> Iterator[Finding]:
    """Every finding about the audit. `heads`: where the chain ended once, kept outside the database."""
    yield from guarded(conn, "I-22", [audit, audit_links], _chain(conn, heads))


def _chain(conn: Connection, heads: Sequence[tuple[int, str]]) -> Iterator[Finding]:
    chain = Chain(frozenset(seq for seq, _ in heads))
    linked = select(_l.seq, _l.audit_id, _l.chain, audit).outerjoin(audit, _a.id == _l.audit_id).order_by(_l.seq)
    for chunk in conn.execute(linked.execution_options(yield_per=CHUNK)).partitions():
        for row in chunk:
            yield from guarded_row("I-22", "audit", f"{row.audit_id} (#{row.seq})", link_findings(chain, row))
    last = conn.scalar(select(func.max(_l.linked_at)))
    alone = select(_a.id, _a.happened_at).outerjoin(audit_links, _l.audit_id == _a.id).where(_l.audit_id.is_(None))
    for chunk in conn.execute(alone.order_by(_a.id).execution_options(yield_per=CHUNK)).partitions():
        yield from unlinked_findings(chunk, last)
    yield from head_findings(chain, heads)

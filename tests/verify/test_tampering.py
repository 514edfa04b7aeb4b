"""The ledger changed by the table's owner, who took the triggers away: each way is found, and its row is named
(I-12 to I-17, I-19; RELIABILITY D7)."""

from pathlib import Path

from click.testing import CliRunner
from sqlalchemy import Engine, text

from app import cli
from penalties.ledger_text import head_line
from rulebook.book import packaged
from storage import triggers
from storage.tables import penalties as p
from tests.verify.books_scene import FALLEN, FILE, FINE, GOODWILL, LAST, REFUND, REVERSAL, REWARD, build
from tests.verify.planting import TICK, behind_the_back
from tests.verify.tampering import (
    DAY,
    L,
    Tamper,
    amounts,
    before_its_fine,
    changed,
    cut_with_heads,
    gone,
    half_goodwill,
    inserted,
    of,
    rehashed,
    removed,
    row_of,
    suspected_again,
    swapped,
    winner_of_two,
)
from verify.books.chain import Remembered
from verify.finding import Finding
from verify.queries import check

H, Q, C, S = p.ledger_heads.c, p.money_requests.c, p.closed_months.c, p.settlements.c

# name -> what is done, and the finding that must name it: invariant, table, the row
WAYS: dict[str, tuple[Tamper, str, str, str]] = {
    "amount of a line": (amounts(FINE, "HZ01", 2), "I-12", "postings", FINE),
    "sign of both lines": (amounts(FINE, None, -1), "I-12", "postings", FINE),
    "both lines": (amounts(FINE, None, 2), "I-12", "postings", FINE),
    "both lines, hash right": (rehashed(amounts(FINE, None, 2)), "I-13", "postings", FINE),
    "both lines, chain right": (rehashed(amounts(FINE, None, 2), linked=True), "I-12", "cases", FINE[5:]),
    "account of a line": (
        row_of(p.lines, (L.posting_id == of(FINE)) & (L.account == "HZ01"), account="HZ02"), "I-12", "postings", FINE,
    ),
    "instant": (changed(FINE, happened_at=TICK), "I-12", "postings", FINE),
    "recorded later": (changed(FINE, recorded_at=TICK), "I-13", "postings", FINE),
    "recorded earlier than the one before, chain right": (
        rehashed(changed(REVERSAL, recorded_at=-60 * DAY), linked=True), "I-13", "postings", REVERSAL,
    ),
    "month": (changed(FINE, month="2026-04"), "I-13", "postings", FINE),
    "month, chain right": (rehashed(changed(FINE, month="2026-07"), linked=True), "I-15", "postings", FINE),
    "into a closed month, chain right": (
        rehashed(changed(LAST, month="2026-06"), linked=True), "I-15", "postings", LAST,
    ),
    "month of a reversal, chain right": (
        rehashed(changed(REVERSAL, month="2026-07"), linked=True), "I-15", "postings", REVERSAL,
    ),
    "station": (changed(FINE, station="HZ02"), "I-12", "postings", FINE),
    "rule": (changed(FINE, rule="V-ACCEPT"), "I-12", "postings", FINE),
    "rule, chain right": (rehashed(changed(FINE, rule="V-ACCEPT"), linked=True), "I-12", "cases", FINE[5:]),
    "instant, chain right": (rehashed(changed(FINE, happened_at=DAY), linked=True), "I-12", "cases", FINE[5:]),
    "order, chain right": (rehashed(changed(FINE, logistics_no="KD1"), linked=True), "I-12", "cases", FINE[5:]),
    "station, chain right": (rehashed(changed(FINE, station="HZ02"), linked=True), "I-12", "cases", FINE[5:]),
    "station of a reward, chain right": (
        rehashed(changed(REWARD, station="HZ02"), linked=True), "I-15", "postings", REWARD,
    ),
    "account of a reward, chain right": (
        rehashed(row_of(p.lines, (L.posting_id == of(REWARD)) & (L.account == "HZ01"), account="HZ02"), linked=True),
        "I-15", "postings", REWARD,
    ),
    "edition": (changed(FINE, edition="2016-01-01"), "I-12", "postings", FINE),
    "edition, chain right": (rehashed(changed(FINE, edition="2016"), linked=True), "I-15", "postings", FINE),
    "number of the order": (changed(FINE, logistics_no="KD2199"), "I-12", "postings", FINE),
    "key": (changed(FINE, key="fine:kuaidi100/KD2199:1:V-PICKUP"), "I-13", "postings", "KD2199"),
    "key of no form, chain right": (rehashed(changed(FINE, key="gift:1"), linked=True), "I-15", "postings", "gift:1"),
    "reason of a settlement": (changed(REWARD, why="因为"), "I-13", "postings", REWARD),
    "reason, chain right": (rehashed(changed(REWARD, why="因为"), linked=True), "I-15", "postings", REWARD),
    "violation": (changed(FINE, violation_id=None), "I-13", "postings", FINE),
    "violation, chain right": (rehashed(changed(FINE, violation_id=None), linked=True), "I-15", "postings", FINE),
    "request": (changed(GOODWILL, request_id=None), "I-13", "postings", GOODWILL),
    "another request, chain right": (
        rehashed(changed(GOODWILL, request_id=2), linked=True), "I-15", "postings", GOODWILL,
    ),
    "link": (changed(GOODWILL, chain="0" * 64), "I-13", "postings", GOODWILL),
    "last one deleted": (removed(LAST), "I-13", "ledger_heads", "2026-07-07"),
    "one in the middle deleted": (removed(REVERSAL), "I-13", "postings", GOODWILL),
    "one in the middle deleted, numbers and chain right": (
        removed(REVERSAL, renumbered=True), "I-13", "ledger_heads", "2026-07-01",
    ),
    "a line deleted": (
        gone(p.lines, (L.posting_id == of(FINE)) & (L.account == "fines")), "I-12", "postings", FINE,
    ),
    "two swapped": (swapped("seq"), "I-13", "postings", FINE),
    "two links swapped": (swapped("chain"), "I-13", "postings", FALLEN),
    "inserted at the end, without a link": (
        inserted(LAST, f"{LAST}:again", linked=False), "I-13", "postings", f"{LAST}:again",
    ),
    "inserted in the middle, chain right": (
        inserted(FINE, f"{FINE[:-8]}V-ACCEPT", at=3), "I-14", "postings", f"{FINE[:-8]}V-ACCEPT",
    ),
    "inserted without a cause, chain right": (
        inserted(GOODWILL, "request:9", request_id=None), "I-15", "postings", "request:9",
    ),
    "reversed twice, chain right": (
        inserted(REVERSAL, "fine:kuaidi100/KD2101:2:V-PICKUP:reversed"), "I-14", "postings", "KD2101:2:",
    ),
    "reversal of a fine that is gone, chain right": (
        removed(FALLEN, renumbered=True), "I-14", "postings", REVERSAL,
    ),
    "reversal before its fine, chain right": (before_its_fine, "I-14", "postings", REVERSAL),
    "half a reversal, chain right": (
        rehashed(amounts(REVERSAL, None, 2), linked=True), "I-14", "postings", REVERSAL,
    ),
    "tail rewritten with right hashes": (half_goodwill, "I-13", "ledger_heads", "2026-07-03"),
    "tail cut off, its case set back": (suspected_again, "I-13", "ledger_heads", "2026-07-07"),
    "tail, case and head cut off": (cut_with_heads, "I-13", FILE, "2026-07-07"),
    "head changed": (
        row_of(p.ledger_heads, H.day == "2026-07-04", chain="0" * 64), "I-13", "ledger_heads", "2026-07-04",
    ),
    "head moved to another posting": (
        row_of(p.ledger_heads, H.day == "2026-07-04", seq=0, chain=""), "I-13", "ledger_heads", "2026-07-04",
    ),
    "head deleted": (gone(p.ledger_heads, H.day == "2026-07-04"), "I-13", "ledger_heads", "2026-07-04"),
    "closed month deleted": (gone(p.closed_months, C.month == "2026-06"), "I-15", "money_requests", "5 (close_month)"),
    "closed by a request of another kind": (
        row_of(p.closed_months, C.month == "2026-06", request_id=1), "I-15", "closed_months", "2026-06",
    ),
    "maker is checker, by another name": (
        row_of(p.money_requests, Q.id == 1, maker="x#2"), "I-15", "postings", GOODWILL,
    ),
    "request declined": (row_of(p.money_requests, Q.id == 1, state="declined"), "I-15", "postings", GOODWILL),
    "request over another sum": (row_of(p.money_requests, Q.id == 1, amount_fen=-1), "I-15", "postings", GOODWILL),
    "goodwill never posted, chain right": (
        removed(GOODWILL, renumbered=True), "I-15", "money_requests", "1 (goodwill)",
    ),
    "two places for one": (winner_of_two, "I-19", "settlement_items", "2026-06 HZ01 reward"),
    "line of a settlement deleted": (
        gone(p.settlement_items, p.settlement_items.c.kind == "refund_1"), "I-15", "postings", REFUND,
    ),
    "settlement numbered anew": (
        row_of(p.settlements, S.month == "2026-06", number=1), "I-17", "settlements", "2026-06",
    ),
}  # fmt: skip


def found_by(engine: Engine, plant: Tamper, heads: list[Remembered]) -> list[Finding]:
    """What is found of it, inside the transaction that does it and is then taken back."""
    with engine.connect() as conn:
        if conn.dialect.name == "sqlite":
            conn.connection.cursor().execute("PRAGMA foreign_keys=OFF")
        with conn.begin() as whole:
            if conn.dialect.name == "postgresql":
                conn.execute(text("SET LOCAL session_replication_role = replica"))
            triggers.remove(conn)
            plant(conn)
            found = check(conn, packaged(), heads)
            whole.rollback()
    return found


def test_each_way_is_named(engine: Engine, tmp_path: Path) -> None:
    """I-12 to I-17, I-19."""
    heads, missed = build(engine, tmp_path), {}
    for way, (plant, invariant, table, row) in WAYS.items():
        found = found_by(engine, plant, heads)
        if not any((one.invariant, one.table) == (invariant, table) and row in one.key for one in found):
            missed[way] = [f"{one.invariant} {one.table} {one.key}: {one.message}" for one in found]
    assert missed == {} and len(WAYS) >= 30
    assert found_by(engine, lambda conn: None, heads) == []


def test_the_command_finds_a_cut_tail_by_the_file_and_by_a_printed_head(
    engine: Engine, database_url: str, tmp_path: Path
) -> None:
    """RELIABILITY D7: nothing in the database itself tells any more that its tail was cut off."""
    heads = build(engine, tmp_path)
    file = tmp_path / FILE
    file.write_text("".join(f"{head_line(one.when, one.seq, one.chain)}\n" for one in heads), encoding="ascii")
    printed = f"{heads[-1].seq}:{heads[-1].chain}"

    def told(*more: str) -> tuple[int, str]:
        answer = CliRunner().invoke(cli, ["verify", "--database", database_url, *more])
        return answer.exit_code, answer.output

    assert [told(*more)[0] for more in ((), ("--heads", str(file)), ("--head", printed))] == [0, 0, 0]
    with behind_the_back(engine) as conn:
        cut_with_heads(conn)
    assert told()[0] == 0
    by_file, by_head = told("--heads", str(file)), told("--head", printed)
    assert by_file[0] == 1 and f"{FILE} 2026-07-07: 当时的链头 {printed} 已不在链上" in by_file[1]
    assert by_head[0] == 1 and f"--head {printed[:20]}" in by_head[1]
    assert told("--head", "7")[0] == 2 and "SEQ:HASH" in told("--head", "7")[1]

"""Editions in a database: proposed by one, approved by another, never altered, read by every process (DAY-1, ROLE-3,
DESIGN law 12; I-25, B-103)."""

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy import Engine, insert, select, text, update
from sqlalchemy.exc import DBAPIError

from basics.refusal import Refusal
from editions.actions import approve, decline, pin_shipped, propose
from editions.queries import BookCache, EditionAltered, approved, edition_text, load_book, proposal, proposals
from editions.rules import Draft, read_text, text_hash
from rulebook.book import Edition
from storage import triggers
from storage.session import reading, run, writing
from storage.tables.editions import edition_proposals, editions
from tests.rules.courses import t
from tests.rules.editions import CHECKER, MAKER, SHIPPED, TEXT, approved_edition, later_text
from verify.queries import book_of, check

NOW = t("5 10:00")  # of May 2026
JUNE = later_text("2026-06-01", ("accept = { value = 30", "accept = { value = 20"))


def draft(text: str = JUNE) -> Draft:
    found = read_text(text.encode())
    assert isinstance(found, Draft)
    return found


def proposed(engine: Engine, text: str = JUNE, by: str = MAKER) -> int:
    number = run(engine, lambda conn: propose(conn, draft(text), SHIPPED, by, "试行", NOW))
    assert isinstance(number, int)
    return number


def test_one_proposes_another_approves(engine: Engine) -> None:
    number = proposed(engine)
    with writing(engine) as conn:
        own = approve(conn, number, SHIPPED, MAKER, "同意", NOW)
        assert isinstance(own, Refusal) and own.code == "four_eyes"
        assert decline(conn, number, MAKER, "算了", NOW).code == "four_eyes"  # type: ignore[union-attr]
        assert [row.name for row in approved(conn)] == []
    with writing(engine) as conn:
        edition = approve(conn, number, SHIPPED, CHECKER, "同意", NOW + timedelta(hours=1))
        assert isinstance(edition, Edition) and edition.name == "2026-06-01"
    with reading(engine) as conn:
        first, second = approved(conn)
        assert (first.name, first.text, first.maker) == ("2017-01-01", TEXT, "lanshou")
        assert (second.text, second.sha256, second.maker, second.checker) == (JUNE, text_hash(JUNE), MAKER, CHECKER)
        row = proposal(conn, number)
        assert row is not None and (row.state, row.checker, row.decision) == ("approved", CHECKER, "同意")
        assert load_book(conn, SHIPPED, {}).named("2026-06-01").accept == timedelta(minutes=20)
        assert check(conn, book_of(conn)) == []
    with writing(engine) as conn:
        again = approve(conn, number, SHIPPED, CHECKER, "同意", NOW)
        assert isinstance(again, Refusal) and again.code == "proposal_decided"


def test_day_1_an_approval_of_the_last_microsecond_and_of_the_next(engine: Engine) -> None:
    number = proposed(engine)
    edge = t("16 00:00")
    with writing(engine) as conn:
        late = approve(conn, number, SHIPPED, CHECKER, "同意", edge)
        assert isinstance(late, Refusal) and late.code == "announced_too_late" and "2026-07-01" in late.message
    with writing(engine) as conn:
        assert isinstance(approve(conn, number, SHIPPED, CHECKER, "同意", edge - timedelta(microseconds=1)), Edition)
    with reading(engine) as conn:
        assert check(conn, book_of(conn)) == []


def test_day_1_a_proposal_that_comes_too_late_is_refused(engine: Engine) -> None:
    with writing(engine) as conn:
        late = propose(conn, draft(), SHIPPED, MAKER, "试行", t("16 00:00"))
        assert isinstance(late, Refusal) and late.code == "announced_too_late"
        assert proposals(conn) == []


def test_the_calendar_is_that_of_the_edition_in_force_at_the_proposal(engine: Engine) -> None:
    """From June on, changes are announced by the 10th; one proposed in May has until the 15th."""
    june = later_text("2026-06-01", ("change_announced_by = { value = 15", "change_announced_by = { value = 10"))
    with writing(engine) as conn:
        approved_edition(conn, june, NOW)
    number = proposed(engine, later_text("2026-07-01"))
    with writing(engine) as conn:
        late = propose(
            conn, draft(later_text("2026-07-01", name="b")), SHIPPED, MAKER, "试行", t("31 00:00") + DAY * 11
        )
        assert isinstance(late, Refusal) and late.code == "announced_too_late"
        assert isinstance(approve(conn, number, SHIPPED, CHECKER, "同意", t("31 00:00") + DAY * 11), Edition)
    with reading(engine) as conn:
        assert check(conn, book_of(conn)) == []


DAY = timedelta(days=1)


def test_of_two_for_one_day_the_second_is_refused_and_can_be_declined(engine: Engine) -> None:
    first, second = proposed(engine), proposed(engine, later_text("2026-06-01", name="other"))
    with writing(engine) as conn:
        assert isinstance(approve(conn, first, SHIPPED, CHECKER, "同意", NOW), Edition)
        taken = approve(conn, second, SHIPPED, CHECKER, "同意", NOW)
        assert isinstance(taken, Refusal) and taken.code == "effective_taken"
        assert decline(conn, second, CHECKER, "已有另一版", NOW) is None
    with reading(engine) as conn:
        row = proposal(conn, second)
        assert row is not None and (row.state, row.decision, row.reason) == ("declined", "已有另一版", "试行")
        assert edition_text(conn, "other") is None


def test_what_cannot_be_proposed(engine: Engine) -> None:
    number = proposed(engine)
    with writing(engine) as conn:
        twice = propose(conn, draft(), SHIPPED, CHECKER, "再来", NOW)
        assert isinstance(twice, Refusal) and twice.code == "already_proposed"
        assert decline(conn, number, CHECKER, "不同意", NOW) is None
        at_once = propose(conn, draft(), SHIPPED, CHECKER, "再来", NOW)  # of one name, at the same microsecond
        assert isinstance(at_once, Refusal) and at_once.code == "already_proposed"
        later = NOW + timedelta(microseconds=1)
        assert isinstance(propose(conn, draft(), SHIPPED, CHECKER, "再来", later), int)  # after it was declined
        same = propose(conn, draft(later_text("2026-07-01", name="2017-01-01")), SHIPPED, MAKER, "x", NOW)
        assert isinstance(same, Refusal) and same.code == "name_taken"
        blank = propose(conn, draft(later_text("2026-07-01")), SHIPPED, MAKER, " \u200b", NOW)
        assert isinstance(blank, Refusal) and blank.code == "reason_required"
        unknown = approve(conn, 999, SHIPPED, CHECKER, "同意", NOW)
        assert isinstance(unknown, Refusal) and unknown.code == "proposal_unknown"


def test_b_103_the_text_is_the_one_proposed(engine: Engine) -> None:
    number = proposed(engine)
    with writing(engine) as conn:
        conn.execute(update(edition_proposals).values(text=JUNE.replace("value = 20", "value = 10", 1)))
        altered = approve(conn, number, SHIPPED, CHECKER, "同意", NOW)
        assert isinstance(altered, Refusal) and altered.code == "version_conflict"
        conn.execute(update(edition_proposals).values(text=JUNE))
        other = approve(conn, number, SHIPPED, CHECKER, "同意", NOW, seen="0" * 64)
        assert isinstance(other, Refusal) and other.code == "version_conflict"
        assert isinstance(approve(conn, number, SHIPPED, CHECKER, "同意", NOW, seen=text_hash(JUNE)), Edition)


def test_line_ends_are_kept(engine: Engine) -> None:
    windows = JUNE.replace("\n", "\r\n")
    with writing(engine) as conn:
        approved_edition(conn, windows, NOW)
    with reading(engine) as conn:
        assert edition_text(conn, "2026-06-01") == windows
        assert load_book(conn, SHIPPED, {}).named("2026-06-01").text_sha256 == text_hash(windows)


@pytest.mark.parametrize("round_", range(3))
def test_two_checkers_at_once_one_wins(engine: Engine, round_: int) -> None:
    numbers = [proposed(engine, later_text("2026-06-01", name=name)) for name in ("a", "b")]
    answers: list[Edition | Refusal] = []
    barrier = Barrier(4)

    def decide(number: int, by: str) -> None:
        barrier.wait()
        answers.append(run(engine, lambda conn: approve(conn, number, SHIPPED, by, "同意", NOW)))

    threads = [Thread(target=decide, args=(number, f"审批人 #{who}")) for number in numbers for who in (2, 3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    won = [answer for answer in answers if isinstance(answer, Edition)]
    lost = sorted(answer.code for answer in answers if isinstance(answer, Refusal))
    assert len(won) == 1 and lost == ["effective_taken", "effective_taken", "proposal_decided"]
    with reading(engine) as conn:
        assert len(approved(conn)) == 2 and check(conn, book_of(conn)) == []


@pytest.mark.parametrize("statement", ["UPDATE editions SET text = 'x'", "DELETE FROM editions"])
def test_an_edition_is_never_edited(engine: Engine, statement: str) -> None:
    with writing(engine) as conn:
        approved_edition(conn, JUNE, NOW)
    with pytest.raises(DBAPIError, match="append-only"), writing(engine) as conn:
        conn.execute(text(statement))


def planted(engine: Engine, name: str, **values: str) -> None:
    """As an owner of the database could."""
    with writing(engine) as conn:
        triggers.remove(conn)
        conn.execute(update(editions).where(editions.c.name == name).values(values))
        triggers.install(conn)


ALTERED = JUNE.replace("value = 20", "value = 200", 1)
PLANTED = [
    ("2026-06-01", {"text": ALTERED}),  # the hash tells
    ("2026-06-01", {"text": "x", "sha256": text_hash("x")}),  # cannot be read
    ("2026-06-01", {"effective": "2026-07-01"}),
    ("2017-01-01", {"text": TEXT + "#", "sha256": text_hash(TEXT + "#")}),  # not the one shipped
]


@pytest.mark.parametrize(("name", "values"), PLANTED, ids=["text", "unreadable", "day", "shipped"])
def test_i_25_an_altered_edition_stops_everything_and_is_named(
    engine: Engine, name: str, values: dict[str, str]
) -> None:
    with writing(engine) as conn:
        approved_edition(conn, JUNE, NOW)
    cache = BookCache()
    with reading(engine) as conn:
        held = cache.get(conn, SHIPPED, NOW)
    planted(engine, name, **values)
    with reading(engine) as conn:
        with pytest.raises(EditionAltered, match=name):
            load_book(conn, SHIPPED, {})
        assert cache.get(conn, SHIPPED, NOW + timedelta(seconds=29)) is held
        with pytest.raises(EditionAltered, match=name):
            cache.get(conn, SHIPPED, NOW + timedelta(seconds=30))
        findings = check(conn, book_of(conn))
    assert [(found.invariant, found.table, found.key) for found in findings] == [("I-25", "editions", name)]


FORGED = [
    {"text": ALTERED, "sha256": text_hash(ALTERED)},  # text and hash together: the proposal tells
    {"maker": CHECKER},
    {"checker": MAKER},
]


@pytest.mark.parametrize("values", FORGED)
def test_i_25_verify_sees_what_no_proposal_says(engine: Engine, values: dict[str, str]) -> None:
    with writing(engine) as conn:
        approved_edition(conn, JUNE, NOW)
    planted(engine, "2026-06-01", **values)
    with reading(engine) as conn:
        assert [(found.invariant, found.key) for found in check(conn, book_of(conn))] == [("I-25", "2026-06-01")]


@pytest.mark.parametrize(
    ("effective", "approved_at", "maker", "checker", "says"),
    [
        ("2026-06-01", "16 00:00", MAKER, CHECKER, "announced too late"),
        ("2026-06-02", "5 10:00", MAKER, CHECKER, "effective"),
        ("2026-06-01", "5 10:00", "甲 #1", "乙 #1", "one person"),
    ],
)
def test_i_25_verify_checks_day_1_and_role_3_itself(
    engine: Engine, effective: str, approved_at: str, maker: str, checker: str, says: str
) -> None:
    body = later_text(effective)
    row = {"name": effective, "effective": effective, "text": body, "sha256": text_hash(body), "maker": maker}
    with writing(engine) as conn:
        pin_shipped(conn, SHIPPED, NOW)
        conn.execute(insert(editions).values(**row, checker=checker, approved_at=t(approved_at)))
        decided = {"checker": checker, "decided_at": t(approved_at), "decision": "", "state": "approved"}
        conn.execute(insert(edition_proposals).values(**row, proposed_at=NOW, reason="", **decided))
    with reading(engine) as conn:
        [found] = check(conn, book_of(conn))
    assert found.key == effective and says in found.message


def test_the_first_edition_is_written_down_once(engine: Engine) -> None:
    with writing(engine) as conn:
        pin_shipped(conn, SHIPPED, NOW)
        pin_shipped(conn, SHIPPED, NOW + timedelta(days=1))
        [row] = approved(conn)
        assert (row.name, row.text, row.approved_at) == ("2017-01-01", TEXT, NOW)
        assert load_book(conn, SHIPPED, {}) is SHIPPED
    with writing(engine) as conn:
        triggers.remove(conn)
        conn.execute(update(editions).values(name="2016-01-01"))
    with reading(engine) as conn, pytest.raises(EditionAltered):
        load_book(conn, SHIPPED, {})


def test_every_process_reads_an_approved_edition_within_a_minute(engine: Engine) -> None:
    """And reads nothing in between; texts that were read are not read again."""
    one, other = BookCache(), BookCache()
    with reading(engine) as conn:
        before = [cache.get(conn, SHIPPED, NOW) for cache in (one, other)]
    assert all(book is SHIPPED for book in before)
    with writing(engine) as conn:
        approved_edition(conn, JUNE, NOW)
    with reading(engine) as conn:
        assert one.get(conn, SHIPPED, NOW + timedelta(seconds=29.999999)) is SHIPPED
        fresh = one.get(conn, SHIPPED, NOW + timedelta(seconds=30))
        assert [edition.name for edition in fresh.editions] == ["2017-01-01", "2026-06-01"]
        again = one.get(conn, SHIPPED, NOW + timedelta(seconds=60))
        assert again.editions[1] is fresh.editions[1], "cached by hash"
        assert other.held(SHIPPED, NOW + timedelta(seconds=30)) is None
        assert one.held(SHIPPED, NOW) is None, "a clock set back makes it stale"
        assert conn.execute(select(editions.c.id)).all()

"""LEDGER-1 and VIO-4: every posting sums to zero, is there once whatever is retried, and is reversed, never edited."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, delete, update
from sqlalchemy.exc import DBAPIError

from channels.messages import Withdrawal
from dispatch.facts import Target, Transfer
from penalties.booking.actions import post
from penalties.booking.queries import balances
from penalties.ledger import FINES, Posting, fine, fine_key, reversal
from penalties.lifecycle import CONFIRM, DISMISS, DISPROVE
from penalties.queries import posting_of
from rulebook.book import Book
from storage.session import writing
from storage.tables import penalties as tables
from tests.rules.courses import t
from tests.rules.editions import later
from tests.rules.scene import Scene, pushed
from tests.rules.stage import IN_A1

AT = t("5 10:30")
FINE = Posting("fine:cainiao/LP1:1:V-ACCEPT", AT, "A1", "LP1", "V-ACCEPT", "2017-01-01", (("A", 100), (FINES, -100)))


@st.composite
def line_sets(draw: st.DrawFn) -> tuple[tuple[str, int], ...]:
    accounts = draw(st.lists(st.sampled_from("ABCDEF"), min_size=1, max_size=5, unique=True))
    amounts = [draw(st.integers(-(10**9), 10**9).filter(bool)) for _ in accounts]
    rest = -sum(amounts)
    return (*zip(accounts, amounts, strict=True), *([(FINES, rest)] if rest else []))


@given(line_sets(), st.integers(-5, 5).filter(bool))
def test_ledger_1_a_transaction_that_does_not_sum_to_zero_cannot_be_made(
    lines: tuple[tuple[str, int], ...], off: int
) -> None:
    assert sum(amount for _, amount in replace(FINE, lines=lines).lines) == 0
    account, amount = lines[0]
    with pytest.raises(ValueError, match="sum to zero"):
        replace(FINE, lines=((account, amount + off), *lines[1:]))


def test_ledger_1_no_line_of_nothing() -> None:
    with pytest.raises(ValueError, match="sum to zero"):
        replace(FINE, lines=(("A", 0), (FINES, 0)))


def test_ledger_1_a_fine_is_booked_to_the_house_and_tagged_with_the_station() -> None:
    key = fine_key("cainiao", "LP1", 2, "V-PICKUP")
    one = fine(key, "A", "A1", "LP1", "V-PICKUP", 10_000, AT, "2017-01-01", 7)
    assert one.lines == (("A", 10_000), (FINES, -10_000)) and one.station == "A1"
    assert (one.key, one.rule, one.happened_at) == ("fine:cainiao/LP1:2:V-PICKUP", "V-PICKUP", AT)


def test_ledger_1_a_reversal_is_the_opposite_under_its_own_key() -> None:
    back = reversal(FINE, t("9 12:00"))
    assert back.key == FINE.key + ":reversed" and back.happened_at == t("9 12:00")
    assert dict(back.lines) == {account: -amount for account, amount in FINE.lines}


def test_ledger_1_content_is_everything_but_the_key_and_the_zone() -> None:
    same = replace(FINE, key="other", happened_at=AT.astimezone(UTC), lines=FINE.lines[::-1], violation_id=9)
    assert same.content_hash() == FINE.content_hash()
    others = [
        {"happened_at": t("5 10:31")}, {"station": "A"}, {"logistics_no": "LP2"}, {"rule": "V-PICKUP"},
        {"edition": "2027-01-01"}, {"lines": (("A", 101), (FINES, -101))}, {"lines": (("B", 100), (FINES, -100))},
    ]  # fmt: skip
    hashes = {replace(FINE, **other).content_hash() for other in others}  # type: ignore[arg-type]
    assert len(hashes | {FINE.content_hash()}) == len(others) + 1


@pytest.fixture
def scene(engine: Engine) -> Iterator[Scene]:
    with writing(engine) as conn:
        yield Scene(conn)


def test_ledger_1_the_same_posting_again_changes_nothing(scene: Scene) -> None:
    assert post(scene.conn, [FINE], AT) == 1
    assert post(scene.conn, [FINE, replace(FINE, key="fine:cainiao/LP2:1:V-ACCEPT")], t("9 12:00")) == 1
    assert post(scene.conn, [FINE], AT) == 0 and post(scene.conn, [], AT) == 0
    assert balances(scene.conn) == {"A": 200, FINES: -200}


def test_ledger_1_the_same_key_with_other_content_is_an_error(scene: Scene) -> None:
    post(scene.conn, [FINE], AT)
    for other in (replace(FINE, station="B"), replace(FINE, lines=(("A", 5), (FINES, -5)))):
        with pytest.raises(ValueError, match="other content"):
            post(scene.conn, [other], AT)


def test_ledger_1_nothing_is_edited_or_deleted(engine: Engine) -> None:
    with writing(engine) as conn:
        post(conn, [FINE], AT)
    for statement in (
        update(tables.lines).values(amount_fen=1), delete(tables.lines), update(tables.postings).values(rule="x"),
        delete(tables.postings),
    ):  # fmt: skip
        with pytest.raises(DBAPIError, match="append-only"), writing(engine) as conn:
            conn.execute(statement)


def late(scene: Scene) -> int:
    """An order of A1 that nobody accepted: the id of its V-ACCEPT."""
    scene.tell("5 10:00", pushed(where=IN_A1))
    scene.sweep("5 11:00")
    return scene.suspicions()["LP1:1:V-ACCEPT"]


def test_vio_4_a_confirmed_violation_is_posted_once_whatever_is_retried(scene: Scene) -> None:
    found = late(scene)
    assert balances(scene.conn) == {}, "a suspicion costs nothing"
    assert scene.review("5 12:00", CONFIRM, [found]) == [None]
    posted = scene.ledger()
    assert posted == [
        ("fine:cainiao/LP1:1:V-ACCEPT", "A", 10_000, AT), ("fine:cainiao/LP1:1:V-ACCEPT", FINES, -10_000, AT),
    ]  # fmt: skip
    assert scene.review("5 12:01", CONFIRM, [found, found]) == ["no_open_suspicion"] * 2
    assert scene.review("5 12:01", DISMISS, [found]) == ["no_open_suspicion"]
    assert post(scene.conn, list(posting_of(scene.conn, [found]).values()), t("9 12:00")) == 0
    scene.sweep("5 13:00")
    assert scene.ledger() == posted


def test_vio_4_twice_in_one_call_and_an_unknown_one(scene: Scene) -> None:
    found = late(scene)
    assert scene.review("5 12:00", CONFIRM, [found, found, 0]) == [None, "no_open_suspicion", "no_open_suspicion"]
    assert balances(scene.conn) == {"A": 10_000, FINES: -10_000}


def test_vio_4_a_dismissed_one_costs_nothing_and_stays_dismissed(scene: Scene) -> None:
    found = late(scene)
    assert scene.review("5 12:00", DISMISS, [found]) == [None]
    assert scene.review("5 12:00", CONFIRM, [found]) == ["no_open_suspicion"]
    scene.tell("5 12:30", Withdrawal("", "LP1", "sender", "不寄了", t("5 10:10")))
    assert scene.suspicions("dismissed") == {"LP1:1:V-ACCEPT": found} and scene.ledger() == []


def test_vio_4_news_that_disproves_a_fine_reverses_it_once(scene: Scene) -> None:
    found = late(scene)
    scene.review("5 12:00", CONFIRM, [found])
    news = Withdrawal("", "LP1", "sender", "不寄了", t("5 10:10"))
    for at in ("5 12:30", "5 12:40"):
        scene.tell(at, news)
    scene.sweep("7 12:00")
    assert scene.suspicions("overturned") == {"LP1:1:V-ACCEPT": found}
    assert balances(scene.conn) == {"A": 0, FINES: 0}
    key = "fine:cainiao/LP1:1:V-ACCEPT:reversed"
    assert scene.ledger()[2:] == [(key, FINES, 10_000, t("5 12:30")), (key, "A", -10_000, t("5 12:30"))]
    assert scene.review("8 12:00", DISPROVE, [found]) == ["no_open_suspicion"]


def test_vio_4_news_clears_a_suspicion_before_anybody_decided(scene: Scene) -> None:
    found = late(scene)
    scene.tell("5 12:30", Withdrawal("", "LP1", "sender", "不寄了", t("5 10:10")))
    assert scene.suspicions() == {} and scene.suspicions("cleared") == {"LP1:1:V-ACCEPT": found}
    assert scene.review("5 13:00", CONFIRM, [found]) == ["no_open_suspicion"] and scene.ledger() == []


@pytest.mark.parametrize("noticed", ["5 11:06", "7 15:00"])
def test_vio_1_a_fine_displaced_by_time_alone_falls_at_that_deadline_whenever_it_is_noticed(
    engine: Engine, noticed: str
) -> None:
    """An edition that gives transfers longer than acceptance: V-ACCEPT is fined, then V-TRANSFER takes its place."""
    slower = Book([later("2020-01-01", ("transfer = { value = 30,", "transfer = { value = 60,"))])
    with writing(engine) as conn:
        scene = Scene(conn, slower)
        scene.tell("5 10:00", pushed())
        scene.tell("5 10:05", Transfer(Target("LP1"), "A", "B"))
        scene.sweep("5 10:50")
        assert scene.review("5 10:52", CONFIRM, scene.suspicions().values()) == [None]
        scene.sweep(noticed)
        fallen = [row for row in scene.ledger() if row[0].endswith(":reversed")]
        assert {row[3] for row in fallen} == {t("5 11:05")} and len(fallen) == 2
        assert "LP1:2:V-TRANSFER" in scene.suspicions()

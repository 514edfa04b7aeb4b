"""Rule rehearsal: a draft on a period that is over. What is in force changes nothing; a draft changes what it says."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, func, select, update

from basics.days import SHANGHAI
from basics.refusal import Refusal
from dispatch.facts import Confirm, Target
from dispatch.rehearsal import actions, queries
from dispatch.rehearsal.draft import rehearsed
from dispatch.rehearsal.figures import whole_months
from dispatch.rehearsal.outcome import Case, Found, outcomes
from dispatch.rehearsal.queries import count, plan_of, rehearse
from penalties.ledger import FINES, REFUNDS, REWARDS
from penalties.lifecycle import CONFIRM, DISMISS, OVERTURN
from penalties.settling.actions import settle
from rulebook.book import Book, Edition
from storage.session import writing
from storage.tables import penalties as p
from storage.tables.dispatch import events, orders
from tests.rules.courses import t
from tests.rules.editions import SHIPPED, later, later_text
from tests.rules.scene import Scene, accepts, pushed
from tests.rules.stage import IN_A1, IN_B

MAY = date(2026, 5, 1), date(2026, 5, 31)
AFTER = datetime(2026, 6, 3, 9, tzinfo=SHANGHAI)
IN_FORCE = SHIPPED.editions[0]
QUICKER = ("accept = { value = 30,", "accept = { value = 20,")
SLOWER = ("accept = { value = 30,", "accept = { value = 60,")
DEARER = ("V-ACCEPT = { value = 10000,", "V-ACCEPT = { value = 12345,")


@pytest.fixture
def scene(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    monkeypatch.setattr(queries, "CHUNK", 3)  # of eight orders, so that none is left out between two reads
    with writing(engine) as conn:
        yield a_month(Scene(conn).stations())


def a_month(scene: Scene) -> Scene:
    """A accepts LP1 after 25 min, LP2 after 40, LP3 after 50, LP4 never; B, with more orders, takes LP5 after 45."""
    waits = {"LP1": 25, "LP2": 40, "LP3": 50}
    told: list[tuple[str, Any]] = [("5 10:00", pushed(no, business_type="send_express")) for no in (*waits, "LP4")]
    told += [("5 10:00", pushed(no, business_type="send_express", where=IN_B)) for no in ("LP5", "LP6", "LP7", "LP8")]
    told += [("5 10:05", accepts(no, "B")) for no in ("LP6", "LP7", "LP8")]
    told += [(f"5 10:{minute}", accepts(no)) for no, minute in waits.items()]
    told.append(("5 10:45", accepts("LP5", "B")))
    numbers = {no: f"5500000000{n:04d}" for n, no in enumerate(("LP1", "LP2", "LP3", "LP5", "LP6", "LP7", "LP8"))}
    told.sort(key=lambda one: t(one[0]))
    for no, waybill in numbers.items():
        told.append(("5 11:00", Confirm(Target(no), "B" if no >= "LP5" else "A", waybill)))
    scene.tell_all(told)
    scene.sweep("9 00:00")
    open_ones = scene.suspicions()
    # LP2, LP4, LP5 confirmed, LP3 dismissed; LP4's pickup fine overturned; what no scan bears out stays open.
    confirmed = [open_ones[key] for key in ("LP2:1:V-ACCEPT", "LP4:1:V-ACCEPT", "LP4:1:V-PICKUP", "LP5:1:V-ACCEPT")]
    assert scene.review("10 10:00", CONFIRM, confirmed) == [None] * 4
    assert scene.review("10 10:00", DISMISS, [open_ones["LP3:1:V-ACCEPT"]]) == [None]
    assert scene.review("12 10:00", OVERTURN, [open_ones["LP4:1:V-PICKUP"]]) == [None]
    assert not isinstance(settle(scene.conn, "2026-05", SHIPPED, AFTER), Refusal)
    return scene


def run(
    scene: Scene, draft: Edition, first: date = MAY[0], last: date = MAY[1], book: Book = SHIPPED
) -> dict[str, Any]:
    return rehearse(scene.conn, plan_of(Scene(scene.conn, book).world, draft, first, last), AFTER)


def ledger(scene: Scene, account: str) -> int:
    query = select(func.coalesce(func.sum(p.lines.c.amount_fen), 0)).where(p.lines.c.account == account)
    return int(scene.conn.execute(query).scalar_one())


def of(found: dict[str, Any], station: str) -> dict[str, Any]:
    return next((row for row in found["stations"] if row["station"] == station), {})


def test_what_is_in_force_reproduces_the_ledger_to_the_fen(scene: Scene) -> None:
    found = run(scene, IN_FORCE)
    total = found["total"]
    assert total["fines_before"] == total["fines_draft"] == total["fines_worst"] == -ledger(scene, FINES) == 30_000
    assert total["rewards_before"] == total["rewards_draft"] == total["rewards_worst"] == ledger(scene, REWARDS)
    assert total["refunds_before"] == total["refunds_draft"] == ledger(scene, REFUNDS)
    assert all(row["change"] == row["change_worst"] == 0 for row in found["stations"])
    assert found["months"] == {"2026-05": {"settled": 1, "unlike_ledger": 0, "places": 200, "places_before": 200}}
    assert found["orders"] == 8 and found["winners"] == found["losers"] == []


def test_a_quicker_clock_finds_more_which_nobody_has_decided(scene: Scene) -> None:
    found = run(scene, later("2027-01-01", QUICKER))
    assert found["kinds"]["V-ACCEPT"] == {"before": 3, "draft": 3, "fell": 0, "new": 1}
    a = of(found, "A")
    assert (a["fines_before"], a["fines_draft"], a["fines_worst"]) == (20_000, 20_000, 30_000)
    assert a["change"] == 0 and a["change_worst"] == -10_000


def test_a_slower_clock_lets_fines_fall_and_pays_a_reward(scene: Scene) -> None:
    found = run(scene, later("2027-01-01", SLOWER))
    b = of(found, "B")
    assert (b["fines_before"], b["fines_draft"]) == (10_000, 0), "45 minutes are in time"
    assert (b["rewards_before"], b["rewards_draft"]) == (0, 20_000), "a clean month"
    assert of(found, "A")["fines_draft"] == 10_000, "LP4 was never accepted"
    assert found["winners"] == ["B", "A"] and found["losers"] == []


def test_a_dearer_fine_keeps_every_verdict(scene: Scene) -> None:
    found = run(scene, later("2027-01-01", DEARER))
    assert found["total"]["fines_draft"] == 3 * 12_345
    assert found["kinds"]["V-ACCEPT"] == {"before": 3, "draft": 3, "fell": 0}


def test_days_that_are_no_whole_month_settle_nothing(scene: Scene) -> None:
    found = run(scene, later("2027-01-01", SLOWER), date(2026, 5, 5), date(2026, 5, 5))
    assert found["months"] == {} and found["total"]["rewards_draft"] == 0
    assert found["total"]["fines_before"] == 30_000 and found["total"]["fines_draft"] == 10_000
    assert run(scene, IN_FORCE, date(2026, 5, 7), date(2026, 5, 8))["stations"] == []


def test_a_log_that_cannot_be_read_is_counted_and_stays_as_it_is(scene: Scene) -> None:
    five = select(orders.c.id).where(orders.c.logistics_no == "LP5").scalar_subquery()
    scene.conn.execute(update(events).where(events.c.order_id == five, events.c.seq == 2).values(kind="nonsense"))
    found = run(scene, later("2027-01-01", SLOWER))
    assert found["unreadable"] == 1 and of(found, "B")["fines_draft"] == 10_000


def test_an_order_that_only_the_draft_cannot_judge_stays_too(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    judged = queries._judged

    def fails(order: Any, told: Any, world: Any, now: Any) -> Any:
        if world.book is not SHIPPED:
            raise ArithmeticError("the draft alone")
        return judged(order, told, world, now)

    monkeypatch.setattr(queries, "_judged", fails)
    found = run(scene, later("2027-01-01", SLOWER))
    assert found["unreadable"] == 8
    assert found["total"]["fines_draft"] == found["total"]["fines_before"] == 30_000
    assert found["total"]["change"] == 0


def test_what_is_still_to_be_settled_is_no_doing_of_the_draft(scene: Scene) -> None:
    """B's fine falls after the settlement: its reward is due, and not posted yet."""
    (fine,) = [number for key, number in scene.suspicions("confirmed").items() if key == "LP5:1:V-ACCEPT"]
    assert scene.review("20 10:00", OVERTURN, [fine]) == [None]
    for draft in (IN_FORCE, later("2027-01-01", DEARER)):
        found = run(scene, draft)
        b = of(found, "B")
        assert found["months"]["2026-05"]["unlike_ledger"] == 1
        assert b.get("rewards_before", 0) == b.get("rewards_draft", 0) == 0 and "B" not in found["winners"]


def test_the_contracted_area_counts_for_its_house(scene: Scene) -> None:
    scene.tell("5 11:30", pushed("LP9", created="5 11:30", where=IN_A1))
    scene.tell("5 11:55", accepts("LP9", "A1"))
    found = run(scene, later("2027-01-01", QUICKER))
    assert of(found, "A")["fines_worst"] == 40_000 and of(found, "A1") == {}


def test_terms_are_those_of_the_draft(scene: Scene) -> None:
    """One place a month for three level-1 stations that count: the best house of a province may get none."""
    draft = later("2027-01-01", ("places = { value = 200,", "places = { value = 0,"), SLOWER)
    found = run(scene, draft)
    assert found["months"]["2026-05"]["places"] == 0 and found["total"]["rewards_draft"] == 0


def test_an_order_of_the_month_before_counts_by_when_it_was_late(scene: Scene) -> None:
    plan = plan_of(scene.world, IN_FORCE, date(2026, 5, 6), date(2026, 5, 6))
    assert count(scene.conn, plan) == 8
    found = rehearse(scene.conn, plan, AFTER)
    assert "V-ACCEPT" not in found["kinds"], "all of them were late on the 5th"


# ---- the verdicts of one order, by a table ------------------------------------------------------------------------

DAY = (t("5 00:00"), t("6 00:00"))
LATE = Found("A", t("5 10:30"), 10_000, False)
SOONER = Found("A", t("5 10:20"), 10_000, False)
EXCUSED = Found("A", t("5 10:20"), 10_000, True)
MOVED, DEAR = Found("A", t("6 10:30"), 10_000, False), Found("A", t("6 10:30"), 12_345, False)
KEY = (1, "V-ACCEPT")


@pytest.mark.parametrize(
    ("state", "present", "draft", "before", "after", "new"),
    [
        ("confirmed", LATE, LATE, 10_000, 10_000, False),
        ("confirmed", LATE, None, 10_000, 0, False),  # falls
        ("confirmed", LATE, SOONER, 10_000, 10_000, False),
        ("confirmed", MOVED, DEAR, 10_000, 12_345, False),  # judged otherwise by now: the price alone changes
        ("confirmed", None, None, 10_000, 10_000, False),  # decided by what was known then: stays
        ("dismissed", LATE, SOONER, 0, 0, False),
        ("overturned", LATE, SOONER, 0, 0, False),
        ("suspected", LATE, SOONER, 0, 0, False),  # open before, open after
        ("cleared", None, SOONER, 0, 0, True),
        ("cleared", None, None, None, None, False),
        ("", None, SOONER, 0, 0, True),
        ("", None, EXCUSED, 0, 0, True),
        ("", LATE, LATE, 0, 0, False),  # the sweep has not come yet
    ],
)
def test_verdicts(
    state: str, present: Found | None, draft: Found | None, before: int | None, after: int | None, new: bool
) -> None:
    stored = {KEY: Case(LATE, state)} if state else {}
    found = list(outcomes(stored, {KEY: present} if present else {}, {KEY: draft} if draft else {}, DAY))
    if before is None:
        assert found == []
        return
    (one,) = found
    assert (one.fined_before, one.fined_after, one.new) == (before, after, new)


def test_a_deadline_that_moves_into_the_next_day_leaves_the_period() -> None:
    tomorrow = Found("A", t("6 00:00"), 10_000, False)
    (one,) = outcomes({KEY: Case(LATE, "confirmed")}, {KEY: LATE}, {KEY: tomorrow}, DAY)
    assert (one.fined_before, one.fined_after) == (10_000, 0)


def test_the_rulebook_of_a_rehearsal() -> None:
    draft = later("2027-01-01", QUICKER)
    book = rehearsed(SHIPPED, draft, MAY[0])
    assert book.edition_on(date(2026, 4, 30)).accept == timedelta(minutes=30)
    assert book.edition_on(MAY[0]).accept == timedelta(minutes=20)
    assert rehearsed(SHIPPED, IN_FORCE, MAY[0]) is SHIPPED
    later_on = Book([*SHIPPED.editions, later("2026-05-10", SLOWER)])
    assert rehearsed(later_on, IN_FORCE, MAY[0]).edition_on(MAY[1]).accept == timedelta(minutes=30)
    same_name = rehearsed(SHIPPED, later("2026-06-01", QUICKER, name="2017-01-01"), MAY[0])
    assert [edition.name for edition in same_name.editions] == ["2017-01-01", "2017-01-01*"]


@pytest.mark.parametrize(
    ("first", "last", "months"),
    [
        ((2026, 5, 1), (2026, 5, 31), ["2026-05"]),
        ((2026, 5, 2), (2026, 6, 30), ["2026-06"]),
        ((2026, 12, 1), (2027, 1, 31), ["2026-12", "2027-01"]),
        ((2026, 5, 1), (2026, 5, 30), []),
    ],
)
def test_whole_months(first: tuple[int, int, int], last: tuple[int, int, int], months: list[str]) -> None:
    assert whole_months(date(*first), date(*last)) == months


# ---- asked for, taken, worked off -----------------------------------------------------------------------------------


def ask(scene: Scene, key: str = "k", first: date = MAY[0], last: date = MAY[1]) -> Refusal | int:
    draft = later("2027-01-01", QUICKER)
    return actions.ask(scene.conn, key, draft, later_text("2027-01-01", QUICKER), first, last, "己 #6", AFTER)


def test_a_form_sent_twice_asks_once_and_one_process_takes_it(scene: Scene) -> None:
    assert ask(scene) == ask(scene) == 1
    taken = actions.take(scene.conn, AFTER)
    assert taken and (taken.first, taken.last) == MAY
    assert actions.take(scene.conn, AFTER) is None
    died = AFTER + actions.LEASE
    assert actions.take(scene.conn, died) is not None, "its process died"
    actions.finish(scene.conn, 1, {"orders": 8}, died)
    assert actions.take(scene.conn, died + actions.LEASE) is None


@pytest.mark.parametrize(
    ("first", "last", "code"),
    [
        ((2026, 5, 2), (2026, 5, 1), "period_invalid"),
        ((2026, 6, 1), (2026, 6, 3), "period_invalid"),  # today is not over
        ((2026, 3, 1), (2026, 6, 2), "range_too_wide"),
        ((1, 1, 1), (1, 2, 1), "period_invalid"),
        ((1900, 1, 1), (1900, 1, 31), "period_invalid"),
    ],
)
def test_periods_that_cannot_be_rehearsed(
    scene: Scene, first: tuple[int, int, int], last: tuple[int, int, int], code: str
) -> None:
    refused = ask(scene, "other", date(*first), date(*last))
    assert isinstance(refused, Refusal) and refused.code == code

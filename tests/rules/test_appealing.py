"""APPEAL-1 to APPEAL-3 in a real database: entered, decided, passed on, reversed."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, func, select

from channels.messages import Withdrawal
from penalties.appealing.queries import appealable
from penalties.appeals import HQ, OVERTURN, PASS_ON, PROVINCE, UPHOLD, FileGiven
from penalties.lifecycle import CONFIRM
from storage.session import writing
from storage.tables.penalties import appeals, case_log
from tests.rules.appeal_scene import LETTER, AppealScene, scene_of
from tests.rules.courses import BOOK, t
from tests.rules.scene import accepts, pushed

FINE = [("A", 10_000), ("fines", -10_000)]


@pytest.fixture
def scene(engine: Engine) -> Iterator[AppealScene]:
    with writing(engine) as conn:
        yield scene_of(conn)


def booked(scene: AppealScene) -> list[tuple[str, str, int]]:
    return [(key.rsplit("/")[-1], account, fen) for key, account, fen, _ in scene.ledger()]


@pytest.mark.parametrize(
    ("at", "code"), [("7 23:59:59.999999", "entered"), ("8 00:00", "appeal_period_over"), ("4 09:00", "entered")]
)
def test_appeal_1_until_the_end_of_thursday(scene: AppealScene, at: str, code: str) -> None:
    assert scene.fined("LP1").appeal(at, "LP1") == [code]
    assert scene.rows() == ({PROVINCE: ("open", t(at), None)} if code == "entered" else {})


def test_appeal_1_a_supplement_starts_a_period_of_its_own(scene: AppealScene) -> None:
    """LP1 told on Monday, LP2 confirmed on Wednesday and told by a supplement on Thursday."""
    scene.fined("LP1")
    scene.tell("2 11:00", pushed("LP2", "2 11:00"), accepts("LP2"))
    scene.sweep("6 10:00")
    scene.review("6 10:00", CONFIRM, scene.suspicions().values())
    assert scene.appeal("6 11:00", "LP1", "LP2") == ["entered", "not_published"]
    scene.publish("7 16:00")
    assert scene.appeal("10 23:59:59.999999", "LP2") == ["entered"]
    assert scene.appeal("8 00:00", "LP1") == ["appeal_period_over"]


def test_appeal_1_the_supplement_that_told_it_and_not_a_later_one(scene: AppealScene) -> None:
    scene.fined("LP1")
    scene.publish("6 10:00")
    scene.publish("8 10:00")
    assert scene.appeal("8 11:00", "LP1") == ["appeal_period_over"]


def test_appeal_1_not_before_it_was_confirmed_and_published(scene: AppealScene) -> None:
    scene.tell("2 10:00", pushed("LP1", "2 10:00"), accepts("LP1"))
    scene.sweep("4 07:00")
    assert scene.appeal("4 07:30", "LP1") == ["not_confirmed"]
    scene.fined(told=None)
    assert scene.appeal("4 08:30", "LP1") == ["not_published"]
    assert scene.rows() == {}


def test_appeal_1_once(scene: AppealScene) -> None:
    scene.fined("LP1", "LP2")
    assert scene.appeal("5 10:00", "LP1", "LP1", "LP2") == ["entered", "already_appealed", "entered"]
    assert scene.appeal("5 10:00", "LP1") == ["already_appealed"]
    assert scene.conn.scalar(select(func.count()).select_from(appeals)) == 2


def test_appeal_2_the_province_first_then_hq(scene: AppealScene) -> None:
    scene.fined("LP1")
    assert scene.appeal("5 10:00", "LP1", to=HQ) == ["province_first"]
    scene.appeal("5 10:00", "LP1")
    assert scene.appeal("5 11:00", "LP1", to=HQ) == ["province_first"]
    assert scene.decide("6 10:00", "LP1", UPHOLD) == "done"
    assert scene.appeal("9 23:59:59.999999", "LP1", to=HQ) == ["entered"]
    assert scene.decide("10 10:00", "LP1", UPHOLD, HQ) == "done"
    assert scene.rows() == {
        PROVINCE: ("upheld", t("5 10:00"), t("6 10:00")), HQ: ("upheld", t("9 23:59:59.999999"), t("10 10:00")),
    }  # fmt: skip
    assert scene.states()[2] == "confirmed" and booked(scene) == [("LP1:1:V-PICKUP", *line) for line in FINE]
    assert scene.appeal("10 11:00", "LP1", to=HQ) == ["appeal_period_over"]


def test_appeal_2_to_hq_within_three_days_of_the_provinces_decision(scene: AppealScene) -> None:
    scene.fined("LP1").appeal("5 10:00", "LP1")
    scene.decide("6 10:00", "LP1", UPHOLD)
    assert scene.appeal("10 00:00", "LP1", to=HQ) == ["appeal_period_over"]


@pytest.mark.parametrize(("at", "code"), [("8 23:59:59.999999", "done"), ("9 00:00", "no_open_appeal")])
def test_appeal_2_a_province_decides_until_the_end_of_the_third_day(scene: AppealScene, at: str, code: str) -> None:
    """No job was there to pass it on: the action itself sees that the period is over."""
    scene.fined("LP1").appeal("5 10:00", "LP1")
    assert scene.decide(at, "LP1", OVERTURN) == code
    if code == "done":
        assert scene.states() == ("overturned", None, "overturned")
    else:
        assert scene.rows() == {
            PROVINCE: ("passed_on", t("5 10:00"), t("9 00:00")), HQ: ("open", t("9 00:00"), None),
        }  # fmt: skip


@pytest.mark.parametrize("noticed", ["9 00:00", "9 00:01:07", "20 10:00"])
def test_appeal_2_silence_is_dated_at_its_instant_whenever_the_job_comes(scene: AppealScene, noticed: str) -> None:
    scene.fined("LP1", "LP2").appeal("5 10:00", "LP1")
    scene.appeal("7 10:00", "LP2", mail="7 09:00")
    assert scene.pass_on("8 23:59:59.999999") == 0
    assert scene.pass_on(noticed) == (1 if noticed.startswith("9") else 2)
    assert scene.pass_on(noticed) == 0
    assert scene.rows() == {PROVINCE: ("passed_on", t("5 10:00"), t("9 00:00")), HQ: ("open", t("9 00:00"), None)}
    assert scene.pass_on("31 10:00") == (1 if noticed.startswith("9") else 0), "HQ has no deadline"


def test_appeal_2_the_province_may_pass_on_and_hq_decides_at_once(scene: AppealScene) -> None:
    scene.fined("LP1").appeal("5 10:00", "LP1")
    assert scene.decide("5 12:00", "LP1", PASS_ON) == "done"
    assert scene.rows()[HQ] == ("open", t("5 12:00"), None)
    assert [scene.decide("5 13:00", "LP1", act) for act in (UPHOLD, PASS_ON)] == ["no_open_appeal"] * 2
    assert scene.decide("5 13:00", "LP1", PASS_ON, HQ) == "not_allowed_in_state"
    assert scene.decide("5 13:00", "LP1", OVERTURN, HQ) == "done"
    assert scene.states() == ("passed_on", "overturned", "overturned")


@pytest.mark.parametrize("stage", [PROVINCE, HQ])
def test_appeal_3_a_fine_that_falls_is_reversed(scene: AppealScene, stage: str) -> None:
    scene.fined("LP1").appeal("5 10:00", "LP1")
    if stage == HQ:
        scene.decide("5 11:00", "LP1", PASS_ON)
    assert scene.decide("6 10:00", "LP1", OVERTURN, stage) == "done"
    assert scene.ledger()[2:] == [
        ("fine:cainiao/LP1:1:V-PICKUP:reversed", "fines", 10_000, t("6 10:00")),
        ("fine:cainiao/LP1:1:V-PICKUP:reversed", "A", -10_000, t("6 10:00")),
    ]
    assert booked(scene)[:2] == [("LP1:1:V-PICKUP", *line) for line in FINE], "what was posted stays"
    assert scene.rows()[stage] == ("overturned", t("5 10:00") if stage == PROVINCE else t("5 11:00"), t("6 10:00"))
    log = scene.conn.execute(select(case_log.c.by, case_log.c.reason).order_by(case_log.c.step.desc())).first()
    assert tuple(log or ()) == ("省", "看过证据")
    assert scene.decide("6 11:00", "LP1", OVERTURN, stage) == "no_open_appeal"
    assert scene.appeal("6 11:00", "LP1") == ["not_confirmed"] and len(scene.ledger()) == 4


def disproved(scene: AppealScene, at: str) -> None:
    """The channel tells late that it was withdrawn in time: the pickup clock was dropped (CLOCK-1)."""
    assert scene.tell(at, Withdrawal("cainiao", "LP1", "sender", "不寄了", t("2 12:00"))) == [None]


def test_vio_4_news_that_overturns_the_fine_closes_the_open_appeal(scene: AppealScene) -> None:
    scene.fined("LP1").appeal("5 10:00", "LP1")
    disproved(scene, "6 10:00")
    assert scene.rows() == {PROVINCE: ("overturned", t("5 10:00"), t("6 10:00"))}
    assert scene.decide("6 11:00", "LP1", UPHOLD) == "no_open_appeal" and scene.pass_on("20 00:00") == 0
    assert len(scene.ledger()) == 4


def test_vio_4_news_leaves_a_decided_appeal_as_it_is(scene: AppealScene) -> None:
    scene.fined("LP1").appeal("5 10:00", "LP1")
    scene.decide("5 11:00", "LP1", UPHOLD)
    disproved(scene, "6 10:00")
    assert scene.rows() == {PROVINCE: ("upheld", t("5 10:00"), t("5 11:00"))}
    assert scene.states()[2] == "overturned" and scene.appeal("6 11:00", "LP1", to=HQ) == ["not_confirmed"]


@pytest.mark.parametrize(("told", "stage"), [("8 23:59:59.999999", PROVINCE), ("9 00:00", HQ), ("9 00:00:01", HQ)])
def test_appeal_2_news_after_a_silence_that_nobody_noticed_finds_it_at_hq(
    scene: AppealScene, told: str, stage: str
) -> None:
    scene.fined("LP1").appeal("5 10:00", "LP1")
    disproved(scene, told)
    opened = t("5 10:00") if stage == PROVINCE else t("9 00:00")
    assert scene.rows()[stage] == ("overturned", opened, t(told))
    assert scene.rows()[PROVINCE][0] == ("overturned" if stage == PROVINCE else "passed_on")


def test_appeal_1_by_mail_counts_when_it_was_received(scene: AppealScene) -> None:
    """Received on Thursday evening, entered on Saturday; the province has three days from then."""
    scene.fined("LP1", "LP2", "LP3")
    assert scene.appeal("9 10:00", "LP1", mail="7 23:59:59.999999") == ["entered"]
    assert scene.appeal("9 10:00", "LP2", mail="8 00:00") == ["appeal_period_over"]
    assert scene.appeal("9 10:00", "LP2", mail="4 08:59") == ["not_published"]
    assert scene.appeal("7 10:00", "LP2", mail="7 10:00:00.000001") == ["received_ahead"]
    assert scene.appeal("7 10:00", "LP2", mail="7 10:00", files=()) == ["file_required"]
    row: Any = scene.conn.execute(select(appeals)).one()
    assert (row.opened_at, row.recorded_at, row.due_at, row.by_mail) == (
        t("7 23:59:59.999999"), t("9 10:00"), t("13 00:00"), True,
    )  # fmt: skip
    assert scene.pass_on("12 23:59:59.999999") == 0 and scene.pass_on("13 00:00") == 1


def test_appeal_1_what_a_station_enters_itself_counts_by_when_it_began_to_come(scene: AppealScene) -> None:
    """Its files may take minutes; the province's days run from when it is there. Never later than that."""
    assert scene.fined("LP1", "LP2").appeal("8 00:03", "LP1", received_at=t("8 00:00")) == ["appeal_period_over"]
    assert scene.appeal("8 00:03", "LP1", received_at=t("7 23:59:59.999999")) == ["entered"]
    assert scene.appeal("7 23:00", "LP2", received_at=t("7 23:01")) == ["entered"]
    rows: Any = scene.conn.execute(select(appeals).order_by(appeals.c.id)).all()
    assert [(row.opened_at, row.recorded_at, row.due_at) for row in rows] == [
        (t("7 23:59:59.999999"), t("8 00:03"), t("12 00:00")), (t("7 23:00"), t("7 23:00"), t("11 00:00")),
    ]  # fmt: skip


def test_appeal_2_to_hq_by_mail(scene: AppealScene) -> None:
    scene.fined("LP1").appeal("5 10:00", "LP1")
    scene.decide("6 10:00", "LP1", UPHOLD)
    assert scene.appeal("12 10:00", "LP1", to=HQ, mail="6 09:59") == ["province_first"]
    assert scene.appeal("12 10:00", "LP1", to=HQ, mail="10 00:00") == ["appeal_period_over"]
    assert scene.appeal("12 10:00", "LP1", to=HQ, mail="9 23:59") == ["entered"]
    assert scene.rows()[HQ] == ("open", t("9 23:59"), None)


def test_appeal_2_each_step_keeps_its_files(scene: AppealScene) -> None:
    scene.fined("LP1", "LP2")
    photo = FileGiven("../../面单.jpg", "image/jpeg", b"\xff\xd8\xff\x00")
    scene.appeal("5 10:00", "LP1", "LP2", files=[photo, photo])
    scene.decide("5 11:00", "LP1", PASS_ON, files=[LETTER])
    scene.decide("5 12:00", "LP1", UPHOLD, HQ, files=[LETTER])
    files = scene.files()
    stages = {row.id: row.stage for row in scene.conn.execute(select(appeals.c.id, appeals.c.stage))}
    assert [(stages[row.appeal_id], row.name, row.size, row.by, row.added_at) for row in files] == [
        *[(PROVINCE, photo.name, 4, "甲", t("5 10:00"))] * 4,
        (PROVINCE, LETTER.name, 15, "省", t("5 11:00")),
        (HQ, LETTER.name, 15, "省", t("5 12:00")),
    ]
    assert {bytes(row.content) for row in files} == {photo.content, LETTER.content}
    assert len({row.own_name for row in files}) == 6 and not any("." in row.own_name for row in files)


def test_appeal_1_what_a_screen_offers(scene: AppealScene) -> None:
    scene.fined("LP1", "LP2", "LP3", told=None)
    ids = [scene.number(no) for no in ("LP1", "LP2", "LP3")]

    def offered(at: str) -> list[tuple[str | None, str | None, Any]]:
        found = appealable(scene.conn, ids, BOOK, t(at))
        some = [found[one] for one in ids]
        return [(one.stage_open_to, one.refusal.code if one.refusal else None, one.until) for one in some]

    assert offered("4 08:30") == [(None, "not_published", None)] * 3
    scene.publish("4 09:00")
    assert offered("5 09:00") == [(PROVINCE, None, t("8 00:00"))] * 3
    scene.appeal("5 10:00", "LP1", "LP2")
    scene.decide("7 11:00", "LP2", UPHOLD)
    assert offered("7 12:00") == [
        (None, "province_first", t("8 00:00")), (HQ, None, t("11 00:00")), (PROVINCE, None, t("8 00:00")),
    ]  # fmt: skip
    assert [one[:2] for one in offered("9 00:00")] == [
        (None, "already_appealed"), (HQ, None), (None, "appeal_period_over"),
    ]  # fmt: skip
    assert scene.rows()[PROVINCE][0] == "open", "reading passes nothing on"
    assert [one[1] for one in offered("11 00:00")] == ["already_appealed", "appeal_period_over", "appeal_period_over"]


def test_an_unknown_violation_is_not_confirmed(scene: AppealScene) -> None:
    found = appealable(scene.conn, [7], BOOK, t("5 10:00"))[7]
    assert found.refusal is not None and found.refusal.code == "not_confirmed" and found.until is None

"""VIO-4: a blind second look at a sample; precedents; agreement and overturn rate; two reviewers at once (B-101)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import Connection, func, select

from basics.refusal import Refusal
from penalties.actions import Change, change
from penalties.lifecycle import CONFIRM, DISMISS, DISPROVE, OVERTURN
from penalties.reviewing.actions import Verdict, second
from penalties.reviewing.actions import decide as judge
from storage.session import reading, run, writing
from storage.tables.penalties import case_log, cases, postings, second_reviews
from tests.web.conftest import Visitor
from tests.web.console.conftest import Land, local
from tests.web.console.review_calls import add_reviewers, decide, late, reviewer

As = Callable[[str], Visitor]
WHY = "首次判断的秘密理由"
AT = local("10:30")


def first(land: Land, ids: list[int], act: str = CONFIRM, percent: int = 100, login: str = "hq") -> None:
    """The first decision, with this share in the sample."""
    with writing(land.engine) as conn:
        verdicts = [Verdict(one, act, WHY) for one in ids]
        assert judge(conn, verdicts, reviewer(land, login), percent, AT) == [None] * len(ids)


def count(land: Land, table: object) -> int:
    with reading(land.engine) as conn:
        return conn.execute(select(func.count()).select_from(table)).scalar_one()  # type: ignore[arg-type]


def test_the_sample_is_drawn_with_the_decision(land: Land, as_: As) -> None:
    """The edition says 5 in a hundred; the first decision of each draws, nobody's second one."""
    ids = late(land, 3)
    first(land, ids[:1], percent=0)
    assert count(land, second_reviews) == 0
    first(land, ids[1:], DISMISS)
    assert count(land, second_reviews) == 2
    with writing(land.engine) as conn:
        answers = judge(conn, [Verdict(one, CONFIRM, WHY) for one in ids], reviewer(land), 100, AT)
    assert [answer.code if answer else None for answer in answers] == ["no_open_suspicion"] * 3
    assert count(land, second_reviews) == 2


def test_blind_until_one_has_decided(land: Land, as_: As) -> None:
    """Verdict, reason and first reviewer show nowhere on the desk, on the case, in the pack or on the order."""
    add_reviewers(land)
    case = late(land, 1)[0]
    first(land, [case])
    land.clock.at = local("11:00")
    blind = as_("hq2")
    paths = ("/review/second", f"/review/second/{case}", "/review?tab=decided", f"/orders/{land.id('KDHZ010')}",
             f"/violations/{case}/pack", f"/violations/{case}/pack.json")  # fmt: skip
    for path in paths:
        text = blind.get(path).text
        for secret in (WHY, "总部赵敏", "已确认</span>"):
            assert secret not in text, (path, secret)
    assert blind.get(f"/violations/{case}/pack.pdf").status_code == 200
    assert blind.get(f"/review/{case}").headers["Location"] == f"/review/second/{case}"
    assert WHY in as_("hq").get(f"/review/{case}").text
    assert as_("hq").get(f"/review/second/{case}").status_code == 404, "his own first decision"
    for login in ("hq2",):
        page, path = f"/review/second/{case}", f"/review/second/{case}"
        assert blind.post(path, {"decision": "dismiss", "reason": "x"}, page=page).status_code == 422
        assert blind.post(path, {"decision": "overturn", "reason": "看法不同"}, page=page).status_code == 422
        assert blind.post(path, {"decision": "dismiss", "reason": "看法不同"}, page=page).status_code == 303, login
        assert blind.post(path, {"decision": "confirm", "reason": "又想一想"}, page="/review").status_code == 409
    assert WHY in blind.get(f"/review/{case}").text and WHY in blind.get(f"/violations/{case}/pack").text
    text = blind.get("/review/second").text
    for words in ("意见不一致", WHY, "看法不同", "总部赵敏", "总部周易", "没有等您复核的案件"):
        assert words in text, words
    assert (count(land, postings), count(land, case_log)) == (1, 1), "it changes nothing"


def test_who_may_not_look_again(land: Land, as_: As) -> None:
    """His own decision, his own station, what is not in the sample, what has moved on."""
    add_reviewers(land)
    ids = late(land, 3)
    first(land, ids[:2])
    first(land, ids[2:], percent=0)
    overturn = Change(ids[1], OVERTURN, AT, "hq", "申诉成立")
    with writing(land.engine) as conn:
        assert change(conn, [overturn], AT) == [None]

    def look(case: int, login: str) -> Refusal | None:
        actor = reviewer(land, login)
        return run(land.engine, lambda conn: second(conn, case, DISMISS, "看法不同", actor, AT))

    refused = [look(ids[0], "hq"), look(ids[0], "hq3"), look(ids[2], "hq2"), look(ids[1], "hq2"), look(99_999, "hq2")]
    codes = [one.code if one else None for one in refused]
    assert codes == ["own_decision", "own_station", "not_sampled", "case_moved", "not_sampled"]
    assert "没有等您复核的案件" in as_("hq3").get("/review/second").text
    assert as_("hq2").get("/review/second").text.count('>复核 <small class="en">Review') == 1
    assert look(ids[0], "hq2") is None


def listed(page: str) -> str:
    """The precedents of a page."""
    return page.partition('id="precedents"')[2].partition("</table>")[0]


def test_precedents_with_their_outcome(land: Land, as_: As) -> None:
    """The nearest of the kind with decision, reason and what became of it; none that one must still judge blind."""
    add_reviewers(land)
    ids = late(land, 3)
    first(land, ids[:1], percent=0)
    first(land, ids[1:2], percent=100)
    with writing(land.engine) as conn:
        change(conn, [Change(ids[0], DISPROVE, AT, "system", "新证据")], AT)
    mine, others = as_("hq").get(f"/review/{ids[2]}").text, as_("hq2").get(f"/review/{ids[2]}").text
    assert listed(mine).count(WHY) == 2 and "新证据撤销" in mine and "未申诉" in mine
    assert listed(others).count(WHY) == 1
    assert "13812345678" not in mine and "欧阳明月" not in mine


def test_figures_by_rule_and_reviewer(land: Land, as_: As) -> None:
    """Shares with their counts; few are marked."""
    add_reviewers(land)
    ids = late(land, 4)
    first(land, ids[:3])
    first(land, ids[3:], DISMISS, login="hq2")
    with writing(land.engine) as conn:
        for case, said in zip(ids[:2], (CONFIRM, DISMISS), strict=True):
            assert second(conn, case, said, "看法如此", reviewer(land, "hq2"), AT) is None
        change(conn, [Change(ids[0], OVERTURN, AT, "hq", "申诉成立")], AT)
    text = as_("hq").get("/review/figures").text
    for words in ("33.3% <small>(1/3)", "50.0% <small>(1/2)", "样本少", "总部赵敏", "总部周易"):
        assert words in text, words


def at_once(land: Land, *works: Callable[[Connection], object]) -> list[object]:
    barrier = Barrier(len(works))

    def go(work: Callable[[Connection], object]) -> object:
        barrier.wait(10)
        return run(land.engine, work)

    with ThreadPoolExecutor(len(works)) as pool:
        return [one.result(30) for one in [pool.submit(go, work) for work in works]]


@pytest.mark.parametrize("acts", [(CONFIRM, DISMISS), (CONFIRM, CONFIRM)], ids=["B-101 apart", "B-101 alike"])
def test_two_reviewers_one_verdict(land: Land, as_: As, acts: tuple[str, str]) -> None:
    """The second is told; one row in each log, one fine at most; in whatever order each takes the cases."""
    add_reviewers(land)
    ids = late(land, 4)
    actors = (reviewer(land, "hq"), reviewer(land, "hq2"))

    def work(n: int) -> Callable[[Connection], object]:
        verdicts = [Verdict(one, acts[n], WHY) for one in (ids if n else ids[::-1])]
        return lambda conn: judge(conn, verdicts, actors[n], 100, AT)

    answers = at_once(land, work(0), work(1))
    won = [n for n, answer in enumerate(answers) if answer == [None] * 4]
    assert len(won) == 1
    assert {one.code for one in answers[1 - won[0]]} == {"no_open_suspicion"}  # type: ignore[attr-defined]
    assert (count(land, case_log), count(land, second_reviews)) == (4, 4)
    assert count(land, postings) == (4 if acts[won[0]] == CONFIRM else 0)
    loser = as_(("hq2", "hq")[won[0]])
    with reading(land.engine) as conn:
        assert set(conn.scalars(select(cases.c.decided_by))) == {actors[won[0]].name}
    status, text = decide(loser, "dismiss", "再看一次", ids[:1])
    assert status == 409 and "1 件已由他人处理" in text and "现状" not in text, "still blind"


def test_the_one_who_came_second_sees_the_present_state(land: Land, as_: As) -> None:
    """B-101"""
    add_reviewers(land)
    case = late(land, 1)[0]
    first(land, [case], percent=0)
    status, text = decide(as_("hq2"), "dismiss", "再看一次", [case])
    assert status == 409 and "现状:KDHZ010 已确认,总部赵敏" in text


def test_two_second_looks_at_once_are_one(land: Land) -> None:
    add_reviewers(land)
    case = late(land, 1)[0]
    first(land, [case])
    actor = reviewer(land, "hq2")
    answers = at_once(
        land, *(lambda conn, act=act: second(conn, case, act, "看法如此", actor, AT) for act in (CONFIRM, DISMISS))
    )
    codes = sorted(getattr(one, "code", "") for one in answers)
    assert codes == ["", "second_done"]

"""VIO-4: suspicions by cause, opened and decided as one; what each row's filter leaves, what is at stake."""

from collections.abc import Callable

import pytest
from sqlalchemy import select, update

from penalties.clusters import LONGEST_KEY
from people.actions import NewUser, add_users
from storage.session import reading, writing
from storage.tables.penalties import case_log, postings
from storage.tables.sla import violations
from tests.web.conftest import STORED, Visitor
from tests.web.console.conftest import Land, local
from tests.web.console.review_calls import add_reviewers, decide, late

As = Callable[[str], Visitor]
STATION = "station:HZ01"


def excuse(land: Land, case: int, why: str = "late_push") -> None:
    with writing(land.engine) as conn:
        conn.execute(update(violations).where(violations.c.id == case).values(excuse=why))


def states(land: Land) -> list[str]:
    return [state for _, _, state in land.cases()]


def logged(land: Land) -> list[tuple[int, str, str]]:
    c = case_log.c
    with reading(land.engine) as conn:
        return [tuple(row) for row in conn.execute(select(c.violation_id, c.cause, c.reason).order_by(c.id))]


def test_clusters_are_listed_biggest_first(land: Land, as_: As) -> None:
    late(land, 3)
    late(land, 2, "HZ02")
    text = as_("hq").get("/review/causes").text
    for words in ("按全部 5 件归类", "快递100", "西湖网点", "同一时段", "500.00 元", "300.00 元"):
        assert words in text, words
    assert f"cause={STATION}" in text and "station:HZ02" not in text, "two are no cluster"
    assert text.index("channel:kuaidi100") < text.index(f"cause={STATION}")
    only = as_("hq").get("/review/causes?by=station&kind=V-ACCEPT").text
    assert f"cause={STATION}" in only and "channel:kuaidi100" not in only and "kind=V-ACCEPT" in only
    assert "没有共同原因" in as_("hq").get("/review/causes?kind=V-PICKUP").text


@pytest.mark.parametrize("query", ["by=x", "kind=x", "excuse=x", "age=2", "value=1", "station=" + "x" * 41])
def test_filters_are_read_strictly(land: Land, as_: As, query: str) -> None:
    assert as_("hq").get(f"/review/causes?{query}").status_code == 422


@pytest.mark.parametrize("cause", ["", "x", "station:", "minutes:station:HZ01:1", "station:" + "x" * LONGEST_KEY])
def test_no_such_cause(land: Land, as_: As, cause: str) -> None:
    assert as_("hq").get(f"/review/causes/one?cause={cause}").status_code == 404
    assert decide(as_("hq"), "confirm", "属实", [1], cause=cause)[0] == 404


def test_one_decision_one_row_each(land: Land, as_: As) -> None:
    """One reason and the cause in the log of each; what joined since is not decided unseen."""
    ids = late(land, 3)
    visitor = as_("hq")
    page = visitor.get(f"/review/causes/one?cause={STATION}").text
    assert page.count(" checked ") == 3 and 'id="members">3<' in page
    late(land, 1, "HZ01A")
    land.order("KD9", local("09:20"))
    land.sweep(local("10:10"))
    status, text = decide(visitor, "confirm", "系统核对属实", ids, cause=STATION)
    assert status == 303 and "已确认违规 3 件" in text
    assert logged(land) == [(one, STATION, "系统核对属实") for one in ids]
    assert states(land).count("suspected") == 2
    with reading(land.engine) as conn:
        assert len(conn.execute(select(postings.c.id)).all()) == 3
    assert "按共同原因处理" in visitor.get(f"/review/{ids[0]}").text
    status, text = decide(visitor, "dismiss", "再看一次", ids, cause=STATION)
    assert status == 409 and "3 件已由他人处理" in text


def test_a_reason_is_mandatory(land: Land, as_: As) -> None:
    """2 to 500 characters, for one, many and a cause."""
    ids, visitor = late(land, 3), as_("hq")
    for reason in ("", "  ", "x", " x "):
        assert decide(visitor, "confirm", reason, ids[:1])[0] == 422
        status, text = decide(visitor, "confirm", reason, ids[:2], cause=STATION)
        assert status == 422 and text.count(" checked ") == 2, "what was ticked stays"
    for reason in ("x" * 501, "属\x00实"):
        assert decide(visitor, "confirm", reason, ids, cause=STATION)[0] == 422
    assert logged(land) == []
    assert decide(visitor, "confirm", "属实", ids[:1], cause=STATION)[0] == 303
    assert decide(visitor, "dismiss", "x" * 500, ids[1:], cause=STATION)[0] == 303


def test_likely_excused_ones_are_not_swept_up(land: Land, as_: As) -> None:
    """VIO-3, VIO-4: not even alone under a cause; a dismissal takes them; nor are those of another cause."""
    ids, visitor = late(land, 3), as_("hq")
    excuse(land, ids[0])
    page = visitor.get(f"/review/causes/one?cause={STATION}").text
    assert page.count(" checked ") == 2 and "可能免责 1 件" in page
    assert visitor.get("/review/causes/one?cause=excuse:late_push").text.count(" checked ") == 1
    status, text = decide(visitor, "confirm", "属实", ids[:1], cause=STATION)
    assert status == 409 and "1 件可能免责" in text
    foreign = late(land, 1, "HZ02")[-1]
    status, text = decide(visitor, "confirm", "属实", [*ids, foreign, 99_999], cause=STATION)
    assert status == 303
    for words in ("1 件可能免责", "2 件不属于该原因", "已确认违规 2 件"):
        assert words in text, words
    assert states(land) == ["suspected", "confirmed", "confirmed", "suspected"]
    assert decide(visitor, "dismiss", "推送延迟", [ids[0]], cause="excuse:late_push")[0] == 303


def test_nobody_decides_about_his_own_station(land: Land, as_: As) -> None:
    """APPEAL-2: singly refused, among many left out; a level-2 one of the house too."""
    add_reviewers(land)
    ids = late(land, 2)
    contracted = late(land, 1, "HZ01A")[-1]
    other = late(land, 1, "HZ02")[-1]
    visitor = as_("hq3")
    assert "本人所属网点" in visitor.get(f"/review/{ids[0]}").text
    for one in (ids[0], contracted):
        assert decide(visitor, "dismiss", "情有可原", [one])[0] == 403
    assert "disabled" in visitor.get(f"/review/causes/one?cause={STATION}").text
    status, text = decide(visitor, "confirm", "属实", [*ids, other], cause="channel:kuaidi100")
    assert status == 303 and "2 件属于本人网点" in text and "已确认违规 1 件" in text
    assert [case for case, _, _ in logged(land)] == [other]


def test_the_house_of_ones_own_area_is_ones_own_too(land: Land, as_: As) -> None:
    """APPEAL-2: an account that carries HZ01A decides nothing about HZ01, and is not offered to."""
    (case,) = late(land, 1)
    with writing(land.engine) as conn:
        add_users(conn, [NewUser("hq4", "总部丁", "hq", STORED, station="HZ01A")], local("08:00"))
    visitor = as_("hq4")
    assert "本人所属网点" in visitor.get(f"/review/{case}").text
    assert decide(visitor, "dismiss", "情有可原", [case])[0] == 403 and logged(land) == []


def test_the_list_by_kind_age_value_and_station(land: Land, as_: As) -> None:
    """Kept in the address; with what is at stake."""
    late(land, 3)
    late(land, 2, "HZ02")
    visitor = as_("hq")

    def stake(query: str) -> str:
        text = visitor.get(f"/review?{query}").text
        return (
            text.partition('id="at-stake">')[2].partition("</span>")[0].replace("<strong>", "").replace("</strong>", "")
        )

    assert stake("") == "共 5 件,涉及 500.00 元"
    assert stake("station=HZ02") == "共 2 件,涉及 200.00 元"
    assert stake("value=50000") == "共 0 件,涉及 0.00 元"
    assert stake("value=10000&excuse=not_excused") == "共 5 件,涉及 500.00 元"
    assert stake("age=1") == "共 0 件,涉及 0.00 元"
    land.clock.at = local("09:31", "2026-05-05")
    visitor = as_("hq")  # the session of yesterday has ended
    assert stake("age=1") == "共 4 件,涉及 400.00 元", "happened 09:30 and 09:31 yesterday: a day old, that instant too"
    assert stake("age=3") == "共 0 件,涉及 0.00 元"
    text = visitor.get("/review?station=HZ02&age=1&value=10000").text
    assert 'action="/review/decide?station=HZ02&amp;age=1&amp;value=10000"' in text
    assert "KDHZ020" in text and "KDHZ010" not in text


def test_reasons_are_proposed(land: Land, as_: As) -> None:
    """The frequent ones of late before the usual ones."""
    ids, visitor = late(land, 3), as_("hq")
    assert "扫描记录齐全" not in visitor.get("/review").text
    decide(visitor, "confirm", "扫描记录齐全", ids[:2])
    listed = visitor.get("/review").text.partition('<datalist id="reasons">')[2]
    assert listed.index("扫描记录齐全") < listed.index("证据充分")

"""系统健康: outages and clock alarms for HQ and admin (VIO-3, F-38, F-41); and how a review deals with them."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select, update

from dispatch.outage_news.actions import look_again
from sla.availability.actions import beat, take_news
from sla.clock_safety.actions import raise_alarm
from storage.session import reading, writing
from storage.tables.people import audit
from storage.tables.sla import clock_alarms, outages, violations
from tests.web.conftest import Visitor
from tests.web.console.conftest import Land, local

As = Callable[[str], Visitor]
FORM = {"source": "cainiao", "since": "2026-05-04T07:00", "until": "2026-05-04T07:30", "note": "渠道公告"}


def enter(visitor: Visitor, **changed: str) -> Any:
    return visitor.post("/availability/outages", {**FORM, **changed}, page="/availability")


def test_who_sees_it(land: Land, as_: As) -> None:
    for login, status in (("hq", 200), ("admin", 200), ("hz01", 403), ("zhejiang", 403), ("finance", 403)):
        assert as_(login).get("/availability").status_code == status
    text = as_("hq").get("/availability").text
    assert "没有故障记录" in text and "本系统" in text and "按此时钟继续" not in text


def test_f_41_our_outage_is_shown_while_it_goes_on_and_afterwards(land: Land, as_: As, engine: Engine) -> None:
    with writing(engine) as conn:
        beat(conn, local("08:00"))
    visitor = as_("hq")
    assert '<span class="badge bg-red-lt" title="away">停机</span>' in visitor.get("/availability").text
    with writing(engine) as conn:
        beat(conn, local("08:30"))
    text = visitor.get("/availability").text
    assert 'title="away"' not in text and "30 分 00 秒" in text and "自动" in text


def test_hq_enters_an_announced_outage_once(land: Land, as_: As, engine: Engine) -> None:
    visitor = as_("hq")
    assert enter(visitor).status_code == 303
    assert enter(visitor).status_code == 409
    text = visitor.get("/availability").text
    assert "渠道公告" in text and "总部赵敏" in text and "2026-05-04 07:30:00" in text
    with reading(engine) as conn:
        [row] = conn.execute(select(outages)).all()
        assert (row.started_at, row.ended_at, row.source) == (local("07:00"), local("07:30"), "cainiao")
        assert conn.scalars(select(audit.c.what).where(audit.c.what == "outage")).all() == ["outage"]


@pytest.mark.parametrize(
    "changed",
    [{"until": "2026-05-04T08:31"}, {"until": "2026-05-04T07:00"}, {"since": "x"}, {"source": "nobody"}, {"since": ""}],
)
def test_what_cannot_be_is_refused_and_stays_in_the_form(land: Land, as_: As, changed: dict[str, str]) -> None:
    answer = enter(as_("hq"), **changed)
    assert answer.status_code == 422 and 'value="渠道公告"' in answer.text


def test_only_hq_enters_and_only_an_admin_accepts(land: Land, as_: As, engine: Engine) -> None:
    assert enter(as_("admin")).status_code == 403
    with writing(engine) as conn:
        raise_alarm(conn, "web-1:7", 90.0, local("08:30"))
    form = {"process": "web-1:7", "note": "已核对"}
    assert as_("hq").post("/availability/accept", form, page="/availability").status_code == 403
    admin = as_("admin")
    assert "+90.0 秒" in admin.get("/availability").text
    assert admin.post("/availability/accept", form | {"note": " "}, page="/availability").status_code == 422
    assert admin.post("/availability/accept", form | {"process": "x"}, page="/availability").status_code == 404
    assert admin.post("/availability/accept", form, page="/availability").status_code == 303
    assert admin.post("/availability/accept", form, page="/availability").status_code == 404, "once"
    with reading(engine) as conn:
        [row] = conn.execute(select(clock_alarms)).all()
    assert (row.accepted_by, row.note, row.ended_at) == ("管理员", "已核对", None)
    land.clock.at = local("08:33")
    assert "进程已不在" in admin.get("/availability").text


def test_f_41_what_is_likely_excused_is_confirmed_singly(land: Land, as_: As, engine: Engine) -> None:
    """VIO-3: not among many, whoever ticks it; the station sees why, in words."""
    for number in ("KD0", "KD1", "KD2"):
        land.order(number, local("09:00"))
    land.sweep(local("09:31"))
    ids = [case[0] for case in land.cases()]
    with writing(engine) as conn:
        row = conn.execute(select(violations).where(violations.c.id == ids[0])).one()
        told = [
            {**one, "outcome": "failed", "figures": {"seconds": 1260}} if one["name"] == "our_outage" else one
            for one in row.evidence["checks"]
        ]
        values = {"excuse": "our_outage", "evidence": {**row.evidence, "checks": told}}
        conn.execute(update(violations).where(violations.c.id == ids[0]).values(**values))
    visitor = as_("hq")

    def confirm(*picked: int, **more: str) -> Any:
        form = {"csrf_token": visitor.token("/review"), "decision": "confirm", "reason": "属实", **more}
        return visitor.client.post("/review/decide", data=form | {"cases": [str(one) for one in picked]})

    assert "本系统停机 1,260 秒" in visitor.get(f"/review/{ids[0]}").text
    assert confirm(*ids).status_code == 303
    assert "1 件可能免责,须逐件处理" in visitor.get("/review").text
    assert [case[2] for case in land.cases()] == ["suspected", "confirmed", "confirmed"]
    assert "本系统停机 1,260 秒" in as_("hz01").get(f"/orders/{land.id('KD0')}").text
    assert len(visitor.get("/review?excuse=our_outage").text.split("KD0")) > 1
    assert confirm(ids[0]).status_code == 409, "from a page that is older than the excuse"
    assert [case[2] for case in land.cases()] == ["suspected", "confirmed", "confirmed"]
    assert 'name="seen" value="1"' in visitor.get(f"/review/{ids[0]}").text
    assert confirm(ids[0], seen=str(ids[0])).status_code == 303
    assert [case[2] for case in land.cases()] == ["confirmed"] * 3


def test_an_outage_of_long_ago_is_dated_with_its_days(land: Land, as_: As) -> None:
    day = timedelta(days=3)
    since = (local("07:00") - day).strftime("%Y-%m-%dT%H:%M")
    assert enter(as_("hq"), since=since).status_code == 303
    assert "3 天 00 时" in as_("hq").get("/availability").text


def test_suspicions_that_it_concerns_are_due_again_at_once(land: Land, as_: As, engine: Engine) -> None:
    """VIO-3: of all channels or of that one; neither up to the clock's start nor from its deadline on."""
    land.order("KD0", local("09:00"))
    land.accept("KD0", "HZ01", local("09:30:01"))
    land.sweep(local("09:31"))
    assert [case[1] for case in land.cases()] == ["V-ACCEPT"]
    visitor, before = as_("hq"), land.row("KD0").next_at
    for source, since, until, again in (
        ("cainiao", "09:10", "09:20", False),
        ("web", "08:00", "09:00", False),
        ("web", "09:30", "09:31", False),
        ("web", "09:29", "09:31", True),
        ("kuaidi100", "08:00", "09:01", True),
    ):
        form = {"source": source, "since": f"2026-05-04T{since}", "until": f"2026-05-04T{until}"}
        assert enter(visitor, **form).status_code == 303
        with writing(engine) as conn:
            found = take_news(conn, [timedelta(0)], land.clock.at)
            assert look_again(conn, found, land.clock.at) is None
        assert land.row("KD0").next_at == (local("09:31") if again else before), (source, since)
        land.clock.forward(seconds=1)
        land.sweep(land.clock.at)
        land.clock.at = local("09:31")
        assert land.row("KD0").next_at == before


def test_vio_3_what_is_still_being_checked_is_not_confirmed_among_many(land: Land, as_: As) -> None:
    """HQ enters an outage and confirms before the sweep has judged again; for as long as it may take."""
    for number in ("KD0", "KD1"):
        land.order(number, local("08:00"))
    land.sweep(local("08:31"))
    ids = [case[0] for case in land.cases()]
    land.clock.at = local("08:40")
    visitor = as_("hq")
    assert enter(visitor, source="kuaidi100", since="2026-05-04T07:59", until="2026-05-04T08:10").status_code == 303

    def confirm(*picked: int, **more: str) -> Any:
        form = {"csrf_token": visitor.token("/review"), "decision": "confirm", "reason": "属实", **more}
        return visitor.client.post("/review/decide", data=form | {"cases": [str(one) for one in picked]})

    assert "2 件正在重新核查" in confirm(*ids).text
    assert [case[2] for case in land.cases()] == ["suspected"] * 2
    land.clock.at = local("08:55")
    assert confirm(*ids).status_code == 303
    assert [case[2] for case in land.cases()] == ["confirmed"] * 2


def test_hq_takes_an_outage_back(land: Land, as_: As, engine: Engine) -> None:
    visitor = as_("hq")
    assert enter(visitor).status_code == 303
    with reading(engine) as conn:
        one = str(conn.scalars(select(outages.c.id)).one())
    form = {"outage": one, "note": "渠道更正"}
    assert as_("admin").post("/availability/outages/withdraw", form, page="/availability").status_code == 403
    for wrong, status in (({"note": " "}, 422), ({"outage": "999"}, 404)):
        answer = visitor.post("/availability/outages/withdraw", form | wrong, page="/availability")
        assert answer.status_code == status
    assert visitor.post("/availability/outages/withdraw", form, page="/availability").status_code == 303
    assert visitor.post("/availability/outages/withdraw", form, page="/availability").status_code == 404, "once"
    text = visitor.get("/availability").text
    assert "已撤回" in text and "总部赵敏 撤回" in text
    with reading(engine) as conn:
        said = conn.execute(select(audit.c.subject, audit.c.reason).where(audit.c.what == "outage")).all()
    assert tuple(said[-1]) == (f"withdrawn {one}", "渠道更正")

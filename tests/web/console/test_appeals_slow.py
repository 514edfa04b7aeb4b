"""Appeals whose files come slowly or for nothing (F-05), and what of an appeal shows to whom (VIO-4, ROLE-2)."""

from datetime import date, datetime, timedelta
from functools import partial
from urllib.parse import unquote

import pytest
from sqlalchemy import select

from basics.days import SHANGHAI
from penalties.appeals import FileGiven
from penalties.daily.actions import write_down
from penalties.daily.queries import report
from people.actions import NewUser, add_users
from storage.session import reading, run, writing
from storage.tables import penalties as t
from storage.tables.people import audit
from tests.rules.test_appeal_files import png
from tests.web.conftest import STORED
from tests.web.console.appeals_calls import LETTER, As, ask, code, decide, owned, stages, told
from tests.web.console.conftest import Land, local
from tests.web.console.review_calls import add_reviewers, late
from tests.web.console.test_appeals_given import mail
from tests.web.console.test_notices import ids, publish
from tests.web.console.test_review_second import WHY, first
from web.console import appeals as screens
from web.console import appeals_mail as mail_screens
from web.console.appeals_shown import files_given

__all__ = ["ids", "told"]
CUSTOMER = "寄件人欧阳明月,文三路123号4幢501室,13812345678"


def slow(land: Land, monkeypatch: pytest.MonkeyPatch, until: datetime, *heads: date) -> None:
    """The files are there at `until` only; meanwhile the ledger heads of these days are written down."""

    def come() -> object:
        land.clock.at = until
        for day in heads:
            run(land.engine, partial(write_down, day=day, now=until))
        return files_given()

    for module in (screens, mail_screens):
        monkeypatch.setattr(module, "files_given", come)


def row_of(land: Land, stage: str) -> tuple[datetime, datetime, datetime | None]:
    a = t.appeals.c
    with reading(land.engine) as conn:
        found = conn.execute(select(a.opened_at, a.recorded_at, a.closed_at).where(a.stage == stage)).one()
        return found[0], found[1], found[2]


def test_a_decision_is_dated_by_when_it_is_made(
    land: Land, told: dict[str, int], as_: As, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its files came over midnight: the day before is written down already, and stays as it was."""
    assert ask(as_("hz01"), told["KD1"]).status_code == 303
    land.clock.at = local("23:58", "2026-05-12")
    province, end, day = as_("zhejiang"), local("00:05:30", "2026-05-13"), date(2026, 5, 12)
    slow(land, monkeypatch, end, day - timedelta(days=1), day)
    assert decide(province, told["KD1"], "overturn", [("a.png", png())]).status_code == 303
    with reading(land.engine) as conn:
        kept = conn.execute(select(t.ledger_heads.c.seq).where(t.ledger_heads.c.day == day.isoformat())).scalar_one()
        assert report(conn, day).seq == kept
        told_at = conn.scalars(select(audit.c.happened_at).where(audit.c.subject.like("overturn%"))).all()
    assert row_of(land, "province")[2] == end and told_at == [end]


def test_appeal_1_a_station_s_own_counts_by_its_start(
    land: Land, told: dict[str, int], as_: As, monkeypatch: pytest.MonkeyPatch
) -> None:
    land.clock.at = start = local("23:59:59.999999", "2026-05-14")
    station, end = as_("hz01"), local("00:05", "2026-05-15")
    slow(land, monkeypatch, end)
    assert ask(station, told["KD1"], [("a.png", png())]).status_code == 303
    assert row_of(land, "province") == (start, end, None)
    assert code(ask(station, told["KD2"])) == (422, "appeal_closed")


def test_f_05_files_are_not_looked_at_for_what_is_refused_anyway(
    land: Land, told: dict[str, int], as_: As, monkeypatch: pytest.MonkeyPatch
) -> None:
    station, province, number = as_("hz01"), as_("zhejiang"), told["KD1"]
    assert ask(station, number).status_code == 303

    def never() -> list[FileGiven]:
        raise AssertionError("the files were looked at")

    for module in (screens, mail_screens):
        monkeypatch.setattr(module, "files_given", never)
    assert code(ask(station, number, LETTER)) == (409, "already_appealed")
    assert code(ask(station, number, LETTER, to="hq")) == (409, "province_first")
    assert code(mail(province, number, f"{land.clock.at.astimezone(SHANGHAI):%Y-%m-%dT%H:%M}")) == (
        409,
        "already_appealed",
    )
    assert code(decide(as_("hq"), number, "uphold", LETTER)) == (409, "no_open_appeal")


def test_appeal_2_files_of_hq_s_decision_after_silence_are_hq_s(land: Land, told: dict[str, int], as_: As) -> None:
    """Nobody had written the silence down yet: HQ's row opens and closes at one instant."""
    assert ask(as_("hz01"), told["KD1"], [("station.png", png())]).status_code == 303
    land.clock.at = local("09:00", "2026-05-15")
    assert decide(as_("hq"), told["KD1"], "uphold", [("decision.png", png())]).status_code == 303
    before, _, after = as_("hz01").get(f"/appeals/{told['KD1']}").text.partition("2. 总部")
    assert "station.png" in before and "decision.png" not in before
    assert after.index("decision.png") > after.index(">维持</strong>") and "station.png" not in after


def test_appeal_2_a_letter_for_ones_own_station_is_entered_by_another(
    land: Land, told: dict[str, int], as_: As
) -> None:
    """When it came decides whether it was in time."""
    person = NewUser("zj2", "浙江某人", "province", STORED, station="HZ01", province="浙江省")
    with writing(land.engine) as conn:
        add_users(conn, [person], land.clock.at)
    own = as_("zj2")
    assert code(mail(own, told["KD1"], "2026-05-11T10:00")) == (403, "own_station")
    assert stages(land, told["KD1"]) == []
    path = f"/appeals/{told['KD1']}"
    assert "代录来信申诉" not in own.get(path).text and "代录来信申诉" in as_("zhejiang").get(path).text


def test_appeal_1_a_letter_of_the_minute_in_which_the_stage_opened(land: Land, ids: dict[str, int], as_: As) -> None:
    """It is known by its minute only; one of the minute before came too early."""
    number, at = ids["KD1"], local("10:05:30", "2026-05-12")
    land.clock.at = local("09:00:40", "2026-05-11")
    publish(land)
    land.clock.at = local("09:02", "2026-05-11")
    assert code(mail(as_("hq"), number, "2026-05-11T08:59"))[1] == "not_published"
    assert mail(as_("hq"), number, "2026-05-11T09:00").status_code == 303
    assert row_of(land, "province")[0] == local("09:00:40", "2026-05-11")
    land.clock.at = at
    assert decide(as_("zhejiang"), number, "uphold").status_code == 303
    land.clock.at = local("10:05:50", "2026-05-12")
    assert code(mail(as_("hq"), number, "2026-05-12T10:04")) == (409, "province_first")
    assert mail(as_("hq"), number, "2026-05-12T10:05").status_code == 303
    assert row_of(land, "hq")[0] == at


def test_vio_4_blind_until_the_second_look(land: Land, as_: As) -> None:
    """Appeals tell the verdict: nothing of them shows to whom may still look again."""
    add_reviewers(land)
    number = late(land, 1)[0]
    first(land, [number])
    land.clock.at = local("11:00")
    blind, seeing = as_("hq2"), as_("hq")
    answer = blind.get(f"/appeals/{number}")
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/review/second/{number}")
    assert "没有已确认的违规" in blind.get("/appeals/mail?number=KDHZ010").text
    assert code(mail(blind, number, "2026-05-11T10:00", number="KDHZ010")) == (404, "not_found")
    assert code(decide(blind, number, "uphold")) == (404, "not_found")
    assert WHY in seeing.get(f"/appeals/{number}").text
    assert "没有已确认的违规" not in seeing.get("/appeals/mail?number=KDHZ010").text
    form = {"decision": "dismiss", "reason": "看法不同"}
    assert blind.post(f"/review/second/{number}", form, page=f"/review/second/{number}").status_code == 303
    assert WHY in blind.get(f"/appeals/{number}").text


def test_vio_4_an_appealed_one_leads_to_the_second_look(land: Land, told: dict[str, int], as_: As) -> None:
    add_reviewers(land)
    number, second = told["KD1"], t.second_reviews
    assert ask(as_("hz01"), number, [("a.png", png())]).status_code == 303
    assert decide(as_("zhejiang"), number, "pass_on").status_code == 303
    with writing(land.engine) as conn:
        conn.execute(second.delete())
        row = {
            "violation_id": number,
            "first_by": "某人 #99999",
            "first_decision": "confirm",
            "reason": "",
            "sampled_at": land.clock.at,
        }
        conn.execute(second.insert(), [row])
    [name] = owned(land)
    for tab in ("waiting", "all"):
        text = as_("hq2").get(f"/appeals?tab={tab}").text
        assert f"/review/second/{number}" in text and f"/appeals/{number}" not in text, tab
        assert f"/appeals/{number}" in as_("zhejiang").get("/appeals?tab=all").text
    assert as_("hq2").get(f"/appeals/files/{name}").status_code == 404


def test_role_2_customers_in_texts_reasons_and_names_of_files(land: Land, told: dict[str, int], as_: As) -> None:
    number, given = told["KD1"], [("欧阳明月13812345678文三路123号4幢501室.png", png())]
    assert ask(as_("hz01"), number, given, text=CUSTOMER).status_code == 303
    assert decide(as_("zhejiang"), number, "uphold", given, reason=CUSTOMER).status_code == 303
    [name, _] = owned(land)
    header = as_("finance").get(f"/appeals/files/{name}").headers["Content-Disposition"]
    assert header.startswith(f'attachment; filename="{name}.png"') and header.endswith(".png")
    with reading(land.engine) as conn:
        reasons = " ".join(conn.scalars(select(audit.c.reason).where(audit.c.what == "appeal")))
    assert "寄件人" in reasons
    for shown in (as_("finance").get(f"/appeals/{number}").text, unquote(header), reasons):
        for secret in ("欧阳明月", "13812345678", "123号4幢501室"):
            assert secret not in shown, secret

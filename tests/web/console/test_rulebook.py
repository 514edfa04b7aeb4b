"""The screen 规则: everybody reads the editions, one admin proposes, another decides (ROLE-1, ROLE-3, DAY-1, B-103)."""

import re
from datetime import timedelta
from io import BytesIO

import pytest
from sqlalchemy import Engine, select, update

from editions.actions import pin_shipped
from editions.rules import text_hash
from people.actions import NewUser, add_users
from storage import triggers
from storage.session import reading, writing
from storage.tables.editions import edition_proposals, editions
from storage.tables.people import audit
from tests.rules.editions import FIRST_CALL, LADDER, SHIPPED, TEXT, approved_edition, later_text
from tests.web.conftest import STORED, Clock, Visitor
from tests.web.console.calls import As
from tests.web.console.conftest import Land, local

JUNE = later_text("2026-06-01", ("accept = { value = 30", "accept = { value = 20"), more=LADDER + FIRST_CALL)


@pytest.fixture
def second(engine: Engine, land: Land, as_: As) -> Visitor:
    """Another admin, of the same name."""
    with writing(engine) as conn:
        add_users(conn, [NewUser("admin2", "管理员", "admin", STORED)], land.clock())
    return as_("admin2")


def propose(visitor: Visitor, text: str = JUNE, reason: str = "试行") -> str:
    answer = visitor.post("/rulebook/propose", {"text": text, "reason": reason}, page="/rulebook")
    assert answer.status_code == 303, answer.text
    return str(answer.headers["Location"])


def decide(visitor: Visitor, where: str, decision: str = "approve", **form: str) -> int:
    shown = visitor.get(where)
    found = re.search(r'name="sha256" value="([0-9a-f]{64})"', shown.text)
    given = {"decision": decision, "reason": "同意", "sha256": found[1] if found else "", **form}
    return visitor.post(f"{where}/decide", given, page="/rulebook").status_code


@pytest.mark.parametrize("login", ["hz01", "zhejiang", "hq", "finance", "admin"])
def test_everybody_reads_the_editions(as_: As, engine: Engine, clock: Clock, login: str) -> None:
    with writing(engine) as conn:
        approved_edition(conn, JUNE, local("09:00", "2026-05-02"))
    visitor = as_(login)
    clock.at = local("08:30")
    listed = visitor.get("/rulebook").text
    assert "现行" in listed and "28 天后生效" in listed
    assert ("/rulebook/propose" in listed) is (login == "admin")
    page = visitor.get("/rulebook/2026-06-01").text
    said = ("时限 · 接单", "30 分钟(在岗)", "20 分钟(在岗)", "首次联系", "ACCEPT-1", "自下单起 20 分钟", "100 元")
    for words in said:
        assert words in page, words
    assert visitor.get("/rulebook/2026-06-01/text").data == JUNE.encode()
    assert visitor.get("/rulebook/2017-01-01").status_code == 200
    assert visitor.get("/rulebook/nope").status_code == visitor.get("/rulebook/nope/text").status_code == 404


def test_the_shipped_edition_can_be_read_before_it_is_written_down(as_: As) -> None:
    assert as_("hz01").get("/rulebook/2017-01-01/text").data == TEXT.encode()


@pytest.mark.parametrize("login", ["hz01", "zhejiang", "hq", "finance"])
def test_role_1_only_admins_propose_and_decide(as_: As, engine: Engine, login: str) -> None:
    where = propose(as_("admin"))
    visitor = as_(login)
    assert visitor.get(where).status_code == visitor.get(f"{where}/text").status_code == 403
    assert visitor.post("/rulebook/propose", {"text": JUNE, "reason": "x"}, page="/rulebook").status_code == 403
    assert visitor.post(f"{where}/decide", {"decision": "approve", "reason": "x"}, page="/rulebook").status_code == 403
    with reading(engine) as conn:
        assert conn.scalars(select(edition_proposals.c.state)).all() == ["open"]


def test_role_3_b_103_the_maker_may_not_approve_and_another_may(as_: As, second: Visitor, engine: Engine) -> None:
    maker = as_("admin")
    where = propose(maker)
    assert "您自己的提案" in maker.get(where).text and "批准并公布" not in maker.get(where).text
    assert decide(maker, where) == decide(maker, where, "decline") == 403
    page = second.get(where).text
    assert "批准并公布" in page and "时限 · 接单" in page and "20 分钟(在岗)" in page
    assert decide(second, where, sha256="0" * 64) == 409  # not the text that was read
    assert decide(second, where, reason=" ") == 422
    assert decide(second, where, decision="maybe") == 422
    assert decide(second, where) == 303
    assert decide(second, where) == 409  # again
    assert "28 天后生效" in maker.get("/rulebook").text
    with reading(engine) as conn:
        assert conn.scalars(select(editions.c.name).order_by(editions.c.effective)).all() == [
            "2017-01-01", "2026-06-01",
        ]  # fmt: skip
        done = conn.scalars(select(audit.c.subject).where(audit.c.what == "rulebook").order_by(audit.c.id)).all()
    assert done == ["proposed 1 2026-06-01", "approved 1"]


@pytest.mark.parametrize("digits", [0, 1, 12, 63])
def test_b_103_who_approves_has_read_the_whole_text(as_: As, second: Visitor, engine: Engine, digits: int) -> None:
    where = propose(as_("admin"))
    assert decide(second, where, sha256=text_hash(JUNE)[:digits]) == 409
    with reading(engine) as conn:
        assert conn.scalars(select(edition_proposals.c.state)).all() == ["open"]


def test_i_25_nothing_is_proposed_or_decided_while_an_edition_is_altered(
    as_: As, second: Visitor, engine: Engine
) -> None:
    maker, sha256 = as_("admin"), text_hash(JUNE)
    where = propose(maker)
    of_maker, of_second = maker.token("/rulebook"), second.token("/rulebook")
    with writing(engine) as conn:
        pin_shipped(conn, SHIPPED, local("09:00"))
        triggers.remove(conn)
        conn.execute(update(editions).values(text="x"))
    for decision in ("approve", "decline"):
        form = {"csrf_token": of_second, "decision": decision, "reason": "同意", "sha256": sha256}
        answer = second.client.post(f"{where}/decide", data=form)
        assert answer.status_code == 503 and answer.headers["Retry-After"] == "60"
    other = {"csrf_token": of_maker, "text": later_text("2026-07-01"), "reason": "试行"}
    assert maker.client.post("/rulebook/propose", data=other).status_code == 503
    with reading(engine) as conn:
        assert conn.scalars(select(edition_proposals.c.state)).all() == ["open"]


def test_a_declined_proposal_keeps_its_reason(as_: As, second: Visitor) -> None:
    where = propose(as_("admin"))
    assert decide(second, where, "decline", reason="数值<b>不对</b>") == 303
    for page in (second.get(where).text, second.get("/rulebook").text):
        assert "已驳回" in page and "数值&lt;b&gt;不对&lt;/b&gt;" in page


def test_day_1_after_the_15th_it_can_only_be_declined(as_: As, second: Visitor, clock: Clock) -> None:
    where = propose(as_("admin"))
    clock.at = local("23:59:59.999999", "2026-05-15")
    second.log_in("admin2")
    assert "批准并公布" in second.get(where).text
    clock.forward(microseconds=1)
    assert "只能驳回" in second.get(where).text
    assert decide(second, where) == 422
    assert decide(second, where, "decline") == 303


def test_a_refused_text_stands_in_the_form_again(as_: As) -> None:
    visitor = as_("admin")
    broken = JUNE.replace("accept = { value = 20", "accept = { value = 0")
    answer = visitor.post("/rulebook/propose", {"text": broken, "reason": "试行"}, page="/rulebook")
    assert answer.status_code == 422 and "clocks.accept.value" in answer.text
    assert "accept = { value = 0" in answer.text and 'value="试行"' in answer.text


def test_an_upload_is_kept_to_the_byte_and_a_pasted_text_with_plain_line_ends(as_: As, clock: Clock) -> None:
    visitor = as_("admin")
    windows = JUNE.replace("\n", "\r\n")
    where = propose(visitor, windows)
    assert visitor.get(f"{where}/text").data == JUNE.encode()
    clock.forward(seconds=1)
    form = {
        "csrf_token": visitor.token("/rulebook"), "reason": "x", "text": "",
        "file": (BytesIO(windows.encode()), "../e.toml"),
    }  # fmt: skip
    answer = visitor.client.post("/rulebook/propose", data=form, content_type="multipart/form-data")
    assert answer.status_code == 303
    assert visitor.get(f"{answer.headers['Location']}/text").data == windows.encode()


@pytest.mark.parametrize(
    ("text", "status", "code"),
    [
        ("", 422, "text_required"), ("x" * (256 * 1024 + 1), 413, "text_too_long"),
        ("[" * 5_000, 422, "edition_invalid"),
        ("a = 1\na = 2", 422, "edition_invalid"), (later_text("2026-05-01"), 422, "effective_past"),
        (later_text("2026-06-02"), 422, "effective_day"), (later_text(name="2017-01-01"), 409, "name_taken"),
        (later_text("2026-06-01", name="<b>"), 422, "name_invalid"), (later_text() + "# \x01", 422, "text_invalid"),
    ],
)  # fmt: skip
def test_hostile_texts_are_refused_by_code(as_: As, text: str, status: int, code: str) -> None:
    visitor = as_("admin")
    form = {"text": text, "reason": "x", "csrf_token": visitor.token("/rulebook")}
    answer = visitor.client.post("/rulebook/propose", data=form, headers={"Accept": "application/json"})
    said = answer.get_json()
    assert answer.status_code == status and code in (said["code"], *(error["code"] for error in said["errors"]))


def test_a_proposal_altered_in_its_table_is_shown_as_such(as_: As, second: Visitor, engine: Engine) -> None:
    where = propose(as_("admin"))
    with writing(engine) as conn:
        conn.execute(update(edition_proposals).values(text="x"))
    assert second.get(where).status_code == 409
    assert decide(second, where, "decline", reason="文本被改动") == 303


def test_i_25_an_altered_edition_answers_503(as_: As, engine: Engine, clock: Clock) -> None:
    visitor = as_("hz01")
    assert visitor.get("/desk").status_code == 200
    with writing(engine) as conn:
        pin_shipped(conn, SHIPPED, clock())
    with writing(engine) as conn:
        triggers.remove(conn)
        conn.execute(update(editions).values(text=TEXT + "#"))
    clock.at += timedelta(seconds=31)
    assert visitor.get("/desk").status_code == 503


def test_vio_4_the_review_knows_the_kinds_of_every_edition(as_: As, engine: Engine) -> None:
    fine = '\n[fines.V-CALL]\nvalue = 5000\nunit = "fen"\nheading = "timeliness"\nrule = "V-CALL"\n'
    own = FIRST_CALL + 'violation = "V-CALL"\n' + fine
    hq = as_("hq")
    assert hq.get("/review?kind=V-CALL").status_code == 422
    with writing(engine) as conn:
        approved_edition(conn, later_text("2026-06-01", more=own), local("09:00", "2026-05-02"))
    as_("admin").get("/rulebook")  # reads the book anew
    assert hq.get("/review?kind=V-CALL").status_code == 200

"""来电: what a caller wants once somebody has accepted, and the holder's answer (CHAN-8, DO-1)."""

import pytest
from sqlalchemy import Engine

from rulebook.book import packaged
from storage.session import snapshot
from tests.web.console.calls import PHONE, As, accepted, answer, change, find, log, proof, withdraw
from tests.web.console.conftest import Land, local
from verify.queries import check

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.mark.parametrize("said", ["agree", "decline"])
@pytest.mark.parametrize("what", ["change", "withdrawal"])
def test_once_accepted_the_holder_answers(land: Land, as_: As, engine: Engine, what: str, said: str) -> None:
    """HQ asks; the station sees it on its desk and on the order page, and answers once."""
    order = accepted(land)
    headquarters, station = as_("hq"), as_("hz01")
    if what == "change":
        assert change(headquarters, order, remark="放门卫").status_code == 303
    else:
        assert withdraw(headquarters, order, "改走别家").status_code == 303
    assert (land.row("KD1").state, land.row("KD1").asked_at) == ("accepted", local("08:32"))
    assert "来电待答复" in station.get("/desk?tab=to_pick_up").text
    assert "有来电请求等您答复" in station.get("/desk").text
    assert (
        "答复" in headquarters.get(f"/orders/{order}").text
        and 'id="agree"' not in headquarters.get(f"/orders/{order}").text
    )
    text = station.get(f"/orders/{order}").text
    assert 'name="ask" value="3"' in text and ("放门卫" if what == "change" else "改走别家") in text
    assert answer(station, order, said, remark="好的").status_code == 303
    row = land.row("KD1")
    assert row.asked_at is None
    assert row.state == ("withdrawn" if (what, said) == ("withdrawal", "agree") else "accepted")
    assert row.content.get("remark") == ("放门卫" if (what, said) == ("change", "agree") else None)
    assert answer(station, order, said).status_code == 409
    assert "好的" in log(station, order) and "来电请求" in log(station, order)
    assert "来电待答复" not in station.get("/desk?tab=to_pick_up").text
    with snapshot(engine) as conn:
        assert check(conn, packaged()) == []


def test_what_was_replaced_is_not_answered(land: Land, as_: As) -> None:
    order = accepted(land)
    change(as_("hq"), order, remark="放门卫")
    withdraw(as_("hq"), order)
    reply = answer(as_("hz01"), order, ask=3)
    assert (reply.status_code, land.row("KD1").state) == (409, "accepted")
    assert "请求已被新的来电替换" in reply.text and 'name="ask" value="4"' in reply.text


def test_the_holders_own_clerk_may_agree_at_once(land: Land, as_: As) -> None:
    """Or leave it to his colleague; HQ cannot agree for a station."""
    order, visitor = accepted(land), as_("hz01")
    change(visitor, order, remark="一")
    assert (land.row("KD1").asked_at is not None, land.row("KD1").content.get("remark")) == (True, None)
    change(visitor, order, remark="二", agree="1")
    assert (land.row("KD1").asked_at, land.row("KD1").content["remark"]) == (None, "二")
    change(as_("hq"), order, remark="三", agree="1")
    assert (land.row("KD1").asked_at is not None, land.row("KD1").content["remark"]) == (True, "二")


@pytest.mark.parametrize("taken", [False, True])
def test_clock_1_a_station_neither_moves_nor_ends_its_own_clock(land: Land, as_: As, taken: bool) -> None:
    """The page says so first, hides those parts, and the engine refuses what is sent all the same; HQ takes it."""
    order = accepted(land) if taken else land.order("KD1", local("08:31"))
    station, before = as_("hz01"), land.row("KD1")
    text = station.get(f"/callers/{order}?proof={proof(station)}").text
    assert 'id="to-hq"' in text and 'id="change"' in text
    assert 'name="window_end"' not in text and 'id="withdraw"' not in text
    for reply in (
        change(station, order, window_end="2026-05-05T18:00", agree="1"),
        withdraw(station, order, agree="1"),
    ):
        assert reply.status_code == 422 and "须由总部受理" in reply.text
    assert land.row("KD1") == before
    hq = as_("hq")
    text = hq.get(f"/callers/{order}?proof={proof(hq)}").text
    assert 'id="to-hq"' not in text and 'name="window_end"' in text and 'id="withdraw"' in text
    assert change(hq, order, window_end="2026-05-05T18:00").status_code == 303
    assert (land.row("KD1").asked_at is not None) is taken


def test_chan_6_the_same_call_again_is_refused(land: Land, as_: As) -> None:
    order, hq = accepted(land), as_("hq")
    assert [change(hq, order, remark="放门卫").status_code for _ in range(2)] == [303, 409]
    assert land.row("KD1").version == 3


def test_chan_8_the_next_holder_sees_and_answers_what_is_open(land: Land, as_: As) -> None:
    order = accepted(land)
    change(as_("hq"), order, remark="放门卫")
    land.transfer("KD1", "HZ01", local("08:50"), "HZ02")
    station = as_("hz02")
    assert "有来电请求等您答复" in station.get("/desk").text
    assert 'id="agree"' in station.get(f"/orders/{order}").text
    assert answer(station, order).status_code == 303
    assert (land.row("KD1").content["remark"], land.row("KD1").asked_at) == ("放门卫", None)


def test_role_2_who_may_not_look_reads_none_of_a_callers_words(land: Land, as_: As) -> None:
    """They may name anybody and any place; a province may never look behind the mask, and a station has not."""
    order, hq = accepted(land), as_("hq")
    change(hq, order, remark="交给隔壁老王八,701室")
    pages = {who: [as_(who).get(f"/orders/{order}").text] for who in ("hz01", "zhejiang")}
    answer(as_("hz01"), order)
    withdraw(hq, order, "老王八说701室不寄了")
    answer(as_("hz01"), order, ask=5)
    assert land.row("KD1").state == "withdrawn"
    for who, seen in pages.items():
        seen.append(as_(who).get(f"/orders/{order}").text)
        assert not any("701室" in text for text in seen), "a room is behind the mask for both"
        assert ["老王八" in text for text in seen] == [who == "hz01"] * 2


@pytest.mark.parametrize(("login", "status"), [("hz01", 303), ("hz01a", 404), ("hz02", 404), ("hq", 403)])
def test_do_1_only_the_holder_answers(land: Land, as_: As, login: str, status: int) -> None:
    order = accepted(land)
    change(as_("hq"), order, remark="放门卫")
    assert answer(as_(login), order).status_code == status
    assert (land.row("KD1").asked_at is None) is (status == 303)


@pytest.mark.parametrize("form", [{"answer": "x", "ask": "3"}, {"answer": "agree", "ask": "x"}, {"answer": "agree"}])
def test_a_broken_answer_is_refused(land: Land, as_: As, form: dict[str, str]) -> None:
    order = accepted(land)
    change(as_("hq"), order, remark="放门卫")
    assert as_("hz01").post(f"/callers/{order}/answer", form, page="/callers").status_code == 422


def test_route_3_hq_changes_what_lies_at_the_data_centre(land: Land, as_: As) -> None:
    order = land.order("KD1", local("08:31"), "gap")
    assert change(as_("hq"), order, remark="放门卫").status_code == 303
    row = land.row("KD1")
    assert (row.state, row.content["remark"], row.asked_at) == ("at_data_centre", "放门卫", None)


def test_hostile_text_is_text(land: Land, as_: As) -> None:
    """B-109: asked, shown, answered."""
    order, evil = accepted(land), '"><script>alert(1)</script>\u202e'
    hq, station = as_("hq"), as_("hz01")
    change(hq, order, remark=evil, goods=evil, sender_name=evil)
    pages = [station.get(f"/orders/{order}").text]
    answer(station, order, remark=evil)
    pages += [station.get(path).text for path in (f"/orders/{order}", "/desk?tab=to_pick_up")]
    withdraw(hq, order, evil)
    pages += [station.get(f"/orders/{order}").text, find(hq, evil, evil, evil).text]
    assert not any("<script>alert" in page for page in pages)
    assert land.row("KD1").content["goods"] == evil


def test_b_89_forms_without_their_token_are_refused(land: Land, as_: As) -> None:
    order, visitor = land.order("KD1", local("08:31")), as_("hz01")
    for path in ("find", f"{order}/change", f"{order}/withdraw", f"{order}/answer"):
        assert visitor.client.post(f"/callers/{path}", data={"number": "KD1", "phone": PHONE}).status_code == 403

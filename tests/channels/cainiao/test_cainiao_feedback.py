"""What Cainiao is told later, and how its answers count: CHANNELS 1.5, 7, CHAN-4, F-46, F-47."""

import json
from typing import Any
from urllib.parse import parse_qs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.adapter import Credential, NotSetUp
from channels.feedback import FeedbackKind, Outcome, Reply
from channels.registry import ADAPTERS
from tests.channels import talk
from tests.channels.cainiao import vectors as v

HOLDER = "<name>张三</name><acceptTime>2026-11-23 09:42:10</acceptTime><contactInfo>13700137000</contactInfo>"
REASON = {"reason": "unreachable", "reason_text": {"zh": "联系不上客户", "en": "cannot be reached"}}
NONE = Credential({"secret": (v.KEY,)})


def told(kind: FeedbackKind, /, credential: Credential = NONE, **payload: Any) -> list[dict[str, str]]:
    """The forms of one feedback, decoded by the standard library."""
    feedback = talk.feedback(v.CAINIAO, kind, logistics_no=v.NUMBER, **payload)
    calls = talk.write(v.CAINIAO, credential, feedback)
    for call in calls:
        assert call.url == "https://channel.example/in"
        assert call.headers == {"content-type": "application/x-www-form-urlencoded; charset=UTF-8"}
    forms = [parse_qs(call.body.decode("ascii"), keep_blank_values=True, strict_parsing=True) for call in calls]
    return [{name: value for name, (value,) in form.items()} for form in forms]


def content(kind: FeedbackKind, /, **payload: Any) -> str:
    (form,) = told(kind, **payload)
    assert form["data_digest"] == v.digest(form["logistics_interface"].encode())
    return form["logistics_interface"]


def update(code: str, mail_no: str = "", holder: str = HOLDER, remark: str = "", weight: str = "") -> str:
    return (
        f"<UpdateInfo><logisticProviderID>HTKY</logisticProviderID><txLogisticID>{v.NUMBER}</txLogisticID>"
        f"<mailNo>{mail_no}</mailNo><infoType>STATUS</infoType><infoContent>{code}</infoContent>{holder}{weight}"
        f"<remark>{remark}</remark></UpdateInfo>"
    )


def test_chan_4_got_is_the_vector_to_the_byte() -> None:
    (form,) = told(FeedbackKind.PICKED_UP, waybill_no="55012345678901", weight_g=850, station="HZ01")
    assert form == {"logistics_interface": v.GOT, "data_digest": v.GOT_DIGEST, "logistic_provider_id": "HTKY"}


@pytest.mark.parametrize(
    ("grams", "kilograms"),
    [(850, "0.85"), (1000, "1"), (12_000, "12"), (1, "0.001"), (0.5, "0.0005"), (9_999_999, "9999.999")],
)
def test_weights_in_kilograms(grams: float, kilograms: str) -> None:
    found = content(FeedbackKind.PICKED_UP, waybill_no="5", weight_g=grams)
    assert found == update("GOT", "5", weight=f"<weight>{kilograms}</weight>")


@pytest.mark.parametrize("unknown", [None, 0, "一斤"])
def test_a_weight_that_is_not_known_is_left_out(unknown: object) -> None:
    assert content(FeedbackKind.PICKED_UP, waybill_no="5", weight_g=unknown) == update("GOT", "5")


def test_chan_4_accepted_names_who_comes_and_from_where() -> None:
    assert content(FeedbackKind.ACCEPTED, station="HZ01") == update("ACCEPT", remark="余杭网点")
    nobody = {"code": "HZ01", "name": "余杭网点", "contact": "", "phone": "", "address": "", "province": ""}
    bare = HOLDER.replace("张三", "余杭网点").replace("13700137000", "")
    assert content(FeedbackKind.ACCEPTED, holder=nobody) == update("ACCEPT", holder=bare, remark="余杭网点")


def test_chan_4_failures_by_stage_with_the_reason_in_words() -> None:
    assert content(FeedbackKind.FAILED, stage="accept", **REASON) == update("UNACCEPT", remark="联系不上客户")
    assert content(FeedbackKind.FAILED, stage="pickup", **REASON) == update("NOT_SEND", remark="联系不上客户")
    unnamed = {"reason": "other", "reason_text": {}}
    assert content(FeedbackKind.FAILED, stage="pickup", **unnamed) == update("NOT_SEND", remark="other")


def test_chan_4_a_withdrawal_of_ours_and_silence_about_the_channels_own() -> None:
    at_midnight = {"happened_at": "2026-11-22T16:00:00+00:00", "holder": None}
    found = content(FeedbackKind.WITHDRAWN, origin="system", reason="资料<未>补齐", by_channel=False, **at_midnight)
    bare = "<name></name><acceptTime>2026-11-23 00:00:00</acceptTime><contactInfo></contactInfo>"
    assert found == update("WITHDRAW", holder=bare, remark="资料&lt;未&gt;补齐")
    assert told(FeedbackKind.WITHDRAWN, origin="sender", reason="x", by_channel=True) == []


@pytest.mark.parametrize(
    ("kind", "payload"),
    [
        (FeedbackKind.HELD, {"missing": ["place"], "reminder": False}),
        (FeedbackKind.DISPATCHED, {"station": "HZ01", "again": False}),
        (FeedbackKind.DISPATCHED, {"station": None, "again": True}),
        (FeedbackKind.REFUSED, {"code": "x", "text": "x", "field": None}),
    ],
)
def test_chan_4_silent_where_there_is_no_word(kind: FeedbackKind, payload: dict[str, Any]) -> None:
    assert told(kind, **payload) == []


def test_link_out() -> None:
    settings = {"form": "link", "msg_type": "TMS_STATUS_PUSH", "to_code": "TAOBAO", "provider_id": "BESTEX"}
    (form,) = told(FeedbackKind.ACCEPTED, Credential({"secret": (v.KEY,)}, settings))
    text = update("ACCEPT", remark="余杭网点").replace("HTKY", "BESTEX")
    assert form == {
        "logistics_interface": text,
        "data_digest": v.digest(text.encode()),
        "msg_type": "TMS_STATUS_PUSH",
        "to_code": "TAOBAO",
        "logistic_provider_id": "BESTEX",
    }
    del settings["to_code"]
    assert "to_code" not in told(FeedbackKind.ACCEPTED, Credential({"secret": (v.KEY,)}, settings))[0]


def test_what_is_not_set_up_is_named() -> None:
    with pytest.raises(NotSetUp, match="secret"):
        told(FeedbackKind.ACCEPTED, Credential())
    with pytest.raises(NotSetUp, match="msg_type"):
        told(FeedbackKind.ACCEPTED, Credential({"secret": (v.KEY,)}, {"form": "link"}))


def test_the_newest_key_signs_and_every_attempt_says_the_same() -> None:
    both = Credential({"secret": (b"the new one", v.KEY)})
    (form,) = told(FeedbackKind.ACCEPTED, both)
    assert form["data_digest"] == v.digest(form["logistics_interface"].encode(), b"the new one")
    feedback = talk.feedback(v.CAINIAO, FeedbackKind.ACCEPTED)
    later = {"at": talk.NOW.replace(year=2027)}
    assert talk.write(v.CAINIAO, NONE, feedback) == talk.write(v.CAINIAO, NONE, feedback, **later)


def test_b_55_settings_are_checked() -> None:
    out = ADAPTERS["cainiao"].out
    with pytest.raises(ValueError, match="16"):
        out.secrets["secret"]("demo-tb-key")
    with pytest.raises(ValueError, match="old, link"):
        out.settings["form"]("new")
    assert out.settings["form"]("link") == "link"


YES = "<Response><logisticProviderID>HTKY</logisticProviderID><success>true</success></Response>"
NO = "<Response><success>false</success><reason>%s</reason></Response>"
ROWS = "<responses><responseItems><response><success>true</success></response>%s</responseItems></responses>"


@pytest.mark.parametrize(
    ("status", "text", "outcome"),
    [
        (200, YES, Outcome.DELIVERED),
        (200, '<?xml version="1.0" encoding="GBK"?>\n' + YES.replace("true", " TRUE\n"), Outcome.DELIVERED),
        (200, "\ufeff" + YES, Outcome.DELIVERED),
        (200, ROWS % "", Outcome.DELIVERED),
        (200, ROWS % "<response><success>true</success></response>", Outcome.DELIVERED),
        (200, '{"success":true}', Outcome.DELIVERED),
        (200, '{"success":"true","errorCode":"","retryFlag":null}', Outcome.DELIVERED),
        (200, NO % "S05", Outcome.REFUSED),
        (200, NO % "S02", Outcome.REFUSED),
        (200, NO % "", Outcome.REFUSED),
        (200, ROWS % "<response><success>false</success><reason>S05</reason></response>", Outcome.REFUSED),
        (200, '{"success":false,"errorCode":"S05"}', Outcome.REFUSED),
        (200, '{"success":true,"result":{"success":false,"errorCode":"X"}}', Outcome.REFUSED),
        (200, NO % "S07", Outcome.LATER),
        (200, ROWS % "<response><success>false</success><reason>S07</reason></response>", Outcome.LATER),
        (200, '{"success":false,"errorCode":"S07"}', Outcome.LATER),
        (200, '{"success":false,"errorCode":"B01","retryFlag":true}', Outcome.LATER),
        (200, '{"result":{"success":false,"isRetry":"true"}}', Outcome.LATER),
        (200, "<response><success>false</success><retryFlag>true</retryFlag></response>", Outcome.LATER),
        (200, "", Outcome.LATER),
        (200, "success", Outcome.LATER),
        (200, "<html><body>ok</body></html>", Outcome.LATER),
        (200, "<html><br>", Outcome.LATER),
        (200, "[]", Outcome.LATER),
        (200, "<!DOCTYPE a>" + YES, Outcome.LATER),
        (204, "", Outcome.LATER),
        (302, YES, Outcome.LATER),
        (None, "ConnectTimeout", Outcome.LATER),
        (100, YES, Outcome.LATER),
        (408, NO % "S05", Outcome.LATER),
        (425, "", Outcome.LATER),
        (429, NO % "S05", Outcome.LATER),
        (500, NO % "S05", Outcome.LATER),
        (503, YES, Outcome.LATER),
        (400, NO % "S05", Outcome.REFUSED),
        (400, NO % "S07", Outcome.LATER),
        (401, "who are you", Outcome.REFUSED),
        (404, YES, Outcome.REFUSED),
        (410, "", Outcome.GONE),
    ],
)
def test_f_46_f_47_what_answers_mean(status: int | None, text: str, outcome: Outcome) -> None:
    assert v.CAINIAO.out.judge(NONE, Reply(status, text)) is outcome


@given(st.one_of(st.none(), st.integers(100, 599)), st.text(max_size=200))
def test_any_answer_is_judged(status: int | None, text: str) -> None:
    for shape in (text, "{" + text, json.dumps({"success": text}), "<a>" + text):
        assert v.CAINIAO.out.judge(NONE, Reply(status, shape)) in Outcome

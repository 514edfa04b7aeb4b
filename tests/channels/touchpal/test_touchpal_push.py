"""What TouchPal hears (CHANNELS sections 5 and 7), and what its answers mean (F-46, F-47)."""

import hashlib
import json
from typing import Any
from urllib.parse import parse_qsl

import pytest

from channels.adapter import Credential, NotSetUp
from channels.feedback import FeedbackKind, Outcome, Reply
from sandbox import touchpal as side
from tests.channels import talk
from tests.channels.touchpal.tp import KEY, NAMED, NUMBER, PARTNER, PUSH, PUSH_SIGN, TP

HOLDER = {
    "code": "HZ01",
    "name": "余杭网点",
    "contact": "张三",
    "phone": "13700137000",
    "address": "浙江省杭州市余杭区文一西路1号",
    "province": "浙江省",
}
BEGINNING = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?><request><txLogisticID>'
IN_JSON = Credential({"secret": (KEY.encode(),)}, {"partner_id": PARTNER, "format": "json"})


def sent(kind: str, /, credential: Credential = NAMED, **payload: Any) -> dict[str, str]:
    """The form of the one push."""
    told = talk.feedback(TP, kind, **{"logistics_no": NUMBER, **payload})
    (call,) = talk.write(TP, credential, told)
    assert call.url == "https://channel.example/in"
    assert call.headers["content-type"].startswith("application/x-www-form-urlencoded")
    return dict(parse_qsl(call.body.decode("ascii"), keep_blank_values=True))


def test_the_published_push() -> None:
    form = sent("picked_up", holder=HOLDER, waybill_no="55012345678901", weight_g=850, station="HZ01")
    assert form == {
        "serviceType": "KD_ORDER_STATUS_PUSH",
        "partnerID": PARTNER,
        "bizData": PUSH,
        "sign": PUSH_SIGN,
    }


def test_in_json_where_set() -> None:
    form = sent("picked_up", IN_JSON, holder=HOLDER, waybill_no="55012345678901", weight_g=850)
    assert form["bizData"] == (
        '{"txLogisticID":"CT_H_20261122000017","status":"GOT","mailNo":"55012345678901",'
        '"acceptTime":"2026-11-23 09:42:10","currentCity":"杭州市","contactInfo":"13700137000","weight":"0.85",'
        '"remark":""}'
    )
    assert form["sign"] == hashlib.md5((form["bizData"] + KEY).encode()).hexdigest()


def test_accepted() -> None:
    assert sent("accepted", happened_at="2026-11-22T16:00:01+00:00")["bizData"] == (
        f"{BEGINNING}{NUMBER}</txLogisticID><status>ACCEPT</status><mailNo></mailNo>"
        "<acceptTime>2026-11-23 00:00:01</acceptTime><currentCity></currentCity>"
        "<contactInfo>13700137000</contactInfo><remark></remark></request>"
    )


@pytest.mark.parametrize(
    ("kind", "payload", "status", "remark"),
    [
        ("failed", {"stage": "accept", "reason": "out_of_area", "reason_text": {"zh": "<远>"}}, "UNACCEPT", "<远>"),
        ("failed", {"stage": "pickup", "reason": "other", "reason_text": {}}, "NOT_SEND", "other"),
        ("withdrawn", {"origin": "station", "reason": "停业", "by_channel": False}, "WITHDRAW", "停业"),
        ("withdrawn", {"origin": "system", "reason": None, "by_channel": False}, "WITHDRAW", ""),
    ],
)  # fmt: skip
def test_section_7(kind: str, payload: dict[str, Any], status: str, remark: str) -> None:
    told = json.loads(sent(kind, IN_JSON, **payload)["bizData"])
    assert (told["status"], told["remark"], told["mailNo"]) == (status, remark, "")
    escaped = remark.replace("<", "&lt;").replace(">", "&gt;")
    assert f"<remark>{escaped}</remark>" in sent(kind, **payload)["bizData"]


def test_silent_where_there_is_no_word() -> None:
    silent = ("held", "dispatched", "refused", "received", "needed", "unheard_of")
    assert {*silent[:-1]} < {kind.value for kind in FeedbackKind}
    for kind in silent:
        assert talk.write(TP, NAMED, talk.feedback(TP, kind, missing=["place"], station=None)) == []
    theirs = talk.feedback(TP, "withdrawn", origin="sender", reason="不寄了", by_channel=True)
    assert talk.write(TP, NAMED, theirs) == []  # they told us


@pytest.mark.parametrize(
    ("province", "address", "city"),
    [
        ("浙江省", "浙江省杭州市余杭区文一西路1号", "杭州市"),
        ("上海市", "青浦区华徐公路1号", "上海市"),
        ("新疆维吾尔自治区", "新疆维吾尔自治区乌鲁木齐市天山区", "乌鲁木齐市"),
        ("浙江省", "北苑城市花园1号", ""),
        ("浙江省", "文一路杭州市场1号", ""),
        ("浙江省", "浙江省余杭区", ""),
        ("", "杭州市余杭区", ""),
        ("", "", ""),
    ],
)
def test_the_city_is_told_only_when_known(province: str, address: str, city: str) -> None:
    holder = HOLDER | {"province": province, "address": address}
    assert json.loads(sent("accepted", IN_JSON, holder=holder)["bizData"])["currentCity"] == city


def test_without_a_holder_and_a_weight() -> None:
    told = json.loads(sent("picked_up", IN_JSON, holder=None, waybill_no="5", weight_g=None)["bizData"])
    assert told["contactInfo"] == told["currentCity"] == "" and "weight" not in told


def test_what_must_be_set_up() -> None:
    told = talk.feedback(TP, "accepted")
    for credential in (Credential(), Credential(NAMED.secrets), Credential(settings=NAMED.settings)):
        with pytest.raises(NotSetUp):
            talk.write(TP, credential, told)
        assert not credential.has(TP.out.needs)
    assert NAMED.has(TP.out.needs)


@pytest.mark.parametrize(
    ("status", "text", "outcome"),
    [
        (200, '{"result":true,"remark":"","errorCode":"","errorDescription":""}', Outcome.DELIVERED),
        (200, '{"result":"true"}', Outcome.DELIVERED),
        (200, "<response><result>true</result><remark/><errorCode/><errorDescription/></response>", Outcome.DELIVERED),
        (200, '<?xml version="1.0"?>\n<response><result>TRUE</result></response>', Outcome.DELIVERED),
        (200, "<response><result>false</result><errorCode>x</errorCode></response>", Outcome.LATER),
        (200, '{"result":false}', Outcome.LATER),
        (200, "<!DOCTYPE html><html/>", Outcome.LATER),
        (200, "true", Outcome.LATER),
        (200, "", Outcome.LATER),
        (302, "", Outcome.LATER),
        (503, '{"result":true}', Outcome.LATER),
        (None, "ConnectTimeout", Outcome.LATER),
        (400, "", Outcome.REFUSED),
        (410, "", Outcome.GONE),
    ],
)
def test_f_46_and_f_47_answers(status: int | None, text: str, outcome: Outcome) -> None:
    assert TP.out.judge(Credential(), Reply(status, text)) is outcome


def test_the_sandbox_understands_it() -> None:
    """The other side, which shares no code with the adapter."""
    told = talk.feedback(TP, "picked_up", logistics_no=NUMBER, waybill_no="55012345678901", weight_g=850)
    for form in ("xml", "json"):
        settings = {"partner_id": side.PARTNER, "format": form}
        (call,) = talk.write(TP, Credential({"secret": (side.SECRET.encode(),)}, settings), told)
        _, _, answer, line = side.listen("/", "", call.headers, call.body)
        assert line == f"GOT {NUMBER} 55012345678901 2026-11-23 09:42:10 13700137000"
        assert TP.out.judge(Credential(), Reply(200, answer)) is Outcome.DELIVERED
    (call,) = talk.write(TP, NAMED, told)
    _, _, answer, line = side.listen("/", "", call.headers, call.body)
    assert line.startswith("BAD ") and TP.out.judge(Credential(), Reply(200, answer)) is Outcome.LATER

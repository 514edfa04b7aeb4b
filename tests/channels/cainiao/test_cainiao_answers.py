"""What Cainiao hears at once: CHANNELS 1.4, B-01, B-12..B-42, CHAN-5, in both envelopes and both shapes."""

import json
from xml.etree import ElementTree

import pytest

from basics.refusal import Refusal
from channels.adapter import Answering, Credential, Result
from channels.messages import Withdrawal
from dispatch.refusals import refuse
from tests.channels import talk
from tests.channels.cainiao import vectors as v
from tests.channels.cainiao.vectors import answered, batch, form, link

XML, JSON = "text/xml; charset=utf-8", "application/json; charset=utf-8"
NO = f"<txLogisticID>{v.NUMBER}</txLogisticID>"
HEAD = "<logisticProviderID>HTKY</logisticProviderID>"
AS_JSON = json.dumps({"txLogisticID": "LP1", "sender": {}})


def unopened(refusal: Refusal) -> tuple[int, dict[str, str]]:
    """What a push gets that was never opened, and by a credential that may be empty."""
    answer = v.CAINIAO.answer(Answering(Credential(), [Result(None, refusal)], talk.REQUEST, talk.NOW))
    assert answer.content_type == XML
    root = ElementTree.fromstring(answer.body)
    assert root.tag == "Response"
    return answer.status, {one.tag: one.text or "" for one in root}


def test_the_recorded_pairs() -> None:
    """CHANNELS 1.4, byte for byte."""
    created = answered(form(v.CREATE))
    assert (created.status, created.content_type) == (200, XML)
    assert created.body == f"<Response>{HEAD}{NO}<success>true</success></Response>"
    withdrawn = answered(form(v.CANCEL))
    assert (withdrawn.status, withdrawn.body) == (
        200,
        f"<responses>{HEAD}<responseItems><response>{NO}<fieldName>status</fieldName><success>true</success>"
        "</response></responseItems></responses>",
    )


def test_b_18_a_refusal_after_acceptance() -> None:
    said = v.said(form(v.CREATE))
    answer = answered(form(v.CREATE), Result(said, refuse("order_already_accepted")))
    assert (answer.status, answer.body) == (
        409,
        f"<Response>{HEAD}{NO}<success>false</success><reason>S05</reason><remark>order_already_accepted: "
        "订单已被受理,不能再修改 / too late to change: the order was acted upon</remark></Response>",
    )


def test_b_42_each_field_gets_its_answer() -> None:
    fields = batch(("LP1", "status", "WITHDRAW"), ("LP2", "weight", "1"), ("LP3", "mailNo", "55012345678901"))
    push = form(fields)
    reading = v.CAINIAO.read(v.opened(push), talk.NOW)
    assert not isinstance(reading, Refusal)
    first, second, third = reading.said
    assert isinstance(first, Withdrawal) and isinstance(second, Refusal)
    answer = answered(push, Result(first), Result(None, second), Result(third, refuse("waybill_in_use", "waybill_no")))  # type: ignore[arg-type]
    assert answer.status == 200  # one was done
    root = ElementTree.fromstring(answer.body)
    rows = [{one.tag: one.text for one in row} for row in root.iter("response")]
    assert [(row["txLogisticID"], row["fieldName"], row["success"], row.get("reason")) for row in rows] == [
        ("LP1", "status", "true", None),
        ("LP2", "weight", "false", "S05"),
        ("LP3", "mailNo", "false", "S05"),
    ]
    assert (rows[1]["remark"] or "").startswith("event_unknown: ")
    assert (rows[2]["remark"] or "").startswith("waybill_in_use: ")


def test_a_batch_of_which_nothing_was_done_says_so_by_its_status_too() -> None:
    said = v.said(form(v.CANCEL))
    assert answered(form(v.CANCEL), Result(said, refuse("already_picked_up"))).status == 409
    assert answered(form(batch(("LP1", "weight", "1"), ("LP2", "weight", "1")))).status == 422


def test_chan_5_a_held_order_is_taken_and_told_what_it_lacks() -> None:
    missing = ("sender.phone", "place", "pieces", "weight_g")
    said = v.said(form(v.CREATE))
    answer = answered(form(v.CREATE), Result(said, missing=missing))
    assert (answer.status, answer.body) == (
        200,
        f"<Response>{HEAD}{NO}<success>true</success><remark>held: 已收到,请补充 / stored, please supply: "
        "sender.mobile, sender.address, items.item.number, itemsWeight</remark></Response>",
    )
    told = json.loads(answered(link(AS_JSON), Result(v.said(link(AS_JSON)), missing=missing)).body)
    assert told["success"] is True and told["result"]["remark"].endswith("sender.mobile, sender.address, "
                                                                         "items.item.number, itemsWeight")  # fmt: skip


def test_link_is_answered_in_xml() -> None:
    answer = answered(link(v.CREATE))
    assert (answer.status, answer.content_type, answer.body) == (
        200,
        XML,
        "<response><success>true</success><errorCode></errorCode><errorMsg></errorMsg><retryFlag>false</retryFlag>"
        f"<result>{HEAD}{NO}<success>true</success></result></response>",
    )
    refused = answered(link(v.CREATE), Result(v.said(link(v.CREATE)), refuse("order_already_accepted")))
    root = ElementTree.fromstring(refused.body)
    assert refused.status == 409
    assert [root.findtext(name) for name in ("success", "errorCode", "retryFlag")] == ["false", "S05", "false"]
    assert (root.findtext("errorMsg") or "").startswith("order_already_accepted: ")


def test_link_is_answered_in_json() -> None:
    answer = answered(link(AS_JSON))
    assert (answer.status, answer.content_type) == (200, JSON)
    assert json.loads(answer.body) == {
        "success": True,
        "errorCode": "",
        "errorMsg": "",
        "retryFlag": False,
        "result": {"logisticProviderID": "HTKY", "txLogisticID": "LP1", "success": True},
    }
    fields = [
        {"txLogisticID": "LP1", "fieldName": "status", "fieldValue": "WITHDRAW"},
        {"txLogisticID": "LP2", "fieldName": "weight", "fieldValue": 1.5},
    ]
    mixed = answered(link(json.dumps({"fieldList": fields})))
    told = json.loads(mixed.body)
    assert (mixed.status, told["success"], told["errorCode"], told["retryFlag"]) == (200, False, "S05", False)
    rows = told["result"]["responseItems"]
    assert [(row["txLogisticID"], row["fieldName"], row["success"]) for row in rows] == [
        ("LP1", "status", True),
        ("LP2", "weight", False),
    ]


def test_link_json_that_cannot_be_read_is_refused_in_json() -> None:
    answer = answered(link("{"))
    told = json.loads(answer.body)
    assert (answer.status, told["success"], told["errorCode"]) == (400, False, "S01")


@pytest.mark.parametrize(
    ("content", "status", "reason", "code"),
    [
        ("<a", 400, "S01", "xml_invalid"),
        ("<Other/>", 422, "S04", "event_unknown"),
        (
            "<UpdateInfo><txLogisticID>LP1</txLogisticID><infoType>X</infoType></UpdateInfo>",
            422,
            "S04",
            "event_unknown",
        ),
        (v.changed(sendEndTime="x"), 422, "S05", "time_invalid"),
        (v.changed(txLogisticID=""), 422, "S05", "field_required"),
    ],
)
def test_reasons_of_what_cannot_be_read(content: str, status: int, reason: str, code: str) -> None:
    answer = answered(form(content))
    root = ElementTree.fromstring(answer.body)
    assert (answer.status, root.findtext("success"), root.findtext("reason")) == (status, "false", reason)
    assert (root.findtext("remark") or "").startswith(f"{code}: ")


TOO_MANY = batch(*[("LP1", "status", "WITHDRAW")] * 501)
OURS = Credential({"secret": (v.KEY,)}, {"provider_id": "BESTEX"})


@pytest.mark.parametrize(
    ("content", "keys", "status", "reason", "code"),
    [
        (TOO_MANY, v.KEYS, 413, "S05", "batch_too_large"),
        (v.CANCEL, OURS, 422, "S03", "provider_unknown"),
        (v.CANCEL.replace("HTKY", "H" * 65), v.KEYS, 422, "S05", "text_too_long"),
    ],
)
def test_b_42_a_field_list_refused_as_a_whole_is_answered_as_a_batch(
    content: str, keys: Credential, status: int, reason: str, code: str
) -> None:
    answer = answered(form(content), keys=keys)
    root = ElementTree.fromstring(answer.body)
    assert (answer.status, root.tag) == (status, "responses")
    (row,) = root.findall("responseItems/response")
    assert [row.findtext(name) for name in ("txLogisticID", "fieldName", "success", "reason")] == [
        "",
        "",
        "false",
        reason,
    ]
    assert (row.findtext("remark") or "").startswith(f"{code}: ")
    in_link = ElementTree.fromstring(answered(link(content), keys=keys).body)
    assert (in_link.findtext("success"), in_link.findtext("errorCode")) == ("false", reason)
    assert len(in_link.findall("result/responseItems/response")) == 1


def test_b_42_a_field_list_refused_as_a_whole_in_json() -> None:
    field = {"txLogisticID": "LP1", "fieldName": "status", "fieldValue": "WITHDRAW"}
    told = json.loads(answered(link(json.dumps({"fieldList": [field] * 501}))).body)
    (row,) = told["result"]["responseItems"]
    assert (told["success"], told["errorCode"], row["success"], row["fieldName"]) == (False, "S05", False, "")


@pytest.mark.parametrize(
    "content", [v.CREATE, v.CREATE.replace("<remark>", "<fieldList><field>1</field></fieldList><remark>")]
)
def test_another_couriers_order_is_no_batch(content: str) -> None:
    assert ElementTree.fromstring(answered(form(content), keys=OURS).body).tag == "Response"


def test_a_refused_field_name_is_cut_to_64_characters() -> None:
    """A name of theirs may be as long as a message; its answer may not."""
    name = "a" * 50_000
    twice = answered(form(f"<RequestOrder><{name}/><{name}/></RequestOrder>"))
    for answer in (
        twice,
        v.CAINIAO.answer(Answering(Credential(), [Result(None, Refusal("x", "y", name))], "", talk.NOW)),
    ):
        assert f"({name[:64]})" in answer.body and len(answer.body) < 1_000


def test_a_refused_order_is_named_when_its_number_could_be_read() -> None:
    assert NO in answered(form(v.changed(sendEndTime="x"))).body


def test_another_couriers_message_is_s03() -> None:
    ours = Credential({"secret": (v.KEY,)}, {"provider_id": "BESTEX"})
    answer = answered(form(v.CREATE), keys=ours)
    root = ElementTree.fromstring(answer.body)
    assert (answer.status, root.findtext("reason"), root.findtext("logisticProviderID")) == (422, "S03", "BESTEX")


@pytest.mark.parametrize(
    ("code", "status", "reason", "retry"),
    [
        ("credential_unknown", 401, "S08", "false"),
        ("source_not_allowed", 403, "S08", "false"),
        ("signature_missing", 401, "S02", "false"),
        ("signature_invalid", 401, "S02", "false"),
        ("body_empty", 400, "S01", "false"),
        ("body_too_large", 413, "S01", "false"),
        ("media_type_unsupported", 415, "S01", "false"),
        ("encoding_unsupported", 415, "S01", "false"),
        ("busy", 503, "S07", "true"),
        ("internal_error", 500, "S07", "true"),
    ],
)
def test_a_push_that_was_never_opened_gets_the_words_of_both_envelopes(
    code: str, status: int, reason: str, retry: str
) -> None:
    found, told = unopened(Refusal(code, "x & <y>"))
    assert (found, told["success"], told["reason"], told["remark"]) == (status, "false", reason, f"{code}: x & <y>")
    assert (told["errorCode"], told["errorMsg"], told["retryFlag"]) == (reason, f"{code}: x & <y>", retry)


def test_what_is_repeated_is_escaped() -> None:
    fields = batch(("LP1", "&lt;b&gt;&amp;", "x"))
    assert "<fieldName>&lt;b&gt;&amp;</fieldName>" in answered(form(fields)).body


def test_an_answer_is_the_same_each_time() -> None:
    assert answered(form(v.changed(sendEndTime="x"))) == answered(form(v.changed(sendEndTime="x")))

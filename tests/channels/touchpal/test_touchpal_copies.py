"""`serviceType` is not signed, and our own pushes are signed with the same key (CHANNELS section 5, RELIABILITY A):
a message that somebody copied says nothing under any other type."""

import json
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest

from basics.refusal import Refusal
from channels.adapter import Credential, Opened
from tests.channels import talk
from tests.channels.touchpal.tp import (
    AT,
    CANCEL,
    CREATE,
    NAMED,
    NUMBER,
    ORDER,
    PARTNER,
    PUSH,
    TP,
    UPDATE,
    WITHDRAWAL,
    order,
    read,
    refused,
    verify,
    xml,
)

WHOLE = json.dumps({"txLogisticID": NUMBER, "params": json.loads(ORDER)})
# Every form in which each type is taken
GENUINE = {
    CREATE: [ORDER, order(mailNo="55012345678901"), order(sender=None, items=None), order(receiver=None, items=None)],
    CANCEL: [
        WITHDRAWAL,
        json.dumps({"txLogisticId": NUMBER, "reason": ""}),
        json.dumps({"txLogisticID": NUMBER}),
        json.dumps({"txLogisticID": NUMBER, "reason": None}),
    ],
    UPDATE: [
        WHOLE,
        json.dumps({"txLogisticId": NUMBER, "params": {"mailNo": "55012345678901"}}),
        json.dumps({"txLogisticID": NUMBER, "mailNo": "55012345678901"}),
        json.dumps({"txLogisticID": NUMBER, "mailNo": "55012345678901", "itemWeight": 0.0}),
    ],
}
# Genuine too, but refused: they must not be taken as something else either
REFUSED = {
    CREATE: [json.dumps({"txLogisticID": NUMBER, "mailNo": "5", "receiver": None, "remark": "x", "sendEndTime": "x"})],
    CANCEL: [json.dumps({"txLogisticID": NUMBER, "reason": "长" * 501})],
    UPDATE: [
        json.dumps({"txLogisticId": NUMBER, "params": {"remark": "改"}}),
        json.dumps({"txLogisticID": NUMBER, "itemWeight": 1.5}),
        json.dumps({"txLogisticID": NUMBER, "remark": "改"}),
        json.dumps({"txLogisticID": NUMBER, "reason": "改", "mailNo": "5"}),
    ],
}
SERVICES = (CREATE, CANCEL, UPDATE, "KD_ORDER_STATUS_PUSH", "X", "")
TOLD = [
    ("accepted", {}),
    ("picked_up", {"waybill_no": "55012345678901", "weight_g": 850}),
    ("picked_up", {"waybill_no": "55012345678901", "weight_g": None}),
    ("failed", {"stage": "accept", "reason": "other", "reason_text": {"zh": "远"}}),
    ("failed", {"stage": "pickup", "reason": "other", "reason_text": {}}),
    ("withdrawn", {"origin": "station", "reason": "停业", "by_channel": False}),
    ("withdrawn", {"origin": "system", "reason": None, "by_channel": False}),
]


def as_xml(text: str) -> str:
    return xml(json.dumps({name: "" if value is None else value for name, value in json.loads(text).items()}))


@pytest.mark.parametrize("source", list(GENUINE))
def test_each_type_is_taken_as_what_it_is(source: str) -> None:
    for text in GENUINE[source]:
        for written in (text, as_xml(text)):
            assert not isinstance(read(source, written), Refusal), written


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("source", list(GENUINE))
def test_b_25_no_copied_message_is_taken_under_another_type(source: str, service: str) -> None:
    if service == source:
        return
    for text in GENUINE[source] + REFUSED[source]:
        for written in (text, as_xml(text)):
            assert isinstance(read(service, written), Refusal), written


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize(("kind", "payload"), TOLD)
@pytest.mark.parametrize("form", ["xml", "json"])
def test_b_25_our_own_pushes_sent_back_to_us_say_nothing(
    service: str, kind: str, payload: dict[str, Any], form: str
) -> None:
    """Exactly as they went out, signature and all."""
    credential = Credential(NAMED.secrets, {"partner_id": PARTNER, "format": form})
    told = talk.feedback(TP, kind, logistics_no=NUMBER, **payload)
    (call,) = talk.write(TP, credential, told)
    sent = dict(parse_qsl(call.body.decode("ascii"), keep_blank_values=True))
    found = verify(urlencode(sent | {"serviceType": service}).encode(), credential)
    assert isinstance(found, Opened)  # genuine it is
    refusal = TP.read(found, AT)
    assert isinstance(refusal, Refusal)
    known = service in (CREATE, CANCEL, UPDATE)
    assert (refusal.code, refusal.field) == ("value_unknown" if known else "event_unknown", "serviceType")
    assert talk.answer(TP, None, refusal, opened=found).status == 422


@pytest.mark.parametrize("service", [CREATE, CANCEL, UPDATE])
def test_b_25_the_published_push_sent_back(service: str) -> None:
    assert refused(service, PUSH) == ("value_unknown", "serviceType")


@pytest.mark.parametrize("field", ["params", "status", "reason", "fieldName", "fieldList", "acceptTime", "contactInfo"])
@pytest.mark.parametrize("value", ["x", "", None])
def test_what_an_order_never_holds(field: str, value: str | None) -> None:
    told = json.dumps({**json.loads(ORDER), field: value})
    assert refused(CREATE, told) == ("value_unknown", "serviceType")


@pytest.mark.parametrize("field", ["mailNo", "status", "remark", "sender", "params", "itemWeight", "unheard"])
@pytest.mark.parametrize("value", ["x", "", None])
def test_what_a_withdrawal_never_holds(field: str, value: str | None) -> None:
    told = json.dumps({**json.loads(WITHDRAWAL), field: value})
    assert refused(CANCEL, told) == ("value_unknown", "serviceType")


@pytest.mark.parametrize("field", ["status", "reason", "fieldName", "acceptTime", "sender", "receiver", "items"])
@pytest.mark.parametrize("text", GENUINE[UPDATE])
def test_what_an_update_never_holds(field: str, text: str) -> None:
    assert refused(UPDATE, json.dumps({**json.loads(text), field: None})) == ("value_unknown", "serviceType")

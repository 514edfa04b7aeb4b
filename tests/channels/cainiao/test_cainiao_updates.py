"""Withdrawals and waybill numbers, one or many: CHANNELS 1.3, CHAN-6, DO-3, B-25, B-42."""

from typing import Any

import pytest

from basics.refusal import Refusal
from channels.adapter import Credential, Reading
from channels.messages import WaybillTold, Withdrawal
from tests.channels import talk
from tests.channels.cainiao import vectors as v
from tests.channels.cainiao.vectors import batch, form


def refused(content: str) -> tuple[str, str | None]:
    found = v.said(form(content))
    assert isinstance(found, Refusal), found
    return found.code, found.field


def many(content: str) -> Reading:
    found = v.CAINIAO.read(v.opened(form(content)), talk.NOW)
    assert isinstance(found, Reading), found
    return found


def test_chan_6_the_recorded_withdrawal() -> None:
    assert v.said(form(v.CANCEL)) == Withdrawal("cainiao", v.NUMBER, "sender", "不想寄了", talk.NOW)
    assert v.said(form(v.CANCEL)).code is None  # there is only text
    assert v.said(form(v.CANCEL.replace("不想寄了", ""))).reason == ""


def test_do_3_a_mail_number_told() -> None:
    told = WaybillTold("cainiao", "LP1", "55012345678901", talk.NOW)
    assert v.said(form(batch(("LP1", "mailNo", "55012345678901")))) == told


def test_b_42_each_field_for_itself() -> None:
    found = many(
        batch(
            ("LP1", "status", "WITHDRAW"),
            ("LP2", "status", "ACCEPT"),
            ("LP3", "weight", "1.2"),
            ("", "status", "WITHDRAW"),
            ("LP5", "mailNo", ""),
            ("LP6", "mailNo", "55012345678901"),
            ("L P", "colour", "x"),
        )
    )
    told = [(one.code, one.field) if isinstance(one, Refusal) else type(one) for one in found.said]
    at = "fieldList.field"
    assert told == [
        Withdrawal,
        ("event_unknown", f"{at}.1.fieldValue"),
        ("event_unknown", f"{at}.2.fieldName"),  # their weight is none of our business, and we say so
        ("field_required", f"{at}.3.txLogisticID"),
        ("field_required", f"{at}.4.fieldValue"),
        WaybillTold,
        ("text_invalid", f"{at}.6.txLogisticID"),
    ]
    assert [dict(echo) for echo in found.echo] == [
        {"fieldName": "status", "txLogisticID": "LP1"},
        {"fieldName": "status", "txLogisticID": "LP2"},
        {"fieldName": "weight", "txLogisticID": "LP3"},
        {"fieldName": "status"},
        {"fieldName": "mailNo", "txLogisticID": "LP5"},
        {"fieldName": "mailNo", "txLogisticID": "LP6"},
        {"fieldName": "colour", "txLogisticID": "L P"},
    ]
    assert v.said(form("<UpdateInfo><fieldList><field>x</field></fieldList></UpdateInfo>")).code == "object_expected"


def test_b_42_five_hundred_and_no_more() -> None:
    one = ("LP1", "status", "WITHDRAW")
    assert len(many(batch(*[one] * 500)).said) == 500
    assert refused(batch(*[one] * 501)) == ("batch_too_large", "fieldList")


def test_the_older_instruction_for_one_order() -> None:
    def instruction(content: str, kind: str = "INSTRUCTION", mail_no: str = "") -> Any:
        return v.said(
            form(
                f"<UpdateInfo><txLogisticID>LP1</txLogisticID><mailNo>{mail_no}</mailNo><clientID>x</clientID>"
                f"<logisticProviderID>HTKY</logisticProviderID><infoType>{kind}</infoType>"
                f"<infoContent>{content}</infoContent><remark>改主意</remark></UpdateInfo>"
            )
        )

    assert instruction("WITHDRAW") == Withdrawal("cainiao", "LP1", "sender", "改主意", talk.NOW)
    number = "55012345678901"
    assert instruction("UPDATE", mail_no=number) == WaybillTold("cainiao", "LP1", number, talk.NOW)
    assert (instruction("UPDATE").code, instruction("UPDATE").field) == ("field_required", "mailNo")
    assert (instruction("SIGNED").code, instruction("SIGNED").field) == ("event_unknown", "infoContent")
    assert (instruction("WITHDRAW", "STATUS").code, instruction("GOT", "STATUS").field) == ("event_unknown", "infoType")


@pytest.mark.parametrize(
    ("content", "code", "field"),
    [
        ("<TracesList><a>1</a></TracesList>", "event_unknown", None),
        ("<RequestOrders><RequestOrder/></RequestOrders>", "event_unknown", None),  # nobody documents such a batch
        ("<UpdateInfo></UpdateInfo>", "field_required", "fieldList"),
        ("<UpdateInfo><fieldList></fieldList></UpdateInfo>", "field_required", "fieldList"),
        ("<RequestOrder/>", "field_required", "txLogisticID"),
        ('{"txLogisticID":"LP1","sender":{}}', "xml_invalid", None),  # JSON is for LINK
    ],
)
def test_b_25_messages_that_say_nothing_to_us(content: str, code: str, field: str | None) -> None:
    assert refused(content) == (code, field)


def test_another_courier_is_refused_where_ours_is_set() -> None:
    ours = Credential({"secret": (v.KEY,)}, {"provider_id": "BESTEX"})
    for content in (v.CREATE, v.CANCEL):
        found = v.said(form(content), keys=ours)
        assert (found.code, found.field) == ("provider_unknown", "logisticProviderID")
        assert not isinstance(v.said(form(content.replace("HTKY", "BESTEX")), keys=ours), Refusal)
        assert not isinstance(v.said(form(content.replace("HTKY", "")), keys=ours), Refusal)  # names nobody
        assert not isinstance(v.said(form(content.replace("HTKY", "YTO"))), Refusal)  # ours is not set

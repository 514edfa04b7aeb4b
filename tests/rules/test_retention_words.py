"""What of an order may stay when its people go, and from when on (RELIABILITY 11.3). Pure."""

from datetime import UTC, date, datetime

import pytest

from basics.retention import PSEUDONYM, USUAL, Keep, cutoffs, months_before
from basics.settings import SettingsError, from_environ
from dispatch.pseudonyms import event_data, free_text, without_people
from people.masking import (
    address_secrets,
    customer_names,
    mask_address,
    mask_landline,
    mask_name,
    mask_phone,
    mask_text,
)

WHOLE = {
    "business_type": "online_order", "online": True, "lng": 120.05123, "lat": 30.10987, "datum": "GCJ-02",
    "adcode": "330106", "address": "文三路 199 号 3 幢 501", "window_start": "2026-05-05T02:00:00+00:00",
    "weight_g": 1200, "pieces": 1, "goods": "王伟的书", "remark": "找王伟", "waybill_no": "55000000000017",
    "sender": {"name": "王伟", "phone": "13800138000", "email": "w@example.com", "id_card": "x"},
    "receiver": {"name": "李娜", "phone": "13900139000", "address": "友好路 1 号"},
    "echo": {"token": "t", "buyer": "王伟"}, "pushed_as": "王伟", "something_new": "王伟", "language": "zh",
}  # fmt: skip


def test_what_is_not_named_goes() -> None:
    found = without_people(WHOLE)
    assert found == {
        "business_type": "online_order", "online": True, "lng": 120.05, "lat": 30.11, "datum": "GCJ-02",
        "adcode": "330106", "address": PSEUDONYM, "window_start": "2026-05-05T02:00:00+00:00", "weight_g": 1200,
        "pieces": 1, "goods": PSEUDONYM, "remark": PSEUDONYM, "waybill_no": "55000000000017",
        "sender": {"name": PSEUDONYM}, "receiver": {"name": PSEUDONYM}, "language": "zh",
    }  # fmt: skip
    assert without_people(found) == found


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ({}, {}),
        ({"sender": None, "receiver": {}, "address": "", "remark": None}, {}),
        ({"lng": "120.05, 王伟家", "lat": True}, {"lng": None, "lat": None}),
        ({"lng": 120}, {"lng": 120.0}),
    ],
)
def test_odd_contents(content: dict[str, object], expected: dict[str, object]) -> None:
    assert without_people(content) == expected


def test_the_log_keeps_codes_and_loses_words() -> None:
    assert event_data({"content": WHOLE, "route": {"station": "A"}, "outside": False}) == {
        "content": without_people(WHOLE), "route": {"station": "A"}, "outside": False,
    }  # fmt: skip
    gone = {"origin": "sender", "reason": "王伟不寄了", "station": None, "consent": {"remark": "王伟同意", "ask": 3}}
    found = event_data(gone)
    assert found["reason"] == PSEUDONYM and found["consent"] == {"remark": PSEUDONYM, "ask": 3}
    assert event_data(found) == found
    assert event_data({"stage": "pickup", "reason": "customer_cancelled"})["reason"] == "customer_cancelled"
    assert event_data({"detail": "2026-05-05 10:30"})["detail"] == "2026-05-05 10:30"
    assert event_data({"detail": "138-0013-8000"})["detail"] == PSEUDONYM
    ours = {"origin": "system", "reason": "资料未补齐 / data never completed"}
    assert event_data(ours) == ours
    assert (free_text(None), free_text(""), free_text("13800138000x"), free_text("Wang Wei")) == (
        None, "", "13800138000x", PSEUDONYM,
    )  # fmt: skip


def test_masks_show_the_pseudonym_as_it_is() -> None:
    for mask in (mask_name, mask_phone, mask_landline, mask_address, mask_text):
        assert mask(PSEUDONYM) == PSEUDONYM
    assert mask_text(f"寄件人 {PSEUDONYM}", customer_names(without_people(WHOLE))) == f"寄件人 {PSEUDONYM}"
    assert address_secrets(PSEUDONYM) == set()


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 5, 5), 13, date(2025, 4, 5)),
        (date(2026, 3, 31), 13, date(2025, 2, 28)),
        (date(2025, 3, 29), 13, date(2024, 2, 29)),
        (date(2026, 1, 31), 12, date(2025, 1, 31)),
        (date(2026, 1, 1), 1, date(2025, 12, 1)),
    ],
)
def test_months_before(day: date, months: int, expected: date) -> None:
    assert months_before(day, months) == expected


def test_whole_shanghai_days() -> None:
    """15:59:59 UTC is still the day, one second later the next one."""
    before, after = (cutoffs(USUAL, datetime(2026, 5, 4, 15, 59, s, tzinfo=UTC)) for s in (0, 59))
    assert before == after
    assert cutoffs(USUAL, datetime(2026, 5, 4, 16, 0, tzinfo=UTC)).orders == datetime(2025, 4, 4, 16, 0, tzinfo=UTC)
    assert after.orders == datetime(2025, 4, 3, 16, 0, tzinfo=UTC)
    assert after.messages == datetime(2026, 2, 2, 16, 0, tzinfo=UTC)
    assert after.evidence == datetime(2025, 5, 3, 16, 0, tzinfo=UTC)


def test_settings() -> None:
    assert from_environ({}).keep == Keep(13, 90, 12)
    given = {"LANSHOU_KEEP_ORDERS_MONTHS": "24", "LANSHOU_KEEP_MESSAGES_DAYS": "7"}
    assert from_environ(given).keep == Keep(24, 7, 12)


@pytest.mark.parametrize("value", ["0", "2", "-1", "13.5", "３０", "x", "99999999999", "1e3"])
def test_wrong_settings(value: str) -> None:
    with pytest.raises(SettingsError, match="LANSHOU_KEEP_ORDERS_MONTHS"):
        from_environ({"LANSHOU_KEEP_ORDERS_MONTHS": value})

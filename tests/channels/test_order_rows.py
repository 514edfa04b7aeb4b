"""A row of a table becomes an order, or all that is wrong with it is named (issue 3 point 5; B-67, B-70 to B-73)."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from basics.refusal import Refusal
from channels.messages import CONTENT_KEYS, OrderPush
from channels.order_rows import COLUMNS, Heading, exact, instant_of, read_heading, read_row, values_of
from dispatch.screening import missing_fields

NOW = datetime(2026, 11, 22, 4, 0, 30, tzinfo=UTC)
FULL = {
    "logistics_no": "IS202611220000017", "created_at": "2026-11-22 09:30", "business_type": "在线下单",
    "sender_name": "王小二", "sender_phone": "+86 138 0013 8000", "sender_email": "w@example.com",
    "province": "浙江省", "city": "杭州市", "district": "余杭区", "adcode": "330110",
    "address": "五常街道文一西路969号",
    "lng": "120.0238", "lat": "30.2809", "datum": "gcj02",
    "receiver_name": "李雷", "receiver_phone": "021-88881234", "receiver_province": "上海", "receiver_city": "上海市",
    "receiver_district": "青浦区", "receiver_address": "华徐公路3029弄28号",
    "goods": "文件", "pieces": "2", "weight_kg": "1.5", "window_start": "2026-11-23T09:00:00+08:00",
    "window_end": "2026/11/23 11:00", "waybill_no": "55012345678901", "remark": "请提前电话",
}  # fmt: skip


def read(owner: str = "crm", /, **values: str) -> OrderPush | tuple[Refusal, ...]:
    return read_row(values, owner, "LSmade-2", NOW)


def said(owner: str = "crm", /, **values: str) -> OrderPush:
    found = read(owner, **values)
    assert isinstance(found, OrderPush), found
    return found


def problems(**values: str) -> list[tuple[str, str | None]]:
    found = read(**{"logistics_no": "IS1", **values})
    assert isinstance(found, tuple), found
    return [(one.code, one.field) for one in found]


def test_a_full_row() -> None:
    """Every column ends where a push of the channel would put it."""
    push = said(**FULL)
    assert (push.channel, push.logistics_no) == ("crm", "IS202611220000017")
    assert push.created_at == datetime(2026, 11, 22, 1, 30, tzinfo=UTC)
    assert push.content == {
        "online": True, "business_type": "online_order", "waybill_no": "55012345678901", "remark": "请提前电话",
        "lng": 120.0238, "lat": 30.2809, "datum": "GCJ-02", "adcode": "330110",
        "address": "浙江省杭州市余杭区五常街道文一西路969号",
        "sender": {
            "name": "王小二", "phone": "13800138000", "province": "浙江省", "city": "杭州市", "district": "余杭区",
            "address": "五常街道文一西路969号", "email": "w@example.com",
        },
        "receiver": {
            "name": "李雷", "phone": "021-88881234", "province": "上海", "city": "上海市", "district": "青浦区",
            "address": "华徐公路3029弄28号",
        },
        "goods": "文件", "pieces": 2, "weight_g": 1500, "window_start": "2026-11-23T01:00:00+00:00",
        "window_end": "2026-11-23T03:00:00+00:00",
    }  # fmt: skip
    assert missing_fields(push.content) == ()


def test_an_order_of_staff_is_offline() -> None:
    """CHAN-2: source phone, mail, fax or counter; without a number the file gives it one."""
    push = said("staff", sender_phone="13800138000", address="杭州市西湖区文三路1号", source="传真")
    assert (push.logistics_no, push.created_at) == ("LSmade-2", NOW)
    assert (push.content["online"], push.content["source"], push.content["business_type"]) == (
        False, "fax", "send_express"
    )  # fmt: skip


def test_an_order_of_a_channel_needs_its_number() -> None:
    found = read(sender_phone="13800138000")
    assert isinstance(found, tuple) and [(one.code, one.field) for one in found] == [("field_required", "logistics_no")]


@pytest.mark.parametrize(
    ("phone", "kept"),
    [
        ("1.38001380000E+10", "13800138000"),
        ("1.3800138000E+10", "13800138000"),
        ("13800138000.0", "13800138000"),
        ("１３８００１３８０００", "13800138000"),
    ],
)
def test_a_phone_number_that_a_spreadsheet_made_a_float_of(phone: str, kept: str) -> None:
    assert said(logistics_no="IS1", sender_phone=phone).content["sender"]["phone"] == kept


@pytest.mark.parametrize("phone", ["1.38001E+10", "1E+10", "1.380013800E+10"])
def test_digits_that_are_lost_are_not_made_up(phone: str) -> None:
    assert problems(sender_phone=phone) == [("number_cut", "sender_phone")]


def test_what_an_order_may_lack_is_no_problem_of_the_row() -> None:
    """CHAN-5: it is held, with the fields named; what was written is kept."""
    push = said(logistics_no="IS1", sender_phone="1380013800", pieces="若干", weight_kg="0", address="浙江省")
    assert push.content["sender"]["phone_as_sent"] == "1380013800"
    assert missing_fields(push.content) == ("sender.phone", "place", "pieces", "weight_g")


BAD = [
    ({"logistics_no": "IS 1"}, ("text_invalid", "logistics_no")),
    ({"logistics_no": "I" * 65}, ("text_too_long", "logistics_no")),
    ({"logistics_no": "2.02611E+16"}, ("number_cut", "logistics_no")),
    ({"created_at": "2026-11-22"}, ("time_invalid", "created_at")),
    ({"created_at": "2026-02-30 09:00"}, ("time_invalid", "created_at")),
    ({"created_at": "1899-01-01 09:00"}, ("time_invalid", "created_at")),
    ({"window_start": "2026-11-23 11:00", "window_end": "2026-11-23 09:00"}, ("window_invalid", "window_end")),
    ({"business_type": "寄件"}, ("value_unknown", "business_type")),
    ({"sender_name": "张\x00三"}, ("text_invalid", "sender_name")),
    ({"sender_name": "张" * 65}, ("text_too_long", "sender_name")),
    ({"sender_name": "#N/A"}, ("cell_error", "sender_name")),
    ({"sender_email": "nobody"}, ("text_invalid", "sender_email")),
    ({"address": "路" * 501}, ("text_too_long", "address")),
    ({"adcode": "33011"}, ("text_invalid", "adcode")),
    ({"lng": "120.1", "lat": "30.2"}, ("datum_required", "datum")),
    ({"lng": "120.1", "datum": "GCJ-02"}, ("field_required", "lat")),
    ({"lng": "120.1", "lat": "30.2", "datum": "百度"}, ("value_unknown", "datum")),
    ({"lng": "1_2", "lat": "30.2", "datum": "GCJ-02"}, ("number_invalid", "lng")),
]


@pytest.mark.parametrize(("values", "problem"), BAD, ids=[f"{problem[1]}-{problem[0]}" for _, problem in BAD])
def test_what_is_wrong_is_named_with_its_column(values: dict[str, str], problem: tuple[str, str]) -> None:
    assert problem in problems(**values)


def test_all_problems_of_a_row_at_once() -> None:
    found = problems(created_at="gestern", business_type="x", adcode="1")
    assert set(found) == {
        ("time_invalid", "created_at"), ("value_unknown", "business_type"), ("text_invalid", "adcode")
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2026-11-22T12:00:00+08:00", datetime(2026, 11, 22, 4, tzinfo=UTC)),
        ("2026-11-22T04:00Z", datetime(2026, 11, 22, 4, tzinfo=UTC)),
        ("2026-11-22 12:00:05", datetime(2026, 11, 22, 4, 0, 5, tzinfo=UTC)),
        ("2026/1/2 3:04", datetime(2026, 1, 1, 19, 4, tzinfo=UTC)),
        ("1988-07-01 09:00", datetime(1988, 7, 1, 1, tzinfo=UTC)),  # no summer time in here
        ("2026-11/22 12:00", None),
        ("22.11.2026 12:00", None),
        ("2026-11-22 24:00", None),
        ("２０２６-11-22 12:00", None),
        ("46348.5", None),
    ],
)
def test_times(text: str, meant: datetime | None) -> None:
    assert instant_of(text) == meant


def test_header_in_either_language() -> None:
    heading = read_heading(["\ufeff物流号", " Sender_Phone ", "重量（KG）*", "会员等级", "", "寄件人电话"])
    assert heading.keys == ("logistics_no", "sender_phone", "weight_kg", None, None, "sender_phone")
    assert heading.unknown == ("4 (会***)",) and heading.repeated == ("sender_phone",)


def test_every_column_is_known_by_each_of_its_names() -> None:
    names = [name for key, others in COLUMNS.items() for name in (key, *others)]
    assert len(set(names)) == len(names) and not read_heading(names).unknown


@pytest.mark.parametrize(
    ("cells", "found"),
    [
        (["IS1", " 王 ", "x"], {"logistics_no": "IS1", "sender_name": "王"}),
        (["IS1", "\u3000", "x", "", " "], {"logistics_no": "IS1"}),
        (["IS1", "王"], "columns_wrong"),
        (["IS1", "王", "x", "y"], "columns_wrong"),
    ],
)
def test_cells_under_their_columns(cells: list[str], found: Any) -> None:
    values = values_of(Heading(("logistics_no", "sender_name", None), (), ()), cells)
    assert (values.code if isinstance(values, Refusal) else values) == found


@given(st.dictionaries(st.sampled_from(sorted(COLUMNS)), st.text(max_size=40)), st.sampled_from(["crm", "staff"]))
def test_any_row_gives_an_order_or_problems(values: dict[str, str], owner: str) -> None:
    found = read_row(values, owner, "LSmade-2", NOW)
    if isinstance(found, OrderPush):
        assert set(found.content) <= set(CONTENT_KEYS)
    else:
        assert found and all(one.field in COLUMNS and one.message for one in found)


@given(st.integers(10**10, 10**15 - 1), st.integers(0, 14))
def test_a_number_in_scientific_form_is_whole_or_refused(number: int, places: int) -> None:
    """Python's own formatting writes it; with too few places digits are lost."""
    written = f"{number:.{places}E}"
    found = exact("waybill_no", written)
    if places >= len(str(number)) - 1:
        assert found == str(number)
    else:
        assert isinstance(found, Refusal)

"""People and places in one form (B-67), whatever the channel calls their parts."""

import pytest

from channels.parties import party, whole_address

PLACES = [
    ("上海", "上海市", "青浦区", "华徐公路", "上海青浦区华徐公路"),
    ("上海市", "上海市", "青浦区", "华徐公路", "上海市青浦区华徐公路"),
    ("重庆市", "重庆", "渝中区", "", "重庆市渝中区"),
    ("吉林", "吉林市", "昌邑区", "重庆路1号", "吉林吉林市昌邑区重庆路1号"),  # a city of the province of its name
    ("吉林省", "吉林市", "", "", "吉林省吉林市"),
    ("浙江省", "杭州市", "余杭区", "文一西路", "浙江省杭州市余杭区文一西路"),
    ("", "", "", "文一西路969号", "文一西路969号"),
]


@pytest.mark.parametrize(("province", "city", "district", "address", "whole"), PLACES)
def test_a_municipality_is_said_once_and_a_city_is_kept(
    province: str, city: str, district: str, address: str, whole: str
) -> None:
    given = {"province": province, "city": city, "district": district, "address": address}
    assert whole_address({name: text for name, text in given.items() if text}) == whole


def test_nothing_said_is_no_address() -> None:
    assert whole_address({}) is None


def test_b_67_the_first_phone_number_counts_and_what_is_none_is_kept() -> None:
    assert party(phones=["12345", "+86 138-0013-8000", "0571-88881234"]) == {
        "phone": "13800138000",
        "other_phone": "0571-88881234",
    }
    assert party(name="王", phones=[None, "12345"]) == {"name": "王", "phone_as_sent": "12345"}

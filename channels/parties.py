"""Sender and receiver in one form, whatever the channel calls their parts."""

from collections.abc import Mapping, Sequence
from typing import Any

from channels.phones import normal_phone

MUNICIPALITIES = ("北京", "天津", "上海", "重庆")  # 吉林市 is a city of 吉林


def party(
    *,
    name: str | None = None,
    phones: Sequence[str | None] = (),
    province: str | None = None,
    city: str | None = None,
    district: str | None = None,
    address: str | None = None,
) -> dict[str, Any]:
    """{name, phone, other_phone, province, city, district, address} of what is there.

    `phone` is the first of `phones` that is a phone number (B-67); what is none is kept as `phone_as_sent`.
    """
    written = [phone for phone in phones if phone]
    usable = [phone for phone in map(normal_phone, written) if phone]
    person = {"name": name, "phone": usable[0] if usable else None}
    person["other_phone"] = usable[1] if len(usable) > 1 else None
    if not usable:
        person["phone_as_sent"] = next(iter(written), None)
    return present(person | {"province": province, "city": city, "district": district, "address": address})


def whole_address(person: Mapping[str, Any]) -> str | None:
    """Province, city, district and street in one; a municipality is not said twice (上海, 上海市)."""
    province, city = person.get("province", ""), person.get("city", "")
    if province.removesuffix("市") in MUNICIPALITIES and city.removesuffix("市") == province.removesuffix("市"):
        city = ""
    return province + city + person.get("district", "") + person.get("address", "") or None


def present(values: Mapping[str, Any]) -> dict[str, Any]:
    """Without what is not there: null and a missing field are the same."""
    return {key: value for key, value in values.items() if value is not None}

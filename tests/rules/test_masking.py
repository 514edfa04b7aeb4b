"""ROLE-2: what everybody may see of a customer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from people.masking import mask_address, mask_landline, mask_name, mask_phone


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("张三", "张*"), ("欧阳小明", "欧***"), ("李", "*"), ("", ""), (None, ""), (" 王五 ", "王*"),
        ("𠮷田", "𠮷*"), ("John", "J***"),
    ],
)  # fmt: skip
def test_name(name: str | None, shown: str) -> None:
    """ROLE-2: at least one character is hidden."""
    assert mask_name(name) == shown


@pytest.mark.parametrize(
    ("phone", "shown"),
    [
        ("13812345678", "138******78"),
        ("138 1234 5678", "138******78"),
        ("+86 138-1234-5678", "138******78"),
        ("8613812345678", "138******78"),
        ("021-58881234", "021-******34"),
        ("02158881234", "021-******34"),
        ("(0571)88881234", "0571-******34"),
        ("0571-8888123", "0571-*****23"),
        ("021-58881234-801", "021-******34"),
        ("0571-88881234转801", "0571-******34"),
        ("58881234", "******34"),
        ("110", "****"),
        ("打门口电话", "****"),
        ("", ""),
        (None, ""),
    ],
)
def test_phone(phone: str | None, shown: str) -> None:
    """ROLE-2: three and two of a mobile number, area code and two of a landline."""
    assert mask_phone(phone) == shown


def test_landline_alone() -> None:
    """ROLE-2"""
    assert mask_landline("010-62345678") == "010-******78"


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("上海市浦东新区张江镇科苑路88号3幢502室", "上海市浦东新区张江镇科苑路****"),
        ("科苑路88号", "科苑路****"),
        ("重庆市渝中区解放碑街道民权路28号", "重庆市渝中区解放碑街道民权路****"),
        ("新疆维吾尔自治区乌鲁木齐市天山区人民路2号", "新疆维吾尔自治区乌鲁木齐市天山区人民路****"),
        ("河北省石家庄市正定县新安镇吴兴村12号", "河北省石家庄市正定县新安镇吴兴村****"),
        ("黑龙江省哈尔滨市道里区中央大街10号", "黑龙江省哈尔滨市道里区中央大街****"),
        ("浙江省台州市路桥区银安街799号", "浙江省台州市路桥区银安街****"),
        ("北京市朝阳区某某小区3号楼", "北京市朝阳区****"),
        ("江苏省苏州市吴中区太湖花园", "江苏省苏州市吴中区****"),
        ("88号3幢502室", "****"),
        ("老地方", "****"),
        ("", ""),
        (None, ""),
    ],
)
def test_address(address: str | None, shown: str) -> None:
    """ROLE-2: up to street or village; building, unit and room are hidden."""
    assert mask_address(address) == shown


@given(st.text(max_size=60))
def test_any_text(text: str) -> None:
    """ROLE-2: never an error, and no digit of an address or more than five of a phone."""
    assert not any(character in "0123456789" for character in mask_address(text))
    assert sum(character.isdigit() for character in mask_phone(text)) <= 6
    assert len(text.strip()) < 1 or "*" in mask_name(text)

"""ROLE-2: what everybody may see of a customer."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from people.masking import (
    address_secrets,
    customer_names,
    mask_address,
    mask_landline,
    mask_name,
    mask_phone,
    mask_text,
)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("张三", "张*"), ("欧阳小明", "欧***"), ("李", "*"), ("", ""), (None, ""), (" 王五 ", "王*"),
        ("𠮷田", "𠮷*"), ("John", "J***"),
        ("\u202e张三", "张*"), ("\u200b 王五", "王*"), ("张\u200b三", "张*"), ("\u200b\u200b", "**"),
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
        ("0571-8888123", "0571-******3"),
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
        ("幸福镇王小明便利店隔壁村王家", "幸福镇****"),
        ("幸福镇王小明超市对面李家村", "幸福镇****"),
        ("幸福镇王小明市场旁", "幸福镇****"),
        ("王小明便利店隔壁的幸福镇", "****"),
        ("上海市黄浦区中山东一路二十号", "上海市黄浦区中山东一路****"),
        ("科苑路\uff18\uff18号", "科苑路****"),
        ("\uff18\uff18号王家村", "****"),
        ("", ""),
        (None, ""),
    ],
)
def test_address(address: str | None, shown: str) -> None:
    """ROLE-2: up to street or village; building, unit and room are hidden."""
    assert mask_address(address) == shown


NAMES = ("欧阳明月", "李", "John")
FREE_TEXT = [
    ("请提前电话", "请提前电话"),
    ("请打13812345678", "请打****"),
    ("\uff11\uff13\uff18\uff11\uff12\uff13\uff14\uff15\uff16\uff17\uff18找我", "****找我"),
    ("138 1234-5678, (0571) 8888 1234转8", "****, (****转8"),
    ("138\u200b1234\u200b5678", "****"),
    ("5888123", "****"),
    ("588812", "588812"),
    ("3件,5斤,20元", "3件,5斤,20元"),
    ("2026-05-04 09:12拨打", "2026-05-04 09:12拨打"),
    ("2026-05-04 09:12,13812345678", "2026-05-04 09:12,****"),
    ("2026-05-04 13812345678", "2026-05-04 ****"),
    ("138-2026-05-04", "****"),
    ("欧阳明月的书", "欧***的书"),
    ("交给李或john", "交给*或j***"),
    ("550 5.1.1 <canary@example.com>: rejected", "550 5.1.1 <c***@example.com>: rejected"),
    ("邮箱:canary@example.com,文三路", "邮箱:c***@example.com,文三路"),
    ("a@b.com;c.d@e.org", "a***@b.com;c***@e.org"),
    ("canary\uff20example.com", "c***@example.com"),
    ("13812345678@163.com", "****@163.com"),
    ("a@@b", "a***@b"),
    ("3 @ 5, @张", "3 @ 5, @张"),
    ("欧 阳 明 月不在", "欧******不在"),
    ("电话一三八 一二三四 五六七八", "电话****"),
    ("打138一二三四5678或壹叁捌壹贰叁肆伍陆柒捌", "打****或****"),
    ("①③⑧①②③④⑤⑥⑦⑧", "****"),
    ("138,1234,5678 或 138_1234_5678", "**** 或 ****"),
    ("周五2026-05-04 09:12,三次", "周五2026-05-04 09:12,三次"),
    ("二〇二六年五月五日,三百五十元", "二〇二六年五月五日,三百五十元"),
    ("住3-2-501,或3#501", "住****,或****"),
    ("2026-05-04,5-10元", "2026-05-04,5-10元"),
    ("文三路一百九十九号", "文三路****"),
    ("微信号:wxid_abc123", "微信号:****"),
    ("加微信 nana_88, VX:nanami, qq 123456", "加微信 ****, VX:****, qq ****"),
    ("渠道 wechat timeout", "渠道 wechat timeout"),
    ("", ""),
    (None, ""),
]


@pytest.mark.parametrize(("text", "shown"), FREE_TEXT)
def test_free_text(text: str | None, shown: str) -> None:
    """ROLE-2, I-24: no number of seven or more digits and no known name; dates stay (DO-2)."""
    assert mask_text(text, NAMES) == shown


def test_a_door_is_hidden_to_its_last_digit() -> None:
    """ROLE-2: `2楼201` said without its 楼 must not leave `01`."""
    hidden = address_secrets("上海市浦东新区世纪大道100号B座2楼201")
    assert mask_text("世纪大道100号B座201", hidden) == "世纪大道****"
    assert mask_text("WangXiaoming,wang  xiaoming", ["Wang Xiaoming"]) == "W***********,w*************"


def test_a_long_address_costs_no_more_than_its_length() -> None:
    """ASVS 1.3.12: a run without a building is read once, not once from each of its characters."""
    assert address_secrets("1234567" * 30_000) == {"1234567" * 30_000}
    assert "501室" in address_secrets("文三路9号3幢2单元501室") and "2单元501室" in address_secrets(
        "文三路9号3幢2单元501室"
    )


def test_names_of_customers() -> None:
    """ROLE-2: sender and receiver, in whatever was told of the order."""
    content, earlier = {"sender": {"name": "王五"}, "receiver": {"name": "李"}}, {"sender": {"name": "欧阳"}}
    assert customer_names(content, earlier, {}) == {"王五", "李", "欧阳"}


@given(st.text(alphabet="0123 -\u200b\uff11\uff12a", max_size=60))
def test_any_number_in_free_text(text: str) -> None:
    """ROLE-2"""
    runs = re.split(r"[a*]", mask_text(text))
    assert all(sum(one.isdigit() for one in run) < 7 for run in runs)


@given(st.text(max_size=60))
def test_any_text(text: str) -> None:
    """ROLE-2: never an error, and no digit of an address or more than five of a phone."""
    assert not any(character in "0123456789" for character in mask_address(text))
    assert sum(character.isdigit() for character in mask_phone(text)) <= 6
    assert len(text.strip()) < 1 or "*" in mask_name(text)

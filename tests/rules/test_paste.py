"""CHAN-2: an address block as people paste it. What is not certain stays in the address."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch import paste
from dispatch.paste import LONGEST, Block, parse, parted
from tests.work import counted, watch_patterns

WENYI = Block("王小二", "13800138000", "", "浙江省", "杭州市", "余杭区", "五常街道文一西路969号3号楼")
WIDE = {ord("0") + n: 0xFF10 + n for n in range(10)}
WENYI_TEXT = "浙江省杭州市余杭区五常街道文一西路969号3号楼"
PLAIN: list[tuple[str, str, Block]] = [
    ("in one line", "王小二 13800138000 浙江省杭州市余杭区五常街道文一西路969号3号楼", WENYI),
    ("the phone first", "13800138000 王小二 浙江省杭州市余杭区五常街道文一西路969号3号楼", WENYI),
    ("the name last", "浙江省杭州市余杭区五常街道文一西路969号3号楼 13800138000 王小二", WENYI),
    ("commas", "王小二,13800138000,浙江省杭州市余杭区五常街道文一西路969号3号楼", WENYI),
    ("full-width digits, comma, blank", "王小二\uff0c" + "13800138000".translate(WIDE) + "\u3000" + WENYI_TEXT,
     WENYI),
    ("three lines", "王小二\n13800138000\n浙江省杭州市余杭区五常街道文一西路969号3号楼", WENYI),
    ("lines of Windows", "王小二\r\n138 0013 8000\r\n浙江省 杭州市 余杭区\r\n五常街道文一西路969号3号楼", WENYI),
    ("nothing between", "王小二13800138000浙江省杭州市余杭区五常街道文一西路969号3号楼", WENYI),
    ("+86 and dashes", "王小二 +86 138-0013-8000 浙江省杭州市余杭区五常街道文一西路969号3号楼", WENYI),
    ("0086", "王小二 008613800138000 浙江省杭州市余杭区五常街道文一西路969号3号楼", WENYI),
    ("86 without a plus", "王小二 86-13800138000 浙江省杭州市余杭区五常街道文一西路969号3号楼", WENYI),
    (
        "labels", "收件人: 王小二\n电话: 13800138000\n地址: 浙江省杭州市余杭区五常街道文一西路969号3号楼", WENYI,
    ),
    (
        "labels in one line", "收货人:王小二 手机号码:13800138000 详细地址\uff1a" + WENYI_TEXT,
        WENYI,
    ),
    (
        "the region apart",
        "收件人\uff1a王小二\n手机:13800138000\n所在地区:浙江省杭州市余杭区\n"
        "详细地址:五常街道文一西路969号3号楼",
        WENYI,
    ),
    (
        "English labels", "Name: 王小二\nTel: 13800138000\nAddress: " + WENYI_TEXT, WENYI,
    ),
    (
        "a label for the name and its phone behind it",
        "寄件人:王小二 13800138000\n浙江省杭州市余杭区五常街道文一西路969号3号楼", WENYI,
    ),
    (
        "a municipality", "李雷 13912345678 上海市浦东新区世纪大道100号",
        Block("李雷", "13912345678", "", "上海市", "", "浦东新区", "世纪大道100号"),
    ),
    (
        "a municipality said twice", "李雷 13912345678 北京市北京市朝阳区建国路88号",
        Block("李雷", "13912345678", "", "北京市", "北京市", "朝阳区", "建国路88号"),
    ),
    (
        "a landline with an extension", "欧阳明月 0571-88881234转802 浙江省宁波市余姚市阳明街道",
        Block("欧阳明月", "0571-88881234-802", "", "浙江省", "宁波市", "余姚市", "阳明街道"),
    ),
    (
        "a landline in brackets", "陈先生 (021)62345678 上海市静安区南京西路1号",
        Block("陈先生", "021-62345678", "", "上海市", "", "静安区", "南京西路1号"),
    ),
    (
        "two phones", "张三 13800138000 / 0571-88881234 浙江省杭州市西湖区文三路1号",
        Block("张三", "13800138000", "0571-88881234", "浙江省", "杭州市", "西湖区", "文三路1号"),
    ),
    (
        "a region with its own words", "艾力·买买提 13999112233 新疆维吾尔自治区阿克苏地区库车市天山路5号",
        Block("艾力·买买提", "13999112233", "", "新疆维吾尔自治区", "阿克苏地区", "库车市", "天山路5号"),
    ),
    (
        "a prefecture and a county", "赵敏 15012345678 吉林省延边朝鲜族自治州安图县明月镇",
        Block("赵敏", "15012345678", "", "吉林省", "延边朝鲜族自治州", "安图县", "明月镇"),
    ),
    (
        "an autonomous county", "13700001111 贵州省铜仁市玉屏侗族自治县平溪街道",
        Block("", "13700001111", "", "贵州省", "铜仁市", "玉屏侗族自治县", "平溪街道"),
    ),
    (
        "a district named after the city's middle", "孙浩 13500001111 山东省济南市市中区经四路2号",
        Block("孙浩", "13500001111", "", "山东省", "济南市", "市中区", "经四路2号"),
    ),
    (
        "a district named after a bridge", "孙浩 13500001111 浙江省台州市路桥区银安街2号",
        Block("孙浩", "13500001111", "", "浙江省", "台州市", "路桥区", "银安街2号"),
    ),
    ("an address alone", "浙江省杭州市西湖区文三路1号", Block("", "", "", "浙江省", "杭州市", "西湖区", "文三路1号")),
    ("a name and a phone", "王芳 13800138000", Block("王芳", "13800138000")),
    ("a phone alone", "13800138000", Block(phone="13800138000")),
    ("nothing", " \n\t", Block()),
]  # fmt: skip


@pytest.mark.parametrize(("pasted", "block"), [case[1:] for case in PLAIN], ids=[f"CHAN-2 {case[0]}" for case in PLAIN])
def test_a_block(pasted: str, block: Block) -> None:
    assert parse(pasted) == block


UNCERTAIN: list[tuple[str, str, Block]] = [
    ("a province without its suffix", "王芳 13800138000 浙江杭州文三路1号",
     Block("王芳", "13800138000", address="浙江杭州文三路1号")),
    ("a housing estate is no district", "杭州市翡翠城小区3幢", Block(city="杭州市", address="翡翠城小区3幢")),
    ("a park is none", "杭州市云谷园区3幢", Block(city="杭州市", address="云谷园区3幢")),
    ("a market is no city", "新华超市旁边3号", Block(address="新华超市旁边3号")),
    ("nor is a market place", "文三路数码市场2楼", Block(address="文三路数码市场2楼")),
    ("a district further on", "文三路1号西湖区", Block(address="文三路1号西湖区")),
    ("a name in the middle of the address", "浙江省杭州市西湖区文三路1号王芳13800138000",
     Block("", "13800138000", "", "浙江省", "杭州市", "西湖区", "文三路1号王芳")),
    ("two that could be the name", "王芳 13800138000 李雷 浙江省杭州市西湖区文三路1号",
     Block("", "13800138000", address="王芳 李雷 浙江省杭州市西湖区文三路1号")),
    ("a rare name", "撒贝宁 13800138000 浙江省杭州市西湖区文三路1号",
     Block("", "13800138000", address="撒贝宁 浙江省杭州市西湖区文三路1号")),
    ("ten digits", "王芳 1380013800 浙江省杭州市西湖区文三路1号",
     Block("王芳", "", "", "", "", "", "1380013800 浙江省杭州市西湖区文三路1号")),
    ("an order number", "订单LP13800138000123 王芳", Block(address="订单LP13800138000123 王芳")),
    ("a city that begins like a name", "浙江省 金华 13800138000",
     Block("", "13800138000", "", "浙江省", "", "", "金华")),
    ("a word and no address", "高兴 明天 13800138000", Block("", "13800138000", address="高兴 明天")),
    ("twelve digits", "138001380001", Block(address="138001380001")),
    ("markup", "<script>alert(1)</script> 13800138000",
     Block(phone="13800138000", address="<script>alert(1)</script>")),
    ("a city of its own name", "湖北省荆州市沙市区北京路1号",
     Block("", "", "", "湖北省", "荆州市", "", "沙市区北京路1号")),
]  # fmt: skip


@pytest.mark.parametrize(
    ("pasted", "block"), [case[1:] for case in UNCERTAIN], ids=[f"CHAN-2 {case[0]}" for case in UNCERTAIN]
)
def test_nothing_is_guessed(pasted: str, block: Block) -> None:
    assert parse(pasted) == block


LI = Block("李雷", "13912345678", "", "上海市", "", "浦东新区", "世纪大道100号")
LI_TEXT = "上海市浦东新区世纪大道100号"
BOTH: list[tuple[str, str]] = [
    ("labels", f"寄件人:王小二\n电话:13800138000\n地址:{WENYI_TEXT}\n收件人:李雷\n电话:13912345678\n地址:{LI_TEXT}"),
    ("the receiver first", f"收货人:李雷 13912345678 {LI_TEXT}\n发件人:王小二 13800138000 {WENYI_TEXT}"),
    ("field by field",
     f"收件人姓名:李雷\n寄件人姓名:王小二\n收件电话:13912345678\n寄件电话:13800138000\n收件地址:{LI_TEXT}\n取件地址:{WENYI_TEXT}"),
    ("one letter", f"寄\uff1a王小二 13800138000 {WENYI_TEXT}\n收\uff1a李雷 13912345678 {LI_TEXT}"),
    ("brackets", f"【寄件人】王小二 13800138000 {WENYI_TEXT}\n【收件人】李雷 13912345678 {LI_TEXT}"),
    ("headings", f"寄件信息:\n王小二\n13800138000\n{WENYI_TEXT}\n收件信息:\n李雷\n13912345678\n{LI_TEXT}"),
    ("without colons", f"寄件人 王小二 13800138000 {WENYI_TEXT}\n收件人 李雷 13912345678 {LI_TEXT}"),
    ("in one line", f"发货人:王小二,13800138000,{WENYI_TEXT} 收货人:李雷,13912345678,{LI_TEXT}"),
]  # fmt: skip


@pytest.mark.parametrize("pasted", [case[1] for case in BOTH], ids=[f"CHAN-2 {case[0]}" for case in BOTH])
def test_two_people_are_never_mixed(pasted: str) -> None:
    """Each side is filled from its own part, and the rest is the other's, for the other button."""
    own, rest = parted(pasted, "sender")
    assert parse(own) == WENYI
    assert parse(parted(rest, "receiver")[0]) == LI and parted(rest, "receiver")[1] == ""
    own, rest = parted(pasted, "receiver")
    assert parse(own) == LI and parse(parted(rest, "sender")[0]) == WENYI


def test_what_stands_before_both_is_nobodys() -> None:
    own, rest = parted("张三 13700001111\n寄件人:王小二\n收件人:李雷", "sender")
    assert own == "寄件人:王小二" and rest == "张三 13700001111\n收件人:李雷"


@pytest.mark.parametrize("pasted", [case[1] for case in PLAIN])
@pytest.mark.parametrize("who", ["sender", "receiver"])
def test_a_block_with_one_side_is_whole(pasted: str, who: str) -> None:
    assert parted(pasted, who) == (pasted, "")


SOME = st.text(st.sampled_from("省市区县路街号王李张138- 0571+86\n,::;、收件人电话地址:()转·\x00先生"), max_size=200)


@given(st.one_of(st.text(max_size=300), SOME))
def test_no_digit_is_lost_whatever_comes(pasted: str) -> None:
    """Nothing of what was pasted disappears but separators, labels and what a phone is written with."""
    block = parse(pasted)
    kept = "".join(
        [block.name, block.phone, block.other_phone, block.province, block.city, block.district, block.address]
    )
    for letter in "省市区县路街号王李张":
        assert kept.count(letter) == pasted.count(letter) or "\x00" in pasted or "地区" in pasted


@given(st.one_of(st.text(max_size=300), SOME))
def test_parting_loses_no_digit(pasted: str) -> None:
    for who in ("sender", "receiver"):
        parts = "".join(parted(pasted, who))
        for digit in "0123456789":
            assert parts.count(digit) >= pasted.count(digit)


MOST_CALLS = 5_000
HOSTILE = [
    "1" * 5000,
    "0571-" * 800,
    "省市" * 2000,
    "王·" * 1500,
    "市" * 3000,
    " ," * 2000,
    "收件人" * 900,
    "1 3 " * 1000,
    "(0571)" * 700,
    "收 寄:" * 300,
    "收件人" * 300 + "寄件:",
]


@pytest.mark.parametrize("pasted", HOSTILE)
def test_b_91_a_hostile_block_costs_nothing(pasted: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """D16: the input is cut, and no pattern goes over it again and again."""
    with counted() as work:
        block = parse(parted(pasted, "sender")[0])
    given = watch_patterns(monkeypatch, paste)
    assert parse(parted(pasted, "sender")[0]) == block
    assert given and max(given) <= LONGEST and work.calls <= MOST_CALLS
    assert all(len(part) <= LONGEST for part in (block.name, block.phone, block.address))

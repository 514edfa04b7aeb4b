"""Addresses with a second one, or with the name of another time: neither may pass unseen."""

import pytest

from geo.addresses import Understood, packaged

YUHANG, XIHU, XIAOSHAN = "330110", "330106", "330109"


def read(text: str) -> Understood:
    return packaged().understand(text)


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("浙江省杭州市西湖区浙江省杭州市余杭区良渚街道", (XIHU, YUHANG)),
        ("杭州市西湖区余杭区文一西路", (XIHU, YUHANG)),
        ("杭州市西湖区文三路上海市静安区南京西路", ("310106", XIHU)),
        ("杭州市西湖区文三路1号，萧山区市心路2号", (XIAOSHAN, "330106")),
        ("杭州市西湖区文三路1号转萧山区市心路2号", ("330106", XIAOSHAN)),
        ("杭州市西湖区或萧山区", ("330106", XIAOSHAN)),
        ("山东省临沂市临沭县中国浙江省杭州市余杭区龙潭路", (YUHANG, "371329")),
        ("杭州西湖区至上海静安区", ("310106", XIHU)),
        ("杭州西湖区转上海静安区", ("310106", XIHU)),
        ("杭州西湖区改上海静安区南京西路", ("310106", XIHU)),
        ("杭州西湖区文三路寄上海静安区南京西路1号", ("310106", XIHU)),
        ("杭州西湖区文三路寄上海浦东张江", ("310115", XIHU)),
        ("浙江省杭州市西湖区文三路1号上海静安区南京西路2号", ("310106", XIHU)),
        ("浙江省温州市瓯海区浙江台州黄岩区", ("330304", "331003")),
        ("杭州市西湖区(现上海市静安区)", ("310106", XIHU)),  # no renaming: another city
    ],
)
def test_two_addresses_are_ambiguous(text: str, codes: tuple[str, ...]) -> None:
    said = read(text)
    assert (said.status, said.candidates, said.why) == ("ambiguous", tuple(sorted(codes)), "two_addresses")


@pytest.mark.parametrize(
    ("text", "code", "rest"),
    [
        ("杭州市余杭区(现临平区)南苑街道", "330113", "南苑街道"),
        ("杭州市余杭区现临平区南苑街道", "330113", "南苑街道"),
        ("余杭区(现临平区)南苑街道", "330113", "南苑街道"),
        ("杭州市余杭区（今临平）南苑街道", "330113", "南苑街道"),
        ("杭州余杭(现临平)南苑街道", "330113", "南苑街道"),
        ("杭州市余杭区，现改为：临平区，南苑街道", "330113", "南苑街道"),
        ("杭州市原余杭区现临平区南苑街道", "330113", "南苑街道"),
        ("杭州市江干区(现上城区)", "330102", ""),
        ("杭州市江干区现钱塘区下沙街道", "330114", "下沙街道"),
        ("广州市天河区(原东山区)体育西路", "440106", "原东山区)体育西路"),
        ("广州天河区(原广州东山区)", "440106", "原广州东山区)"),
        ("杭州市临平区(原杭州市余杭区)", "330113", "原杭州市余杭区)"),
    ],
)
def test_the_name_of_today_is_meant_when_the_text_says_which_it_is(text: str, code: str, rest: str) -> None:
    said = read(text)
    assert (said.adcode, said.rest) == (code, rest)


@pytest.mark.parametrize("city", ["上海", "北京", "广州"])
@pytest.mark.parametrize(
    "firm", ["{}钢材(杭州)有限公司", "{}大厦", "{}银行3楼", "与{}路交叉口", "1号{}恒隆(杭州)有限公司"]
)
def test_a_firm_or_road_of_another_city_is_no_second_address(firm: str, city: str) -> None:
    assert read("杭州西湖区文三路" + firm.format(city)).adcode == XIHU

"""Addresses: what looks like a place and is none. A wrong district costs a courier's way, "not understood" a look."""

import pytest

from geo.addresses import packaged

ROADS = """
    北京路 南京东路 朝阳大街 上海路 鼓楼西街 西湖大道 江北大道 中山路 西藏中路 四川北路 江西路 长安街 海宁路 天津路
    香港中路 北京路123号 南京路步行街 人民路与上海路交叉口 西湖大道与延安路路口 广东路88号3楼 绍兴路450号 中山东一路
    新华路 和平大街 台湾路 鄞县大道 天童北路与鄞县大道交界 宁波路 江宁路 宝山路 余杭塘路 河南中路
"""
PLACES = """
    杭州萧山国际商务中心 重庆小面 沙县小吃 兰州拉面 桂林米粉店 北京烤鸭店 西湖龙井茶叶店 昆山市场 义乌市场
    南京大牌档 上海城 中山大学 中山公园 北京朝阳门 上海静安寺 上海宝山钢铁公司 杭州西湖银泰 天津狗不理包子
    武汉热干面 成都火锅 吉林大学 海南大学 朝阳小区 和平里 长安医院 鼓楼广场 西湖银泰 江北新城 金山寺
    重庆江北国际机场 广州白云机场 沈阳铁西广场 秋菱路216浙江兰溪金立达框业有限公司 万昌中路556温岭市电信局 旗舰店
    城区街道 西区大道 东区3号 西区10栋 松门乡西区10栋 东区街道 花园小区，西区12幢
"""
IN_A_CITY = """
    上海市南京东路300号 广州市北京路5号 青岛市香港中路 武汉市江汉路 天津市南京路 杭州市西湖大道 宁波市江北大道8号
    深圳市南山大道 深圳南山大道100号 大连中山路 大连市中山广场 南京市鼓楼街 上海浦东南路 上海浦东大道 成都市武侯大道
    郑州金水东路 北京朝阳北路 西安市雁塔西路 沈阳和平大街 杭州市余杭镇 温州市龙湾镇蒲州街道 温州市龙港镇
    杭州市临平镇 浙江省南浔镇 杭州市钱塘新城 宁波市鄞县大道
"""
OUTSIDE = """
    台湾省台北市信义区 台北市大安区 台北市中山区 台中市西区 台中市东区 台南市安平区 高雄市三民区 新北市中和区
    嘉义市东区 香港中西区 香港特别行政区东区 香港特别行政区南区 香港北区 澳门特别行政区花地玛堂区 台湾省桃园市中坜区
    新竹市东区 基隆市中山区
"""


@pytest.mark.parametrize("text", f"{ROADS} {PLACES} {IN_A_CITY} {OUTSIDE}".split())
def test_not_understood(text: str) -> None:
    said = packaged().understand(text)
    assert (said.status, said.adcode, said.candidates) == ("not_understood", None, ())


@pytest.mark.parametrize("road", ROADS.split())
@pytest.mark.parametrize(
    ("district", "code"), [("杭州市上城区", "330102"), ("上海市静安区", "310106"), ("浙江省义乌市", "330782")]
)
def test_a_road_behind_a_district_changes_nothing(road: str, district: str, code: str) -> None:
    said = packaged().understand(district + road)
    assert (said.adcode, said.rest) == (code, road)


@pytest.mark.parametrize(
    ("text", "code", "rest"),
    [
        ("杭州市余杭区沙县小吃", "330110", "沙县小吃"),
        ("成都市武侯区重庆小面", "510107", "重庆小面"),
        ("杭州上城区西湖银泰", "330102", "西湖银泰"),
        ("东阳市江北街道人民北路", "330783", "江北街道人民北路"),
        ("杭州市上城区西湖街道玉皇山路", "330102", "西湖街道玉皇山路"),
        ("杭州市西湖区余杭塘路1784号", "330106", "余杭塘路1784号"),
        ("温州平阳县滨海新区阳屿路", "330326", "滨海新区阳屿路"),
        ("永康市西城区花街", "330784", "西城区花街"),
        ("宁波市江北区宁波大学本部", "330205", "宁波大学本部"),
        ("杭州市余杭区乔司镇朝阳村", "330110", "乔司镇朝阳村"),
        ("苍南县龙港镇龙翔路", "330327", "龙港镇龙翔路"),
        ("金华市婺城区东阳木雕城", "330702", "东阳木雕城"),
        ("绍兴县柯桥街道", "330603", "柯桥街道"),
        ("义乌市江东街道", "330782", "江东街道"),
        ("杭州市富阳市场口镇", "330111", "场口镇"),
        ("浙江省杭州市西湖区文三路温州市驻杭办事处", "330106", "文三路温州市驻杭办事处"),
        ("城区街道云南省红河州个旧市金湖小学", "532501", "金湖小学"),
    ],
)
def test_what_stands_behind_the_district_is_no_second_one(text: str, code: str, rest: str) -> None:
    said = packaged().understand(text)
    assert (said.adcode, said.rest) == (code, rest)


def test_a_short_name_in_front_decides_nothing_later() -> None:
    """南昌拌粉 may be sold in Hangzhou: its district stays ambiguous."""
    assert packaged().understand("南昌拌粉，西湖区文三路").status == "ambiguous"


@pytest.mark.parametrize("text", ["义乌稠州北路99号", "萧山", "柯桥万国中心", "海宁皮革城", "余杭乔司鑫业路"])
def test_a_short_district_alone_is_no_certain_name(text: str) -> None:
    assert packaged().understand(text).status == "not_understood"

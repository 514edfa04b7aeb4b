"""Districts of five cities as plain public facts: code, name, and where it lies, to about a kilometre.

The centres were typed in by hand, only so that a drawn map looks familiar. They are no survey and
no third-party geometry.
"""

from typing import NamedTuple


class District(NamedTuple):
    """One 区县: national six-digit code (2024), name, approximate centre in degrees."""

    code: str
    name: str
    lng: float
    lat: float


class City(NamedTuple):
    """A city of the demo. `prefix` begins the codes of its stations, `duty` is their duty key (DUTY-1)."""

    prefix: str
    province: str
    name: str
    duty: str
    districts: tuple[District, ...]


CITIES = (
    City("HZ", "浙江省", "杭州市", "standard", (
        District("330102", "上城区", 120.18, 30.24),
        District("330105", "拱墅区", 120.15, 30.33),
        District("330106", "西湖区", 120.09, 30.25),
        District("330108", "滨江区", 120.20, 30.19),
        District("330109", "萧山区", 120.28, 30.15),
        District("330110", "余杭区", 119.98, 30.31),
        District("330111", "富阳区", 119.96, 30.06),
        District("330113", "临平区", 120.30, 30.42),
        District("330114", "钱塘区", 120.44, 30.29),
    )),
    City("SH", "上海市", "上海市", "standard", (
        District("310101", "黄浦区", 121.48, 31.22),
        District("310104", "徐汇区", 121.44, 31.18),
        District("310105", "长宁区", 121.39, 31.22),
        District("310106", "静安区", 121.45, 31.26),
        District("310107", "普陀区", 121.39, 31.26),
        District("310109", "虹口区", 121.49, 31.27),
        District("310110", "杨浦区", 121.53, 31.29),
        District("310112", "闵行区", 121.38, 31.11),
        District("310113", "宝山区", 121.43, 31.39),
        District("310114", "嘉定区", 121.25, 31.37),
        District("310115", "浦东新区", 121.57, 31.22),
        District("310117", "松江区", 121.22, 31.03),
        District("310118", "青浦区", 121.11, 31.15),
    )),
    City("CD", "四川省", "成都市", "standard", (
        District("510104", "锦江区", 104.11, 30.61),
        District("510105", "青羊区", 104.02, 30.67),
        District("510106", "金牛区", 104.05, 30.72),
        District("510107", "武侯区", 104.04, 30.62),
        District("510108", "成华区", 104.13, 30.68),
        District("510112", "龙泉驿区", 104.27, 30.56),
        District("510114", "新都区", 104.16, 30.82),
        District("510116", "双流区", 103.92, 30.56),
        District("510117", "郫都区", 103.88, 30.80),
    )),
    City("XA", "陕西省", "西安市", "standard", (
        District("610102", "新城区", 108.97, 34.28),
        District("610103", "碑林区", 108.96, 34.24),
        District("610104", "莲湖区", 108.92, 34.27),
        District("610111", "灞桥区", 109.07, 34.27),
        District("610112", "未央区", 108.94, 34.32),
        District("610113", "雁塔区", 108.93, 34.20),
        District("610116", "长安区", 108.92, 34.14),
    )),
    City("WL", "新疆维吾尔自治区", "乌鲁木齐市", "xinjiang", (
        District("650102", "天山区", 87.64, 43.79),
        District("650103", "沙依巴克区", 87.58, 43.79),
        District("650104", "新市区", 87.56, 43.86),
        District("650105", "水磨沟区", 87.67, 43.84),
        District("650106", "头屯河区", 87.43, 43.88),
    )),
)  # fmt: skip

BY_CODE = {district.code: (city, district) for city in CITIES for district in city.districts}

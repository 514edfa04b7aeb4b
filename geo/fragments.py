"""Fragments of an address below its district: street, estate or village, building. What routing memory votes about.

A fragment is a key, not a truth: it must come out alike for every order that names the place, and never be a house or
room number, a telephone number, a person or a shop. So a name counts only by how it ends, or by the number of a
building right behind it; what is neither is passed over. Roads and villages of one name lie in several towns of a
district: where the text has the town or the street office, it belongs to their name.
"""

import re
from unicodedata import normalize

LONGEST_TEXT = 500  # signs of an address that are read, as geo/addresses.py does
SHORTEST, LONGEST_NAME = 2, 24
MOST = 8  # names of one address; real ones have five at most

# Every pattern is one class or one list of words and none repeats a repetition: linear on any text.
_SPACES = re.compile(r"[\s\u200b-\u200f\u2060\ufeff]+")
_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|【[^【】]*】")
# The office of a street or a town, which alone is no fragment: every station of the district has several.
_TOWN = re.compile(
    r"(?:[\u4e00-\u9fff]{2,6}?街道?办事处|[\u4e00-\u9fff]{2,6}?街道|[\u4e00-\u9fff]{1,5}?(?:镇|(?<!水)乡))"
    r"(?![镇乡路街道巷村区苑]|大道|大街|小区|花园|公寓)"
)
# What stands before these is not where the order is, only near it; or it is a firm.
_BESIDE = re.compile(
    r"斜对面|正对面|对面|对过|附近|旁边|旁|隔壁|边上|侧边|后面|有限责任公司|股份有限公司|有限公司|公司"
)
_BREAKS = re.compile(r"(?:交叉|交汇|相交|交界|交)路?[口处]|交界|[东南西北]{1,2}[侧面角]|以[东南西北]|位于|靠近|与")
_NUMBERED = re.compile(
    r"第?[一二三四五六七八九十百]{1,4}(?:(?P<room>单元|[室层楼])|号楼|号门|[栋幢座期组队社弄门])(?![路街巷村])"
)
# What every town has: its roads and villages. Estates have names of their own.
_RECURS = re.compile(r"(?:路|大道|大街|公路|胡同|街|巷|弄|道|线|国道|省道|县道|(?<!新)村)$")
_WORDS = re.compile(r"[A-Za-z]?[0-9]{1,3}(?:国道|省道|县道|号大街|号路)|[\u3400-\u4dbf\u4e00-\u9fff〇]+")
# 602号赞成美树, A座: what belongs to the number or letter before.
_UNIT = re.compile(
    r"号楼|号门|号|弄内|弄|栋楼|栋|幢楼|幢|座|(?P<room>单元|室|层|楼)|期|组|队|社|门|铺|[东南西北中]区|区|米|(?P<in>[户间房])"
    r"|排|支弄|支|亩"
)

_ROAD = "高速公路|大道|大街|公路|胡同|路|街|巷"
_PLACE = (
    "工业园区|工业园|工业区|产业园区|产业园|科技园|创业园|创意园|软件园|物流园|高新区|开发区|文化村|小区|社区|花园|花苑|"
    "家园|嘉园|新村|公寓|广场|大厦|园区|山庄|商贸城|轻纺城|商城|市场|大学|学院|医院|苑|城|村"
)
_ENDS = re.compile(f"(?P<road>{_ROAD})|(?P<place>{_PLACE})")
# An end that goes on is none: 路桥区, 城市花园, 大学城, 市场路, 西苑小区.
_ROAD_ON = re.compile(r"[桥灯坊心道段]|口[村镇]|办事处")
_PLACE_ON = re.compile(
    r"[市区镇乡民委里路街巷建投管站]|中学|小学|[东南西北中][路街大苑门]|大道|大街|城|小区|社区|家园|花园|新村|公寓|广场|大厦"
)
# Ends that count only where the words end: too common to cut a name in two.
_LAST = re.compile(
    r"(?:中心|中学|小学|学校|幼儿园|大楼|酒店|宾馆|国际|人家|宿舍|机场|车站|校区|新区|别墅|大院|名邸|天地|"
    r"[一二三四五六七八九十东南西北][区村])$"
)
# So short an end is one of people's names too: only before the number of a house or a building.
_LAST_SIGN = re.compile(r"[园府庭湾郡墅邸坊里庄居轩阁院桥寓港岸都]$")
_LAST_ROAD = re.compile(r"(?<![街通隧铁河车轨渠频])道$|线$|弄$")
# 3幢, 3-2-1, 14-9-1456; but no telephone: 138-1234-5678, 021-55556666.
_BUILDING = re.compile(r"[0-9]{1,3}(?:幢|栋|号楼|座|#|-(?![0-9-]{8})[0-9]{1,4}(?:-[0-9]{1,4}){0,2}(?![0-9-]))")
_HOUSE = re.compile(r"[0-9]{1,4}[号弄]")
_ON_ROAD = re.compile(r"[0-9]{1,4}(?![0-9-])")
# Common to many places, so the name of none.
_ALONE = frozenset({
    "马路", "铁路", "公路", "道路", "大路", "小路", "东路", "西路", "南路", "北路", "中路", "一路", "二路", "三路",
    "支路", "大街", "大道", "后街", "前街", "高速公路", "十字路", "小区", "新村", "花园", "广场", "大厦", "公寓",
    "市场", "园区", "社区", "本村", "全村", "农村", "医院", "学院", "大学", "小学", "中学", "中心", "宿舍", "车站",
    "机场", "酒店", "宾馆", "国际", "办公大楼", "综合大楼", "大楼", "学校", "幼儿园", "工业区", "工业园", "开发区",
    "新区", "家园", "嘉园", "别墅", "大院", "校区", "新城", "商城", "服务中心", "购物中心", "科技园", "产业园",
    "创业园", "创意园", "物流园", "东区", "西区", "南区", "北区", "一区", "二区", "三区", "四区", "五区", "六区",
    "大市场", "大学城", "工业园区", "门诊大楼",
})  # fmt: skip
_NO_PLACE = re.compile(
    r"快递|超市|专柜|代收|收货|收件|寄件|发件|取件|签收|联系|电话|手机|办公室|营业厅|服务中心|物业|门卫|仓库|前台|"
    r"先生|小姐|女士|师傅|阿姨|老师|经理|老板|同学|大姐|大哥|大爷|叔叔|"
    r"美容|美发|理发|水果店|水果批发|便利|药房|药店|饭店|餐厅|餐馆|菜馆|面馆|早餐|快餐|火锅|烧烤|服装店|家常"
)
_SHOP = re.compile(r"[\u4e00-\u9fff]{1,2}记(?![者])")
# Chinese surnames: a name of two or three signs that has no end of a place may be a person's.
_SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟"
    "汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
)
_PERSON = re.compile(f"(?:[{_SURNAMES}]..?|(?:欧阳|上官|司马|诸葛|司徒|夏侯|皇甫|尉迟|公孙|慕容|令狐).{{1,2}})$")


def fragments(rest: str) -> tuple[str, ...]:
    """Names of places in `rest`, an address without its district; the most exact, which stands last, first.

    Each is 2 to 24 signs, NFKC, without spaces; at most 8, the most exact ones. () when the text names none for
    certain. A road or a village stands with its town or street office when the text names that before it.
    """
    text = _BRACKETS.sub("|", plain(rest))
    town, text = _town_of(text)
    text = _NUMBERED.sub(_gap, _BREAKS.sub("|", _BESIDE.sub("~", text)))
    found: list[str] = []
    for words in _WORDS.finditer(text):
        before = text[words.start() - 1] if words.start() else ""
        for name in _names(words[0], before, text[words.end() : words.end() + 12]):
            own, name = _town_of(name)
            town = own or town
            if _is_one(name) and len(name := _in_town(town, name)) <= LONGEST_NAME:
                found.append(name)
    return tuple(reversed(list(dict.fromkeys(found))))[:MOST]


def _gap(number: re.Match[str]) -> str:
    """What stands for a number in Chinese: `^` for one of a room, behind which stands who receives, not where."""
    return "^" if number["room"] else "|"


def _town_of(text: str) -> tuple[str, str]:
    """The town at the start of the text, and what is behind it."""
    town = _TOWN.match(text)
    return (text[: town.end()], text[town.end() :]) if town else ("", text)


def _in_town(town: str, name: str) -> str:
    return town + name if _RECURS.search(name) else name


def _is_one(name: str) -> bool:
    return len(name) >= SHORTEST and name not in _ALONE and not _NO_PLACE.search(name) and not _SHOP.match(name)


def plain(text: str) -> str:
    """The first 500 signs, NFKC, without spaces: how fragments are written."""
    return _SPACES.sub("", normalize("NFKC", text[:LONGEST_TEXT]))[:LONGEST_TEXT]


def readable(name: str) -> bool:
    """Whether an address can be read as naming this place; otherwise nothing would ever be found under it."""
    return name in fragments(f"{name}1幢")


def _names(words: str, before: str, behind: str) -> list[str]:
    """Names in words without a break, in their order; `before` and `behind` are what stands next to them."""
    if words[0].isascii():
        return [words]  # 6号大街, G104国道
    unit = _UNIT.match(words) if before.isascii() and before.isalnum() else None
    start = unit.end() if unit else 0
    inside = before == "^" or (unit is not None and bool(unit["room"] or unit["in"]))
    names: list[str] = []
    whole, road = start, False  # where the name began that runs over an end; whether that end was a road's
    for end in _ENDS.finditer(words, start):
        stop = end.end()
        own = words[start:stop]
        if end.lastgroup == "road":
            if _ROAD_ON.match(words, stop) or len(own) < SHORTEST:
                continue
            names.append(own)
            whole, road = start, True
            start = stop + (words[stop : stop + 1] == "口")
        elif not _PLACE_ON.match(words, stop):
            known = len(own) > SHORTEST and own not in _ALONE
            if not known and start == whole and own[-1] != "村":
                continue  # 凤城十二路: too short to end here
            if known or start == whole:
                names.append(own)
            if start > whole and not (known and road):
                names.append(words[whole:stop])  # 翡翠城竹苑 beside 翡翠城; 文二路小区 for want of another name
            whole, road, start = start if known and road else whole, False, stop
    if behind.startswith("~"):
        return [name for name in names if not words.endswith(name)]
    return names if inside and not names else names + _tail(words[start:], behind)


def _tail(tail: str, behind: str) -> list[str]:
    """The name behind the last certain end, if it ends as names of places do or a building's number follows."""
    if len(tail) <= SHORTEST:
        return []
    if _LAST.search(tail):
        return [tail]
    if _PERSON.match(tail):
        return []
    known = (
        _BUILDING.match(behind)
        or (_LAST_SIGN.search(tail) and _HOUSE.match(behind))
        or (_LAST_ROAD.search(tail) and _ON_ROAD.match(behind))
    )
    return [tail] if known else []

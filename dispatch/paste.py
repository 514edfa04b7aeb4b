"""An address block as people paste it, taken apart: name, phone, place (CHAN-2).

Nothing is guessed: what is not certain stays in the address, where a person sees it.
"""

import re
from dataclasses import dataclass

from channels.phones import normal_phone
from dispatch.screening import MUNICIPALITIES, PROVINCES

LONGEST = 1000  # characters of a block

_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: " ", 0x3002: ".", 0xFF61: "."}
_LABELS = {
    "name": (
        "收件人姓名", "寄件人姓名", "收货人姓名", "收件人", "寄件人", "发件人", "收货人", "联系人", "姓名", "name",
    ),
    "phone": (
        "手机号码", "电话号码", "联系电话", "联系方式", "收件电话", "寄件电话", "收货电话", "手机号", "手机", "电话",
        "mobile", "phone", "tel",
    ),
    "address": (
        "详细地址", "收件地址", "寄件地址", "收货地址", "取件地址", "联系地址", "所在地区", "所在区域", "地区", "地址",
        "address",
    ),
}  # fmt: skip
_KIND = {word: kind for kind, words in _LABELS.items() for word in words}
_LABEL = re.compile("(" + "|".join(sorted(_KIND, key=len, reverse=True)) + r")[ \t]{0,3}:", re.IGNORECASE)

# Where a block says whose the next lines are: 收件人, 寄:, 【发货】. Without a colon it is a word of its own.
_OF_FIELD = "(?:姓名|手机号码|电话号码|联系电话|联系方式|手机号|手机|电话|详细地址|地址|信息|资料)?"
_CLOSED = r"(?=[ \t]{0,3}[:】\]])"
_BEGIN = r"(?:^|(?<=[\s,;、|.【\[/]))"
_SIDE = re.compile(
    rf"([收寄发取])[件货][人方]?{_OF_FIELD}{_CLOSED}"
    rf"|{_BEGIN}([收寄发])[人方]?{_OF_FIELD}{_CLOSED}"
    rf"|{_BEGIN}([收寄发])(?:[件货][人方]?|[人方]){_OF_FIELD}(?=\s|$)",
    re.MULTILINE,
)
_MARK_END, _MARK_BEGIN = " \t:】]\n", " \t【[\n"

# Mobile 3-4-4, landline with an extension, service number; each is looked at once more by `normal_phone`.
_PHONE = re.compile(
    r"(?<![0-9A-Za-z])(?:"
    r"(?:(?:\+|00)?86[ -]?)?1[3-9][0-9][ -]?[0-9]{4}[ -]?[0-9]{4}"
    r"|(?:(?:\+|00)86[ -]?)?\(?0[1-9][0-9]{1,2}\)?[ -]?[2-9][0-9]{6,7}(?:[ ]?(?:转|-)[ ]?[0-9]{1,6})?"
    r"|[48]00[ -]?[0-9]{3}[ -]?[0-9]{4}"
    r")(?![0-9A-Za-z])"
)
_BREAK = re.compile(r"[\n,;、|\t ]+")
_HAN = "\u4e00-\u9fff"
_HONORIFIC = ("先生", "女士", "小姐", "老师", "经理", "师傅")
# Begins most names that are written; a name that does not begin so stays in the address.
_SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜"
    "范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文庞樊兰殷施陶洪翟安颜倪严牛温芦季俞章鲁葛伍"
    "韦申尤毕聂焦向柳邢骆岳齐梅莫庄辛管祝左涂谷祁时舒耿牟卜詹关苗凌费纪靳盛童欧甄项曲成游阳裴席卫查屈鲍位覃霍翁隋植甘景薄单"
    "包司柏宁柯阮桂闵解强柴华车冉房边辜吉饶刁瞿戚丘古米池滕晋苑邬臧畅"
)
# Cities that begin as a name does.
_CITIES = frozenset({
    "金华", "宁波", "宁德", "宁海", "安庆", "安阳", "安康", "安顺", "江门", "江阴", "江津", "唐山", "邢台",
    "白山", "白城", "白银", "吉林", "吉安", "阳泉", "阳江", "武汉", "武威", "武夷山", "张掖", "张家界", "张家口",
    "张家港", "包头", "黄山", "黄冈", "黄石", "马鞍山", "石家庄", "石嘴山", "石河子", "温岭", "曲靖", "商洛", "商丘",
    "余姚", "余杭", "萧山", "常熟", "常德", "钟祥", "章丘", "柳江", "景洪", "龙岩", "龙泉", "龙口", "万宁",
    "万源", "凌海", "项城", "房山", "康定", "郑东", "高新", "高密", "高邮", "华阴", "古田", "米易", "丹东",
    "邛崃", "汤阴", "文昌", "文山", "夏邑", "方山", "梅江", "林芝", "周口", "秦皇岛", "彭水", "鲁山", "关岭",
    "曾都", "萧县",
})  # fmt: skip
_COMPOUND = ("欧阳", "上官", "司马", "诸葛", "夏侯", "司徒", "令狐", "皇甫", "尉迟", "公孙", "慕容", "端木", "东方")
_NO_NAME = re.compile(r"[省市区县旗州盟镇乡村路街道巷弄号幢栋楼层室座园苑院店厦场站里组队]")
_SHORT_NAME = re.compile(f"[{_HAN}]{{2,4}}")
_DOTTED_NAME = re.compile(f"[{_HAN}]{{1,8}}[·•][{_HAN}]{{1,8}}")

# What makes 区 or 市 no district and no city: 小区, 园区, 超市, 市场 …
_PART = f"[{_HAN}](?:(?![省市区县旗路街道号镇乡村幢栋楼室])[{_HAN}])"
_NO_CITY = "超门夜菜城集花"
_NO_DISTRICT = "小园社校厂景库业宅活墅舍务军院属"
_CITY = re.compile(
    rf"{_PART}{{1,10}}?(?:自治州|地区)|{_PART}{{1,3}}?盟|{_PART}{{0,6}}?(?<![{_NO_CITY}])市(?!场|区|民|市(?!中))"
)
_DISTRICT = re.compile(
    rf"{_PART}{{1,13}}?自治[县旗]|{_PART}{{0,4}}?(?<![{_NO_DISTRICT}])区|{_PART}{{0,5}}?[县旗]"
    rf"|{_PART}{{1,4}}?(?<![{_NO_CITY}])市(?![场区市民])"
)


@dataclass(frozen=True, slots=True)
class Block:
    """What a pasted block says; "" for what it does not say, or not plainly. Phones as `normal_phone` writes them."""

    name: str = ""
    phone: str = ""
    other_phone: str = ""
    province: str = ""
    city: str = ""
    district: str = ""
    address: str = ""


@dataclass(slots=True)
class _Found:
    names: list[str]
    phones: list[str]
    places: list[str]


def parse(pasted: str) -> Block:
    """The parts of a block of at most LONGEST characters; what comes behind is left out."""
    text = pasted[:LONGEST].translate(_WIDE).replace("\r", "\n")
    found = _Found([], [], [])
    labels = list(_LABEL.finditer(text))
    _unlabelled(text[: labels[0].start()] if labels else text, found)
    for place, label in enumerate(labels):
        until = labels[place + 1].start() if place + 1 < len(labels) else len(text)
        _labelled(_KIND[label[1].lower()], text[label.end() : until], found)
    phone, other, *_ = [*dict.fromkeys(found.phones), "", ""]
    name = found.names[0] if found.names else ""
    return Block(name, phone, other, *split_place(_joined([*found.places, *found.names[1:]])))


def parted(pasted: str, who: str) -> tuple[str, str]:
    """The part of a block that speaks of `who` (receiver or sender), and the rest of it.

    A block that names one side only, or none, is whole. In one with both, what stands before the first is nobody's.
    Marks that are no label of `parse` go from the part, and stay in the rest.
    """
    text = pasted[:LONGEST].translate(_WIDE).replace("\r", "\n")
    marks = list(_SIDE.finditer(text))
    sides = ["receiver" if "收" in mark.groups() else "sender" for mark in marks]
    if all(_LABEL.match(text, mark.start()) for mark in marks) and len(set(sides)) < 2:
        return pasted, ""
    first = text[: marks[0].start()]
    own, rest = ([], [first]) if len(set(sides)) == 2 else ([first], [])
    for place, (mark, side) in enumerate(zip(marks, sides, strict=True)):
        until = marks[place + 1].start() if place + 1 < len(marks) else len(text)
        if side != who and len(set(sides)) == 2:
            rest.append(text[mark.start() : until])
        elif _LABEL.match(text, mark.start()):
            own.append(text[mark.start() : until])
        else:
            own.append(text[mark.end() : until].lstrip(_MARK_END))
    return _lines(own), _lines(rest)


def _lines(parts: list[str]) -> str:
    return "\n".join(filter(None, (part.strip().rstrip(_MARK_BEGIN) for part in parts)))


def split_place(address: str) -> tuple[str, str, str, str]:
    """Province, city, district and the rest, as far as the text begins with them, each with its suffix."""
    rest = address.strip()
    province = next((full for full in PROVINCES.values() if rest.startswith(full)), "")
    rest = rest[len(province) :].lstrip()
    city = ""
    found = _CITY.match(rest)
    if found and (not province.startswith(MUNICIPALITIES) or found[0] == province):
        city = found[0]
        rest = rest[len(city) :].lstrip()
    found = _DISTRICT.match(rest)
    district = found[0] if found else ""
    return province, city, district, rest[len(district) :].lstrip(" ,")


def _labelled(kind: str, value: str, found: _Found) -> None:
    """A label says what follows it on its line; the lines below speak for themselves."""
    line, _, below = value.strip(" \t,;").partition("\n")
    if kind == "name":
        phones, rest = _take_phones(line)
        name, *more = [part for part in _BREAK.split(rest) if part] or [""]
        found.names += [name] if name else []
        found.phones += phones
        found.places += more
    elif kind == "phone":
        phones, rest = _take_phones(line)
        found.phones += phones
        found.places += [part for part in _BREAK.split(rest) if any(map(str.isalnum, part))]
    else:
        found.places += [part for part in _BREAK.split(line) if part]
    _unlabelled(below, found)


def _unlabelled(text: str, found: _Found) -> None:
    phones, rest = _take_phones(text)
    found.phones += phones
    # A phone leaves \x00 behind, so that what stood beside it is known.
    parts = [part for part in _BREAK.split(rest.replace("\x00", " \x00 ")) if part]
    name = None if found.names else _certain_name(parts)
    for place, part in enumerate(parts):
        if place == name:
            found.names.append(part)
        elif any(map(str.isalnum, part)):
            found.places.append(part)


def _take_phones(text: str) -> tuple[list[str], str]:
    """Phone numbers in the text, and the text with \\x00 in the place of each."""
    phones: list[str] = []

    def taken(match: re.Match[str]) -> str:
        phone = normal_phone(match[0])
        if phone is None:
            return match[0]
        phones.append(phone)
        return "\x00"

    rest = _PHONE.sub(taken, text.replace("\x00", " "))
    return phones, rest


def _certain_name(parts: list[str]) -> int | None:
    """Where the one part stands that can only be a name: at either end or beside the phone. None when two could be."""
    phones = [place for place, part in enumerate(parts) if part == "\x00"]
    ends = {0, len(parts) - 1} | {place + step for place in phones for step in (-1, 1)}
    likely = [place for place, part in enumerate(parts) if place in ends and _looks_like_name(part)]
    if len(likely) != 1:
        return None
    # Beside a name there is an address, or nothing but its phone.
    others = [part for place, part in enumerate(parts) if place != likely[0] and part != "\x00"]
    return likely[0] if any(map(_NO_NAME.search, others)) or (phones and not others) else None


def _looks_like_name(part: str) -> bool:
    if _DOTTED_NAME.fullmatch(part):
        return True
    bare = next((part.removesuffix(word) for word in _HONORIFIC if part.endswith(word)), None)
    if bare is not None:
        return bool(re.fullmatch(f"[{_HAN}]{{1,3}}", bare)) and not _NO_NAME.search(bare)
    if not _SHORT_NAME.fullmatch(part) or _NO_NAME.search(part) or part in PROVINCES or part in _CITIES:
        return False
    return part.startswith(_COMPOUND) or (part[0] in _SURNAMES and len(part) <= 3)


def _joined(parts: list[str]) -> str:
    """One line; no blank after 省, 市, 区 … and before a number."""
    line = ""
    for part in parts:
        near = line[-1:] in set("省市区县旗州盟镇乡道路街村号幢栋座")
        line += part if near or not line else f" {part}"
    return line.replace("\x00", " ").strip()

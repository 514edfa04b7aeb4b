"""The text of an address: one form for all, and signs that a name is not meant as a place's (pure)."""

import re

LONGEST = 500  # RELIABILITY D16
# One sign for one sign, so that positions stay: full-width to plain, everything between parts to a blank.
_BETWEEN = (
    " \t\r\n\v\f\u00a0\u3000\u200b\u200c\u200d\u2060\ufeff,.;:/\\|-_~+=*#&'\"()[]{}<>^`!?@$%"
    "·•、。，；：！？～—–…“”‘’「」『』【】《》〈〉〔〕（）"
)
_BLANKS = {ord(sign): " " for sign in _BETWEEN}
_SIGNS = {full: _BLANKS.get(full - 0xFEE0, full - 0xFEE0) for full in range(0xFF01, 0xFF5F)} | _BLANKS
_NOT_PLAIN = re.compile(f"[{re.escape(''.join(map(chr, _SIGNS)))}]")

# Behind a name these make it the name of a road, a town, a zone or another thing.
_ROAD = re.compile(
    "(?:[东西南北中内外上下前后新老大环一二三四五六七八九十]|[东西南北中][一二三四五六七八九十])?"
    "(?:路|街(?!道)|大道|大街|道(?!里|外)|巷|弄|胡同|公路|铁路|高速|立交|国道)|[0-9]{1,3}(?:路|号线)"
)
# Behind the short name of a district: hardly a road of one sign has it for its whole name (余杭塘路, 海盐塘路).
_LANE = re.compile(
    "(?:[\\u4e00-\\u9fff](?:路|街(?!道)|大道|大街|巷|弄)|[塘浦湾浜泾港河江][东西南北中](?:路|街(?!道)|大道|大街)"
    "|[内外中一二三四五]环(?:[东西南北中]?路|线|高架))(?![镇乡村]|街道)"
)
_TOWN = re.compile("[古老]?镇(?!海|江|平|原|安|坪|雄|康|沅|赉|宁|巴)|乡(?!宁|城)|街道|社区|办事处|街办|农场|林场")
_ZONE = re.compile(
    "(?:国家级?|省级)?(?:高新|经济|经开|综合|技术|产业|工业|科技|循环|旅游|度假|保税|出口|加工|物流){0,4}"
    "(?:开发|园|高新|经开|保税|度假|新)区|新城"
)
_THING = re.compile(
    "[寺站塔庙祠陵门]|[一二三四五六七八九十]桥|(?:婚纱|影视|动漫|古|老)城(?![街路镇乡村])"
    "|[湖山港桥河江](?!.{0,3}(?:镇|街道|乡|村|工业|新城))|大[厦桥学酒]|市场|新[村苑]|花[园苑]|小[面吃区学]|中[学心]|国际(?!商贸城|物流)|[广商]场|公[司园馆]"
    "|银行|医院|酒店|宾馆|饭店|机场|码头|火车|高铁|[东西南北]站"
)
# A run of signs that ends so is a firm or a house; with a road or a town in it, an address goes on.
_HOUSES = (
    *("公司", "集团", "学校", "大学", "学院", "中学", "小学", "幼儿园", "厂", "银行", "支行", "商行", "酒店", "宾馆"),
    *("饭店", "经营部", "服务部", "局", "店", "所", "部", "院", "站", "房", "铺", "馆", "肉", "餐厅", "超市", "美食城"),
    *("海鲜城", "羊肉汤"),
)
_GOES_ON = re.compile("[镇乡村路街巷弄里]|大道|社区|小区|工业[区园]|园区|开发区|新[村城]|花园|家园|公寓")
_RUN = re.compile("[\\u4e00-\\u9fff]*")
_BEFORE = ("中国", "人民共和国", "地址", "市辖区")
_OR = ("或", "转", "至", "到", "往", "和", "与", "改", "寄", "送")
_AFTER = ("镇", "乡", "街道", "号", "室", "楼", "幢", "栋", "座", "层", *_OR)
# What follows is the name of today, or one of former times: 余杭区(现临平区), 天河区(原东山区).
_NOW = (
    *("现", "今", "现在", "现为", "现属", "现是", "现称", "今为", "今属", "今称"),
    *("改为", "改名", "改称", "改属", "改名为", "更名为", "划归", "划入", "并入", "归入"),
)
_ONCE = ("原", "原为", "原属", "原是", "原名", "曾为", "曾属", "曾用名", "旧称", "旧名", "前身为")
_OTHER_WORD = re.compile(
    "市(?=场(?!.{0,2}[镇乡]))|旗(?=[舰袍])|区(?=间)|县(?=.{0,2}小吃|美食|豆瓣)"
    "|[区县旗](?:路(?!桥)|街(?!道)|大道|大街)|市(?:大道|大街)"
)


def plain(text: str) -> str:
    """The first 500 signs, each at its place."""
    text = text[:LONGEST]
    return text.translate(_SIGNS) if _NOT_PLAIN.search(text) else text


def is_start(text: str, at: int) -> bool:
    """Whether an address may begin here: nothing runs into it, as a number into 743路北区汽车站."""
    if at == 0:
        return True
    before = text[at - 1]
    return (before <= "z" and not (before.isdigit() and text[at] == "路")) or text.endswith(_BEFORE, 0, at)


def may_begin(text: str, at: int) -> bool:
    """Whether a short name of a province or city may stand here: at a start, or behind an "or"."""
    return is_start(text, at) or text.endswith(_OR, 0, at)


def is_now(text: str, at: int) -> bool:
    """Whether the text says that what stands here is today's name."""
    return text[max(0, at - 5) : at].rstrip().endswith(_NOW)


def is_once(text: str, at: int) -> bool:
    """Whether the text says that what stands here is a former name."""
    return text[max(0, at - 5) : at].rstrip().endswith(_ONCE)


def is_free(text: str, at: int) -> bool:
    """Whether a full name may stand here: at a start, or behind a town, a house or an "or"."""
    return is_start(text, at) or text.endswith(_AFTER, 0, at)


def is_road(text: str, end: int) -> bool:
    """Whether what ends here is the beginning of a road's name: 北京路, 南京东路."""
    return _ROAD.match(text, end) is not None


def is_town(text: str, end: int) -> bool:
    """Whether what ends here is the name of a town or a street office: 余杭镇, 城区街道."""
    return _TOWN.match(text, end) is not None


def is_thing(text: str, end: int, common: bool = False) -> bool:
    """Whether what ends here, a short name, begins another name: 萧山国际机场, 余杭经济开发区, 镇海炼化公司.

    A common name, one of several cities, has to show more: 西湖文三路 goes on as an address does, 西湖银泰 does not.
    """
    if any(kind.match(text, end) for kind in (_ROAD, _LANE, _TOWN, _ZONE, _THING)):
        return True
    run = _RUN.match(text, end)
    return is_firm(text, end) or (common and run is not None and run[0] != "" and not _GOES_ON.search(run[0]))


def is_firm(text: str, end: int) -> bool:
    """Whether what ends here begins the name of a firm or a house: 温岭市电信局."""
    run = _RUN.match(text, end)
    return run is not None and run[0].endswith(_HOUSES) and _GOES_ON.search(run[0]) is None


def is_other_word(text: str, end: int) -> bool:
    """Whether a full name that ends here is not meant: 义乌市场, 沙县小吃, 鄞县大道."""
    return _OTHER_WORD.match(text, end - 1) is not None

"""An edition for people: what its keys and units are called, and its numbers as they are read aloud."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rulebook.differences import Leaf
from rulebook.rule_texts import HEADINGS_ZH, KEEPERS, in_yuan
from web.console.edition_english import ENGLISH
from web.language import t, w
from web.words import ASKS, VIOLATIONS

SECTIONS = {
    "duty": "在岗时间", "clocks": "时限", "fines": "罚款", "ladder": "超时前提醒", "held": "待核实", "evidence": "证据",
    "waybill": "运单号", "country": "可用坐标", "routing": "派单", "appeal": "申诉", "reward": "奖励", "refund": "返款",
    "calendar": "日历",
}  # fmt: skip
TABLES = SECTIONS | {"reasons": "失败原因", "clock": "附加时钟"}
KEYS = {
    "name": "名称", "effective": "生效日",
    "duty.standard.opens": "上班", "duty.standard.closes": "下班",
    "duty.xinjiang.opens": "新疆上班", "duty.xinjiang.closes": "新疆下班",
    "clocks.accept": "接单", "clocks.transfer": "转单", "clocks.pickup": "揽收",
    "clocks.pickup_least_hold": "揽收至少留给持有者", "clocks.promise": "对寄件人的承诺",
    "clocks.look_every": "至少每隔多久看接单台",
    "held.reminder": "催补", "held.close": "系统撤单",
    "evidence.scan_proof": "确认后多久内须有扫描", "evidence.late_push": "晚于多久收到算推送迟到",
    "evidence.order_again": "多久内再下单算虚假取消",
    "waybill.digits": "位数", "waybill.begins": "开头", "waybill.check_digit": "校验位", "waybill.correction": "可更正",
    "country.west": "最西(东经)", "country.east": "最东(东经)", "country.south": "最南(北纬)",
    "country.north": "最北(北纬)",
    "routing.far_from_district": "坐标距所填区县超过多远算矛盾",
    "ladder.tint": "变色", "ladder.sound": "响铃", "ladder.message": "通知负责人", "ladder.call_list": "省平台电话名单",
    "ladder.offer_transfer": "建议转单", "ladder.risk": "同类超时比例达到多少提前一级",
    "appeal.station_days": "网点申诉期", "appeal.province_days": "省平台审理期", "appeal.hq_days": "报总部期限",
    "reward.places": "名额", "reward.amount": "每个名额", "refund.first_month_percent": "首月返还",
    "calendar.leftovers_by": "遗留处理不晚于", "calendar.settled_by": "结算不晚于每月",
    "calendar.change_effective": "规则变更生效于每月", "calendar.change_announced_by": "变更公布不晚于前一月",
}  # fmt: skip
FIELDS = {
    "zh": "中文", "en": "英文", "asks": "须填", "heading": "类别", "starts": "起算", "length": "时长",
    "kept_by": "由何事按时", "when": "适用", "violation": "违规",
}  # fmt: skip
UNITS = {
    "duty minutes": "分钟(在岗)", "duty hours": "小时(在岗)", "duty minutes left": "分钟(剩余在岗时间)",
    "elapsed minutes": "分钟", "elapsed hours": "小时", "days": "天", "day of month": "日", "degrees": "度",
    "kilometres": "公里", "digits": "位", "percent": "%", "places a month": "个/月", "time of day": "",
    "digits at the start": "", "none or luhn": "", "fen": "元",
}  # fmt: skip
VALUES = {
    "none": "无", "luhn": "Luhn", "nothing": "不须", "assignment": "派单", "creation": "下单", "always": "所有订单",
    "outside": "范围外的订单",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Section:
    """A table of the text, as rows of (what, value, rule id)."""

    title: str
    rows: tuple[tuple[str, str, str], ...]


def sections(leaves: Sequence[Leaf]) -> list[Section]:
    """The numbers of an edition; its reasons and its own clocks are shown in other ways."""
    found = []
    for table, title in SECTIONS.items():
        rows = [
            (key_words(leaf.key), value_words(leaf.value, leaf.unit), leaf.rule)
            for leaf in leaves
            if leaf.key.startswith(f"{table}.") and not leaf.key.endswith(".heading")
        ]
        found.append(Section(_said(title), tuple(rows)))
    return found


def _said(chinese: str) -> str:
    return t(chinese, ENGLISH.get(chinese, ""))


def key_words(key: str) -> str:
    """`接单`; a key that only the edition knows keeps its own name."""
    if key in KEYS:
        return _said(KEYS[key])
    table, _, rest = key.partition(".")
    name, _, field = rest.partition(".")
    name = f"{w('violation', name)} {name}" if name in VIOLATIONS else name
    return f"{name} {_said(FIELDS.get(field, field))}".strip() if table in TABLES else key


def full_words(key: str) -> str:
    """With its table: `时限 · 接单`."""
    title = TABLES.get(key.partition(".")[0])
    return f"{_said(title)} · {key_words(key)}" if title else key_words(key)


def value_words(value: Any, unit: str) -> str:
    """`30 分钟(在岗)`, `100 元`; `—` for nothing."""
    if value is None:
        return "—"
    if unit == "fen":
        return t(f"{in_yuan(value)} 元", f"{in_yuan(value)} yuan")
    if isinstance(value, list):
        return t("、", ", ").join(t(*KEEPERS[one]) if one in KEEPERS else str(one) for one in value)
    chinese = str(VALUES.get(value, HEADINGS_ZH.get(value, ASKS[value].chinese if value in ASKS else value)))
    words = t(chinese, str(value))
    known = UNITS.get(unit, unit)
    said = t(known, unit) if known else ""
    return f"{words}{'' if said == '%' else ' '}{said}".strip()

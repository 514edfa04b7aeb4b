"""The rules in words for people, zh-CN and English, with the numbers of a given edition: what is shown beside a
verdict as the rule text in force. The wording is part of the product; every number and list is the edition's."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType

from rulebook.edition import ClockRule, Edition
from rulebook.rule_words import TEXTS

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
HEADINGS_ZH = {"timeliness": "时效", "truth": "真实", "transfer": "转单"}
_ASKS = {
    "call_time": ("通话时间", "the time of a call"),
    "dialled_number": ("所拨号码", "the number dialled"),
    "goods": ("物品名称", "the goods"),
    "text": ("文字说明", "a text"),
}
_CHECK_DIGIT = {
    "none": ("不校验校验位", "it has no check digit"),
    "luhn": ("末位为 Luhn 校验位", "its last is a Luhn check digit"),
}
KEEPERS = {
    "accepted": ("接单", "acceptance"),
    "called": ("联系客户", "a call to the customer"),
    "transferred": ("转单", "transfer"),
    "numbered": ("取得运单号", "a waybill number"),
    "picked_up": ("揽收", "pickup"),
    "accept_failed": ("接单失败", "failed acceptance"),
    "pickup_failed": ("揽收失败", "failed pickup"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class RuleText:
    """One rule as an edition has it."""

    rule: str
    zh: str
    en: str


def rule_texts(edition: Edition) -> Mapping[str, RuleText]:
    """Every rule that has a text, by rule id, the edition's own clocks and their violations among them."""
    chinese, english = _numbers(edition)
    texts = {rule: RuleText(rule, zh.format_map(chinese), en.format_map(english)) for rule, (zh, en) in TEXTS.items()}
    for clock in edition.clock_rules.values():
        zh, en = _clock(clock)
        if (there := texts.get(clock.rule)) is not None:  # its clock stands under a rule that says more
            zh, en = f"{there.zh} {zh}", f"{there.en} {en}"
        texts[clock.rule] = RuleText(clock.rule, zh, en)
    for kind, fen in edition.fines.items():
        what, heading = texts.get(kind) or _missed(kind, edition), edition.headings[kind]
        zh = f"{what.zh}归入「{HEADINGS_ZH[heading]}」类,每次罚款 {in_yuan(fen)} 元。"
        texts[kind] = RuleText(kind, zh, f"{what.en} Heading {heading}; the fine is {in_yuan(fen)} yuan.")
    return MappingProxyType(texts)


def rule_text(edition: Edition, rule: str) -> RuleText | None:
    """The text of one rule as the edition has it; None for a rule that has none."""
    return rule_texts(edition).get(rule)


def length_zh(length: timedelta) -> str:
    """`30 分钟`, `16 小时`."""
    return f"{length // HOUR} 小时" if length % HOUR == timedelta() else f"{length // MINUTE} 分钟"


def length_en(length: timedelta) -> str:
    """`30 minutes`, `16 hours`."""
    hours = length % HOUR == timedelta()
    count, word = (length // HOUR, "hour") if hours else (length // MINUTE, "minute")
    return f"{count} {word}{'' if count == 1 else 's'}"


def time_of_day(minutes: int) -> str:
    """`08:00`; the end of a day is `24:00`."""
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def in_yuan(fen: int) -> str:
    """`100`, `0.50`: without the cents that are none."""
    whole, rest = divmod(fen, 100)
    return f"{whole:,}" if rest == 0 else f"{whole:,}.{rest:02d}"


def _numbers(edition: Edition) -> tuple[dict[str, str], dict[str, str]]:
    """What the texts may name, in both languages."""
    plain = {
        "standard_opens": time_of_day(edition.duty["standard"].opens),
        "standard_closes": time_of_day(edition.duty["standard"].closes),
        "xinjiang_opens": time_of_day(edition.duty["xinjiang"].opens),
        "xinjiang_closes": time_of_day(edition.duty["xinjiang"].closes),
        "west": str(edition.country_west),
        "east": str(edition.country_east),
        "south": str(edition.country_south),
        "north": str(edition.country_north),
        "far": str(edition.far_from_district),
        "digits": str(edition.waybill_digits),
        "begins": edition.waybill_begins,
        "station_days": str(edition.appeal_station_days),
        "province_days": str(edition.appeal_province_days),
        "hq_days": str(edition.appeal_hq_days),
        "places": str(edition.reward_places),
        "amount": in_yuan(edition.reward_amount),
        "percent": str(edition.refund_first_month_percent),
        "leftovers_by": time_of_day(edition.leftovers_by),
        "settled_by": str(edition.settled_by),
        "change_effective": str(edition.change_effective),
        "change_announced_by": str(edition.change_announced_by),
        "risk": str(edition.ladder.risk),
    }
    lengths = {name: getattr(edition, name) for name in _LENGTHS} | {
        name: getattr(edition.ladder, name) for name in ("tint", "sound", "message", "call_list", "offer_transfer")
    }
    zh, en = _reasons(edition)
    checks = _CHECK_DIGIT[edition.waybill_check_digit]
    return (
        plain | {name: length_zh(one) for name, one in lengths.items()} | {"reasons": zh, "check_digit": checks[0]},
        plain | {name: length_en(one) for name, one in lengths.items()} | {"reasons": en, "check_digit": checks[1]},
    )


_LENGTHS = (
    "accept", "transfer", "pickup", "pickup_least_hold", "promise", "look_every", "hold_reminder", "hold_close",
    "scan_proof", "late_push", "order_again", "waybill_correction",
)  # fmt: skip


def _reasons(edition: Edition) -> tuple[str, str]:
    """DO-2: the list of reasons, each with what it asks for."""
    zh, en = [], []
    for reason in edition.reasons.values():
        asks = _ASKS.get(reason.asks)
        zh.append(reason.zh + (f"(须填{asks[0]})" if asks else ""))
        en.append(reason.en + (f" (asks for {asks[1]})" if asks else ""))
    return "、".join(zh), ", ".join(en)


def _clock(clock: ClockRule) -> tuple[str, str]:
    """A clock that only the edition knows, in words."""
    first = clock.starts == "creation"
    duty = clock.counts == "duty"
    keepers = [KEEPERS[word] for word in KEEPERS if word in clock.kept_by]
    zh = (
        f"「{clock.zh}」:自{'下单' if first else '派给该网点(首次派单自下单)'}起 {length_zh(clock.length)}"
        f"({'只计在岗时间' if duty else '按自然时间'})内须有{'或'.join(word[0] for word in keepers)}"
        f"{',只适用于服务范围外的订单' if clock.when == 'outside' else ''},恰好到时为按时。"
        f"{f'逾期为 {clock.violation}。' if clock.violation else '逾期只显示,不罚款。'}"
    )
    since = "creation" if first else "the assignment (the first one: of creation)"
    en = (
        f"{clock.en}: within {length_en(clock.length)} of {since}"
        f" ({'duty time' if duty else 'elapsed time'}) there must be {' or '.join(word[1] for word in keepers)}"
        f"{', for orders outside the area only' if clock.when == 'outside' else ''}; at the very end is in time."
        f" {f'Late is {clock.violation}.' if clock.violation else 'Late is shown and costs nothing.'}"
    )
    return zh, en


def _missed(kind: str, edition: Edition) -> RuleText:
    """What a kind of violation means that only the edition knows."""
    clocks = [clock for clock in edition.clock_rules.values() if clock.violation == kind]
    zh, en = "」「".join(clock.zh for clock in clocks), ", ".join(clock.en for clock in clocks)
    return RuleText(kind, f"「{zh}」逾期,发生在期限届满之时。", f"{en}: late. It happened at the deadline.")

"""The rulebook's words as people read them: zh-CN first, English beside, and the colour of their badge."""

from collections.abc import Mapping
from dataclasses import dataclass

from basics import names
from basics.words import DATA_CENTRE, CaseState, State, Verdict
from channels.registry import ADAPTERS, STAFF, STAFF_TITLE, WAY_TITLES
from people.access import Role
from sla.explain_words import KINDS
from web.words_pickups import FIGURES


@dataclass(frozen=True, slots=True)
class Word:
    """`tone` is a Tabler colour."""

    chinese: str
    english: str
    tone: str = "secondary"


def _worded(named: names.Names, tones: Mapping[str, str] | None = None) -> dict[str, Word]:
    return {code: Word(*both, (tones or {}).get(code, "secondary")) for code, both in named.items()}


STATES = _worded(
    names.STATES,
    {
        State.HELD: "purple",
        State.AT_DATA_CENTRE: "indigo",
        State.WAITING: "orange",
        State.ACCEPTED: "blue",
        State.AWAITING_WAYBILL: "cyan",
        State.PICKED_UP: "green",
        State.ACCEPT_FAILED: "red",
        State.PICKUP_FAILED: "red",
    },
)
VERDICTS = _worded(
    names.VERDICTS,
    {Verdict.RUNNING: "blue", Verdict.KEPT: "green", Verdict.MISSED: "red"},
)
PROMISES: dict[str, Word] = {
    "kept": Word("已兑现", "kept", "green"),
    "not_kept": Word("未兑现", "not kept", "red"),
    "open": Word("未到时", "open", "blue"),
    "dropped": Word("不计", "dropped"),
}
CLOCKS = _worded(names.CLOCKS)
MINUTES: dict[str, Word] = {kind: Word(*names) for kind, names in KINDS.items()}
CASES = _worded(
    names.CASES,
    {
        CaseState.SUSPECTED: "orange",
        CaseState.CONFIRMED: "red",
        CaseState.OVERTURNED: "green",
        CaseState.CLEARED: "green",
    },
)
VIOLATIONS: dict[str, Word] = {
    "V-ACCEPT": Word("接单超时", "not accepted in time"),
    "V-PICKUP": Word("揽收超时", "not picked up in time"),
    "V-FALSE-FAIL": Word("虚假失败原因", "false reason"),
    "V-FALSE-WAYBILL": Word("虚假运单号", "false waybill number"),
    "V-WRONG-ACCEPT": Word("错误接单", "wrong accept"),
    "V-TRANSFER": Word("转单超时或错误", "late or wrong transfer"),
}
EXCUSES = _worded(names.EXCUSES)
ROUTING_CAUSES = _worded(names.ROUTING_CAUSES)
CHANNELS: dict[str, Word] = {name: Word(*adapter.title) for name, adapter in ADAPTERS.items()} | {
    STAFF: Word(*STAFF_TITLE),
    **{name: Word(*title) for name, title in WAY_TITLES.items()},
}
BUSINESS_TYPES = _worded(names.BUSINESS_TYPES)
ORIGINS = _worded(names.ORIGINS)
ROLES: dict[str, Word] = {
    Role.STATION: Word("网点", "station"),
    Role.PROVINCE: Word("省平台", "province"),
    Role.HQ: Word("电商团队", "HQ"),
    Role.FINANCE: Word("财务", "finance"),
    Role.ADMIN: Word("管理员", "admin"),
}
EVENTS: dict[str, Word] = {
    "created": Word("下单", "created", "blue"),
    "updated": Word("更新", "updated", "blue"),
    "accepted": Word("接单", "accepted", "blue"),
    "failed": Word("失败", "failed", "red"),
    "transferred": Word("转单", "transferred", "orange"),
    "dispatched": Word("分件", "dispatched", "indigo"),
    "numbered": Word("运单号", "waybill number", "cyan"),
    "confirmed": Word("揽件确认", "pickup confirmed", "green"),
    "scanned": Word("揽收扫描", "pickup scan", "green"),
    "withdrawn": Word("撤单", "withdrawn"),
    "withdrawal_handled": Word("撤单已处理", "withdrawal handled"),
    "called": Word("致电寄件人", "called the sender", "cyan"),
    "reminded": Word("催补资料", "reminded", "purple"),
    "change_asked": Word("来电请求", "a caller asked", "orange"),
    "change_declined": Word("未同意来电请求", "declined", "red"),
    "amended": Word("来电变更", "changed for a caller", "blue"),
}
EVENTS |= {
    "ordered_again": Word("同号码再下单", "ordered again", "red"),
    "ordered_again_fell": Word("再下单未成立", "not ordered again after all"),
    "channel_said": Word("渠道另有说法", "the channel said otherwise", "orange"),
}
# Codes of a channel's withdrawal, and what evidence of an untruth says (VIO-2).
WITHDRAWAL_CODES: dict[str, Word] = {
    "user_cancelled": Word("客户取消", "cancelled by the customer"),
    "duplicate": Word("重复下单", "duplicate"),
    "not_contacted": Word("无人联系", "nobody called"),
    "too_slow": Word("取件太慢", "too slow"),
    "bad_service": Word("态度差", "bad service"),
}
HARMS: dict[str, Word] = {
    "pickup_failed": Word("揽收失败", "the pickup failed"),
    "pickup_missed": Word("揽收超时", "the pickup was late"),
}
ANSWERS: dict[str, Word] = {
    "transferred": Word("又转出", "passed it on"),
    "out_of_area": Word("以超出范围登记失败", "failed it as out of area"),
}
TOLD: dict[str, Word] = {
    "held": Word("待核实", "held"),
    "accepted": Word("已接单", "accepted"),
    "dispatched": Word("已改派", "dispatched"),
    "picked_up": Word("已揽收", "picked up"),
    "failed": Word("失败", "failed"),
    "withdrawn": Word("已撤单", "withdrawn"),
    "refused": Word("推送被拒", "push refused"),
    "received": Word("已收到", "received"),
    "needed": Word("需要运单号", "waybill needed"),
}
OUTBOX: dict[str, Word] = {
    "waiting": Word("待发送", "waiting"),
    "sent": Word("已送达", "sent", "green"),
    "parked": Word("未送达", "not delivered", "red"),
    "given_up": Word("不再发送", "given up"),
}
PUT_OFF: dict[str, Word] = {
    "pause": Word("稍后自动重试", "tried again by itself"),
    "asked": Word("渠道要求等待", "the channel asked to wait", "orange"),
}
UNSENT: dict[str, Word] = {
    "not_set_up": Word("未设置发送方式,未发送", "no way of sending set up"),
    "too_late": Word("已过 24 小时,未发送", "older than 24 hours, not sent"),
}
MISSING: dict[str, Word] = {
    "sender.phone": Word("寄件人电话", "sender's phone"),
    "place": Word("地址", "address"),
    "pieces": Word("件数", "pieces"),
    "weight_g": Word("重量", "weight"),
}
CAUSES = _worded(names.CAUSES)
ASKS: dict[str, Word] = {
    "call_time": Word("通话时间", "time of the call"),
    "dialled_number": Word("所拨号码", "number dialled"),
    "goods": Word("物品名称", "the goods"),
    "text": Word("具体情况", "what happened"),
}
SOURCES: dict[str, Word] = {
    "phone": Word("电话", "phone"),
    "mail": Word("邮件", "mail"),
    "fax": Word("传真", "fax"),
    "counter": Word("柜台", "counter"),
}
LANGUAGES: dict[str, Word] = {"zh": Word("中文", "Chinese"), "en": Word("英文", "English")}
LOOK_REASONS: dict[str, Word] = {
    "联系客户": Word("联系客户", "call the customer"),
    "核实地址": Word("核实地址", "check the address"),
    "稽核取证": Word("稽核取证", "evidence for a review"),
}
AVAILABILITY: dict[str, Word] = {"web": Word("本系统", "this system")} | CHANNELS
HOLDERS = {DATA_CENTRE: Word("数据中心", "data centre", "indigo")}
GROUPS: dict[str, dict[str, Word]] = {
    "state": STATES,
    "verdict": VERDICTS,
    "promise": PROMISES,
    "clock": CLOCKS,
    "minutes": MINUTES,
    "case": CASES,
    "violation": VIOLATIONS,
    "excuse": EXCUSES,
    "cause": ROUTING_CAUSES,
    "channel": CHANNELS,
    "business": BUSINESS_TYPES,
    "origin": ORIGINS,
    "role": ROLES,
    "holder": HOLDERS,
    "event": EVENTS,
    "withdrawal_code": WITHDRAWAL_CODES,
    "harm": HARMS,
    "answer": ANSWERS,
    "told": TOLD,
    "outbox": OUTBOX,
    "put_off": PUT_OFF,
    "unsent": UNSENT,
    "missing": MISSING,
    "assignment": CAUSES,
    "asks": ASKS,
    "source": SOURCES,
    "language": LANGUAGES,
    "availability": AVAILABILITY,
    "look_reason": LOOK_REASONS,
    "figure": {code: Word(*texts) for code, texts in FIGURES.items()},
}


def word(group: str, code: str | None) -> Word:
    """The word for a code; an unknown code stands for itself, visibly (DESIGN law 11)."""
    return GROUPS[group].get(code or "") or Word(code or "", "")

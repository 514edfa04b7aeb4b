"""The words of basics/words.py as people read them: 中文, English. Screens add colours, reports print both."""

from collections.abc import Mapping

from basics.words import CaseState, ClockKind, State, Verdict

Names = Mapping[str, tuple[str, str]]

STATES: Names = {
    State.HELD: ("待核实", "held"),
    State.AT_DATA_CENTRE: ("数据中心", "data centre"),
    State.WAITING: ("待接单", "waiting"),
    State.ACCEPTED: ("已接单", "accepted"),
    State.AWAITING_WAYBILL: ("待运单号", "awaiting waybill"),
    State.PICKED_UP: ("已揽收", "picked up"),
    State.ACCEPT_FAILED: ("接单失败", "accept failed"),
    State.PICKUP_FAILED: ("揽收失败", "pickup failed"),
    State.WITHDRAWN: ("已撤单", "withdrawn"),
}
VERDICTS: Names = {
    Verdict.RUNNING: ("计时中", "running"),
    Verdict.KEPT: ("按时", "kept"),
    Verdict.MISSED: ("超时", "missed"),
    Verdict.DROPPED: ("不计", "dropped"),
}
CLOCKS: Names = {
    ClockKind.ACCEPT: ("接单", "accept"),
    ClockKind.TRANSFER: ("转单", "transfer"),
    ClockKind.PICKUP: ("揽收", "pickup"),
}
CASES: Names = {
    CaseState.SUSPECTED: ("疑似", "suspected"),
    CaseState.CONFIRMED: ("已确认", "confirmed"),
    CaseState.DISMISSED: ("已驳回", "dismissed"),
    CaseState.OVERTURNED: ("已撤销", "overturned"),
    CaseState.CLEARED: ("已澄清", "cleared"),
}
EXCUSES: Names = {
    "late_push": ("推送延迟", "late push"),
    "our_outage": ("系统故障", "our outage"),
    "channel_outage": ("渠道故障", "channel outage"),
    "closure": ("网点停业", "closure"),
    "misrouted": ("分件错误", "misrouted by HQ"),
    "rule_changed": ("规则变更", "rule changed meanwhile"),
}
ROUTING_CAUSES: Names = {
    "area": ("服务范围", "area"),
    "district": ("区县", "district"),
    "no_area": ("不在任何范围内", "in no area"),
    "several_stations": ("区县有多个网点", "several stations"),
    "no_district": ("区县不明", "no district"),
    "closed": ("网点停业", "station closed"),
    "prefix": ("单号前缀不符", "contradicting prefix"),
    "named_place": ("地名归属", "named place"),
    "far_from_district": ("坐标远离所填区县", "far from its district"),
    "ambiguous_address": ("地址可指多个区县", "ambiguous address"),
}
BUSINESS_TYPES: Names = {
    "send_express": ("我要寄快递", "send express"),
    "online_order": ("在线下单", "online order"),
}
ORIGINS: Names = {
    "sender": ("寄件人", "sender"),
    "platform": ("平台", "platform"),
    "station": ("网点", "station"),
    "system": ("系统", "system"),
}
CAUSES: Names = {
    "routing": ("系统派单", "routing"),
    "transfer": ("转单", "transfer"),
    "dispatch": ("分件", "dispatch"),
}

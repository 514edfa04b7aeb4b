"""The words of each refusal (REPLAY.md codes), zh-CN with English beside."""

from basics.refusal import Refusal

WORDS = {
    "bad_event": "内容不完整或有误 / missing or malformed field",
    "order_unknown": "没有这个订单 / no such order",
    "station_unknown": "没有这个网点 / no such station",
    "not_holder": "订单不在该网点 / the station does not hold this order",
    "not_allowed_in_state": "订单当前状态不允许该操作 / not allowed in the order's present state",
    "not_at_data_centre": "订单不在数据中心 / the order is not at the data centre",
    "station_not_accepting": "该网点不接单 / the station does not accept orders",
    "same_station": "订单已在该网点 / the station already holds this order",
    "order_already_accepted": "订单已被受理,不能再修改 / too late to change: the order was acted upon",
    "already_picked_up": "订单已揽收 / the order is already picked up",
    "already_closed": "订单已结束 / the order is already closed",
    "reason_unknown": "没有这个原因 / no such reason",
    "waybill_invalid": "运单号不正确 / not a possible waybill number",
    "waybill_in_use": "运单号已被其他订单使用 / the waybill number belongs to another order",
    "waybill_elsewhere": "运单号属于其他网点的号段 / the waybill number is of another station's stock",
    "waybill_again": "请再输入或扫描一次运单号 / please enter or scan the waybill number a second time",
    "waybill_differs": "两次输入的运单号不一致,请核对面单 / the two entries differ: look at the label again",
    "waybill_locked": "运单号不能再修改 / the waybill number can no longer be changed",
    "waybill_conflict": "运单号与已知的不一致 / contradicts the known waybill number",
    "nothing_to_change": "没有任何改动 / nothing would change",
    "window_over": "预约结束时间已过 / the end of the window has passed",
    "nothing_asked": "没有待答复的请求,可能已答复 / nothing is asked, or it was answered",
    "ask_replaced": "请求已被新的来电替换,请查看后再答复 / another call has replaced this request",
    "already_asked": "同样的请求已在等待答复 / the same request waits for its answer already",
    "caller_to_hq": "本网点持有的订单,改约或撤单须由总部受理 / "
    "HQ takes a changed window or a withdrawal of an order your own station holds",
    "waybill_required": "请填写运单号 / a waybill number is required",
}


def refuse(code: str, field: str | None = None, detail: str = "") -> Refusal:
    """The refusal of that code, with what was wrong in this very case behind its words."""
    return Refusal(code, WORDS[code] + (f": {detail}" if detail else ""), field)

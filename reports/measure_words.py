"""What each measure is called and how it is defined: code -> (Chinese, English, definition `中文 / English`)."""

Words = tuple[str, str, str]

MEASURES: dict[str, Words] = {
    "orders": (
        "订单",
        "orders",
        "本周创建、最后由网点持有,不含撤单与暂扣"
        " / created in the week, last held by a station, neither withdrawn nor held",
    ),
    "at_data_centre": (
        "在数据中心",
        "at the data centre",
        "本周创建、尚在数据中心 / created in the week and still at the data centre",
    ),
    "accept_on_time": (
        "接单按时",
        "accepted in time",
        "截止时刻在本周的接单时钟,按时(ACCEPT-1) / accept clocks due in the week and kept",
    ),
    "accept_late": (
        "接单超时",
        "accepted late",
        "截止时刻在本周的接单时钟,超时 / accept clocks due in the week and missed",
    ),
    "accept_clocks": ("接单时钟", "accept clocks", "按时与超时之和 / kept and missed"),
    "pickup_clocks": ("揽收时钟", "pickup clocks", "按时与超时之和 / kept and missed"),
    "pickup_on_time": (
        "揽收按时",
        "picked up in time",
        "截止时刻在本周的揽收时钟,按时(PICKUP-1) / pickup clocks due in the week and kept",
    ),
    "pickup_late": (
        "揽收超时",
        "picked up late",
        "截止时刻在本周的揽收时钟,超时 / pickup clocks due in the week and missed",
    ),
    "promise_kept": (
        "践诺",
        "promise kept",
        "其中在对客户承诺的时限内揽收,只报告不罚款(PROMISE-1)"
        " / of the orders, picked up within the promise made to the sender; never fined",
    ),
    "accept_p50": (
        "接单中位",
        "accept p50",
        "从派到网点至接单的当值分钟,中位数(取最近名次)"
        " / duty minutes from assignment to acceptance, median by nearest rank",
    ),
    "accept_p90": ("接单 90%", "accept p90", "同上,第 90 百分位 / the same, 90th percentile"),
    "accept_p99": ("接单 99%", "accept p99", "同上,第 99 百分位 / the same, 99th percentile"),
    "pickup_p50": (
        "揽收中位",
        "pickup p50",
        "从创建至揽收的分钟,中位数(取最近名次) / minutes from creation to pickup, median by nearest rank",
    ),
    "pickup_p90": ("揽收 90%", "pickup p90", "同上,第 90 百分位 / the same, 90th percentile"),
    "pickup_p99": ("揽收 99%", "pickup p99", "同上,第 99 百分位 / the same, 99th percentile"),
    "holdings": (
        "经手",
        "assignments",
        "本周派到网点的次数,转单后再计 / assignments to a station that began in the week",
    ),
    "reach_minutes": (
        "到手前分钟",
        "minutes before it reached you",
        "从订单创建到派到本网点,各次之和:不由网点负责的时间"
        " / from creation to the assignment, summed: minutes that are not the station's",
    ),
    "misrouted": (
        "误派",
        "misrouted",
        "路由派来、现由别的网点持有的次数 / routed to the station, and another station has it now",
    ),
    "unscanned": (
        "未扫描",
        "un-scanned",
        "已接或已揽、有单号而无相符扫描(DO-5) / accepted or confirmed, with a number and no matching scan",
    ),
    "withdrawn": ("撤单", "withdrawn", "本周创建、已撤单 / created in the week and withdrawn"),
    "withdrawn:sender": ("撤单:客户", "withdrawn by sender", "其中由寄件人撤的(DO-6) / of these by the sender"),
    "withdrawn:platform": ("撤单:平台", "withdrawn by platform", "其中由平台撤的 / of these by the platform"),
    "withdrawn:station": ("撤单:网点", "withdrawn by station", "其中由网点撤的 / of these by the station"),
    "withdrawn:system": (
        "撤单:系统",
        "withdrawn by system",
        "其中因资料不全到期撤的(CHAN-5) / of these by the system, because data never came",
    ),
    "withdrawn_as:user_cancelled": (
        "撤单:客户取消",
        "withdrawn: cancelled by the customer",
        "渠道给出的撤单代码 / the channel's code of the withdrawal",
    ),
    "withdrawn_as:duplicate": (
        "撤单:重复下单",
        "withdrawn: duplicate",
        "渠道给出的撤单代码 / the channel's code of the withdrawal",
    ),
    "withdrawn_as:not_contacted": (
        "撤单:无人联系",
        "withdrawn: nobody called",
        "渠道给出的撤单代码 / the channel's code of the withdrawal",
    ),
    "withdrawn_as:too_slow": (
        "撤单:取件太慢",
        "withdrawn: too slow",
        "渠道给出的撤单代码 / the channel's code of the withdrawal",
    ),
    "withdrawn_as:bad_service": (
        "撤单:态度差",
        "withdrawn: bad service",
        "渠道给出的撤单代码 / the channel's code of the withdrawal",
    ),
    "withdrawn_as:free": (
        "撤单:只有文字",
        "withdrawn: free text",
        "渠道未给代码,只有自由文字,不归类 / no code given, only the sender's own words, which nobody sorts",
    ),
    "suspected": ("疑似", "suspected", "本周发生的违规,状态仍为疑似 / happened in the week, still suspected"),
    "confirmed": ("确认", "confirmed", "本周发生的违规,总部已确认 / happened in the week, confirmed by HQ"),
    "dismissed": ("不成立", "dismissed", "本周发生的违规,总部认定不成立 / happened in the week, dismissed by HQ"),
    "overturned": (
        "撤销",
        "overturned",
        "本周发生的违规,确认后被撤销 / happened in the week, confirmed and later overturned",
    ),
    "excused": (
        "应免责",
        "likely excused",
        "本周发生,免责检查有一项不通过(VIO-3) / happened in the week, an innocence check failed",
    ),
    "fines_fen": (
        "罚款",
        "fines",
        "本周发生且现为确认的违规之罚款(SETTLE-2) / fines of violations that happened in the week and stand confirmed",
    ),
    "booked_fen": (
        "入账罚款",
        "fines booked",
        "账本中本周发生的罚款减冲正 / fines less reversals in the ledger that happened in the week",
    ),
    "refunds_fen": ("返款", "refunds", "账本中本周的返款(REFUND-1) / refunds booked in the week"),
    "rewards_fen": ("奖励", "rewards", "账本中本周的奖励(REWARD-1) / rewards booked in the week"),
}

RATIOS: dict[str, Words] = {
    "accept_rate": ("接单及时率", "share accepted in time", "按时 ÷(按时+超时) / kept ÷ (kept + missed)"),
    "pickup_rate": ("揽收及时率", "share picked up in time", "按时 ÷(按时+超时) / kept ÷ (kept + missed)"),
    "promise_rate": ("践诺率", "share with promise kept", "践诺 ÷ 订单 / promise kept ÷ orders"),
    "misrouted_rate": ("误派率", "share misrouted", "误派 ÷ 经手 / misrouted ÷ assignments"),
}

# Each kind of RULEBOOK "Violations".
KINDS = {
    "V-ACCEPT": ("接单超时", "late acceptance"),
    "V-PICKUP": ("揽收超时", "late pickup"),
    "V-FALSE-FAIL": ("虚假原因", "false reason"),
    "V-FALSE-WAYBILL": ("虚假单号", "false waybill"),
    "V-WRONG-ACCEPT": ("误接", "wrong acceptance"),
    "V-TRANSFER": ("转单违规", "late or wrong transfer"),
}

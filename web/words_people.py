"""Words of accounts and keys: what a permission of a key is called."""

from people.access import Action

# Action -> what it lets a key do; those that no key can have are left out.
ACTIONS: dict[str, tuple[str, str]] = {
    Action.SEE_ORDER: ("查看订单", "see orders"),
    Action.SEE_BEHIND_MASK: ("查看完整客户信息", "see customers in full"),
    Action.ACCEPT: ("接单", "accept"),
    Action.FAIL: ("接单或揽收失败", "fail"),
    Action.TRANSFER: ("转单", "transfer"),
    Action.CONFIRM: ("揽收确认", "confirm pickups"),
    Action.SUPPLY_WAYBILL: ("补运单号", "supply waybill numbers"),
    Action.SCAN: ("上传扫描", "send scans"),
    Action.HANDLE_WITHDRAWAL: ("处理撤单", "handle withdrawals"),
    Action.CALL_SENDER: ("联系寄件人", "note calls to senders"),
    Action.ENTER_ORDER: ("录单", "enter orders"),
    Action.TAKE_CALL: ("来电变更", "take callers' changes"),
    Action.ANSWER_CALLER: ("答复来电变更", "answer callers' changes"),
    Action.DISPATCH: ("分件", "dispatch"),
    Action.RELEASE_HELD: ("放行待核实", "release held orders"),
    Action.SEE_CASE: ("查看案件", "see cases"),
    Action.SEE_OWN_CASES: ("查看本网点违规", "see own violations"),
    Action.REVIEW: ("稽核", "review"),
    Action.PUBLISH_NOTICE: ("发布通报", "publish notices"),
    Action.SEE_NOTICE: ("查看通报", "see notices"),
    Action.APPEAL: ("申诉", "appeal"),
    Action.SEE_APPEAL: ("查看申诉", "see appeals"),
    Action.DECIDE_APPEAL: ("裁定申诉", "decide appeals"),
    Action.ENTER_APPEAL: ("代录申诉", "enter appeals"),
    Action.SEE_REPORT: ("查看周报", "see reports"),
    Action.SEE_STATEMENT: ("查看对账单", "see statements"),
    Action.SEE_LEDGER: ("查看账本", "see the ledger"),
    Action.ASK_PAYOUT: ("申请提现", "ask for pay-outs"),
    Action.REHEARSE: ("规则试算", "rehearse rules"),
    Action.MANAGE_STATIONS: ("管理网点", "manage stations"),
    Action.SEE_RULEBOOK: ("查看规则", "see the rulebook"),
    Action.MANAGE_CHANNELS: ("管理渠道", "manage channels"),
    Action.SEE_AREAS: ("查看服务范围", "see areas"),
    Action.MANAGE_AREAS: ("管理服务范围", "manage areas"),
    Action.ADOPT_PROPOSAL: ("采纳地名归属", "adopt named places"),
    Action.ASK_CLOSURE: ("申请停业", "ask for closures"),
    Action.GRANT_CLOSURE: ("批准停业", "grant closures"),
    Action.SEE_BORDERS: ("查看边界", "see borders"),
    Action.SEE_AUDIT: ("查看审计", "see the audit"),
    Action.SEE_HEALTH: ("查看系统健康", "see health"),
    Action.ENTER_OUTAGE: ("登记故障", "enter outages"),
    Action.ACCEPT_CLOCK: ("确认时钟", "accept the clock"),
    Action.SEE_INBOX: ("查看消息", "see messages"),
    Action.SEE_WARNINGS: ("查看预警", "see warnings"),
    Action.MANAGE_COURIERS: ("管理快递员", "manage couriers"),
    Action.SEE_DAY_SHEETS: ("查看关账单", "see day sheets"),
    Action.CLOSE_DAY: ("关账", "close the day"),
    Action.CALL_STATION: ("记录催办", "note calls to stations"),
    Action.ASK_REPORT: ("自助查询", "ask for tables"),
}


def action_words(action: str) -> tuple[str, str]:
    """zh and en; an action that has no words yet by its name."""
    return ACTIONS.get(action, (action, action.replace("_", " ")))

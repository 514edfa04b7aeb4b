"""What the tasks of the timetable do, in words."""

JOBS = {
    "sweep": ("判定到期的时钟和待办", "judge what fell due"),
    "feedback": ("回传渠道", "feed back to channels"),
    "warn": ("到期前提醒", "warn before deadlines"),
    "notify": ("发送邮件、短信、企业微信", "send e-mail, SMS and WeCom"),
    "desks": ("合并接单台变更号", "fold the change numbers of desks"),
    "presence": ("发现静默网点", "find silent stations"),
    "areas": ("检查服务范围", "check service areas"),
    "pace": ("统计昨日接单快慢", "reckon yesterday's pace"),
    "ledger_daily": ("封存昨日账本", "keep yesterday's head of the ledger"),
    "notices": ("发布周通报和补充", "publish notices and supplements"),
    "standings": ("统计本月进度", "reckon the running month"),
    "rehearse": ("运行规则预演", "rehearse drafts"),
    "appeals": ("省平台逾期的申诉转总部", "pass silent appeals to HQ"),
    "reports": ("冻结并发送报表", "freeze and send reports"),
    "retention": ("按期隐去客户资料", "pseudonymise old personal data"),
    "memory": ("统计地名归属票数", "count votes on named places"),
    "link_audit": ("审计成链", "link the audit as a chain"),
    "reminders": ("提醒客户补运单号", "remind customers of missing numbers"),
}

"""What kinds of report there are: how people call them, whose they may be, of which period one is usually asked."""

from dataclasses import dataclass

EVERYBODY = ("network", "province", "station", "channel")


@dataclass(frozen=True, slots=True)
class Kind:
    """`levels`: of whom it can be; what is of the network alone is for those who see all of it (ROLE-1). `every`: week,
    month or year, as one is usually asked for. `span`: whether any range of days will do."""

    code: str
    chinese: str
    english: str
    zh: str
    en: str
    every: str
    levels: tuple[str, ...]
    span: bool = False


KINDS = {
    one.code: one
    for one in (
        Kind(
            "weekly",
            "周报",
            "Weekly",
            "及时率、践诺、违规和罚款,每周一定稿",
            "Rates, promises, violations and fines; frozen on Monday",
            "week",
            EVERYBODY,
        ),
        Kind(
            "monthly",
            "月报",
            "Monthly",
            "结算、奖励和返款",
            "Settlement, rewards and refunds",
            "month",
            ("network", "province", "station"),
        ),
        Kind("year", "年报", "Year", "全年逐月", "The months of a year", "year", ("network", "province", "station")),
        Kind(
            "fairness",
            "公平性",
            "Fairness",
            "罚款落在谁身上,多少由总部造成",
            "On whom the fines fall, and what HQ caused",
            "month",
            ("network",),
            True,
        ),
        Kind(
            "honesty",
            "原因可信度",
            "Reason honesty",
            "失败原因与邻近网点相比,多少被证据否定",
            "Reasons of failures against the neighbours', and what contradicts them",
            "month",
            ("network", "province", "station"),
            True,
        ),
        Kind(
            "operations",
            "运营",
            "Operations",
            "节奏、预测、分件、回传、在岗",
            "Pace, forecast, data centre, feedback, presence",
            "week",
            ("network", "province", "station"),
            True,
        ),
    )
}
LEVELS = {
    "network": ("全网", "Network"),
    "province": ("省", "Province"),
    "station": ("网点", "Station"),
    "channel": ("渠道", "Channel"),
}
# Columns of the rows behind a cell: (name, Chinese, English), by frame.
_ORDER = (("logistics_no", "物流单号", "order"), ("channel", "渠道", "channel"), ("station", "网点", "station"))
ROWS = {
    "orders": (
        *_ORDER,
        ("state", "状态", "state"),
        ("created_at", "创建", "created"),
        ("picked_up_at", "揽收", "picked up"),
        ("promise_at", "承诺", "promised"),
        ("pickup_minutes", "揽收分钟", "pickup minutes"),
        ("withdrawal_origin", "撤单来源", "withdrawn by"),
    ),
    "clocks": (
        *_ORDER,
        ("seq", "第几手", "holder"),
        ("kind", "时钟", "clock"),
        ("starts_at", "开始", "starts"),
        ("due_at", "截止", "due"),
        ("verdict", "结果", "verdict"),
    ),
    "holdings": (
        *_ORDER,
        ("seq", "第几手", "holder"),
        ("started_at", "派到", "assigned"),
        ("accepted_at", "接单", "accepted"),
        ("accept_minutes", "接单分钟", "accept minutes"),
        ("reach_minutes", "到手前分钟", "minutes before"),
        ("misrouted", "误派", "misrouted"),
    ),
    "violations": (
        *_ORDER,
        ("kind", "违规", "violation"),
        ("happened_at", "发生", "happened"),
        ("state", "状态", "state"),
        ("excuse", "免责", "excuse"),
        ("fine_fen", "罚款", "fine"),
    ),
    "money": (
        *_ORDER,
        ("kind", "种类", "kind"),
        ("rule", "规则", "rule"),
        ("happened_at", "发生", "happened"),
        ("month", "记账月", "month"),
        ("amount_fen", "网点应付", "station owes"),
        ("credit_fen", "网点应得", "station gets"),
    ),
    "failures": (*_ORDER, ("stage", "环节", "stage"), ("reason", "原因", "reason"), ("failed_at", "登记", "recorded")),
}
MONEY_KINDS = {
    "fine": ("罚款", "fine"),
    "reversal": ("冲正", "reversal"),
    "reward": ("奖励", "reward"),
    "refund_1": ("首次返款", "first refund"),
    "refund_2": ("二次返款", "second refund"),
    "other": ("其他", "other"),
}
UNITS = {"fen": ("元", "yuan"), "minutes": ("分", "min"), "points": ("百分点", "points")}
HOW = {
    "count": ("行数", "rows"),
    "sum": ("合计", "sum"),
    "p50": ("第 50 百分位", "50th percentile"),
    "p90": ("第 90 百分位", "90th percentile"),
    "p99": ("第 99 百分位", "99th percentile"),
}

"""The words of the fairness report: columns with their definitions, causes, bands, method. Pure."""

from reports.compliance.figures import both
from reports.fairness.chance import EXPECTED, SURE
from reports.fairness.counting import BANDS, CHANNEL_OUTAGE, LATE_PUSH, MISROUTED, OUTAGE, PASSED_ON
from reports.fairness.hiding import LEAST
from reports.paper.document import Column

DIMENSIONS = {
    "province": ("省份", "province", "网点现在所属的省", "that the station is in now"),
    "size": ("规模", "size", "网点(含承包区)本期的订单数", "orders of the house in the period"),
    "hour": (
        "下单时段",
        "hour of creation",
        "订单创建的钟点(北京时间)",
        "in which the order was created, Shanghai time",
    ),
    "channel": ("渠道", "channel", "订单来自的渠道(CHAN-1)", "by which the order came (CHAN-1)"),
}
REVIEWER = ("审核人", "reviewer")
NO_CHANNEL = both("渠道不明", "no channel known")
CAUSES = {
    MISROUTED: both("分件错误", "misrouted by HQ"),
    OUTAGE: both("系统故障", "our outage"),
    CHANNEL_OUTAGE: both("渠道故障", "channel outage"),
    LATE_PUSH: both("推送延迟", "late push"),
    PASSED_ON: both("派错后转走", "routed wrong, passed on"),
    "": both("其他", "everything else"),
}
TOTAL = both("合计", "total")
QUESTIONS = {
    "fines": ("每千单罚款", "fines per 1,000 orders"),
    "overturned": ("撤销率", "overturned share"),
    "confirmed": ("成立率", "confirmed share"),
}
_INTERVAL = Column(
    "interval",
    "95% 区间",
    "interval",
    "text",
    both("真值以 95% 把握所在的区间", "the true value lies in it 95 times of 100"),
    18,
)
FINES = (
    Column(
        "orders",
        "订单",
        "orders",
        "count",
        both(
            "本期创建、由网点承接的订单,不含撤回与挂起",
            "created in the period, with a station, not withdrawn, not held",
        ),
    ),
    Column(
        "suspicions",
        "疑似",
        "suspicions",
        "count",
        both(
            "本期发生的疑似违规,不论后来如何判定;已被新消息排除的不计",
            "happened in the period, however decided; those that news cleared are left out",
        ),
    ),
    Column("fines", "罚款笔数", "fines", "count", both("其中已确认且未撤销的", "of them confirmed and not overturned")),
    Column("fines_fen", "罚款金额", "fined", "fen", both("这些罚款的金额", "the amount of these fines")),
    Column(
        "per_1000", "每千单罚款", "fines per 1,000", "rate", both("1000 × 罚款笔数 ÷ 订单", "1,000 × fines ÷ orders")
    ),
    _INTERVAL,
    Column(
        "caused",
        "总部或故障所致",
        "caused by HQ",
        "share",
        both(
            "疑似中由分件错误、系统或渠道故障、推送延迟所致的比例",
            "of the suspicions, those with misrouting, an outage or a late push behind them",
        ),
        14,
    ),
)
APPEALS = (
    Column("fined", "曾罚款", "ever fined", "count", both("已确认的与后来撤销的", "confirmed, and overturned since")),
    Column(
        "appealed", "已申诉", "appealed", "count", both("其中提出过申诉的,不论哪一级", "of them appealed at any stage")
    ),
    Column("appealed_share", "申诉率", "appealed share", "share", both("已申诉 ÷ 曾罚款", "appealed ÷ ever fined")),
    Column(
        "overturned",
        "已撤销",
        "overturned",
        "count",
        both("因申诉或新消息撤销的", "overturned by an appeal or by later news"),
    ),
    Column(
        "overturned_share",
        "撤销率",
        "overturned share",
        "share",
        both("已撤销 ÷ (已确认 + 已撤销)", "overturned ÷ (confirmed + overturned)"),
    ),
    _INTERVAL,
)
REVIEWERS = (
    Column(
        "reviewer",
        "审核人",
        "reviewer",
        "text",
        both("作出判定的人,不是审理申诉的人", "who decided the suspicion, not who heard the appeal"),
        16,
    ),
    Column(
        "decided",
        "已判定",
        "decided",
        "count",
        both("本期疑似中由其判定的", "suspicions of the period that they decided"),
    ),
    Column(
        "fined",
        "曾确认",
        "once confirmed",
        "count",
        both("其中判为成立的,含后来撤销的", "of them confirmed, overturned ones too"),
    ),
    Column(
        "confirmed_share", "成立率", "confirmed share", "share", both("曾确认 ÷ 已判定", "once confirmed ÷ decided")
    ),
    Column("confirmed_interval", "成立率区间", "interval", "text", _INTERVAL.says, 18),
    Column("fines", "罚款笔数", "fines", "count", FINES[2].says),
    Column("fines_fen", "罚款金额", "fined", "fen", FINES[3].says),
    APPEALS[3],
    APPEALS[4],
    Column("overturned_interval", "撤销率区间", "interval", "text", _INTERVAL.says, 18),
)
BY_CAUSE = (
    Column(
        "cause",
        "原因",
        "cause",
        "text",
        both(
            "免责检查所认定的;派错后转走:无上述免责,但分件派给它而它转走了",
            "as the innocence check found; passed on: none of these, but routing chose the station and it passed the"
            " order on",
        ),
        26,
    ),
    FINES[1],
    Column(
        "suspicions_share", "占疑似", "of suspicions", "share", both("疑似 ÷ 全部疑似", "suspicions ÷ all suspicions")
    ),
    Column("interval", "占疑似区间", "interval", "text", _INTERVAL.says, 18),
    *FINES[2:4],
    Column("fines_share", "占罚款笔数", "of fines", "share", both("罚款笔数 ÷ 全部罚款", "fines ÷ all fines")),
    Column(
        "fen_share", "占罚款金额", "of the amount", "share", both("罚款金额 ÷ 全部金额", "amount ÷ the whole amount")
    ),
)
CHANCE = (
    Column("question", "比较", "compared", "text", width=34),
    Column("groups", "组数", "groups", "count", both("合并小组之后", "after small ones were put together")),
    Column("statistic", "卡方", "chi-square", "rate", both("皮尔逊卡方统计量", "Pearson's statistic")),
    Column("freedom", "自由度", "degrees of freedom", "count", both("组数减一", "groups less one")),
    Column(
        "p",
        "p",
        "p",
        "text",
        both("若各组实际相同,偶然出现这样大或更大差异的概率", "how often chance alone makes a difference as large"),
        8,
    ),
    Column(
        "finding",
        "结论",
        "finding",
        "text",
        both(f"p 小于 {SURE} 才说差异大于偶然", f"larger than chance only where p is below {SURE}"),
        46,
    ),
)
LARGER = ("差异大于偶然", "groups differ more than chance makes them")
NO_LARGER = ("差异不超出偶然", "no larger than chance makes them")
HIGHEST = ("最高", "highest")
LOWEST = ("最低", "lowest")
TOO_FEW = ("案例或组太少,无从判断", "too few cases or groups to tell")
METHOD = (
    both(
        "疑似与罚款按发生时间计入本期,订单按创建时间;两者相除是每千单的负担,不是同一批订单的比例。",
        "Suspicions and fines are of the period by when they happened, orders by creation: the quotient is a burden"
        " per 1,000 orders, not a share of the same orders.",
    ),
    both(
        "每千单罚款的区间按泊松分布的得分区间,比例的区间按威尔逊,均为 95%。",
        "Intervals (95 %): of rates the score interval of a Poisson count, of shares Wilson's.",
    ),
    both(
        f"案例(疑似、曾罚款、已判定)不足 {LEAST} 件的行不显示,写作 <{LEAST};没有案例的行照常显示。"
        "若合计会使其可以推算,则最小的其他行一并不显示。",
        f"A row of fewer than {LEAST} cases (suspicions, ever fined, decided), but not of none, is hidden as <{LEAST};"
        " the smallest other rows are hidden with it where the total would give it away.",
    ),
    both(
        f"差异是否大于偶然:皮尔逊卡方检验。罚款笔数按订单数的比例求期望(自由度为组数减一);"
        f"撤销率与成立率用列联表。期望不足 {EXPECTED} 件的组合并为一组,不显示的组也合并为一组;只余一组则不判断。",
        f"Larger than chance: Pearson's chi-square. Fines are expected in proportion to orders, shares by a table of"
        f" counts; degrees of freedom are groups less one. Groups with fewer than {EXPECTED} expected cases are put"
        " together, and so are the hidden ones; of a single group nothing is said.",
    ),
    both(
        f"同时做许多项比较,因此 p 小于 {SURE} 才称大于偶然。"
        "同一网点的罚款往往成串,检验容易报出差异:大于偶然是要去看一看,不是结论。",
        f"Many comparisons are made at once, so only p below {SURE} counts. Fines of a station come in runs, which"
        " makes the test eager: larger than chance is a reason to look, not a verdict.",
    ),
    both(
        "总部或故障所致:免责检查认定的分件错误、系统故障、渠道故障、推送延迟,"
        "以及分件派错、网点转走的;停业与规则变更不计。",
        "Caused by HQ or an outage: found by the innocence check to be misrouted, an outage of ours or of the channel"
        " or a late push, or routed to a station that passed it on; closures and changed rules are not.",
    ),
)


def dimension(name: str) -> Column:
    """The first column of a table by this dimension."""
    zh, en, says, english = DIMENSIONS[name]
    return Column(name, zh, en, "text", both(says, english), 18)


def band(number: int) -> str:
    """A size in words."""
    low, high = (0, *BANDS)[number], (*BANDS, None)[number]
    return f"{low:,}–{high - 1:,}" if high is not None else f"≥ {low:,}"

"""The words of the operations report: columns with their definitions, method. Pure."""

from reports.operations.backtest import JUDGED_DAYS, LEARNT_DAYS, MOST
from reports.paper.document import Column

# Why an order is at the data centre (ROUTE-2, ROUTE-4); another cause goes by its code.
WHY = {
    "no_area": ("不在任何范围内", "in no area"),
    "several_stations": ("区县有多个网点", "several stations"),
    "no_district": ("区县不明", "no district"),
    "closed": ("网点停业", "station closed"),
    "prefix": ("单号前缀不符", "contradicting prefix"),
    "far_from_district": ("坐标远离所填区县", "far from its district"),
    "ambiguous_address": ("地址可指多个区县", "ambiguous address"),
    "transfer": ("网点转来", "transferred by a station"),
}
_HOUR = Column("hour", "时段", "hour", "text", width=10)
_P50 = Column("p50", "中位", "p50", "minutes", "中位数(取最近名次) / median by nearest rank")
_P90 = Column("p90", "90%", "p90", "minutes", "第 90 百分位(取最近名次) / 90th percentile by nearest rank")
HOURS = (
    _HOUR,
    Column(
        "assigned", "派到", "assigned", "count", "在该时段派到网点的次数 / assignments to a station begun in the hour"
    ),
    Column("accepted", "接单", "accepted", "count", "在该时段接单的次数 / acceptances made in the hour"),
    Column(
        "p50",
        "接单中位",
        "accept p50",
        "minutes",
        "该时段派单至接单的当值分钟 / duty minutes from assignment to acceptance",
    ),
    Column("p90", "接单 90%", "accept p90", "minutes", "同上,第 90 百分位 / the same, 90th percentile"),
)
BANDS = (
    Column("band", "所报风险", "risk said", "text", width=12),
    Column(
        "times",
        "预测",
        "predictions",
        "count",
        "提醒阶梯每一级当时所报 / said when a step of the ladder was taken (DO-8)",
    ),
    Column("said", "平均所报", "mean risk", "share", "所报风险的平均 / mean of what was said"),
    Column("came", "实际超时", "came late", "share", "其中接单时钟超时的 / of them accept clocks missed (ACCEPT-1)"),
    Column(
        "off", "偏差", "off by", "points", "实际 − 所报,负为过于悲观 / came less said; below zero it was too afraid"
    ),
)
TRIED = (
    BANDS[0],
    Column(
        "times",
        "预测",
        "predictions",
        "count",
        "接单时钟开始、10 与 20 分钟时仍在等的 / at the start, after 10 and 20 minutes",
    ),
    *BANDS[2:],
)
_CENTRE = (
    Column("times", "次数", "times", "count", "到数据中心的次数 / times that an order was at the data centre"),
    Column(
        "minutes", "分钟", "minutes", "minutes", "在数据中心的分钟,含下班时间 / elapsed minutes there, nights included"
    ),
    _P50,
    _P90,
    Column("waits", "仍在", "still there", "count", "尚未分出 / not dispatched yet"),
)
CENTRE_WHY = (Column("why", "原因", "cause", "text", width=24), *_CENTRE)
CENTRE_HOURS = (_HOUR, *_CENTRE)
FEEDBACK = (
    Column("channel", "渠道", "channel", "text", width=14),
    Column("messages", "回传", "messages", "count", "本期产生的回传 / messages made in the period (CHAN-4)"),
    Column("sent", "已送达", "sent", "count"),
    Column("waiting", "待发", "waiting", "count"),
    Column("parked", "搁置", "failed, parked", "count", "多次失败,等人处理 / failed too often, waits for a person"),
    Column("given_up", "放弃", "given up", "count"),
    Column("rate", "送达率", "sent share", "share", "已送达 ÷ 回传 / sent ÷ messages"),
    Column(
        "oldest",
        "最久待发(秒)",
        "oldest waiting (s)",
        "count",
        "待发中最早一条已等的秒数 / seconds that the oldest waits",
    ),
    Column("p50", "延迟中位(秒)", "delay p50 (s)", "count", "产生至送达的秒数 / seconds from being made to being sent"),
    Column("p90", "延迟 90%(秒)", "delay p90 (s)", "count", "同上,第 90 百分位 / the same, 90th percentile"),
)
_PRESENCE = (
    Column(
        "silences",
        "静默",
        "silences",
        "count",
        "在班超过规定时间未查看接单台的次数 / times not seen for too long (DUTY-3)",
    ),
    Column("silent", "静默分钟", "silent minutes", "minutes"),
    Column(
        "duty",
        "当值分钟",
        "duty minutes",
        "minutes",
        "本期至今当值的分钟,停业除外 / duty minutes up to now, closures left out",
    ),
    Column("share", "静默率", "silent share", "share", "静默分钟 ÷ 当值分钟 / silent ÷ duty minutes"),
)
PROVINCES = (Column("province", "省份", "province", "text", width=18), *_PRESENCE)
STATIONS = (Column("station", "网点", "station", "text", width=14), *PROVINCES)
METHOD = (
    "时段按上海时间。接单分钟为当值分钟,停业不扣除;深夜派到的从开班起算。"
    " / Hours are Shanghai's. Minutes to acceptance are duty minutes, closures not left out; at night they begin with"
    " duty. Of the acceptances those are counted whose assignment began in the period.",
    "预测与实际只用当时真正报出的风险(提醒阶梯留下的记录),事后不重算;一单可有几级提醒,各算一次。"
    "到提醒时还没有接的单才有记录。 / The forecast is judged by what was really said then, the ladder's own record;"
    " nothing is computed afterwards. An order with several steps counts once for each; one that was taken before the"
    " first has none.",
    f"预测回测用本期之前 {LEARNT_DAYS} 天的节奏,在本期前 {JUDGED_DAYS} 天上重算:被评的日子不在节奏里。"
    f"接单时钟超过 {MOST:,} 个时不做。 / The back-test takes the pace of the {LEARNT_DAYS} days before and judges the"
    f" first {JUDGED_DAYS} days of the period, none of which is in the pace; of more than {MOST:,} accept clocks it is"
    " left out.",
    "数据中心分钟归到到达该处的期间;仍在的计至生成时刻。省份与网点按订单现在所属。"
    " / Minutes at the data centre belong to the period of arrival; what is there still counts until now. Province and"
    " station are those of the order as it is now.",
    "静默只报告,不罚款(DUTY-3)。当值分钟含从未登录的网点。"
    " / Silence is reported, never fined. Duty minutes count stations that never logged in, too.",
)

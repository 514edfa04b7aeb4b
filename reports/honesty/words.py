"""The words of the reason honesty map: kinds of evidence, definitions, method. Pure."""

from reports.honesty.counting import AGAIN, AGAINST, BASIS, CHANNEL, INSIDE, LEAST, MARKED_FROM, NO_CALL
from reports.paper.document import Column

EVIDENCE = {
    CHANNEL: ("渠道原因相反", "channel says otherwise"),
    AGAIN: ("又下单被揽收", "ordered again"),
    INSIDE: ("点在范围内", "point inside"),
    NO_CALL: ("无致电", "no call"),
}
SAYS = {
    CHANNEL: "渠道给出的原因指向快递员(VIO-2) / the channel's own reason blames the courier",
    AGAIN: "称客户取消,而同一号码在规定时间内又下单并被揽收(VIO-2)"
    " / the same sender phone ordered again and was picked up",
    INSIDE: "称超出范围,而取件点在本网点(含承包区)范围内(VIO-2) / the point lies inside the house's area",
    NO_CALL: "称联系不上或未约定时间,而没有致电记录,所填时间也不可能 / no call on record, and no possible time of one",
}
STAGES = {"accept": ("接单失败", "acceptance"), "pickup": ("揽收失败", "pickup")}
_FROM = MARKED_FROM * 100 // BASIS
METHOD = (
    "接单失败以派到网点的次数为分母,揽收失败以其中接单的次数为分母,均为每百次。承包区单列。"
    " / Failed acceptances per 100 assignments that began in the period, failed pickups per 100 of those that were"
    " accepted; level-2 stations have rows of their own.",
    "相邻网点:同一省份、不属于同一网点(含其承包区)的全部网点;一个区县多半只有一个网点,按区县无从比较。"
    " / Neighbours are all stations of the province that are of another house: a district mostly has one station.",
    "被反证:疑似(不含应免责)或已确认的虚假原因(V-FALSE-FAIL),以及称致电而无致电记录的;不成立与撤销的不计。"
    " / Contradicted: a false reason that is suspected, and not likely excused, or confirmed; or a call that was not"
    " made. What HQ or an appeal let off is not counted.",
    "所填致电时间看不明白、或已按隐私规定删除的,不算反证。"
    " / A time of a call that cannot be read, or is kept no more, speaks for the station.",
    f"排名按被反证占失败之比的威尔逊 95% 下限:次数少则下限低。被反证不足 {LEAST} 次、或下限不足 {_FROM}% 的不标记。"
    " / Ranked by Wilson's lower bound (95 %) of the contradicted share, which is low where cases are few. Nobody is"
    f" marked with fewer than {LEAST} contradicted failures, or a bound below {_FROM} %.",
    "用得比相邻网点多只作说明,不影响排名:封闭园区的网点确实常常无法进入。"
    " / That a reason is used more than elsewhere is shown and ranks nobody: some stations cannot enter more often.",
)
NOTE = "▲ 证据足够,需核查;是否虚假由总部判定 / ▲ enough evidence to look at it; whether it is false HQ decides (VIO-4)"
STATION = Column("station", "网点", "station", "text", width=14)
NAME = Column("name", "名称", "name", "text", width=18)
AGAINST_COLUMNS = tuple(Column(code, *EVIDENCE[code], "count", SAYS[code]) for code in AGAINST)
RANKED = (
    Column("rank", "名次", "rank", "count", width=6),
    STATION,
    NAME,
    Column("province", "省份", "province", "text"),
    Column("failures", "失败", "failures", "count", "本期失败的次数 / failures of acceptance and pickup"),
    Column("contradicted", "被反证", "contradicted", "count", "其中至少有一项证据相反 / with evidence against them"),
    Column("share", "被反证率", "share", "share", "被反证 ÷ 失败 / contradicted ÷ failures"),
    Column("least", "至少", "at least", "share", "被反证率的威尔逊 95% 下限,排名所依 / Wilson's lower bound at 95 %"),
    *AGAINST_COLUMNS,
    Column(
        "reasons", "所用原因", "reasons", "text", "被反证的与用得多的原因;其余见下 / contradicted or unusual ones", 60
    ),
    Column(
        "unusual", "比相邻网点多", "more than neighbours", "text", "非偶然;不影响排名 / not by chance; ranks nobody", 60
    ),
)
MAP = (
    STATION,
    NAME,
    Column("assignments", "派到", "assignments", "count", "本期派到网点的次数 / assignments begun in the period"),
    Column("accepted", "接单", "accepted", "count", "其中接单的 / of them accepted"),
)
PER_HUNDRED = "每百次派单中以此原因失败的次数,两个环节合计 / failures with this reason per 100 assignments, both stages"
USES = (
    STATION,
    Column("stage", "环节", "stage", "text", width=16),
    Column("reason", "原因", "reason", "text", width=26),
    Column("uses", "次数", "uses", "count"),
    Column(
        "own",
        "每百次",
        "per 100",
        "rate",
        "接单失败每百次派单、揽收失败每百次接单 / per 100 assignments or acceptances",
    ),
    Column("others", "相邻每百次", "neighbours per 100", "rate", "同省其他网点合计 / other houses of the province"),
    Column("contradicted", "反证率", "contradicted share", "share", "被反证 ÷ 次数 / contradicted ÷ uses"),
    *AGAINST_COLUMNS,
)

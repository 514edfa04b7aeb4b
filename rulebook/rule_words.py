"""The wording of the rules, zh-CN and English; names in braces are filled in by rule_texts.py from an edition."""

# rule id -> (Chinese, English). A kind of violation gets its heading and its fine behind these words.
TEXTS: dict[str, tuple[str, str]] = {
    "CHAN-5": (
        "资料不全的订单待核实,没有持有者,也不计时;补齐后从放行时起计时。收单 {hold_reminder}后催补,"
        "{hold_close}后由系统撤单。",
        "An incomplete order is held: no holder, no clock; its clocks start at the release. It is reminded after"
        " {hold_reminder} and withdrawn by the system {hold_close} after receipt.",
    ),
    "ROUTE-1": (
        "订单派给服务范围覆盖取件点的接单网点;没有可用坐标(东经 {west}–{east} 度、北纬 {south}–{north}"
        " 度之内为可用)时,派给服务该区县的网点。",
        "An order goes to the accepting station whose area holds the pickup point; without a usable point (inside"
        " {west}–{east}° E, {south}–{north}° N) to the station that serves the district.",
    ),
    "ROUTE-2": (
        "不能确定网点的订单进入数据中心,由人决定;坐标距所填区县超过 {far} 公里的,视为互相矛盾。",
        "Where no station is certain the order goes to the data centre and a person decides; a point more than {far}"
        " km from the district named contradicts it.",
    ),
    "ROUTE-3": (
        "总部从数据中心分件,接单时限从分件时起算。",
        "HQ dispatches from the data centre; the accept clock starts at the dispatch.",
    ),
    "ROUTE-4": (
        "网点把不该自己做的订单转给正确的网点,不能确定时转数据中心;每次派单的持有者、起止时间、原因和经办人都保留。",
        "A station transfers what it should not serve to the right station, or to the data centre when it cannot tell;"
        " each assignment is kept with holder, from, until, why and by whom.",
    ),
    "ROUTE-6": (
        "网点申请、总部事先批准的停业期间不派新单,该网点的时钟一分钟也不计;只停该网点,不含其承包区。",
        "A closure that a station asked for and HQ granted beforehand stops routing to it, and its clocks count no"
        " minute of it; it closes that one station, not its contracted areas.",
    ),
    "DUTY-1": (
        "在岗时间为每天 {standard_opens}–{standard_closes},含周末;新疆为 {xinjiang_opens}–{xinjiang_closes}。",
        "Duty is {standard_opens}–{standard_closes} every day, weekends too; in Xinjiang"
        " {xinjiang_opens}–{xinjiang_closes} (Shanghai time).",
    ),
    "DUTY-2": (
        "接单和转单时钟只计在岗分钟:下班前没用完的,次日上班后接着计。揽收时钟按自然时间计,每一分钟都算。",
        "The accept and transfer clocks count duty minutes only: what is left at the end of duty goes on when it next"
        " begins. The pickup clock counts every minute.",
    ),
    "DUTY-3": (
        "在岗时网点至少每 {look_every}看一次接单台;更久没看的,本省和周报可见,不罚款。",
        "On duty a station looks at its desk at least every {look_every}; one not seen for longer is shown to its"
        " province and in the weekly report, never fined.",
    ),
    "ACCEPT-1": (
        "自下单起 {accept}(在岗时间)内接单、失败或转单。恰好 {accept}为按时,多一微秒为超时。",
        "Accept, fail or transfer within {accept} of duty time from creation. Exactly {accept} is in time, any more is"
        " late.",
    ),
    "ACCEPT-2": (
        "持有者只对自己的时间负责:转单后,接手网点的接单时钟从转单时起算;分件后从分件时起算。各持有者(含数据中心)、"
        "下班、待核实和停业的时间相加等于全部经过时间,每一分钟只计一次。",
        "A holder answers only for its own minutes: after a transfer its accept clock starts at the transfer, after a"
        " dispatch at the dispatch. Minutes of all holders (data centre included), off duty, held and closed add up to"
        " the elapsed time, each minute once.",
    ),
    "PICKUP-1": (
        "自下单起 {pickup}内揽收,恰好 {pickup}为按时。揽收时间取揽件确认与匹配的揽收扫描中较早者,"
        "且匹配的扫描不得晚于确认后 {scan_proof}。",
        "Picked up within {pickup} of creation; exactly {pickup} is in time. Picked up is the earlier of the"
        " confirmation and the matching pickup scan, provided a matching scan is made not later than {scan_proof}"
        " after the confirmation.",
    ),
    "PICKUP-2": (
        "终点为下单后 {pickup},客户预约时段更晚结束的,以预约结束为终点。持有者的揽收期限取终点与派给它之后"
        " {pickup_least_hold}中较晚者。数据中心没有揽收期限。一单只超时一次:有持有者超时后,"
        "后来的持有者不再有揽收时钟。",
        "The end is creation + {pickup}, or the end of the customer's booked window if that is later. A holder's"
        " pickup deadline is the later of that end and its assignment + {pickup_least_hold}. The data centre has none."
        " An order is late once: after one holder missed its pickup clock, later holders get none.",
    ),
    "TRANSFER-1": (
        "服务范围外的订单,须自下单或后来派给该持有者起 {transfer}(在岗时间)内转给正确的网点或数据中心。"
        "范围外指坐标已知,且不在该网点及其承包区的任何范围内。接单即停止此时钟。",
        "An order outside the holder's area is transferred, to the right station or the data centre, within {transfer}"
        " of duty time from its creation, or from its later assignment to that holder. Outside: the point is known and"
        " in no polygon of the holder or of its contracted areas. Accepting ends this clock.",
    ),
    "CLOCK-1": (
        "撤单、待核实、改派和终态停止时钟;那时已经超时的仍为超时。",
        "Withdrawal, hold, re-routing and terminal states end the clocks. What was late by then stays late.",
    ),
    "CLOCK-2": (
        "每次派给网点都有接单和揽收时钟,坐标在范围外的还有转单时钟;第一次派单从下单时起算。按时做了为按时,"
        "没按时为超时,期限前因其他事情结束的不计。接单时钟由接单、失败、转单或揽收按时,转单时钟由转单按时,"
        "揽收时钟由揽收按时。",
        "Each assignment to a station has an accept and a pickup clock, and a transfer clock if the point is outside;"
        " those of the first start at creation. A clock is kept if the act came in time, missed if not, dropped if"
        " something else ended it before its deadline. In time: accept, fail, transfer or pickup for the accept clock,"
        " transfer for the transfer clock, pickup for the pickup clock.",
    ),
    "PROMISE-1": (
        "对寄件人的承诺:渠道预约时段结束前揽收,没有预约的,下单后 {promise}内揽收。只显示和统计,不罚款。",
        "The promise to the sender: picked up by the end of the channel's window, else within {promise} of creation."
        " It is shown and reported, never fined.",
    ),
    "DO-2": (
        "接单或揽收失败须从列表中选原因:{reasons}。人手不足和地址偏远不是原因。失败为终态。",
        "Acceptance or pickup fails with a reason from the list: {reasons}. Short staff and a far address are no"
        " reasons. Both failures are final.",
    ),
    "DO-4": (
        "揽收扫描(运单号、网点、时间、操作人)是实物证明。运单号是该订单的、网点属于持有者一家、时间不早于下单的,"
        "为匹配。扫描可以成批、迟到、重复,也可以先于确认。",
        "The pickup scan (waybill, station, time, operator) is the physical proof. It matches when its number is the"
        " order's, its station belongs to the holder's house and it was not made before creation. Scans come in bulk,"
        " late, twice, and before the confirmation.",
    ),
    "DO-8": (
        "有待接订单的网点看得见、听得到提醒。接单时钟的在岗时间剩 {tint}时变色,剩 {sound}时响铃,剩"
        " {message}时通知负责人,剩 {call_list}时列入省平台电话名单,剩 {offer_transfer}时建议转单;同类订单超时比例达到"
        " {risk}% 的,提前一级。",
        "A station with waiting orders sees and hears it. By duty time left on the accept clock: tint at {tint}, sound"
        " at {sound}, message to the head at {message}, call list of the province at {call_list}, offer of transfer at"
        " {offer_transfer}; where {risk}% of like orders were late, each comes earlier.",
    ),
    "DO-9": (
        "手工录入的运单号,在第一次匹配的扫描之前,最多 {waybill_correction}内可由网点更正;渠道给的不能更正。",
        "A typed waybill can be corrected by the station until its first matching scan, at most {waybill_correction};"
        " one that the channel gave cannot.",
    ),
    "WAYBILL-1": (
        "运单号为 {digits} 位数字,以 {begins} 开头,{check_digit}。不合格的、已是其他订单当前号码的、"
        "属于其他网点号段的,一律不能保存;没有导入号段的网点,此项为不明。",
        "A waybill number is {digits} digits beginning {begins}; {check_digit}. An impossible number, the present"
        " number of another order, or one from another station's stock cannot be saved; without a stock that test says"
        " unknown.",
    ),
    "V-ACCEPT": (
        "未按时接单、失败或转单(ACCEPT-1),发生在期限届满之时。",
        "Not accepted in time (ACCEPT-1). It happened at the deadline.",
    ),
    "V-PICKUP": (
        "未按时揽收(PICKUP-1),发生在期限届满之时。",
        "Not picked up in time (PICKUP-1). It happened at the deadline.",
    ),
    "V-FALSE-FAIL": (
        "接单或揽收失败的原因不实,发生在失败之时。",
        "A false reason for failing acceptance or pickup. It happened at the failure.",
    ),
    "V-FALSE-WAYBILL": (
        "运单号不实:确认揽收后 {scan_proof}内没有匹配的揽收扫描,发生在确认之时。",
        "A false waybill number: no matching pickup scan within {scan_proof} of the confirmation. It happened at the"
        " confirmation.",
    ),
    "V-WRONG-ACCEPT": (
        "对不属于自己的订单接单,使正确的网点没能做成,发生在接单之时。",
        "Acted on an order not its own and so kept the right station from it. It happened at the acceptance.",
    ),
    "V-TRANSFER": (
        "范围外的订单未按时转出,或转给了错误的网点,发生在期限届满或转单之时。",
        "Out of area and not transferred in time, or transferred to a wrong station. It happened at the deadline, or"
        " at the transfer.",
    ),
    "VIO-1": (
        "一单上不同种类的违规分别计;同一次派单每种最多一项。范围外且未接单也未按时转出的,只计 V-TRANSFER,不再计"
        " V-ACCEPT。按时确认而没有扫描证明的,只计 V-FALSE-WAYBILL;晚确认的,两项都计。",
        "Kinds add up on one order; at most one of a kind for each assignment. Out of area and neither accepted nor"
        " transferred in time is V-TRANSFER, not also V-ACCEPT. A confirmation in time that no scan bears out is"
        " V-FALSE-WAYBILL, not also V-PICKUP; a late one is both.",
    ),
    "VIO-2": (
        "系统发现的疑点须附证据。虚假运单号:确认后 {scan_proof}内没有匹配的扫描。虚假失败:范围内的点说成超出范围;"
        "或说客户取消,而同一寄件电话 {order_again}内又下单并被揽收,或渠道的原因不同。错误接单:接了范围外、"
        "在其他接单网点范围内的订单,并在持有期间揽收失败或超时。错误转单:按当时的范围,对方不覆盖该点,"
        "且对方又转出或以超出范围失败。",
        "Detectors state evidence. False waybill: no matching scan within {scan_proof} of the confirmation. False"
        " failure: 'out of area' said of a point inside the house's area; 'customer cancelled' said and the same"
        " sender phone ordered again within {order_again} and was picked up, or the channel's reason says otherwise."
        " Wrong accept: accepted outside its area, inside another accepting station's, and the pickup failed or was"
        " late while it held the order. Wrong transfer: by the areas valid then the target did not cover the point,"
        " and it transferred the order on or failed it as out of area.",
    ),
    "VIO-3": (
        "人工审核之前先做免责检查:推送迟到(下单后超过 {late_push}才收到,只对从下单起算的时钟)、系统或渠道故障、停业、"
        "总部分件错误。每项为通过、未通过或不明;有一项未通过即标为可能免责。",
        "Innocence checks run before a person looks: pushed late (received more than {late_push} after creation, for"
        " clocks that start at creation), our or the channel's outage, closure, misrouted by HQ. Each says passed,"
        " failed or unknown; a failed one marks the suspicion likely excused.",
    ),
    "VIO-4": (
        "总部确认或驳回,须写理由,可逐件或按共同原因成批。已确认的只入账一次;新事实推翻的,自动撤销并冲回。",
        "HQ confirms or dismisses with a reason, singly or in bulk by common cause. A confirmed violation is posted"
        " once; news that disproves it overturns and reverses it.",
    ),
    "APPEAL-1": (
        "网点可在载有该违规的通报或补充通报发布后 {station_days} 天内申诉,至第 {station_days} 天结束为止;"
        "未发布的和过期的不受理。",
        "A station may appeal within {station_days} days of the notice or supplement that holds the violation, until"
        " the end of the last day; earlier and later are refused.",
    ),
    "APPEAL-2": (
        "省平台先审,{province_days} 天内未答复的自动转总部;维持的,网点可在其后 {hq_days} 天内报总部终审。"
        "任何人不得审自己网点的申诉。",
        "The province decides first; silent for {province_days} days, the appeal passes to HQ by itself. What was"
        " upheld the station may take to HQ within {hq_days} days after. Nobody decides about his own station.",
    ),
    "APPEAL-3": (
        "撤销的罚款以相反分录冲回,不修改、不删除任何记录。",
        "A fine that falls is reversed by an opposite entry; nothing is edited or deleted.",
    ),
    "REWARD-1": (
        "每月 {places} 个奖励名额,每个 {amount} 元,按各省一级网点数分配;没人得到的名额作废。",
        "{places} places of {amount} yuan a month, shared among provinces by their level-1 stations; places nobody"
        " earned lapse.",
    ),
    "REFUND-1": (
        "某月的罚款,次月无违规且有线上订单的返还 {percent}%(舍到分),再次月同样的返还其余。",
        "Fines of a month come back while the next months are clean and have online orders: {percent}% (rounded down"
        " to the fen) for the first, the rest for the second.",
    ),
    "DAY-1": (
        "前一日遗留 {leftovers_by} 前处理;每周一周报;每月 {settled_by} 日前结算上月;规则变更于某月 {change_effective}"
        " 日生效,至迟前一月 {change_announced_by} 日(当日结束前)公布。",
        "Leftovers of yesterday by {leftovers_by}; weekly report on Monday; month settled by day {settled_by}; a rule"
        " change takes effect on day {change_effective} of a month and is announced by the end of day"
        " {change_announced_by} of the month before.",
    ),
}

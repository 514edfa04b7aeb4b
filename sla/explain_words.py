"""The words of an explanation, zh-CN and English."""

from datetime import datetime, timedelta

from basics.days import shanghai

WHY = {
    "creation": ("CLOCK-2", "自下单起计", "It counts from the creation of the order"),
    "release": ("CHAN-5", "自补齐资料、解除待核实起计", "It counts from the release of the held order"),
    "routing": ("CHAN-3", "自重新派单起计", "It counts from the new routing"),
    "transfer": ("ACCEPT-2", "自转单到本网点起计", "It counts from the transfer to this station"),
    "dispatch": ("ROUTE-3", "自总部分件起计", "It counts from the dispatch by HQ"),
}
CLOCKS = {"accept": ("接单时钟", "accept clock"), "transfer": ("转单时钟", "transfer clock"),
          "pickup": ("揽收时钟", "pickup clock")}  # fmt: skip
ENDS = {
    "accepted": ("接单", "accepted"),
    "called": ("致电寄件人", "called the sender"),
    "numbered": ("取得运单号", "got its waybill number"),
    "transferred": ("转单", "transferred"),
    "rerouted": ("重新派单", "routed anew"),
    "picked_up": ("揽收", "picked up"),
    "accept_failed": ("登记接单失败", "acceptance failed"),
    "pickup_failed": ("登记揽收失败", "pickup failed"),
    "withdrawn": ("撤单", "withdrawn"),
    "over": ("订单已在别处结束", "the order ended elsewhere"),
    "confirmed": ("揽件确认", "pickup confirmed"),
}
KINDS = {
    "station": ("网点", "station"),
    "data_centre": ("数据中心", "data centre"),
    "off_duty": ("非值班", "off duty"),
    "closed": ("停业", "closed"),
    "held": ("待核实", "held"),
}


def moment(at: datetime) -> str:
    """`2026-05-05 10:30:00`, with microseconds where there are any: a deadline is exact."""
    local = shanghai(at)
    return local.strftime("%Y-%m-%d %H:%M:%S" + (".%f" if local.microsecond else ""))


def zh_length(length: timedelta) -> str:
    """`2 天 3 小时 20 分 5.5 秒`, without what is nought."""
    return _length(length, (" 天", " 小时", " 分", " 秒"))


def en_length(length: timedelta) -> str:
    return _length(length, (" d", " h", " min", " s"))


def time_of_day(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _length(length: timedelta, units: tuple[str, str, str, str]) -> str:
    minutes, rest = divmod(length - timedelta(days=length.days), timedelta(minutes=1))
    seconds = f"{rest.seconds}.{rest.microseconds:06d}".rstrip("0").rstrip(".") if rest.microseconds else rest.seconds
    figures = (length.days, minutes // 60, minutes % 60, seconds)
    told = [f"{figure}{unit}" for figure, unit in zip(figures, units, strict=True) if figure]
    return " ".join(told) or f"0{units[3]}"

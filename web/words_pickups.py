"""Words of the pickup board and of the day's sheet; words.py makes them words like all others."""

FIGURES: dict[str, tuple[str, str, str]] = {
    "received": ("新到订单", "new orders", "blue"),
    "transferred_in": ("转入、分件", "transferred in", "indigo"),
    "accepted": ("已接单", "accepted", "blue"),
    "transferred_out": ("转出、改派", "passed on", "orange"),
    "picked_up": ("已揽收", "picked up", "green"),
    "failed": ("失败", "failed", "red"),
    "withdrawn": ("撤单", "withdrawn", "secondary"),
    "late": ("超时", "late", "red"),
    "waiting": ("仍待接单", "still waiting", "orange"),
    "to_pick_up": ("仍待揽收", "still to fetch", "cyan"),
    "unscanned": ("未扫描", "un-scanned", "orange"),
}
# What a station may say of an order without a scan; it may write something else.
WORDS_FOR_UNSCANNED: tuple[tuple[str, str], ...] = (
    ("明早补扫", "scanned tomorrow morning"),
    ("已交分拨中心扫描", "the hub scans it"),
    ("扫描枪故障", "the scanner is broken"),
    ("面单破损待补录", "the label is damaged"),
    ("客户尚未交件", "not handed over yet"),
)

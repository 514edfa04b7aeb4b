"""The pushes of random histories: complete, lacking something, in every datum, with and without a window."""

from datetime import timedelta
from typing import Any

from tests.oracle.author import Author
from tests.oracle.words import PREFIXES

PHONES = [f"1380000{n:04d}" for n in range(8)]
CHANNEL_OF = {
    "LP": "cainiao",
    "KD": "kuaidi100",
    "IS": "crm",
    "wx": "wechat",
    "CT_H_": "touchpal",
    "ali": "alipay",
}


def content(author: Author, logistics_no: str) -> dict[str, Any]:
    """A push; one in twelve lacks what CHAN-5 asks for."""
    rng = author.rng
    prefix = max((p for p in PREFIXES if logistics_no.startswith(p)), key=len, default="")
    channel = CHANNEL_OF.get(prefix, "crm")
    if channel == "wechat" and author.chance(0.4):
        channel = "website"
    if author.chance(0.04):
        channel = rng.choice(("cainiao", "alipay"))
    told: dict[str, Any] = {"logistics_no": logistics_no, "channel": channel}
    told["business_type"] = rng.choice(("send_express", "online_order", "online_order"))
    place(author, told)
    if author.chance(0.3):
        begin = author.now + timedelta(hours=rng.choice((1, 2, 20, 30)))
        told |= {"window_start": begin.isoformat(), "window_end": (begin + timedelta(hours=2)).isoformat()}
    if told["business_type"] == "online_order" and author.chance(0.6):
        told["waybill_no"] = (
            author.fresh_number()
            if author.chance(0.9)
            else rng.choice(("55", "54000000000001", "550000000000010", "55000000000001"))
        )
    told["sender"] = {"name": "寄件人", "phone": rng.choice(PHONES)}
    told |= {"weight_g": 1000, "pieces": 1} if author.chance(0.7) else {}
    told |= {"online": False} if author.chance(0.1) else {}
    if author.chance(0.08):
        spoil(author, told)
    return told


def place(author: Author, told: dict[str, Any]) -> None:
    """A point, a district, both, or only words."""
    rng = author.rng
    for key in ("lng", "lat", "datum", "adcode", "address"):
        told.pop(key, None)
    roll = rng.random()
    if roll < 0.75:
        told["lng"], told["lat"] = author.land.point(rng)
        if author.chance(0.15):
            told["datum"] = rng.choice(("WGS-84", "BD-09", "GCJ-02"))
    elif roll < 0.78:
        told["lng"], told["lat"] = 20.5, 40.5  # not usable
    if roll >= 0.6:
        told["adcode"] = rng.choice(author.land.adcodes)
    if author.chance(0.2) or ("lng" not in told and "adcode" not in told):
        told["address"] = rng.choice(("浙江省杭州市西湖区文一西路1号", "重庆市渝中区", "新疆维吾尔自治区 乌鲁木齐市"))


def spoil(author: Author, told: dict[str, Any]) -> None:
    """Take away or break what CHAN-5 asks for."""
    way = author.rng.choice(("phone", "place", "weight", "pieces"))
    if way == "phone":
        told["sender"] = {"name": "寄件人"}
    elif way == "place":
        for key in ("lng", "lat", "datum", "adcode"):
            told.pop(key, None)
        told["address"] = author.rng.choice(("浙江省", " 重庆市, ", "新疆维吾尔自治区。", ""))
    elif way == "weight":
        told["weight_g"] = author.rng.choice((0, -5, "heavy"))
    else:
        told["pieces"] = 0

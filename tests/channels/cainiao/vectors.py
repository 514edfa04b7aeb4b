"""Published and own vectors of CHANNELS section 1, literally; and how a form is made of them."""

import base64
import hashlib
from typing import Any
from urllib.parse import urlencode

from basics.refusal import Refusal
from channels.adapter import Answer, Answering, Credential, Knock, Opened, Result
from channels.registry import ADAPTERS
from tests.channels import talk

CAINIAO = ADAPTERS["cainiao"]
KEY = b"demo-tb-key"
KEYS = Credential({"secret": (KEY,)})

CREATE = (
    "<RequestOrder><ecCompanyId>TAOBAO</ecCompanyId><logisticProviderID>HTKY</logisticProviderID>"
    "<customerId>c0ffee00c0ffee00c0ffee00c0ffee00</customerId>"
    "<txLogisticID>LP00038652917401</txLogisticID><tradeNo>2026112200225709</tradeNo><mailNo>"
    "</mailNo><totalServiceFee>0.0</totalServiceFee><codSplitFee>0.0</codSplitFee>"
    "<orderType>1</orderType><serviceType>1</serviceType><flag>0</flag><sender><name>王小二</name>"
    "<postCode>311121</postCode><phone></phone><mobile>13800138000</mobile><prov>浙江省</prov>"
    "<city>杭州市,余杭区</city><address>五常街道文一西路969号3号楼</address></sender><receiver><name>李雷</name>"
    "<postCode>201700</postCode><phone></phone><mobile>13900139000</mobile><prov>上海</prov>"
    "<city>上海市,青浦区</city><address>华徐公路3029弄28号</address></receiver>"
    "<sendStartTime>2026-11-23 09:00:00.0 CST</sendStartTime>"
    "<sendEndTime>2026-11-23 11:00:00.0 CST</sendEndTime><goodsValue>99.0</goodsValue>"
    "<itemsValue>99.0</itemsValue><items><item><itemName>连衣裙</itemName><number>1</number>"
    "<itemValue>99.0</itemValue></item></items><insuranceValue>0.0</insuranceValue>"
    "<special>0</special><remark>请提前电话</remark></RequestOrder>"
)
CREATE_DIGEST = "EHQ9WOLh53JJTJjgjcIAFg=="
CANCEL = (
    "<UpdateInfo><logisticProviderID>HTKY</logisticProviderID><ecCompanyId>TAOBAO</ecCompanyId>"
    "<fieldList><field><txLogisticID>LP00038652917401</txLogisticID><fieldName>status</fieldName>"
    "<fieldValue>WITHDRAW</fieldValue><remark>不想寄了</remark></field></fieldList></UpdateInfo>"
)
CANCEL_DIGEST = "yWTvZJG1YIxqB5G+OZYe9w=="
GOT = (
    "<UpdateInfo><logisticProviderID>HTKY</logisticProviderID>"
    "<txLogisticID>LP00038652917401</txLogisticID><mailNo>55012345678901</mailNo>"
    "<infoType>STATUS</infoType><infoContent>GOT</infoContent><name>张三</name>"
    "<acceptTime>2026-11-23 09:42:10</acceptTime><contactInfo>13700137000</contactInfo>"
    "<weight>0.85</weight><remark></remark></UpdateInfo>"
)
GOT_DIGEST = "tVKd102Du2Uh9ixOyQmXGA=="
NUMBER = "LP00038652917401"


def digest(content: bytes, key: bytes = KEY) -> str:
    """base64 of MD5 over content and secret."""
    return base64.b64encode(hashlib.md5(content + key).digest()).decode()


def form(content: str | bytes, **fields: str | bytes) -> bytes:
    """A genuine form of the old envelope; `fields` stand beside or instead."""
    raw = content.encode() if isinstance(content, str) else content
    return urlencode({"logistics_interface": raw, "data_digest": digest(raw), **fields}).encode()


def link(
    content: str | bytes, message_id: str = "7d7f2a34-0f9b-4c11-9a55-6a52ad6a1c11", **fields: str | bytes
) -> bytes:
    """A genuine form of LINK's envelope."""
    whose = {"from_code": "TAOBAO", "partner_code": "HTKY", "msg_id": message_id, "msg_type": "ORDERCREATE"}
    return form(content, **{**whose, **fields})


def knock(body: bytes, content_type: str = "application/x-www-form-urlencoded") -> Knock:
    return Knock("POST", b"type=online", {"content-type": content_type}, body)


def changed(**texts: Any) -> str:
    """The vector's order with the first element of each name given another text."""
    whole = CREATE
    for name, text in texts.items():
        start = whole.index(f"<{name}>") + len(name) + 2
        whole = whole[:start] + str(text) + whole[whole.index(f"</{name}>", start) :]
    return whole


def opened(body: bytes, content_type: str = "application/x-www-form-urlencoded", keys: Credential = KEYS) -> Opened:
    """A push that is genuine."""
    found = CAINIAO.verify(keys, knock(body, content_type), talk.NOW)
    assert isinstance(found, Opened), found
    return found


def said(body: bytes, content_type: str = "application/x-www-form-urlencoded", keys: Credential = KEYS) -> Any:
    """The one thing that a genuine push says, or its refusal."""
    found = CAINIAO.read(opened(body, content_type, keys), talk.NOW)
    if isinstance(found, Refusal):
        return found
    (one,) = found.said
    return one


def answered(body: bytes, *results: Result, keys: Credential = KEYS) -> Answer:
    """Our answer to a genuine push; without results, each thing said was done, or refused when it was read."""
    push = opened(body, keys=keys)
    reading = CAINIAO.read(push, talk.NOW)
    if isinstance(reading, Refusal):
        made: list[Result] = [Result(None, reading)]
    else:
        made = [Result(None, one) if isinstance(one, Refusal) else Result(one) for one in reading.said]
    read = None if isinstance(reading, Refusal) else reading
    return CAINIAO.answer(Answering(keys, results or made, talk.REQUEST, talk.NOW, push, read))


def batch(*fields: tuple[str, str, str]) -> str:
    """UpdateInfo of (number, fieldName, fieldValue)."""
    parts = "".join(
        f"<field><txLogisticID>{number}</txLogisticID><fieldName>{name}</fieldName>"
        f"<fieldValue>{value}</fieldValue></field>"
        for number, name, value in fields
    )
    return f"<UpdateInfo><fieldList>{parts}</fieldList></UpdateInfo>"

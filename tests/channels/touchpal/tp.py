"""The vectors of CHANNELS section 5, literally, and pushes signed here, not by the product."""

import hashlib
import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode
from xml.sax.saxutils import escape

from basics.refusal import Refusal
from channels.adapter import Credential, Knock, Opened
from channels.messages import OrderPush, WaybillTold, Withdrawal
from channels.registry import ADAPTERS

TP = ADAPTERS["touchpal"]
KEY, PARTNER = "demo-partner-key", "TOUCHPAL"
NUMBER = "CT_H_20261122000017"
AT = datetime(2026, 11, 22, 4, tzinfo=UTC)
CREATE, CANCEL, UPDATE = "KD_CREATE_ORDER_NOTIFY", "KD_CANCEL_ORDER_NOTIFY", "KD_UPDATE_ORDER_NOTIFY"
ORDER = (
    '{"customerName":"TouchPal","txLogisticID":"CT_H_20261122000017","tradeNo":"20261122000017","orderType":"1",'
    '"serviceType":"1","orderFlag":"10","sendStartTime":"2026-11-23 09:00:00","sendEndTime":"2026-11-23 11:00:00",'
    '"goodsValue":0,"itemsValue":0,"insuranceValue":0,"special":0,"remark":"请提前电话",'
    '"sender":{"name":"王小二","postCode":"311121","mobile":"13800138000","prov":"浙江省","city":"杭州市",'
    '"county":"余杭区","address":"五常街道文一西路969号3号楼"},'
    '"receiver":{"name":"李雷","postCode":"201700","mobile":"13900139000","prov":"上海","city":"上海市",'
    '"county":"青浦区","address":"华徐公路3029弄28号"},'
    '"items":{"item":[{"itemName":"文件","number":1}]},"itemWeight":1.0}'
)
ORDER_SIGN = "7c1718d97ce3a6a07f955d31f72d1943"
WITHDRAWAL = '{"txLogisticID":"CT_H_20261122000017","reason":"不想寄了"}'
WITHDRAWAL_SIGN = "18fbedce75a42b57d44574e7594c3f36"
PUSH = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?><request><txLogisticID>CT_H_20261122000017</txLogisticID>'
    "<status>GOT</status><mailNo>55012345678901</mailNo><acceptTime>2026-11-23 09:42:10</acceptTime>"
    "<currentCity>杭州市</currentCity><contactInfo>13700137000</contactInfo><weight>0.85</weight><remark></remark>"
    "</request>"
)
PUSH_SIGN = "6fc74d25f8f8fbb9e99d13a776ec5ae7"
CREDENTIAL = Credential({"secret": (KEY.encode(),)})
NAMED = Credential({"secret": (KEY.encode(),)}, {"partner_id": PARTNER})


def order(**changed: Any) -> str:
    """The create vector with dotted fields changed; None takes one away."""
    tree = json.loads(ORDER)
    for path, value in changed.items():
        *groups, last = path.split(".")
        node = tree
        for group in groups:
            node = node[group]
        node.pop(last, None)
        if value is not None:
            node[last] = value
    return json.dumps(tree, ensure_ascii=False, separators=(",", ":"))


def xml(text: str, root: str = "RequestOrder") -> str:
    """The same in XML."""

    def write(name: str, value: Any) -> str:
        if isinstance(value, list):
            return "".join(write(name, one) for one in value)
        inside = "".join(write(*pair) for pair in value.items()) if isinstance(value, dict) else escape(str(value))
        return f"<{name}>{inside}</{name}>"

    return write(root, json.loads(text))


def sign(text: str | bytes, key: str = KEY) -> str:
    """MD5(bizData + partnerKey), lower case."""
    raw = text if isinstance(text, bytes) else text.encode()
    return hashlib.md5(raw + key.encode()).hexdigest()


def form(service: str, text: str | bytes, **changed: str | bytes | None) -> bytes:
    """A signed form with fields changed after signing; None takes one away."""
    fields = {"serviceType": service, "partnerID": PARTNER, "bizData": text, "sign": sign(text), **changed}
    return urlencode({k: v for k, v in fields.items() if v is not None}).encode()


def verify(body: bytes, credential: Credential = CREDENTIAL) -> Any:
    """What the adapter makes of a request."""
    return TP.verify(credential, Knock("POST", b"", {}, body), AT)


def opened(service: str, text: str | bytes) -> Opened:
    found = verify(form(service, text))
    assert isinstance(found, Opened), found
    return found


def read(service: str, text: str | bytes) -> OrderPush | Withdrawal | WaybillTold | Refusal:
    """The one thing a push says."""
    found = TP.read(opened(service, text), AT)
    if isinstance(found, Refusal):
        return found
    (said,) = found.said
    assert isinstance(said, OrderPush | Withdrawal | WaybillTold)
    return said


def refused(service: str, text: str | bytes) -> tuple[str, str | None]:
    """Code and field of a refusal."""
    found = read(service, text)
    assert isinstance(found, Refusal), found
    return found.code, found.field

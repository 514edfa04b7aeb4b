"""The vectors of CHANNELS section 3, literally, and pushes signed here, not by the product."""

import hashlib
import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from basics.refusal import Refusal
from channels.adapter import Credential, Knock, Opened
from channels.messages import OrderPush, Withdrawal
from channels.registry import ADAPTERS

KD = ADAPTERS["kuaidi100"]
T, KEY, SECRET = "1795348800000", "DemoKey01", "demo-secret-9f"
AT = datetime(2026, 11, 22, 12, tzinfo=UTC)  # 20:00 in Shanghai
NUMBER = "KD202611220000017"
CREATE = (
    '{"kuaidicom":"huitongkuaidi","recManName":"李雷","recManMobile":"13900139000",'
    '"recManPrintAddr":"上海市青浦区华徐公路3029弄28号","sendManName":"王小二","sendManMobile":"13800138000",'
    '"sendManPrintAddr":"浙江省杭州市余杭区五常街道文一西路969号3号楼",'
    '"callBackUrl":"https://channel.example/kd100/cb","cargo":"文件","payment":"SHIPPER","weight":"1.0",'
    '"remark":"请提前电话","dayType":"明天","pickupStartTime":"09:00","pickupEndTime":"11:00","salt":"s4lt-demo",'
    '"thirdOrderId":"KD202611220000017"}'
)
CREATE_SIGN = "D51E518BAB2F99D35D5B6BF8E62BE511"
CANCEL = '{"taskId":"7C1F0B2A9D3E4F5061728394A5B6C7D8","orderId":"26732931","cancelMsg":"暂时不寄件了"}'
CANCEL_SIGN = "5EE10BBF313C293029F218CC79C39473"
CALLBACK = (
    '{"kuaidicom":"huitongkuaidi","kuaidinum":"55012345678901","status":"200","message":"成功",'
    '"data":{"orderId":"26732931","status":10,"courierName":"张三","courierMobile":"13700137000","weight":"0.85",'
    '"freight":"12"}}'
)
CALLBACK_SIGN, SALT = "12416A75F8AE3585077B1FCDD3438435", "s4lt-demo"
# md5sum of the number, by another program: printf KD202611220000017 | md5sum
TASK = "0BBDF435328E3A5A5DC7DF3E2F134F94"
CREDENTIAL = Credential({"secret": (SECRET.encode(),)}, {"key": KEY})


def param(**changed: Any) -> str:
    """The create vector with fields changed; None takes one away."""
    told = {**json.loads(CREATE), **changed}
    return json.dumps({k: v for k, v in told.items() if v is not None}, ensure_ascii=False, separators=(",", ":"))


def sign(text: str | bytes, t: str = T, key: str = KEY, secret: str = SECRET) -> str:
    """MD5(param + t + key + secret), upper case."""
    raw = text if isinstance(text, bytes) else text.encode()
    return hashlib.md5(raw + t.encode() + key.encode() + secret.encode()).hexdigest().upper()


def form(method: str, text: str | bytes, **changed: str | bytes | None) -> bytes:
    """A signed form with fields changed after signing; None takes one away."""
    t, key = str(changed.get("t", T)), str(changed.get("key", KEY))
    fields = {"method": method, "key": key, "t": t, "sign": sign(text, t, key), "param": text, **changed}
    return urlencode({k: v for k, v in fields.items() if v is not None}).encode()


def verify(body: bytes, credential: Credential = CREDENTIAL, now: datetime = AT) -> Any:
    """What the adapter makes of a request."""
    return KD.verify(credential, Knock("POST", b"", {}, body), now)


def opened(body: bytes, credential: Credential = CREDENTIAL) -> Opened:
    found = verify(body, credential)
    assert isinstance(found, Opened), found
    return found


def read(body: bytes, credential: Credential = CREDENTIAL, now: datetime = AT) -> OrderPush | Withdrawal | Refusal:
    """The one thing a push says."""
    found = KD.read(opened(body, credential), now)
    if isinstance(found, Refusal):
        return found
    (said,) = found.said
    assert isinstance(said, OrderPush | Withdrawal)
    return said

"""Kuaidi100's side: form pushes signed by MD5, callbacks checked by the order's salt (its public ordering API)."""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode

from sandbox.call import Call

KEY = "SandboxKey01"
SECRET = "sandbox-kuaidi100-secret"
SALT = "sandbox-salt"
SECRETS = {"key": KEY, "secret": SECRET, "private_callbacks": "on"}
STATES = {1: "已接单", 9: "用户取消", 10: "已取件", 11: "揽货失败", 99: "已取消"}
DONE = {"result": True, "returnCode": "200", "message": "提交成功"}


def number(serial: int) -> str:
    """KD and 15 digits."""
    return f"KD{serial:015d}"


def create(number: str, at: datetime, **changes: str) -> Call:
    """A genuine order for tomorrow morning. `callback`: the address of its own that it brings."""
    param = {
        "kuaidicom": "huitongkuaidi",
        "recManName": "李雷",
        "recManMobile": "13900139000",
        "recManPrintAddr": "上海市青浦区华徐公路3029弄28号",
        "sendManName": "王小二",
        "sendManMobile": changes.get("phone", "13800138000"),
        "sendManPrintAddr": "浙江省"
        + changes.get("city", "杭州市")
        + changes.get("address", "余杭区五常街道文一西路969号3号楼"),
        "callBackUrl": changes.get("callback", ""),
        "cargo": "文件",
        "payment": "SHIPPER",
        "weight": changes.get("weight", "1.0"),
        "remark": changes.get("remark", "请提前电话"),
        "dayType": "明天",
        "pickupStartTime": "09:00",
        "pickupEndTime": "11:00",
        "salt": SALT,
        "thirdOrderId": number,
    }
    return _call("cOrder", param, at)


def cancel(number: str, at: datetime, reason: str = "不想寄了") -> Call:
    """A genuine withdrawal."""
    task = hashlib.md5(number.encode()).hexdigest().upper()
    return _call("cancel", {"taskId": task, "orderId": number, "cancelMsg": reason}, at)


def _call(method: str, param: Mapping[str, str], at: datetime) -> Call:
    content = {"method": method, "key": KEY, "t": _milliseconds(at), "param": text(param)}
    return sign(Call("/push/kuaidi100", "", {}, content, b""), at)


def sign(unsigned: Call, at: datetime) -> Call:
    """The call again with its content signed as it is now; `t` from `at` when it has none."""
    assert isinstance(unsigned.content, dict)
    content = {"t": _milliseconds(at)} | unsigned.content
    signed = "".join(content.get(name, "") for name in ("param", "t", "key")) + SECRET
    form = content | {"sign": md5(signed)}
    headers = {"content-type": "application/x-www-form-urlencoded"}
    body = urlencode(form, errors="surrogatepass").encode()
    return Call(unsigned.path, unsigned.query, headers, content, body)


def accepted(_status: int, body: bytes) -> bool:
    return _answer(body).get("result") is True


def passing(status: int, body: bytes) -> bool:
    return status >= 500 or status == 429 or _answer(body).get("returnCode") == "500"


def listen(_path: str, _query: str, _headers: Mapping[str, str], body: bytes) -> tuple[int, str, str, str]:
    """Checks our signature over `param` and the salt, and answers as documented."""
    form = dict(parse_qsl(body.decode("ascii"), keep_blank_values=True))
    param = form.get("param", "")
    if not form.get("taskId") or form.get("sign") != md5(param + SALT):
        return 200, "application/json", text({"result": False, "returnCode": "503", "message": "sign"}), "BAD sign"
    told = json.loads(param)
    data = told["data"]
    if data["status"] not in STATES:
        return 200, "application/json", text({"result": False, "returnCode": "400", "message": "status"}), "BAD status"
    words = (STATES[data["status"]], data["orderId"], told["kuaidinum"], data["courierName"], told["message"])
    return 200, "application/json", text(DONE), " ".join(filter(None, words))


def md5(signed: str) -> str:
    return hashlib.md5(signed.encode("utf-8", "surrogatepass")).hexdigest().upper()


def text(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _milliseconds(at: datetime) -> str:
    return str(int(at.timestamp() * 1000))


def _answer(body: bytes) -> dict[str, Any]:
    try:
        told = json.loads(body)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}

"""Cainiao's side: XML in a form with `data_digest`, in the old envelope and in LINK's (content as a dict of fields)."""

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from urllib.parse import parse_qs, urlencode
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from sandbox.call import Call

SHANGHAI = timezone(timedelta(hours=8))
SECRET, PROVIDER = "sandbox-cainiao-secret", "HTKY"
SECRETS = {"secret": SECRET, "provider_id": PROVIDER}
HEADERS = {"content-type": "application/x-www-form-urlencoded; charset=UTF-8"}
STATUSES = ("ACCEPT", "UNACCEPT", "GOT", "NOT_SEND", "WITHDRAW")


def number(serial: int) -> str:
    """LP and 14 digits."""
    return f"LP{serial:014d}"


def create(number: str, at: datetime, **changes: str) -> Call:
    """A genuine RequestOrder, to be picked up tomorrow morning. It has no place for a point."""
    return sign(_call(order(number, at, **changes)), at)


def cancel(number: str, at: datetime, reason: str = "不想寄了") -> Call:
    """A genuine withdrawal by fieldList."""
    return sign(_call(update([(number, "status", "WITHDRAW", reason)])), at)


def updates(fields: list[tuple[str, str, str, str]], at: datetime) -> Call:
    """Many (number, fieldName, fieldValue, remark) in one message."""
    return sign(_call(update(fields)), at)


def link(unsigned: Call, at: datetime, message_id: str = "7d7f2a34-0f9b-4c11-9a55-000000000001") -> Call:
    """The same content in LINK's envelope."""
    fields = {"from_code": "TAOBAO", "partner_code": PROVIDER, "msg_id": message_id, "msg_type": "ORDERCREATE"}
    return sign(_call({**fields, "logistics_interface": _text(unsigned)}), at)


def sign(unsigned: Call, at: datetime) -> Call:
    """The call again with its content signed as it is now; nothing in the signature tells the time."""
    text = _text(unsigned)
    fields = dict(unsigned.content) if isinstance(unsigned.content, dict) else {"ecCompanyId": "TAOBAO"}
    fields |= {"logistics_interface": text, "data_digest": digest(text.encode("utf-8", "surrogatepass"))}
    body = urlencode(fields, errors="surrogatepass").encode()
    return Call(unsigned.path, unsigned.query, dict(HEADERS), unsigned.content, body)


def digest(content: bytes) -> str:
    """base64 of the 16 bytes of MD5 over content and secret."""
    return base64.b64encode(hashlib.md5(content + SECRET.encode()).digest()).decode()


def order(number: str, at: datetime, **changes: str) -> str:
    """RequestOrder as the platform writes it. `weight` is in kilograms; `city` goes without its district."""
    day = at.astimezone(SHANGHAI).date() + timedelta(days=1)
    sender = _person(
        "sender",
        "王小二",
        changes.get("phone", "13800138000"),
        "311121",
        "浙江省",
        f"{changes.get('city', '杭州市')},余杭区",
        changes.get("address", "五常街道文一西路969号3号楼"),
    )
    receiver = _person("receiver", "李雷", "13900139000", "201700", "上海", "上海市,青浦区", "华徐公路3029弄28号")
    item = _tags(itemName="文件", number="1", itemValue="99.0")
    return (
        "<RequestOrder>"
        + _tags(ecCompanyId="TAOBAO", logisticProviderID=PROVIDER, customerId="c0ffee00c0ffee00c0ffee00c0ffee00")
        + _tags(txLogisticID=number, tradeNo="2026112200225709", mailNo=changes.get("mailNo", ""))
        + _tags(orderType="1", serviceType="1", flag="0")
        + sender
        + receiver
        + _tags(sendStartTime=f"{day} 09:00:00.0 CST", sendEndTime=f"{day} 11:00:00.0 CST", goodsValue="99.0")
        + f"<items><item>{item}</item></items>"
        + (_tags(itemsWeight=changes["weight"]) if "weight" in changes else "")
        + _tags(insuranceValue="0.0", special="0", remark=changes.get("remark", "请提前电话"))
        + "</RequestOrder>"
    )  # fmt: skip


def update(fields: list[tuple[str, str, str, str]]) -> str:
    """UpdateInfo of many fields."""
    parts = [
        f"<field>{_tags(txLogisticID=number, fieldName=name, fieldValue=value, remark=remark)}</field>"
        for number, name, value, remark in fields
    ]
    head = _tags(logisticProviderID=PROVIDER, ecCompanyId="TAOBAO")
    return f"<UpdateInfo>{head}<fieldList>{''.join(parts)}</fieldList></UpdateInfo>"


def _person(tag: str, name: str, mobile: str, post_code: str, province: str, city: str, address: str) -> str:
    inner = _tags(name=name, postCode=post_code, phone="", mobile=mobile, prov=province, city=city, address=address)
    return f"<{tag}>{inner}</{tag}>"


def _tags(**values: str) -> str:
    return "".join(f"<{name}>{escape(value)}</{name}>" for name, value in values.items())


def _call(content: dict[str, str] | str) -> Call:
    return Call("/push/cainiao", "type=online", {}, content, b"")


def _text(call: Call) -> str:
    return call.content["logistics_interface"] if isinstance(call.content, dict) else call.content


# Answers to us


def accepted(status: int, body: bytes) -> bool:
    """Every `success` in it is true."""
    found = _found(body, "success")
    return 200 <= status < 300 and bool(found) and all(one == "true" for one in found)


def passing(status: int, body: bytes) -> bool:
    """503, S07 or a retry flag."""
    codes = _found(body, "reason") + _found(body, "errorCode")
    return status >= 500 or "S07" in codes or "true" in _found(body, "retryFlag")


def _found(body: bytes, name: str) -> list[str]:
    """All values under that name, in XML or in JSON."""
    if body.lstrip().startswith(b"{"):
        return [value.strip('"') for value in re.findall(rf'"{name}":("[^"]*"|true|false)', body.decode())]
    try:
        root = ElementTree.fromstring(body.decode())
    except (ElementTree.ParseError, ValueError):
        return []
    return [one.text or "" for one in root.iter(name)]


# Feedback to it


def listen(_path: str, _query: str, headers: Mapping[str, str], body: bytes) -> tuple[int, str, str, str]:
    """Checks the digest over the content as it came, and answers `success` or S02, S01, S05, in JSON to LINK."""
    form = parse_qs(body.decode("ascii"), keep_blank_values=True, strict_parsing=True)
    as_link = "msg_type" in form
    content = form.get("logistics_interface", [""])[0]
    if form.get("data_digest") != [digest(content.encode())]:
        return _told(as_link, "S02", "BAD data_digest")
    if not headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return _told(as_link, "S01", "BAD content type")
    try:
        told = {one.tag: one.text or "" for one in ElementTree.fromstring(content)}
    except ElementTree.ParseError:
        return _told(as_link, "S01", "BAD XML")
    status, at = told.get("infoContent", ""), told.get("acceptTime", "")
    if told.get("infoType") != "STATUS" or status not in STATUSES or told.get("logisticProviderID") != PROVIDER:
        return _told(as_link, "S05", f"BAD content {content}")
    if not re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", at) or (status == "GOT" and not told.get("mailNo")):
        return _told(as_link, "S05", f"BAD content {content}")
    more = [told.get(name, "") for name in ("mailNo", "name", "contactInfo", "weight", "remark")]
    line = " ".join(filter(None, [status, told.get("txLogisticID", ""), at, *more]))
    return _told(as_link, "", line, told.get("txLogisticID", ""))


def _told(as_link: bool, reason: str, line: str, number: str = "") -> tuple[int, str, str, str]:
    if as_link:
        answer = {"success": not reason, "errorCode": reason, "errorMsg": line if reason else "", "retryFlag": False}
        return 200, "application/json", json.dumps(answer, ensure_ascii=False), line
    success = _tags(success="false", reason=reason) if reason else _tags(success="true")
    inner = _tags(logisticProviderID=PROVIDER, txLogisticID=number) + success
    return 200, "text/xml; charset=utf-8", f"<Response>{inner}</Response>", line

"""What Alipay hears of its orders: `alipay.eco.logistics.express.order.modify` (CHANNELS sections 4.1, 7 and 8)."""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from json import JSONDecoder, dumps
from typing import Any
from urllib.parse import urlencode

from basics.days import shanghai
from channels import rsa2
from channels.adapter import Credential, Outgoing, Sending, Unsayable
from channels.feedback import Feedback, FeedbackKind, Outcome, Reply

METHOD = "alipay.eco.logistics.express.order.modify"
MERCH_CODE = "HTKY"  # where no other is set up
NODE = METHOD.replace(".", "_") + "_response"
GATEWAY_ERROR = "error_response"  # the gateway's own node, where it did not get as far as the method
CONTENT_TYPE = "application/x-www-form-urlencoded;charset=utf-8"
LONGEST_DESC = 200  # characters; Alipay publishes no limit

OTHER = "R08"  # the one code that needs `refuse_desc`
# Our reasons of DO-2 -> refuse_code (CHANNELS section 8); those without one are OTHER with text. A duplicate is not
# R07: nobody has cancelled.
REFUSE_CODES = {
    "out_of_area": "R01",
    "destination_not_served": "R02",
    "no_time_agreed": "R03",
    "wrong_number": "R04",
    "forbidden_goods": "R05",
    "test_or_malicious": "R06",
    "customer_cancelled": "R07",
}
NO_PHONE, BY_USER = "R04", "R07"

# Our fields of CHAN-5 -> Alipay's
FIELD_NAMES = {
    "sender.phone": "sender_mobile",
    "place": "sender_address, sender_area_code",
    "weight_g": "goods_weight",
}

# Passing troubles: the service is away, or we call too often.
LATER_CODES = frozenset({"20000", "40005"})
_LATER_STATUS = frozenset({408, 425, 429})
# A pickup without these would tell Alipay something false, so it waits for a person.
NO_AMOUNT = (
    "未设置 order_amount(运费),揽收无法回传;设好后重发 / order_amount is not set up, so the pickup cannot be told; "
    "set it and send this again"
)
NO_WEIGHT = (
    "订单没有重量(goods_weight),揽收无法回传;请在支付宝侧登记后放弃本条 / the order has no weight (goods_weight), "
    "so the pickup cannot be told; tell Alipay by hand and give this up"
)
_YUAN = re.compile(r"[0-9]{1,7}(\.[0-9]{1,2})?", re.ASCII)
_ADCODE = re.compile(r"[0-9]{6}", re.ASCII)
_GAP = re.compile(r"[ \t\r\n]*", re.ASCII)


def yuan(text: str) -> str:
    """An amount in yuan with two decimals. ValueError when it is none."""
    if not _YUAN.fullmatch(text.strip()):
        raise ValueError("expected yuan such as 12.00")
    return f"{Decimal(text.strip()):.2f}"


def area_code(text: str) -> str:
    """The six digits of a district. ValueError."""
    if not _ADCODE.fullmatch(text.strip()):
        raise ValueError("expected six digits")
    return text.strip()


def write(credential: Credential, told: Feedback, sending: Sending) -> tuple[Outgoing, ...]:
    """The one call for a feedback; only `timestamp` and `sign` depend on when it is sent. NotSetUp, Unsayable."""
    words = _WORDS.get(told.kind)
    changed = words(told.payload, credential) if words is not None else None
    if changed is None:
        return ()
    biz_content = {
        "order_no": told.payload["logistics_no"],
        "logis_merch_code": credential.setting("merch_code", MERCH_CODE),
        **changed,
    }
    product = (told.payload.get("echo") or {}).get("product_type_code")
    if product:
        biz_content["product_type_code"] = product
    return (_call(sending.url, signed_params(credential, biz_content, sending)),)


def signed_params(credential: Credential, biz_content: Mapping[str, Any], sending: Sending) -> dict[str, str]:
    """All parameters of one call of METHOD, `sign` among them; `sign_type` is signed in a request. NotSetUp."""
    params = {
        "app_id": credential.needed("app_id"),
        "biz_content": dumps(biz_content, ensure_ascii=False, separators=(",", ":")),
        "charset": "utf-8",
        "format": "json",
        "method": METHOD,
        "sign_type": rsa2.SIGN_TYPE,
        "timestamp": shanghai(sending.at).strftime("%Y-%m-%d %H:%M:%S"),
        "version": "1.0",
    }
    content = rsa2.sign_content({name: value.encode() for name, value in params.items()})
    return params | {"sign": rsa2.sign(credential.newest("app_private_key"), content)}


def _call(url: str, params: Mapping[str, str]) -> Outgoing:
    """As Alipay's own clients do it: `biz_content` in the body, the rest in the query.

    The gateway reads `charset` there before it decodes the body; personal data does not belong into an address.
    """
    address = url.partition("#")[0]
    query = urlencode({name: value for name, value in params.items() if name != "biz_content"})
    target = f"{address}{'&' if '?' in address else '?'}{query}"
    body = urlencode({"biz_content": params["biz_content"]}).encode()
    return Outgoing(target, {"content-type": CONTENT_TYPE}, body)


# One kind each: payload and set-up -> what follows order_no and logis_merch_code; None: keep silent.


def _held(told: Mapping[str, Any], _credential: Credential) -> dict[str, Any] | None:
    """CHAN-5: there is no word for `waiting for a correction`, so it reads like a refusal; a correction revives it.

    Told once: a second `canceled` for the reminder would say nothing new.
    """
    if told.get("reminder"):
        return None
    missing = list(told["missing"])
    fields = ", ".join(FIELD_NAMES.get(field, field) for field in missing)
    code = NO_PHONE if "sender.phone" in missing else OTHER
    return _canceled(code, f"资料不全,请补充后重新推送 / incomplete, send it again with: {fields}")


def _accepted(told: Mapping[str, Any], credential: Credential) -> dict[str, Any]:
    holder = told.get("holder") or {}
    return {
        "order_status": "accepted",
        "accept_type": "site_accept",
        "site_code": holder.get("code") or told.get("station") or "",
        "site_name": holder.get("name") or "",
        "site_area_code": credential.setting("site_area_code"),  # stations have a province, no code
        "site_detail_addr": holder.get("address") or "",
        "site_leader_name": holder.get("contact") or "",
        "site_leader_mobile": holder.get("phone") or "",
    }


def _collected(told: Mapping[str, Any], credential: Credential) -> dict[str, Any]:
    amount, grams = credential.setting("order_amount"), _grams(told.get("weight_g"))
    if not amount:
        raise Unsayable(NO_AMOUNT)
    if not grams:
        raise Unsayable(NO_WEIGHT)
    return {
        "order_status": "collected",
        "way_bill_no": told.get("waybill_no") or "",
        "goods_weight": grams,
        "order_amount": amount,
    }


def _grams(weight: Any) -> int:
    """Whole grams, at least one of what is there; 0 when unknown."""
    known = isinstance(weight, int | float) and not isinstance(weight, bool) and weight > 0
    return max(1, round(weight)) if known else 0


def _failed(told: Mapping[str, Any], _credential: Credential) -> dict[str, Any]:
    text = told.get("reason_text") or {}
    said = " / ".join(part for part in (text.get("zh"), text.get("en")) if part)
    code = REFUSE_CODES.get(told["reason"], OTHER)
    return _canceled(code, "" if code != OTHER else said or told["reason"])


def _withdrawn(told: Mapping[str, Any], _credential: Credential) -> dict[str, Any]:
    if told.get("origin") in ("sender", "platform"):
        return _canceled(BY_USER)
    return _canceled(OTHER, told.get("reason") or "已撤单 / withdrawn")


def _refused(told: Mapping[str, Any], _credential: Credential) -> dict[str, Any]:
    """A push that made no order: the text, the stable code, and the field in Alipay's words."""
    what = ": ".join(part for part in (told["code"], told.get("field")) if part)
    return _canceled(OTHER, f"{told['text']} ({what})")


def _canceled(code: str, text: str = "") -> dict[str, Any]:
    found = {"order_status": "canceled", "refuse_code": code}
    return found | {"refuse_desc": text[:LONGEST_DESC]} if text else found


_WORDS: dict[str, Callable[[Mapping[str, Any], Credential], dict[str, Any] | None]] = {
    FeedbackKind.HELD: _held,
    FeedbackKind.ACCEPTED: _accepted,
    FeedbackKind.PICKED_UP: _collected,
    FeedbackKind.FAILED: _failed,
    FeedbackKind.WITHDRAWN: _withdrawn,
    FeedbackKind.REFUSED: _refused,
}


def judge(credential: Credential, reply: Reply) -> Outcome:
    """By the `code` of the answer, whose signature covers the raw JSON of its node.

    Alipay's own clients believe no success without a right signature, and a failure without any: so do we. A wrong
    signature is nobody's word: again later. Without a node the HTTP status decides.
    """
    status = reply.status
    if status is None or status < 200 or 300 <= status < 400 or status >= 500 or status in _LATER_STATUS:
        return Outcome.LATER
    top = _top_level(reply.text)
    name = next((one for one in (NODE, GATEWAY_ERROR) if one in top), None)
    node, raw = top[name] if name is not None else (None, "")
    if not isinstance(node, dict):
        if status < 300:
            return Outcome.LATER  # some page in between
        return Outcome.GONE if status == 410 else Outcome.REFUSED
    sign, code = top.get("sign", ("", ""))[0], str(node.get("code"))
    if (sign or code == "10000") and not _signed_by_alipay(credential, raw, sign):
        return Outcome.LATER
    if code == "10000" and name == NODE:
        return Outcome.DELIVERED
    return Outcome.LATER if code in LATER_CODES or _is_passing(str(node.get("sub_code"))) else Outcome.REFUSED


def _is_passing(sub_code: str) -> bool:
    """`isp.…` is trouble of the service's own; a business node says SYSTEM_ERROR."""
    sub_code = sub_code.lower()
    return sub_code.startswith("isp.") or sub_code.endswith(("unknow-error", "system_error"))


def _signed_by_alipay(credential: Credential, raw: str, sign: Any) -> bool:
    """The gateway signs before it escapes `/`, so the same text without the escape counts too."""
    forms = {raw, raw.replace("\\/", "/")}
    keys = credential.valid("alipay_public_key")
    return isinstance(sign, str) and any(
        rsa2.genuine(keys, form.encode("utf-8", "surrogatepass"), sign.encode("utf-8", "surrogatepass"))
        for form in forms
    )


def _top_level(text: str) -> dict[str, tuple[Any, str]]:
    """Name -> (value, the text it was written as) of a JSON object; empty when it is none, or says a name twice."""
    found: dict[str, tuple[Any, str]] = {}
    decoder = JSONDecoder()
    try:
        place = _after(text, 0, "{")
        while True:
            name, place = decoder.raw_decode(text, _gap(text, place))
            start = _gap(text, _after(text, place, ":"))
            value, place = decoder.raw_decode(text, start)
            if not isinstance(name, str) or name in found:
                return {}
            found[name] = value, text[start:place]
            place = _gap(text, place)
            if text[place : place + 1] == "}":
                return found if not text[place + 1 :].strip() else {}
            place = _after(text, place, ",")
    except (ValueError, RecursionError):
        return {}


def _gap(text: str, place: int) -> int:
    found = _GAP.match(text, place)
    return found.end() if found else place


def _after(text: str, place: int, sign: str) -> int:
    """The place behind `sign`, which must come next. ValueError."""
    place = _gap(text, place)
    if not text.startswith(sign, place):
        raise ValueError(f"{sign} expected")
    return place + 1

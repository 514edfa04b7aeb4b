"""What WeChat hears of its orders: `single_waybill/update`, and the access token for it (CHANNELS section 2.4)."""

import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from basics.text import TextError, clean
from channels import pickup_json
from channels.adapter import Credential, NotSetUp, Outgoing, Sending, TokenSource, Unsayable
from channels.feedback import Feedback, FeedbackKind, Outcome, Reply
from channels.json_gate import Numeral, Unreadable, read_object

UPDATE, TOKEN = "/cgi-bin/express/delivery/single_waybill/update", "/cgi-bin/stable_token"
ACCEPTED, ASSIGNED, REASSIGNED, PICKED_UP, PICKUP_FAILED, CANCELLED = 90001, 90002, 90003, 100001, 100002, 400001

SPENT = frozenset({40001, 40014, 42001})  # the access token is wrong, not good any more, too old
# System busy; called too often; our address is not on their list, which a person must put right in their console.
LATER = SPENT | {-1, 45009, 45011, 40164}
_ERRCODE = re.compile(r"-?[0-9]{1,9}", re.ASCII)
_CANCEL_ID = re.compile(r" ?\(CancelID [0-9]{1,9}\)$", re.ASCII)
_SECONDS = re.compile(r"([0-9]{1,6})(\.0{1,6})?", re.ASCII)
NO_TOKEN = "订单没有微信 Token,无法回传 / the order has no WeChat token, so WeChat cannot be told of it"

Action = tuple[int, str]  # action_type, action_msg


def write(credential: Credential, told: Feedback, sending: Sending) -> tuple[Outgoing, ...]:
    """The calls for one feedback, in order. Unsayable: the order has no Token (it came by a file). NotSetUp without an
    access token."""
    actions = _ACTIONS.get(FeedbackKind(told.kind))
    if actions is None:
        return ()
    if not (told.payload.get("echo") or {}).get("token"):
        raise Unsayable(NO_TOKEN)
    if not sending.token:
        raise NotSetUp("access_token")
    url = f"{_base(sending)}{UPDATE}?access_token={quote(sending.token, safe='')}"
    bodies = [_body(told.payload, action) for action in actions(told.payload)]
    return tuple(Outgoing(url, {"content-type": "application/json"}, body) for body in bodies)


def _body(told: Mapping[str, Any], action: Action) -> bytes:
    """All fields are demanded but `waybill_id` [D]; what is not known is empty [I]. The text is for the sender to read,
    so it is in Chinese alone; a phone number stands in it as it is [D]."""
    holder = told.get("holder") or {}
    name, phone = holder.get("contact") or "", holder.get("phone") or ""
    kind, text = action
    body = {"token": told["echo"]["token"]}
    if told.get("waybill_no"):
        body["waybill_id"] = told["waybill_no"]
    body |= {
        "action_time": int(datetime.fromisoformat(told["happened_at"]).timestamp()),
        "action_type": kind,
        "action_msg": text,
        "pickup_courier_name": name,
        "pickup_courier_phone": phone,
        "delivery_courier_name": "",
        "delivery_courier_phone": "",
    }
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def _named(told: Mapping[str, Any], done: str, otherwise: str) -> str:
    """`余杭网点已接单 张三 13700137000`."""
    holder = told.get("holder")
    if not holder:
        return otherwise
    return " ".join(filter(None, (f"{holder.get('name') or '网点'}{done}", holder.get("contact"), holder.get("phone"))))


def _accepted(told: Mapping[str, Any]) -> list[Action]:
    return [(ACCEPTED, _named(told, "已接单", "网点已接单"))]


def _dispatched(told: Mapping[str, Any]) -> list[Action]:
    kind = REASSIGNED if told.get("again") else ASSIGNED
    return [(kind, _named(told, "将上门取件", "正在重新安排网点"))]


def _picked_up(told: Mapping[str, Any]) -> list[Action]:
    return [(PICKED_UP, _named(told, "已揽件", "已揽件"))]


def _failed(told: Mapping[str, Any]) -> list[Action]:
    """Both failures are final (DO-2), and 100002 alone is not."""
    reason = (told.get("reason_text") or {}).get("zh") or told["reason"]
    if told["stage"] == "pickup":
        return [(PICKUP_FAILED, f"揽件失败:{reason}"), (CANCELLED, f"订单取消:揽件失败,{reason}")]
    return [(CANCELLED, f"网点未接单,订单取消:{reason}")]


def _withdrawn(told: Mapping[str, Any]) -> list[Action]:
    """Told even where WeChat itself withdrew (section 7); the sender need not read the number of the reason."""
    reason = _CANCEL_ID.sub("", told.get("reason") or "")
    return [(CANCELLED, f"订单已取消:{reason}" if reason else "订单已取消")]


_ACTIONS: Mapping[FeedbackKind, Callable[[Mapping[str, Any]], list[Action]]] = {
    FeedbackKind.ACCEPTED: _accepted,
    FeedbackKind.DISPATCHED: _dispatched,
    FeedbackKind.PICKED_UP: _picked_up,
    FeedbackKind.FAILED: _failed,
    FeedbackKind.WITHDRAWN: _withdrawn,
}


def judge(credential: Credential, reply: Reply) -> Outcome:
    """HTTP as everywhere; in a 2xx `errcode` decides, and one without a code is not WeChat's: again later.

    Codes that we do not know refuse for good: a person sees them with the raw answer.
    """
    by_status = pickup_json.judge(credential, reply)
    if by_status is not Outcome.DELIVERED:
        return by_status
    code = _errcode(reply)
    if code == 0:
        return Outcome.DELIVERED
    return Outcome.LATER if code is None or code in LATER else Outcome.REFUSED


def _ask(credential: Credential, sending: Sending) -> Outgoing:
    """For the stable token: asking again does not spend the one that another process holds."""
    asked = {
        "grant_type": "client_credential",
        "appid": credential.needed("appid"),
        "secret": credential.newest("app_secret").decode(),
    }
    body = json.dumps(asked, separators=(",", ":")).encode()
    return Outgoing(_base(sending) + TOKEN, {"content-type": "application/json"}, body)


def _read_token(reply: Reply) -> tuple[str, timedelta] | None:
    found = _object(reply)
    token, seconds = found.get("access_token"), found.get("expires_in")
    written = seconds.text if isinstance(seconds, Numeral) else seconds
    if not isinstance(token, str) or not token or not isinstance(written, str):
        return None
    lasts = _SECONDS.fullmatch(written)
    return (token, timedelta(seconds=int(lasts[1]))) if lasts else None


def _why(reply: Reply) -> str:
    """Of an answer that gave no token its `errcode` and `errmsg` alone: the rest may hold one."""
    if reply.status is None:
        return reply.text
    found, code = _object(reply), _errcode(reply)
    try:
        said = clean(found.get("errmsg"), 300)
    except TextError:
        said = ""
    token = found.get("access_token")
    if isinstance(token, str) and token:
        said = said.replace(token, "****")
    parts = (f"errcode {code}" if code is not None else "", said)
    return " ".join(filter(None, parts)) or f"HTTP {reply.status}, 没有可用的 access_token / no usable access_token"


def _errcode(reply: Reply) -> int | None:
    code = _object(reply).get("errcode")
    return int(code.text) if isinstance(code, Numeral) and _ERRCODE.fullmatch(code.text) else None


def _object(reply: Reply) -> dict[str, Any]:
    try:
        return read_object(reply.text.encode("utf-8", "replace"))
    except Unreadable:
        return {}


def _base(sending: Sending) -> str:
    return sending.url.rstrip("/")


TOKENS = TokenSource(ask=_ask, read=_read_token, spent=lambda reply: _errcode(reply) in SPENT, why=_why)

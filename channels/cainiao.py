"""Taobao/Cainiao, `LP…` (CHANNELS section 1): envelope and signature, answers.

Two envelopes of one form: the old one, and LINK (known by `msg_id` beside `from_code` or `partner_code`). Their content
is that of cainiao_messages. The digest binds no id and no time, so a message counts once by its content alone.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from basics.refusal import Refusal
from channels import cainiao_feedback, form_gate, json_gate, xml_gate
from channels.adapter import Adapter, Answer, Answering, Credential, Knock, Opened, Outbound, Result
from channels.cainiao_feedback import FORM, PROVIDER, TRY_AGAIN, digest
from channels.cainiao_messages import CHANNEL, FIELD_NAMES, SHORT, read
from channels.form_gate import read_form
from channels.json_gate import Unreadable
from channels.refusals import is_passing, status_of
from channels.values import long_secret, one_of, short_text
from channels.xml_gate import element, elements

XML, JSON = "text/xml; charset=utf-8", "application/json; charset=utf-8"
_BOM = b"\xef\xbb\xbf"

WORDS = {
    "signature_missing": "缺少 data_digest / data_digest is missing",
    "signature_invalid": "data_digest 不正确 / data_digest is not right",
    "body_empty": "缺少 logistics_interface / logistics_interface is missing",
}

# Reasons of CHANNELS 1.4. Every other code is S05, the content; `event_unknown` is S04 but for a member of a fieldList.
REASONS = {
    **dict.fromkeys((*xml_gate.WORDS, *json_gate.WORDS, *form_gate.WORDS), "S01"),
    **dict.fromkeys(("body_too_large", "media_type_unsupported", "encoding_unsupported"), "S01"),
    **dict.fromkeys(("signature_missing", "signature_invalid"), "S02"),
    "provider_unknown": "S03",
    "event_unknown": "S04",
    **dict.fromkeys(("credential_unknown", "source_not_allowed"), "S08"),
}
BAD_CONTENT = "S05"


# In


def verify(credential: Credential, knock: Knock, _now: datetime) -> Opened | Refusal:
    """Compare `data_digest` with the content as received. A `+` in it that became a space is one again (B-27).

    Refused with the codes of form_gate and body_empty (400), signature_missing and signature_invalid (401).
    """
    try:
        form = read_form(knock.body)
    except Unreadable as unreadable:
        return unreadable.refusal
    given, content = form.get("data_digest", b"").replace(b" ", b"+").strip(), form.get("logistics_interface", b"")
    if not given:
        return Refusal("signature_missing", WORDS["signature_missing"], "data_digest")
    if not content.strip():
        return Refusal("body_empty", WORDS["body_empty"], "logistics_interface")
    matches = [hmac.compare_digest(digest(content, key), given) for key in credential.valid()]
    if not any(matches):
        return Refusal("signature_invalid", WORDS["signature_invalid"], "data_digest")
    link = "msg_id" in form and not form.keys().isdisjoint(("from_code", "partner_code"))
    first = content.removeprefix(_BOM).lstrip()[:1]
    words = {
        "form": "link" if link else "old",
        "shape": "json" if link and first in (b"{", b"[") else "xml",
        "header_charset": _header_charset(knock.headers.get("content-type", "")),
        "field_charset": form.get("charset", b"").decode("latin-1"),
        "provider_id": credential.setting("provider_id"),
    }
    return Opened(f"content:{hashlib.sha256(content).hexdigest()}", content, words)


def _header_charset(content_type: str) -> str:
    for parameter in content_type.split(";")[1:]:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            return value.strip()
    return ""


# Answers


def answer(made: Answering) -> Answer:
    """The answer in the form of the push. A fieldList gets one for each field; 200 when any of them was done.

    What was never opened may have come in either envelope: its answer has the words of both.
    """
    echoes = made.reading.echo if made.reading is not None else ()
    rows = [_row(one, echoes[place] if place < len(echoes) else {}) for place, one in enumerate(made.results)]
    many = bool(echoes) and "fieldName" in echoes[0]
    refusal = made.refusal
    done = any(one.refusal is None for one in made.results)
    status = 200 if refusal is None or done else status_of(refusal.code)
    provider = ("logisticProviderID", made.credential.setting("provider_id", PROVIDER))
    words = made.opened.words if made.opened is not None else {}
    if words.get("form") == "link":
        return _link_answer(status, refusal, provider, rows, many, words.get("shape", "xml"))
    if many:
        items = [element("response", "", elements([*row.items()])) for row in rows]
        body = element("responses", "", elements([provider]), element("responseItems", "", *items))
        return Answer(status, XML, body)
    both = _link_words(refusal) if made.opened is None and refusal is not None else {}
    return Answer(status, XML, element("Response", "", elements([provider, *rows[0].items(), *both.items()])))


def _row(result: Result, echo: Mapping[str, str]) -> dict[str, str]:
    """One thing said and what became of it, in the order of CHANNELS 1.4; `remark` is what we add."""
    row = {"txLogisticID": echo.get("txLogisticID") or str(getattr(result.said, "logistics_no", ""))}
    if "fieldName" in echo:
        row["fieldName"] = echo["fieldName"]
    refusal = result.refusal
    row["success"] = "false" if refusal else "true"
    if refusal is not None:
        row |= {"reason": _reason(refusal), "remark": _remark(refusal)}
    elif result.missing:
        fields = ", ".join(FIELD_NAMES.get(field, field) for field in result.missing)
        row["remark"] = f"held: 已收到,请补充 / stored, please supply: {fields}"
    return row


def _reason(refusal: Refusal) -> str:
    if is_passing(refusal.code):
        return TRY_AGAIN
    if refusal.code == "event_unknown" and (refusal.field or "").startswith("fieldList."):
        return BAD_CONTENT
    return REASONS.get(refusal.code, BAD_CONTENT)


def _remark(refusal: Refusal) -> str:
    return f"{refusal.code}: {refusal.message}" + (f" ({refusal.field[:SHORT]})" if refusal.field else "")


def _link_words(refusal: Refusal | None) -> dict[str, str]:
    if refusal is None:
        return {"errorCode": "", "errorMsg": "", "retryFlag": "false"}
    retry = "true" if is_passing(refusal.code) else "false"
    return {"errorCode": _reason(refusal), "errorMsg": _remark(refusal), "retryFlag": retry}


def _link_answer(
    status: int, refusal: Refusal | None, provider: tuple[str, str], rows: list[dict[str, str]], many: bool, shape: str
) -> Answer:
    """In the shape of the content. `success` speaks for the whole, `result` for each part."""
    head = {"success": "false" if refusal else "true", **_link_words(refusal)}
    if shape == "json":
        shown: dict[str, Any] = dict([provider])
        shown |= {"responseItems": [_switches(row) for row in rows]} if many else _switches(rows[0])
        told = {**_switches(head), "result": shown}
        return Answer(status, JSON, json.dumps(told, ensure_ascii=False, separators=(",", ":")))
    items = [element("response", "", elements([*row.items()])) for row in rows]
    inner = element("responseItems", "", *items) if many else elements([*rows[0].items()])
    result = element("result", "", elements([provider]), inner)
    return Answer(status, XML, element("response", "", elements([*head.items()]), result))


def _switches(row: Mapping[str, str]) -> dict[str, Any]:
    return {name: text == "true" if name in ("success", "retryFlag") else text for name, text in row.items()}


ADAPTER = Adapter(
    out=Outbound(
        name=CHANNEL,
        write=cainiao_feedback.write,
        judge=cainiao_feedback.judge,
        secrets={"secret": long_secret},
        settings={
            "provider_id": short_text,
            "form": one_of("old", "link"),  # of feedback
            "to_code": short_text,
            "msg_type": short_text,
        },
        needs=("secret",),
    ),
    title=("淘宝/菜鸟", "Taobao/Cainiao"),
    prefixes=("LP",),
    content_types=(FORM,),
    needs=("secret",),
    verify=verify,
    read=read,
    answer=answer,
)

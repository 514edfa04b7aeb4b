"""What an untruth rests on, in words (VIO-2): the evidence of a violation that is a deed and no deadline."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from basics.days import parse_instant
from web.show import exactly
from web.words import word


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact; `tone` is a Tabler colour where it matters."""

    label: str
    value: str
    tone: str = ""


def deed_facts(evidence: Mapping[str, Any]) -> list[Fact]:
    """One after the other as they happened; empty for evidence of a clock."""
    if "due_at" in evidence:
        return []
    return [*_confirmed(evidence), *_failed(evidence), *_accepted(evidence), *_transferred(evidence)]


def _confirmed(told: Mapping[str, Any]) -> Iterator[Fact]:
    if "confirmed_at" not in told:
        return
    yield Fact("揽件确认", _at(told["confirmed_at"]))
    yield Fact("须有匹配扫描,至", _at(told["proof_until"]))
    late = told.get("scanned_at")
    yield Fact("匹配扫描", f"{_at(late)},已过时" if late else "没有", "red")
    for scan in told.get("scans_elsewhere", ()):
        yield Fact("别处扫描", f"{scan['station']} {_at(scan['at'])}")


def _failed(told: Mapping[str, Any]) -> Iterator[Fact]:
    if "failed_at" not in told:
        return
    yield Fact("登记失败", _at(told["failed_at"]))
    if told.get("inside"):
        yield Fact("取件点在范围内", "、".join(told["inside"]), "red")
    if again := told.get("again"):
        channel = word("channel", again["channel"]).chinese
        said = f"{channel} {again['logistics_no']},{_at(again['created_at'])} 下单,已揽收"
        yield Fact("同一寄件电话再下单", said, "red")
    if told.get("channel_said"):
        yield Fact(
            "渠道给出的原因", "、".join(word("withdrawal_code", code).chinese for code in told["channel_said"]), "red"
        )


def _accepted(told: Mapping[str, Any]) -> Iterator[Fact]:
    if "harm" not in told:
        return
    yield Fact("接单", _at(told["accepted_at"]))
    yield Fact("取件点不在其范围,而在", "、".join(told["elsewhere"]), "red")
    yield Fact("后果", "、".join(word("harm", one).chinese for one in told["harm"]))


def _transferred(told: Mapping[str, Any]) -> Iterator[Fact]:
    if "transferred_at" not in told:
        return
    yield Fact("转单", f"{_at(told['transferred_at'])} 转往 {told['to']},取件点不在其范围", "red")
    yield Fact("对方", f"{_at(told['answered_at'])} {word('answer', told['answer']).chinese}")


def _at(text: str) -> str:
    return exactly(parse_instant(text)) if text else ""

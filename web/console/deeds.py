"""What an untruth rests on, in words (VIO-2): the evidence of a violation that is a deed and no deadline."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from basics.days import parse_instant
from web.language import t, w
from web.show import exactly


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
    yield Fact(t("揽件确认", "Pickup confirmed"), _at(told["confirmed_at"]))
    yield Fact(t("须有匹配扫描,至", "A matching scan was due by"), _at(told["proof_until"]))
    late = told.get("scanned_at")
    yield Fact(
        t("匹配扫描", "Matching scan"),
        t(f"{_at(late)},已过时", f"{_at(late)}, too late") if late else t("没有", "none"),
        "red",
    )
    for scan in told.get("scans_elsewhere", ()):
        yield Fact(t("别处扫描", "Scanned elsewhere"), f"{scan['station']} {_at(scan['at'])}")


def _failed(told: Mapping[str, Any]) -> Iterator[Fact]:
    if "failed_at" not in told:
        return
    yield Fact(t("登记失败", "Failed"), _at(told["failed_at"]))
    if told.get("inside"):
        yield Fact(t("取件点在范围内", "The point is inside"), "、".join(told["inside"]), "red")
    if again := told.get("again"):
        channel, number, at = w("channel", again["channel"]), again["logistics_no"], _at(again["created_at"])
        said = t(f"{channel} {number},{at} 下单,已揽收", f"{channel} {number}, created {at}, picked up")
        yield Fact(t("同一寄件电话再下单", "Ordered again by the same phone"), said, "red")
    if told.get("channel_said"):
        yield Fact(
            t("渠道给出的原因", "The channel says"),
            t("、", ", ").join(w("withdrawal_code", code) for code in told["channel_said"]),
            "red",
        )


def _accepted(told: Mapping[str, Any]) -> Iterator[Fact]:
    if "harm" not in told:
        return
    yield Fact(t("接单", "Accepted"), _at(told["accepted_at"]))
    yield Fact(
        t("取件点不在其范围,而在", "The point is outside its area, in that of"), "、".join(told["elsewhere"]), "red"
    )
    yield Fact(t("后果", "Harm"), t("、", ", ").join(w("harm", one) for one in told["harm"]))


def _transferred(told: Mapping[str, Any]) -> Iterator[Fact]:
    if "transferred_at" not in told:
        return
    at = _at(told["transferred_at"])
    yield Fact(
        t("转单", "Transferred"),
        t(f"{at} 转往 {told['to']},取件点不在其范围", f"{at} to {told['to']}, whose area the point is not in"),
        "red",
    )
    yield Fact(t("对方", "Which then"), f"{_at(told['answered_at'])} {w('answer', told['answer'])}")


def _at(text: str) -> str:
    return exactly(parse_instant(text)) if text else ""

"""What a check says: which promise is broken, and by which row (RELIABILITY section 5)."""

from dataclasses import dataclass
from typing import Any

INVARIANTS = {
    "I-02": "订单状态与其日志一致 / an order is what its log says",
    "I-04": "每一刻恰有一个持有者 / one holder at every instant",
    "I-06": "每个时限都有人到时查看 / whatever runs out is looked at in time",
    "I-07": "时限可由规则重新算出 / deadlines follow from the rulebook",
    "I-08": "每项违规都有依据 / no violation without its cause",
    "I-09": "没有漏记的违规 / no lateness without its violation",
    "I-10": "同一延误只有一项违规 / one violation a lateness",
    "I-12": "账目平衡，罚款与案件相符 / the books balance, fines match their cases",
    "I-13": "账本只增不改，链条完整 / the ledger only grows, its chain is whole",
    "I-14": "每项违规至多一笔罚款、一笔冲正，案件出自其记录 / one fine, one reversal, as the log of the case says",
    "I-15": "每笔入账都有依据、双人签核 / every posting has its cause, money by hand two signatures",
    "I-16": "返款不超过罚款 / refunds are parts of fines",
    "I-17": "结算与入账一致 / settlements are what was posted",
    "I-19": "奖励名额与名单相符 / rewards are those of the places",
    "I-22": "审计记录只增不改，链条完整 / the audit only grows, its chain is whole",
    "I-25": "规则版本未被改动，各用其时 / editions are as approved, each used in its time",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One offending row: `key` finds it in `table`; `message` is zh-CN with English beside."""

    invariant: str
    table: str
    key: str
    message: str


def differs(what: str, stored: Any, expected: Any) -> str:
    """The words for a value that is not what it should be."""
    stored, expected = _shown(stored), _shown(expected)
    return f"{what}: 库中为 {stored}，应为 {expected} / stored {stored}, should be {expected}"


def _shown(value: Any) -> str:
    if value is None:
        return "∅"
    return value.isoformat() if hasattr(value, "isoformat") else str(value)

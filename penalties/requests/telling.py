"""What finance and stations are told of requests. No reason stands in it: a person wrote that (ROLE-2). Pure."""

from typing import Any

from basics.money import yuan
from notify.messages import FINANCE, STATION, Message
from penalties import byhand
from penalties.byhand import Asked

WORDS = {
    byhand.ADJUSTMENT: ("调整", "adjustment"),
    byhand.GOODWILL: ("补偿", "goodwill"),
    byhand.PAYOUT: ("提现", "pay-out"),
    byhand.CHANGE: ("关账月变更", "change of a closed month"),
    byhand.SETTLEMENT: ("月度结算", "settlement"),
    byhand.CLOSE_MONTH: ("关账", "closing of a month"),
}


def asked_of_finance(number: int, asked: Asked) -> Message:
    """Somebody has to check it."""
    chinese, english = WORDS[asked.kind]
    what = " ".join(part for part in (asked.station, _sum(asked.kind, asked.amount_fen), asked.month) if part)
    return Message(
        f"money:{number}:asked", (FINANCE, ""), "money", f"待审批 #{number} {chinese} {what}",
        f"{chinese}申请 #{number} 待另一人审批:{what} / {english} #{number} waits for its checker",
        f"/approvals/{number}",
    )  # fmt: skip


def told_to_station(row: Any, state: str) -> Message:
    """What became of a request about it; to the house, whose account it is."""
    chinese, english = WORDS[row.kind]
    done, said = ("已批准", "approved") if state == byhand.APPROVED else ("未批准", "declined")
    what = f"{row.station} {_sum(row.kind, row.amount_fen)}"
    return Message(
        f"money:{row.id}:decided", (STATION, row.content["house"]), "money", f"{chinese}{done} #{row.id} {what}",
        f"{chinese} #{row.id} {done}:{what} / {english} #{row.id} {said}", "/payout",
    )  # fmt: skip


def _sum(kind: str, fen: int) -> str:
    if not fen:
        return ""
    if kind == byhand.PAYOUT:
        return yuan(fen)
    return ("应付增加 / charged " if fen > 0 else "应付减少 / credited ") + yuan(abs(fen))

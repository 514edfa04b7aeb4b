"""What a statement is made of, and its entries in words (STATEMENT-1). Pure; amounts are fen, + the house owes."""

from dataclasses import dataclass
from datetime import datetime

from basics.days import shanghai

FINE, REVERSAL, OTHER = "fine", "reversal", "other"
REWARD, REFUND_1, REFUND_2 = "reward", "refund_1", "refund_2"
# What an entry can be, zh-CN and English. Those between are kinds of settlement items and of requests of people.
KINDS = {
    FINE: ("罚款", "fine"),
    REVERSAL: ("冲正", "reversal"),
    REWARD: ("奖励", "reward"),
    REFUND_1: ("返款(次月)", "refund, next month"),
    REFUND_2: ("返款(第三月)", "refund, month after"),
    "adjustment": ("调整", "adjustment"),
    "goodwill": ("补偿", "goodwill"),
    "payout": ("提现", "pay-out"),
    "change": ("关账月变更", "change of a closed month"),
    OTHER: ("其他", "other"),
}
STATES = {"confirmed": ("确认", "confirmed"), "overturned": ("撤销", "overturned")}
STAGES = {"province": ("省平台", "province"), "hq": ("总部", "HQ")}
OUTCOMES = {
    "open": ("申诉中", "appeal open"),
    "overturned": ("申诉成立", "overturned"),
    "upheld": ("申诉驳回", "upheld"),
    "passed_on": ("移交上级", "passed on"),
}


@dataclass(frozen=True, slots=True)
class Step:
    """The step of a case that an entry was booked for; `reason` without any customer (ROLE-2)."""

    state: str
    at: datetime
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class Heard:
    """One stage of an appeal and what came of it so far."""

    stage: str
    state: str
    at: datetime | None
    reason: str


@dataclass(frozen=True, slots=True)
class Settled:
    """The settlement that an entry came from: the month and how often it had been settled before."""

    month: str
    number: int


@dataclass(frozen=True, slots=True)
class Request:
    """What people asked and decided (ROLE-3)."""

    id: int
    maker: str
    checker: str
    reason: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a house's account. `balance_fen` is that after it; of a part (see Statement) the sum so far."""

    seq: int
    key: str
    kind: str
    happened_at: datetime
    recorded_at: datetime
    station: str
    logistics_no: str
    rule: str
    edition: str
    amount_fen: int
    balance_fen: int
    why: str
    violation_id: int | None
    step: Step | None
    appeals: tuple[Heard, ...]
    settled: Settled | None
    request: Request | None


@dataclass(frozen=True, slots=True)
class Statement:
    """A month of a house's account. `station` is the house, or a level-2 station: then it is the part tagged with
    that station, whose `opening_fen` is 0 and whose sums are no balance of anybody.

    `seq` and `chain`: the end of the ledger as of which it was made; an open month may still get entries.
    """

    house: str
    station: str
    month: str
    opening_fen: int
    entries: tuple[Entry, ...]
    closed_at: datetime | None
    seq: int
    chain: str

    @property
    def is_part(self) -> bool:
        """Whether it is only what is tagged with a level-2 station."""
        return self.station != self.house

    @property
    def closing_fen(self) -> int:
        """The balance at the end of the month; of a part its sum."""
        return self.opening_fen + sum(entry.amount_fen for entry in self.entries)

    @property
    def charged_fen(self) -> int:
        """What the month charged in all."""
        return sum(entry.amount_fen for entry in self.entries if entry.amount_fen > 0)

    @property
    def credited_fen(self) -> int:
        """What the month credited in all, 0 or more."""
        return -sum(entry.amount_fen for entry in self.entries if entry.amount_fen < 0)


def kind_of(key: str, violation_id: int | None, item_kind: str | None, request_kind: str | None) -> str:
    """What an entry is; a settlement's posting carries the approved request behind it too."""
    if item_kind:
        return item_kind
    if request_kind:
        return request_kind
    if violation_id is None:
        return OTHER
    return REVERSAL if key.endswith(":reversed") else FINE


def decision_words(entry: Entry) -> tuple[str, ...]:
    """Who decided it and why, a sentence each: the step of the case, its appeals, the settlement, the request."""
    said: list[str] = []
    if entry.step:
        zh, en = STATES.get(entry.step.state, (entry.step.state, ""))
        said.append(f"{_time(entry.step.at)} {entry.step.by} {zh} {en}{_because(entry.step.reason)}")
    for one in entry.appeals:
        stage, outcome = STAGES.get(one.stage, (one.stage, "")), OUTCOMES.get(one.state, (one.state, ""))
        when = f"{_time(one.at)} " if one.at else ""
        said.append(f"{when}{stage[0]} {stage[1]}:{outcome[0]} {outcome[1]}{_because(one.reason)}")
    if entry.settled:
        number = f"第 {entry.settled.number + 1} 次结算 settlement no. {entry.settled.number + 1}"
        said.append(f"{entry.settled.month} {number}{_because(entry.why)}")
    elif entry.why:
        said.append(entry.why)
    if entry.request:
        asked = f"申请 request #{entry.request.id}:{entry.request.maker} 申请 asked"
        checked = f",{entry.request.checker} 批准 approved" if entry.request.checker else ""
        said.append(f"{asked}{checked}{_because(entry.request.reason)}")
    return tuple(said)


def _because(reason: str) -> str:
    return f"({reason})" if reason else ""


def _time(at: datetime) -> str:
    return shanghai(at).strftime("%Y-%m-%d %H:%M")

"""What stations, province desks and HQ are told, and who reads it. No customer stands in it: logistics numbers and
stations only (ROLE-2)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from channels.sender_texts import EMAIL, SMS, is_email, way_to
from channels.wecom import WECOM, hidden, is_webhook, without_key
from people.access import Actor, Role

STATION, PROVINCE, HQ, FINANCE = "station", "province", "hq", "finance"
TO_KINDS = (STATION, PROVINCE, HQ, FINANCE)
WAYS = (EMAIL, SMS, WECOM)
# kind -> what it is, Chinese and English
KINDS = {
    "late_soon": ("即将超时", "about to be late"),
    "offer_transfer": ("建议转单", "transfer offered"),
    "call_list": ("催办名单", "call list"),
    "silent": ("网点静默", "silent stations"),
    "notice": ("违规通报", "weekly notice"),
    "appeal": ("申诉", "appeal"),
    "money": ("资金", "money"),
    "ledger": ("账本日报", "daily ledger report"),
    "looks": ("查看预警", "looks behind the mask"),
    "report": ("报表", "report"),
}

# Of these a short message and a chat group get the subject alone: it says it all in a line.
IN_A_LINE = frozenset({"notice", "report"})
Some = TypeVar("Some")
MOST_NAMED = 500  # addressees, or others, in one statement
Addressee = tuple[str, str]  # kind of TO_KINDS, and the station's code or the province; "" for HQ and finance


@dataclass(frozen=True, slots=True)
class File:
    """What goes with a message. `name` is ours and holds no personal data."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Message:
    """One message to one addressee. `key` is made from its cause, so that it is told once; `subject` and `text` are
    Chinese first, English beside; `link` is a path of the console. It goes to no contact after `until`."""

    key: str
    to: Addressee
    kind: str
    subject: str
    text: str
    link: str
    order_id: int | None = None
    until: datetime | None = None
    files: tuple[File, ...] = ()  # kept with the message; an e-mail carries them


def mailbox_of(actor: Actor) -> Addressee | None:
    """Whose messages a person reads (ROLE-1): of his own station or province, HQ's or finance's. None: he has none.

    A contracted area's messages go to its level-1 station too, so nobody reads another's.
    """
    if actor.role == Role.STATION and actor.station:
        return (STATION, actor.station)
    if actor.role == Role.PROVINCE and actor.province:
        return (PROVINCE, actor.province)
    return {Role.HQ: (HQ, ""), Role.FINANCE: (FINANCE, "")}.get(Role(actor.role))


def wanted(kinds: Sequence[str], kind: str) -> bool:
    """Whether a contact that names these kinds (none: all) is told of this one."""
    return not kinds or kind in kinds


def is_address(way: str, address: str) -> bool:
    """Whether something can be sent there: an e-mail address, a mobile number, or the webhook of a group's robot."""
    if way == WECOM:
        return is_webhook(address)
    return is_email(address) if way == EMAIL else way_to({"phone": address}, frozenset({SMS})) == (SMS, address)


def shown_address(way: str, address: str) -> str:
    """For lists and logs: without a robot's key."""
    return hidden(address) if way == WECOM else address


def shown_answer(way: str, address: str, answer: str) -> str:
    """What is kept of a raw answer: no robot's key."""
    return without_key(answer, address) if way == WECOM else answer


def said_by(way: str, kind: str, subject: str, text: str) -> str:
    """What a message says by this way, an e-mail beside its subject."""
    if way != EMAIL and kind in IN_A_LINE:
        return subject
    return f"{subject}\n{text}" if way == WECOM else text


def in_batches(whom: Sequence[Some]) -> Iterator[Sequence[Some]]:
    """No more at a time than a statement may name."""
    return (whom[at : at + MOST_NAMED] for at in range(0, len(whom), MOST_NAMED))

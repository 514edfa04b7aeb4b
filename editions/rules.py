"""What may become an edition, and by when (DAY-1, ROLE-3). Pure."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from re import ASCII, compile
from typing import Any

from basics.days import day_of, midnight
from basics.refusal import Refusal
from basics.text import TextError, clean, is_format
from rulebook.book import Edition, EditionError, read_edition

OPEN, APPROVED, DECLINED = "open", "approved", "declined"
MOST_BYTES = 256 * 1024
REASON_LIMIT = 500
MOST_AHEAD = timedelta(days=1_100)  # a rule for 2099 is a slip of the keyboard
DAY = timedelta(days=1)
# It stands beside results, in addresses and on command lines, where a number alone means a proposal.
_NAME = compile(r"(?=.*[^0-9])[0-9A-Za-z][0-9A-Za-z._-]{0,19}", ASCII)

# code: what people read; those that name a date are made where it is known
TEXTS = {
    "four_eyes": "提案人不能审批自己的提案,须由另一名管理员审批 / The maker may not decide; another admin does",
    "proposal_unknown": "没有这个提案 / There is no such proposal",
    "proposal_decided": "该提案已有结论 / This proposal is decided already",
    "version_conflict": "提案的文本与提出时不同,不能审批 / The text is not the one that was proposed",
    "already_proposed": "同样的文本已在待审批 / The same text is proposed already",
    "name_taken": "已有同名的规则版本 / An edition of this name exists",
    "name_invalid": "名称须为 1–20 个英文字母、数字或 . _ -,且不能全是数字"
    " / Name: 1 to 20 of letters, digits and . _ -, not digits only",
    "reason_required": "请填写理由 / A reason is needed",
    "text_too_long": f"文本超过 {MOST_BYTES // 1024} KiB / The text is larger than {MOST_BYTES // 1024} KiB",
    "encoding_invalid": "文本不是 UTF-8 / The text is not UTF-8",
    "text_invalid": "文本含有控制字符 / The text holds control characters",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Draft:
    """A text that is an edition, exactly as it was given."""

    text: str
    edition: Edition


@dataclass(frozen=True, slots=True)
class Known:
    """What a proposal is held against: the edition whose calendar counts, and name and effective day of every edition
    that there is."""

    calendar: Edition
    in_force: Edition
    names: Collection[str]
    days: Collection[date]


def refuse(code: str, field: str | None = None) -> Refusal:
    """A refusal of `TEXTS`."""
    return Refusal(code, TEXTS[code], field)


def read_text(raw: bytes) -> Draft | Refusal:
    """Bytes as a person gave them; line ends stay as they are, so that the hash is that of the file."""
    if len(raw) > MOST_BYTES:
        return refuse("text_too_long", "text")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        return refuse("encoding_invalid", "text")
    try:
        clean(text.replace("\r\n", "\n"), MOST_BYTES)
    except TextError as error:
        return refuse(error.code, "text")
    try:
        return Draft(text, read_edition(text))
    except EditionError as error:
        return Refusal("edition_invalid", f"规则文本有误 / The text cannot be used: {error}", "text")


def text_hash(text: str) -> str:
    """SHA-256 of the text as UTF-8, in hexadecimal."""
    return sha256(text.encode()).hexdigest()


def last_call(effective: date, calendar: Edition) -> datetime:
    """The first instant at which it is too late to publish a change for this day: the end of the 15th of the month
    before (DAY-1)."""
    before = effective.replace(day=1) - DAY
    return midnight(before.replace(day=calendar.change_announced_by)) + DAY


def next_effective(now: datetime, calendar: Edition, days: Collection[date]) -> date:
    """The next day on which a change that is published now can take effect, and none does yet."""
    day = day_of(now).replace(day=calendar.change_effective)
    while day in days or now >= last_call(day, calendar):
        day = (day.replace(day=28) + timedelta(days=4)).replace(day=calendar.change_effective)
    return day


def refuse_edition(edition: Edition, known: Known, now: datetime) -> Refusal | None:
    """Why this text cannot become an edition by an approval of this instant, the first reason; None: it can."""
    calendar, day = known.calendar, edition.effective
    following = next_effective(now, calendar, known.days)
    ahead = f"最早可生效日 / the next possible day: {following}"
    if not _NAME.fullmatch(edition.name):
        return refuse("name_invalid", "name")
    if edition.name.casefold() in {name.casefold() for name in known.names}:
        return refuse("name_taken", "name")
    if day <= known.in_force.effective or day <= day_of(now):
        text = f"生效日 {day} 已过,现行规则不能改 / {day} has begun; what is in force is never changed; {ahead}"
        return Refusal("effective_past", text, "effective")
    if day.day != calendar.change_effective:
        which = calendar.change_effective
        text = f"须于某月 {which} 日生效(DAY-1) / takes effect on day {which} of a month (DAY-1); {ahead}"
        return Refusal("effective_day", text, "effective")
    if day - day_of(now) > MOST_AHEAD:
        text = f"生效日 {day} 太远,至多提前 {MOST_AHEAD.days} 天 / more than {MOST_AHEAD.days} days ahead"
        return Refusal("effective_too_far", text, "effective")
    if day in known.days:
        text = f"{day} 已有规则版本生效 / another edition takes effect on {day}; {ahead}"
        return Refusal("effective_taken", text, "effective")
    if now >= last_call(day, calendar):
        until = last_call(day, calendar).date() - DAY
        text = f"{day} 生效的规则须在 {until} 结束前公布(DAY-1) / had to be published by the end of {until}; {ahead}"
        return Refusal("announced_too_late", text, "effective")
    return None


def refuse_decision(proposal: Any, by: str, approve: bool, reason: str, seen: str) -> Refusal | None:
    """Why this person may not decide this proposal, a row of its table; `seen`: the hash of the text that the checker
    has read, its beginning, or "" for whatever is there (B-103)."""
    if proposal is None:
        return refuse("proposal_unknown")
    if same_person(proposal.maker, by):
        return refuse("four_eyes")
    if proposal.state != OPEN:
        return refuse("proposal_decided")
    if approve and not (proposal.sha256.startswith(seen) and text_hash(proposal.text) == proposal.sha256):
        return refuse("version_conflict")
    return refuse("reason_required", "reason") if is_blank(reason) else None


def is_blank(text: str) -> bool:
    """Whether nobody can read a word in it."""
    return all(is_format(one) or one.isspace() for one in text)


def signed(name: str, user_id: int) -> str:
    """How a maker or checker is written down: two people may have one name."""
    return f"{name} #{user_id}"


def same_person(one: str, other: str) -> bool:
    """By the account's number: a name may change between two signatures."""
    return one.rpartition("#")[2] == other.rpartition("#")[2]
